//! What is printed while cases are judged: a line for each section with a mark for each case, or a line for
//! each case. Always in the order of the cases. Knows nothing of why a case failed.

use std::io::{self, Write};

use crate::case::Case;
use crate::judge::Verdict;
use crate::output::{Look, Paint};

/// How much is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Nothing.
    Quiet,
    /// A mark for each case.
    Marks,
    /// A line for each case.
    Lines,
}

/// Prints progress.
pub struct Progress<'a> {
    out: &'a mut dyn Write,
    paint: Paint,
    detail: Detail,
    section: String,
    width: usize,
}

impl<'a> Progress<'a> {
    /// For `cases`, onto `out`.
    pub fn new(out: &'a mut dyn Write, paint: Paint, detail: Detail, cases: &[&Case]) -> Self {
        let width = cases.iter().map(|case| case.section().len()).max().unwrap_or(0);
        Self { out, paint, detail, section: String::new(), width }
    }

    /// Tells the next case's verdict.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn tell(&mut self, case: &Case, verdict: &Verdict) -> io::Result<()> {
        let (mark, word, look) = match verdict {
            Verdict::Passed => (".", "passed ", Look::Green),
            Verdict::Failed(_) => ("F", "failed ", Look::Red),
            Verdict::Skipped(_) => ("s", "skipped", Look::Yellow),
            Verdict::Broken(_) => ("!", "broken ", Look::Red),
        };
        match self.detail {
            Detail::Quiet => return Ok(()),
            Detail::Lines => {
                let title = self.paint.look(Look::Faint, &case.title);
                writeln!(self.out, "{} {}  {title}", self.paint.look(look, word), case.name)?;
            }
            Detail::Marks => {
                if self.section != case.section() {
                    self.end_line()?;
                    case.section().clone_into(&mut self.section);
                    write!(self.out, "{:width$}  ", case.section(), width = self.width)?;
                }
                write!(self.out, "{}", self.paint.look(look, mark))?;
            }
        }
        self.out.flush()
    }

    /// Ends what was begun.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> io::Result<()> {
        self.end_line()?;
        if self.detail == Detail::Quiet { Ok(()) } else { writeln!(self.out) }
    }

    fn end_line(&mut self) -> io::Result<()> {
        if self.section.is_empty() { Ok(()) } else { writeln!(self.out) }
    }
}
