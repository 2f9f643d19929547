//! The matrix of clauses by managers, in at most 100 columns, and under it what failed. A cell says in letters what
//! its colour says. Knows nothing of judging.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use crate::case::Case;
use crate::catalogue::Catalogue;
use crate::clause::Clause;
use crate::conclusion::RobustFailures;
use crate::judge::Verdict;
use crate::manager::Manager;
use crate::output::{Look, Paint};
use crate::replay::Replay;

/// The widest line.
const WIDTH: usize = 100;
/// A manager's column is at least so wide, and so is a cell.
const CELL: usize = 10;
/// What comes before the managers' columns: id, level.
const BEFORE: usize = 20;
/// The fewest letters of a claim that are worth a column.
const LEAST_CLAIM: usize = 16;

/// One manager, and what became of each case.
pub struct Column<'a> {
    /// Who.
    pub manager: &'a Manager,
    /// In the order of the cases.
    pub verdicts: Vec<Verdict>,
    /// Whether failures of robust cases count.
    pub robust: RobustFailures,
    /// How a case is judged again.
    pub replay: Replay,
}

/// What the cases of a clause came to, for one manager.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cell {
    passed: usize,
    failed: usize,
    others: usize,
}

impl Cell {
    fn text(self) -> String {
        match self {
            Self { failed: 0, passed: 0, others: 0 } => String::new(),
            Self { failed: 0, passed: 0, .. } => "skipped".to_owned(),
            Self { failed: 0, .. } => "ok".to_owned(),
            Self { failed, passed, .. } => format!("FAIL {failed}/{}", failed + passed),
        }
    }

    fn look(self, robust: RobustFailures, clause: &Clause) -> Look {
        match self.failed {
            0 if self.passed > 0 => Look::Green,
            0 => Look::Faint,
            _ if robust.fail(clause.level) => Look::Red,
            _ => Look::Yellow,
        }
    }
}

/// Prints the matrix: for each clause that one of the cases has first, a cell for each manager.
///
/// # Errors
/// When it cannot be written.
pub fn write(
    out: &mut dyn Write,
    catalogue: &Catalogue,
    cases: &[&Case],
    columns: &[Column<'_>],
    paint: Paint,
) -> io::Result<()> {
    let names = names(columns);
    let room = WIDTH.saturating_sub(BEFORE + (CELL + 1) * columns.len());
    let claim = |text: &str| if room > LEAST_CLAIM { cut(text, room - 1) } else { String::new() };
    let mut header = format!("{:<8}{:<12}", "clause", "level");
    for name in &names {
        let _ = write!(header, "{name:<CELL$} ");
    }
    writeln!(out, "{}", paint.look(Look::Faint, format!("{header}{}", claim("claim")).trim_end()))?;
    for clause in catalogue.clauses() {
        let about: Vec<usize> = (0..cases.len())
            .filter(|number| cases.get(*number).is_some_and(|case| case.clauses.first() == Some(&clause.id)))
            .collect();
        if about.is_empty() {
            continue;
        }
        write!(out, "{:<8}{:<12}", clause.id, clause.level)?;
        for column in columns {
            let cell = cell(&column.verdicts, &about);
            let text = format!("{:<CELL$}", cell.text());
            write!(out, "{} ", paint.look(cell.look(column.robust, clause), text))?;
        }
        writeln!(out, "{}", paint.look(Look::Faint, claim(&clause.claim)))?;
    }
    totals(out, columns, &names)
}

/// Short names for the columns, one each: a name, or `A`, `B` and so on for values.
fn names(columns: &[Column<'_>]) -> Vec<String> {
    let letters = 'A'..='Z';
    columns
        .iter()
        .zip(letters.cycle())
        .map(|(column, letter)| {
            let option = column.manager.to_string();
            if option.len() <= CELL { option } else { letter.to_string() }
        })
        .collect()
}

fn totals(out: &mut dyn Write, columns: &[Column<'_>], names: &[String]) -> io::Result<()> {
    writeln!(out)?;
    for (column, name) in columns.iter().zip(names) {
        let count =
            |wanted: fn(&Verdict) -> bool| column.verdicts.iter().filter(|verdict| wanted(verdict)).count();
        let (passed, failed, skipped) = (
            count(|verdict| matches!(verdict, Verdict::Passed)),
            count(|verdict| matches!(verdict, Verdict::Failed(_))),
            count(|verdict| matches!(verdict, Verdict::Skipped(_))),
        );
        writeln!(
            out,
            "{name:<CELL$} {passed} passed, {failed} failed, {skipped} skipped   {}",
            column.manager.value()
        )?;
    }
    if columns
        .iter()
        .any(|column| column.verdicts.iter().any(|verdict| matches!(verdict, Verdict::Failed(_))))
    {
        writeln!(out, "\nFAIL n/m: n of the m cases that judge the clause first failed.")?;
    }
    writeln!(out)
}

fn cell(verdicts: &[Verdict], about: &[usize]) -> Cell {
    let mut cell = Cell::default();
    for number in about {
        match verdicts.get(*number) {
            Some(Verdict::Passed) => cell.passed += 1,
            Some(Verdict::Failed(_)) => cell.failed += 1,
            _ => cell.others += 1,
        }
    }
    cell
}

/// The beginning of a text, where all of it is too long.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(3)).chain("...".chars()).collect()
}

/// Prints which cases failed for which manager, and how each is judged again; then what could not be judged.
///
/// # Errors
/// When it cannot be written.
pub fn failures(
    out: &mut dyn Write,
    cases: &[&Case],
    columns: &[Column<'_>],
    paint: Paint,
) -> io::Result<()> {
    let mut skips: BTreeMap<String, usize> = BTreeMap::new();
    for column in columns {
        for (case, verdict) in cases.iter().zip(&column.verdicts) {
            match verdict {
                Verdict::Failed(_) => {
                    let first = case.clauses.first().map_or("", String::as_str);
                    let word = paint.look(Look::Red, "failed:");
                    writeln!(
                        out,
                        "{word} {} {first} {}: {}",
                        column.manager.option(),
                        case.name,
                        case.title
                    )?;
                    writeln!(out, "  again: {}", column.replay.command(&case.name))?;
                }
                Verdict::Broken(error) => {
                    let word = paint.look(Look::Red, "could not be judged:");
                    writeln!(out, "{word} {} {}: {error}", column.manager, case.name)?;
                }
                Verdict::Skipped(skip) => *skips.entry(skip.reason().to_owned()).or_default() += 1,
                Verdict::Passed => {}
            }
        }
    }
    for (reason, count) in skips {
        writeln!(out, "{} {count}: {reason}", paint.look(Look::Yellow, "skipped:"))?;
    }
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::{Cell, cut};

    #[test]
    fn a_cell_says_in_letters_what_failed() {
        let cell = |passed, failed, others| Cell { passed, failed, others }.text();
        assert_eq!(cell(3, 0, 1), "ok");
        assert_eq!(cell(3, 2, 0), "FAIL 2/5");
        assert_eq!(cell(0, 0, 2), "skipped");
        assert_eq!(cell(0, 0, 0), "");
    }

    #[test]
    fn long_claims_are_cut_by_letters() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("äöüabc", 5), "äö...");
    }
}
