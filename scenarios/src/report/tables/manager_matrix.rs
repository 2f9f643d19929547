//! Writes the matrix of clauses by managers, and the failures below it.
//! The matrix has at most 100 columns. Each cell says in letters what its colour says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write};

use crate::catalogue::case::Case;
use crate::catalogue::contents::Catalogue;
use crate::judge::result::{CaseResult, Counts};
use crate::judge::verdict::Verdict;
use crate::report::completeness::{Gap, with_gaps};
use crate::report::replay_command::Replay;
use crate::report::tally::{ClauseTally, Standing, Tally};
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cell(Standing, Counts);

impl From<&ClauseTally> for Cell {
    fn from(clause: &ClauseTally) -> Self {
        Self(clause.standing(), clause.decisive())
    }
}

impl Cell {
    fn text(self) -> String {
        let Self(standing, counts) = self;
        let judged = counts.judged();
        match standing {
            Standing::Holds => "ok".to_owned(),
            Standing::NotJudged if counts.skipped > 0 => "skipped".to_owned(),
            Standing::NotJudged => String::new(),
            Standing::InDoubt => "in doubt".to_owned(),
            Standing::ExpectedFailure => format!("xfail {}/{judged}", counts.expected_failures),
            Standing::UnexpectedPass => format!("XPASS {}/{judged}", counts.unexpected_passes),
            Standing::Broken => format!("broken {}/{}", counts.broken, judged + counts.broken),
            Standing::NotCounted | Standing::Fails => {
                format!("FAIL {}/{judged}", counts.failed + counts.not_counted)
            }
        }
    }

    fn look(self) -> Look {
        match self.0 {
            Standing::Holds => Look::Green,
            Standing::NotJudged => Look::Faint,
            Standing::InDoubt | Standing::ExpectedFailure | Standing::NotCounted => Look::Yellow,
            Standing::UnexpectedPass | Standing::Broken | Standing::Fails => Look::Red,
        }
    }
}

/// What the words of the cells mean.
const LEGEND: [(&[Standing], &str); 5] = [
    (
        &[Standing::Fails, Standing::NotCounted],
        "FAIL n/m: n of the m cases that judge the clause first failed.",
    ),
    (&[Standing::ExpectedFailure], "xfail n/m: n of them failed, all as expected."),
    (&[Standing::UnexpectedPass], "XPASS n/m: n of them passed, and were expected to fail."),
    (&[Standing::Broken], "broken n/m: n of them could not be judged."),
    (&[Standing::InDoubt], "in doubt: only cases that judge another clause first judge it, and one failed."),
];

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
    let mut shown = BTreeSet::new();
    for clause in catalogue.clauses() {
        if !cases.iter().any(|case| case.clauses.first() == Some(&clause.id)) {
            continue;
        }
        write!(out, "{:<8}{:<12}", clause.id, clause.level)?;
        for column in columns {
            let Some(cell) = column.tally.clause(&clause.id).map(Cell::from) else { continue };
            shown.insert(cell.0);
            let text = format!("{:<CELL$}", cell.text());
            write!(out, "{} ", paint.look(cell.look(), text))?;
        }
        writeln!(out, "{}", paint.look(Look::Faint, claim(&clause.claim)))?;
    }
    totals(out, columns, &names, &shown)
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

fn totals(
    out: &mut dyn Write,
    columns: &[Column<'_>],
    names: &[String],
    shown: &BTreeSet<Standing>,
) -> io::Result<()> {
    writeln!(out)?;
    for (column, name) in columns.iter().zip(names) {
        writeln!(out, "{name:<CELL$} {}   {}", column.tally.total, column.manager.told_value())?;
        writeln!(out, "{:CELL$} {}", "", with_gaps(column.gap.as_slice(), &column.tally.verdict()))?;
    }
    writeln!(out)?;
    for (_, words) in LEGEND.iter().filter(|(standings, _)| standings.iter().any(|one| shown.contains(one))) {
        writeln!(out, "{words}")?;
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
    use crate::catalogue::clause::Level;
    use crate::judge::result::CaseResult::{
        self, Broken, ExpectedFailure, Failed, NotCounted, Passed, Skipped, UnexpectedPass,
    };
    use crate::report::tally::Tally;
    use crate::report::terminal::Look;

    /// The cell of a clause with so many cases of each result.
    fn cell(own: &[(usize, CaseResult)], others: &[(usize, CaseResult)]) -> Cell {
        let clauses = [("D-1", Level::Documented), ("D-2", Level::Documented)];
        let mut tally = Tally::begin(clauses, Level::Documented);
        for (named, cases) in [(&["D-1", "D-2"][..], own), (&["D-2", "D-1"], others)] {
            let named: Vec<String> = named.iter().map(ToString::to_string).collect();
            for (count, came) in cases {
                (0..*count).for_each(|_| tally.add(Level::Documented, &named, *came, None));
            }
        }
        Cell::from(tally.clause("D-1").unwrap())
    }

    #[test]
    fn a_cell_says_in_letters_what_failed() {
        let text = |own: &[(usize, CaseResult)]| cell(own, &[]).text();
        assert_eq!(text(&[(3, Passed), (1, Skipped)]), "ok");
        assert_eq!(text(&[(3, Passed), (2, Failed)]), "FAIL 2/5");
        assert_eq!(text(&[(2, Skipped)]), "skipped");
        assert_eq!(text(&[]), "");
    }

    #[test]
    fn a_cell_tells_what_is_known_from_what_is_not() {
        let text = |own: &[(usize, CaseResult)]| cell(own, &[]).text();
        assert_eq!(text(&[(1, Passed), (2, ExpectedFailure)]), "xfail 2/3");
        assert_eq!(text(&[(1, Passed), (1, Failed), (2, ExpectedFailure)]), "FAIL 1/4");
        assert_eq!(text(&[(1, Passed), (1, UnexpectedPass)]), "XPASS 1/2");
    }

    #[test]
    fn a_cell_says_of_a_clause_what_the_verdict_counts_it_as() {
        for (own, others, text, look) in [
            (&[(3, Passed), (1, Broken)][..], &[][..], "broken 1/4", Look::Red),
            (&[(2, Skipped)], &[(1, Failed)], "in doubt", Look::Yellow),
            (&[(2, Skipped)], &[(1, Passed)], "ok", Look::Green),
            (&[(1, Broken), (1, Failed)], &[], "FAIL 1/1", Look::Red),
            (&[(1, NotCounted)], &[], "FAIL 1/1", Look::Yellow),
            (&[(1, UnexpectedPass)], &[], "XPASS 1/1", Look::Red),
        ] {
            let cell = cell(own, others);
            assert_eq!((cell.text().as_str(), cell.look()), (text, look));
        }
    }

    #[test]
    fn long_claims_are_cut_by_letters() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("äöüabc", 5), "äö...");
    }
}
