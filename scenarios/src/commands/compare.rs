//! `postfix-conformance compare`: judges several managers by the same cases.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use crate::catalogue::case::Case;
use crate::catalogue::contents::Catalogue;
use crate::catalogue::selection::for_testbed;
use crate::commands::error::CannotJudge;
use crate::commands::options::counted_levels::LevelOptions;
use crate::commands::selection_options::SelectionOptions;
use crate::commands::setup::SetupOptions;
use crate::judge::expected_failures::{ExpectedFailures, Judged};
use crate::judge::judge_case::{Judge, Kept};
use crate::judge::parallel;
use crate::judge::result::CANNOT_JUDGE;
use crate::judge::verdict::Verdict;
use crate::report::tables::manager_matrix::{self, Column};
use crate::report::tally::Tally;
use crate::report::terminal::{Colour, Paint, Stdout, StdoutError, note};
use crate::subject::manager::Manager;

/// What to compare.
#[derive(Debug, Args)]
pub struct CompareOptions {
    /// Which cases
    #[command(flatten)]
    pub selection: SelectionOptions,

    /// A manager, as `run` takes it; once for each
    #[arg(long, value_name = "VALUE", required = true)]
    pub manager: Vec<OsString>,

    /// Which failures count
    #[command(flatten)]
    pub levels: LevelOptions,

    /// Expected failures, as `run` takes them: they do not fail the comparison, but one that passes does
    #[arg(long, value_name = "FILE")]
    pub expected_failures: Option<PathBuf>,

    /// Print the matrix alone, not what failed
    #[arg(long, short)]
    pub quiet: bool,

    /// When to use colours
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Colour,

    /// Where to judge
    #[command(flatten)]
    pub setup: SetupOptions,
}

/// Compares. The result is the exit status: the worst of those that `run` would end with for each manager.
pub(crate) fn run(
    out: &mut Stdout<'_>,
    catalogue: Catalogue,
    options: &CompareOptions,
) -> Result<u8, CannotJudge> {
    let begun = Instant::now();
    let selected = options.selection.read(options.setup.slowed(catalogue))?;
    let catalogue = &selected.catalogue;
    let cases = options.selection.cases(&selected)?;
    let expected = match &options.expected_failures {
        Some(path) => ExpectedFailures::read(path, catalogue)?,
        None => ExpectedFailures::default(),
    };
    let setup = options.setup.make()?;
    let testbed = &setup.testbed;
    let postfix = Some(testbed.postfix().version());
    let cases = for_testbed(cases, options.setup.testbed);
    let managers = options
        .manager
        .iter()
        .map(|value| testbed.manager(Some(value), &setup.run))
        .collect::<Result<Vec<Manager>, _>>()?;
    let tasks: Vec<(usize, &Case)> =
        (0..managers.len()).flat_map(|number| cases.iter().map(move |case| (number, *case))).collect();
    let verdict = |(number, case): &(usize, &Case)| {
        let manager = managers[*number].value();
        Judge { testbed, run: &setup.run, manager, keep: Kept::No }.judge(case).verdict
    };
    let mut verdicts = parallel::at_a_time(&tasks, setup.jobs, verdict, |_, _| {}).into_iter();
    if let Some(path) = options.expected_failures.as_deref() {
        let everybody =
            || managers.iter().map(|manager| Judged { manager, multi_tool: &setup.multi_tool, postfix });
        if everybody().all(|judged| expected.is_for_others(judged)) {
            let path = path.display();
            note(format_args!("{path} has no entry for any of the managers"));
        }
    }
    let columns: Vec<Column<'_>> = managers
        .iter()
        .map(|manager| {
            let verdicts: Vec<Verdict> = verdicts.by_ref().take(cases.len()).collect();
            let replay = options.setup.replay(manager, &setup.multi_tool);
            let replay = replay.with_clauses(&options.selection.clauses);
            let mut expecting =
                expected.expecting(catalogue, Judged { manager, multi_tool: &setup.multi_tool, postfix });
            let mut tally = Tally::of_catalogue(catalogue, options.levels.last(manager.is_own()));
            let judged = cases.iter().zip(&verdicts).map(|(case, verdict)| {
                let expected = expecting.judged(case, verdict);
                (tally.judged(catalogue, case, verdict, expected.as_deref()), expected)
            });
            let (came, expected) = judged.unzip();
            Column { manager, verdicts, came, expected, tally, replay }
        })
        .collect();
    let paint = Paint::for_stdout(options.color);
    manager_matrix::write(out, catalogue, &cases, &columns, paint).map_err(StdoutError)?;
    if !options.quiet {
        manager_matrix::failures(out, &cases, &columns, paint).map_err(StdoutError)?;
    }
    writeln!(out, "testbed  {}, Postfix {}", testbed.name().name(), testbed.postfix())?;
    writeln!(out, "time     {:.2} s", begun.elapsed().as_secs_f64())?;
    Ok(columns.iter().map(|column| column.tally.status()).max().unwrap_or(CANNOT_JUDGE))
}
