//! Writes the matrix of clauses by managers, and the failures below it.
//! The matrix has at most 100 columns. Each cell says in letters what its colour says.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use crate::catalogue::case::Case;
use crate::catalogue::contents::Catalogue;
use crate::judge::result::{CaseResult, Counts};
use crate::judge::verdict::Verdict;
use crate::report::completeness::{Gap, with_gaps};
use crate::report::replay_command::Replay;
use crate::report::tally::{ClauseTally, Tally};
use crate::report::terminal::{Look, Paint};
use crate::subject::manager::Manager;

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
    /// The cases that were judged, in their order.
    pub judged: Vec<JudgedCase<'a>>,
    /// All of them.
    pub tally: Tally,
    /// What was not judged.
    pub gap: Option<Gap>,
    /// How a case is judged again.
    pub replay: Replay,
}

/// A case that was judged.
pub struct JudgedCase<'a> {
    /// Which.
    pub case: &'a Case,
    /// The verdict.
    pub verdict: Verdict,
    /// What became of it.
    pub came: CaseResult,
    /// Why it was expected to fail, if that matters.
    pub expected: Option<String>,
}

/// What the cases of a clause came to, for one manager.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cell(Counts);

impl Cell {
    /// A case that was expected to fail and passes is an error, too.
    fn wrong(self) -> usize {
        self.0.failed + self.0.not_counted + self.0.unexpected_passes
    }

    fn text(self) -> String {
        let Counts { passed, expected_failures, skipped, broken, .. } = self.0;
        let all = passed + expected_failures + self.wrong();
        match (self.wrong(), expected_failures) {
            (0, 0) if passed > 0 => "ok".to_owned(),
            (0, 0) if skipped + broken > 0 => "skipped".to_owned(),
            (0, 0) => String::new(),
            (0, expected) => format!("xfail {expected}/{all}"),
            (wrong, _) => format!("FAIL {wrong}/{all}"),
        }
    }

    fn look(self) -> Look {
        match self.wrong() {
            0 if self.0.expected_failures > 0 => Look::Yellow,
            0 if self.0.passed > 0 => Look::Green,
            0 => Look::Faint,
            _ if self.0.failed + self.0.unexpected_passes > 0 => Look::Red,
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
        if !cases.iter().any(|case| case.clauses.first() == Some(&clause.id)) {
            continue;
        }
        write!(out, "{:<8}{:<12}", clause.id, clause.level)?;
        for column in columns {
            let cell = Cell(column.tally.clause(&clause.id).map(ClauseTally::decisive).unwrap_or_default());
            let text = format!("{:<CELL$}", cell.text());
            write!(out, "{} ", paint.look(cell.look(), text))?;
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
            let namesakes = columns.iter().filter(|other| other.manager.to_string() == option).count();
            if option.len() <= CELL && namesakes == 1 { option } else { letter.to_string() }
        })
        .collect()
}

fn totals(out: &mut dyn Write, columns: &[Column<'_>], names: &[String]) -> io::Result<()> {
    writeln!(out)?;
    for (column, name) in columns.iter().zip(names) {
        writeln!(out, "{name:<CELL$} {}   {}", column.tally.total, column.manager.told_value())?;
        writeln!(out, "{:CELL$} {}", "", with_gaps(column.gap.as_slice(), &column.tally.verdict()))?;
    }
    let any = |wanted: fn(CaseResult) -> bool| {
        columns.iter().flat_map(|column| &column.judged).any(|judged| wanted(judged.came))
    };
    if any(|came| came.fails() || came == CaseResult::NotCounted) {
        writeln!(out, "\nFAIL n/m: n of the m cases that judge the clause first failed.")?;
    }
    if any(|came| came == CaseResult::ExpectedFailure) {
        writeln!(out, "xfail n/m: n of them failed, all as expected.")?;
    }
    writeln!(out)
}

/// The beginning of a text, if all of it is too long.
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
pub fn failures(out: &mut dyn Write, columns: &[Column<'_>], paint: Paint) -> io::Result<()> {
    let mut skips: BTreeMap<String, usize> = BTreeMap::new();
    for column in columns {
        for JudgedCase { case, verdict, expected, .. } in &column.judged {
            let expected = expected.as_deref();
            match verdict {
                Verdict::Failed(_) if expected.is_some() => {
                    let word = paint.look(Look::Yellow, "expected failure:");
                    let reason = expected.unwrap_or_default();
                    writeln!(out, "{word} {} {}: {reason}", column.manager.option(), case.name)?;
                }
                Verdict::Passed if expected.is_some() => {
                    let word = paint.look(Look::Red, "unexpected:");
                    let (who, reason) = (column.manager.option(), expected.unwrap_or_default());
                    writeln!(out, "{word} {who} {} passes, and was expected to fail: {reason}", case.name)?;
                    writeln!(out, "  remove the entry from the file of --expected-failures")?;
                }
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
    use crate::judge::result::Counts;

    #[test]
    fn a_cell_says_in_letters_what_failed() {
        let cell =
            |passed, failed, skipped| Cell(Counts { passed, failed, skipped, ..Counts::default() }).text();
        assert_eq!(cell(3, 0, 1), "ok");
        assert_eq!(cell(3, 2, 0), "FAIL 2/5");
        assert_eq!(cell(0, 0, 2), "skipped");
        assert_eq!(cell(0, 0, 0), "");
    }

    #[test]
    fn a_cell_tells_what_is_known_from_what_is_not() {
        let cell = |failed, expected_failures, unexpected_passes| {
            Cell(Counts { passed: 1, failed, expected_failures, unexpected_passes, ..Counts::default() })
                .text()
        };
        assert_eq!(cell(0, 2, 0), "xfail 2/3");
        assert_eq!(cell(1, 2, 0), "FAIL 1/4");
        assert_eq!(cell(0, 0, 1), "FAIL 1/2");
    }

    #[test]
    fn long_claims_are_cut_by_letters() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("äöüabc", 5), "äö...");
    }
}
