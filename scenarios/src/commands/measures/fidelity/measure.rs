//! Measures the simulated Postfix against the installed one, and prints the differences.

use std::io::{self, Write};

use postfix_fakes::bytes::ByteString;
use postfix_harness::container::ContainerError;
use postfix_harness::run_directory::{RunDirectory, RunDirectoryError};
use postfix_harness::testbed::Need;
use postfix_process::suite_command::{quoted, suite_command};
use postfix_random::fidelity::case::{Case, Row};
use postfix_random::fidelity::corpus::Corpus;
use postfix_random::fidelity::error::{CorpusError, FidelityError};
use postfix_random::fidelity::observation::Difference;
use postfix_random::fidelity::table::Table;
use postfix_random::fidelity::{Measure, Plan, Verdict};

use crate::commands::options::measure_options::FidelityOptions;
use crate::commands::options::requirement::UnknownRequirement;
use crate::report::terminal::{Stdout, StdoutError};

/// Exit status if both sides did the same, but for accepted differences.
const FAITHFUL: u8 = 0;

/// Exit status if something differs.
const UNFAITHFUL: u8 = 1;

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
pub enum CannotMeasure {
    /// The measure itself failed.
    #[error(transparent)]
    Fidelity(#[from] FidelityError),
    /// The configurations to measure with.
    #[error("--corpus: {0}")]
    Corpus(#[from] CorpusError),
    /// What a row needs is not here, and it may not be left out.
    #[error("{row} was asked for, and cannot be measured here: {need}")]
    RowLacking {
        /// The row.
        row: Row,
        /// What it needs.
        need: Need,
    },
    /// No row is left.
    #[error("nothing of what was asked for can be measured here")]
    Nothing,
    /// The case to replay is none.
    #[error("--replay: this is no case as the measure prints one: {0}")]
    Case(serde_json::Error),
    /// A row of the measure would judge nothing.
    #[error("--cases {cases} leaves none for the row {row}: ask for 20 at least, or choose rows with --only")]
    TooFew {
        /// How many were asked for.
        cases: usize,
        /// The row that has none.
        row: Row,
    },
    /// Standard output.
    #[error(transparent)]
    Output(#[from] StdoutError),
    /// No directory for worlds.
    #[error(transparent)]
    RunDirectory(#[from] RunDirectoryError),
    /// The variable with requirements.
    #[error(transparent)]
    Requirement(#[from] UnknownRequirement),
    /// The container of an image.
    #[error(transparent)]
    Container(#[from] ContainerError),
}

/// Measures as the options say, with worlds in `run`; the result is the exit status. If `is_required` says
/// so of what a row needs, it is not left out.
///
/// # Errors
/// When nothing could be measured.
pub fn measure(
    out: &mut Stdout<'_>,
    run: &RunDirectory,
    manager: &ByteString,
    options: &FidelityOptions,
    corpus: Option<&Corpus>,
    is_required: impl Fn(&Need) -> bool,
) -> Result<u8, CannotMeasure> {
    let measure = Measure::new(run, manager)?;
    writeln!(
        out,
        "simulated Postfix against the installed {} ({})",
        measure.installed().build,
        measure.installed().command_directory.display()
    )?;
    if options.speed {
        return tell_speed(out, &measure);
    }
    let again = again(options.measured_in.as_deref());
    if let Some(text) = &options.replay {
        return replay(out, &measure, text, &again);
    }
    // Somebody may be waiting for a quarter of an hour.
    let progress = |row: Row, text: &str| {
        let _ = writeln!(io::stderr().lock(), "{row}: {text}");
    };
    if let Some(corpus) = corpus {
        let table = measure.take_corpus(corpus, |row, cases| progress(row, &format!("{cases} cases")))?;
        tell(out, &measure, &table, &again)?;
        return Ok(status(&table));
    }
    let mut plan = Plan::of(options.cases, options.seed);
    plan.rows.retain(|(row, _)| {
        options.only.is_empty() || options.only.iter().any(|only| *row == Row::from(*only))
    });
    if let Some((row, _)) = plan.rows.iter().find(|(_, cases)| *cases == 0) {
        return Err(CannotMeasure::TooFew { cases: options.cases, row: *row });
    }
    let may_be_left_out = |need: &Need| options.only.is_empty() && !is_required(need);
    let lacking = plan.rows.into_iter().map(|(row, cases)| (row, cases, measure.missing(row))).collect();
    plan.rows = kept(out, lacking, may_be_left_out)?;
    let table =
        measure.take(&plan, |row, cases| progress(row, &format!("{cases} cases, seed {}", plan.seed)))?;
    tell(out, &measure, &table, &again)?;
    Ok(status(&table))
}

fn status(table: &Table) -> u8 {
    if table.all_explained() { FAITHFUL } else { UNFAITHFUL }
}

/// The rows that can be measured here; of those that are left out it is said why.
fn kept(
    out: &mut Stdout<'_>,
    rows: Vec<(Row, usize, Option<Need>)>,
    may_be_left_out: impl Fn(&Need) -> bool,
) -> Result<Vec<(Row, usize)>, CannotMeasure> {
    let mut kept = Vec::new();
    for (row, cases, need) in rows {
        match need {
            Some(need) if may_be_left_out(&need) => writeln!(out, "{row}: skipped, {need}")?,
            Some(need) => return Err(CannotMeasure::RowLacking { row, need }),
            None => kept.push((row, cases)),
        }
    }
    if kept.is_empty() { Err(CannotMeasure::Nothing) } else { Ok(kept) }
}

/// The command that measures again where this is measured.
fn again(image: Option<&str>) -> String {
    image.map_or_else(
        || format!("{} fidelity", suite_command()),
        |image| format!("{} fidelity --image {}", suite_command(), quoted(image)),
    )
}

fn tell(
    out: &mut Stdout<'_>,
    measure: &Measure<'_>,
    table: &Table,
    again: &str,
) -> Result<(), CannotMeasure> {
    for (case, differences) in table.shrunk() {
        writeln!(out)?;
        tell_difference(out, case, differences, again)?;
    }
    writeln!(out, "\n{table}")?;
    for entry in measure.accepted() {
        writeln!(out, "accepted, {}: {}", entry.id, entry.reason.trim())?;
    }
    let word =
        if table.all_explained() { "no unexplained difference" } else { "there are unexplained differences" };
    writeln!(out, "{word}")?;
    Ok(())
}

fn tell_difference(
    out: &mut Stdout<'_>,
    case: &Case,
    differences: &[Difference],
    again: &str,
) -> Result<(), CannotMeasure> {
    writeln!(out, "{case}")?;
    for difference in differences {
        writeln!(out, "{difference}")?;
    }
    let text = serde_json::to_string(case).map_err(CannotMeasure::Case)?;
    let quoted = text.replace('\'', r"'\''");
    writeln!(out, "again: {again} --replay '{quoted}'")?;
    Ok(())
}

/// Prints ratios; that one misses its goal is no failure, as a busy machine may be the reason.
fn tell_speed(out: &mut Stdout<'_>, measure: &Measure<'_>) -> Result<u8, CannotMeasure> {
    writeln!(out, "{:<24}{:>12}{:>12}{:>8}  goal", "whole processes", "simulated", "installed", "ratio")?;
    for ratio in measure.speed()? {
        let (simulated, installed) =
            (ratio.simulated.as_secs_f64() * 1e3, ratio.installed.as_secs_f64() * 1e3);
        let (what, part, goal) = (ratio.what, ratio.ratio(), ratio.goal);
        let word = if part <= goal { "met" } else { "NOT met" };
        writeln!(out, "{what:<24}{simulated:>9.2} ms{installed:>9.2} ms{part:>8.3}  at most {goal}: {word}")?;
    }
    Ok(FAITHFUL)
}

fn replay(out: &mut Stdout<'_>, measure: &Measure<'_>, text: &str, again: &str) -> Result<u8, CannotMeasure> {
    let case: Case = serde_json::from_str(text).map_err(CannotMeasure::Case)?;
    match measure.try_case(&case)? {
        Verdict::Agreed => {
            writeln!(out, "{case}\nboth sides do the same")?;
            Ok(FAITHFUL)
        }
        Verdict::Accepted(id) => {
            writeln!(out, "{case}\nthey differ, and this is accepted: {id}")?;
            Ok(FAITHFUL)
        }
        Verdict::Differed(differences) => {
            tell_difference(out, &case, &differences, again)?;
            Ok(UNFAITHFUL)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lacking() -> Need {
        Need::Namespaces("none".to_owned())
    }

    #[test]
    fn a_row_that_may_be_left_out_is_told_of() {
        let mut out = Vec::new();
        let rows = vec![(Row::Postfix, 3, None), (Row::Scripts, 2, Some(lacking()))];
        assert_eq!(kept(&mut Stdout::new(&mut out), rows, |_| true).unwrap(), [(Row::Postfix, 3)]);
        let told = String::from_utf8(out).unwrap();
        assert!(told.starts_with(&format!("{}: skipped, ", Row::Scripts)), "{told}");
    }

    #[test]
    fn a_row_that_is_asked_for_is_not_left_out() {
        let rows = vec![(Row::Postfix, 3, None), (Row::Scripts, 2, Some(lacking()))];
        let refused = kept(&mut Stdout::new(Vec::new()), rows, |_| false);
        assert!(matches!(refused, Err(CannotMeasure::RowLacking { row: Row::Scripts, .. })), "{refused:?}");
    }

    #[test]
    fn a_measure_of_nothing_is_none() {
        let refused = kept(&mut Stdout::new(Vec::new()), vec![(Row::Scripts, 2, Some(lacking()))], |_| true);
        assert!(matches!(refused, Err(CannotMeasure::Nothing)), "{refused:?}");
        assert!(matches!(
            kept(&mut Stdout::new(Vec::new()), Vec::new(), |_| true),
            Err(CannotMeasure::Nothing)
        ));
    }
}
