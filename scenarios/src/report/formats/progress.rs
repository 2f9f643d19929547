//! Prints progress, in the order of the cases.
//! It prints a mark for each case in a line for each section, or a line for each case.

use std::io::{self, Write};

use crate::judge::result::CaseResult;
use crate::report::model::{CaseRecord, ResultRecord};
use crate::report::run_head::RunHead;
use crate::report::terminal::{Look, Paint, Screen};

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
#[derive(Debug)]
pub struct Progress {
    paint: Paint,
    screen: Screen,
    detail: Detail,
    section: String,
    width: usize,
    all: usize,
    told: usize,
}

impl Progress {
    /// Where nothing was judged yet.
    pub fn new(paint: Paint, screen: Screen, detail: Detail) -> Self {
        Self { paint, screen, detail, section: String::new(), width: 0, all: 0, told: 0 }
    }

    /// Begins anew, for these cases.
    pub fn begin(&mut self, _head: &RunHead, cases: &[&CaseRecord]) {
        self.width = cases.iter().map(|case| case.section().len()).max().unwrap_or(0);
        (self.all, self.told) = (cases.len(), 0);
        self.section.clear();
    }

    /// Tells the next case's verdict.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn tell(
        &mut self,
        out: &mut dyn Write,
        case: &CaseRecord,
        result: &ResultRecord,
        outcome: CaseResult,
    ) -> io::Result<()> {
        let (mark, word, look) = match outcome {
            CaseResult::Passed => (".", "passed ", Look::Green),
            CaseResult::Failed => ("F", "failed ", Look::Red),
            CaseResult::NotCounted => ("f", "failed (not counted)", Look::Yellow),
            CaseResult::ExpectedFailure => ("x", "failed, as expected", Look::Yellow),
            CaseResult::UnexpectedPass => ("X", "passed, and was expected to fail", Look::Red),
            CaseResult::Skipped => ("s", "skipped", Look::Yellow),
            CaseResult::Broken => ("!", "broken ", Look::Red),
        };
        self.told += 1;
        match self.detail {
            Detail::Quiet => return Ok(()),
            Detail::Lines => {
                let title = self.paint.look(Look::Faint, &case.title);
                let word = self.paint.look(look, word);
                writeln!(out, "{word} {:>7}  {}  {title}", milliseconds(result.took), case.name)?;
            }
            Detail::Marks => {
                if self.section != case.section() {
                    self.end_line(out)?;
                    case.section().clone_into(&mut self.section);
                    write!(out, "{:width$}  ", case.section(), width = self.width)?;
                }
                write!(out, "{}", self.paint.look(look, mark))?;
                self.how_far(out)?;
            }
        }
        out.flush()
    }

    /// Ends what was begun.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.end_line(out)?;
        self.section.clear();
        if self.detail == Detail::Quiet { Ok(()) } else { writeln!(out) }
    }

    /// Behind the marks, and gone with the next one.
    fn how_far(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.screen == Screen::Stream {
            return Ok(());
        }
        let count = format!("  {} of {}", self.told, self.all);
        // Remember the place, write, go back to it.
        write!(out, "\u{1b}7{}\u{1b}[K\u{1b}8", self.paint.look(Look::Faint, count))
    }

    fn end_line(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.section.is_empty() {
            return Ok(());
        }
        let clear = if self.screen == Screen::Terminal { "\u{1b}[K" } else { "" };
        writeln!(out, "{clear}")
    }
}

fn milliseconds(took: u64) -> String {
    format!("{} ms", took / 1000)
}
