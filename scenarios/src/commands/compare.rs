//! `postfix-conformance compare`: judges several managers by the same cases.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use nix::sys::signal::Signal;

use crate::catalogue::case::Case;
use crate::catalogue::contents::Catalogue;
use crate::commands::error::CannotJudge;
use crate::commands::options::counted_levels::LevelOptions;
use crate::commands::selection_options::SelectionOptions;
use crate::commands::setup::{Setup, SetupOptions};
use crate::judge::expected_failures::{ExpectedFailures, Judged};
use crate::judge::interruption::{self, Interruption};
use crate::judge::judge_case::{Judge, Kept};
use crate::judge::parallel;
use crate::judge::result::CANNOT_JUDGE;
use crate::judge::verdict::Verdict;
use crate::report::completeness::Gap;
use crate::report::tables::manager_matrix::{self, Column, JudgedCase};
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
    let interruption = Interruption::watch().map_err(CannotJudge::Signals)?;
    let selected = options.selection.read(catalogue)?;
    let catalogue = &selected.catalogue;
    let cases = options.selection.cases_for(&selected, options.setup.testbed)?;
    let expected = match &options.expected_failures {
        Some(path) => ExpectedFailures::read(path, catalogue)?,
        None => ExpectedFailures::default(),
    };
    let setup = options.setup.make(Kept::No)?;
    let testbed = &setup.testbed;
    let managers = options
        .manager
        .iter()
        .map(|value| testbed.manager(Some(value), &setup.run))
        .collect::<Result<Vec<Manager>, _>>()?;
    let tasks: Vec<(usize, &Case)> =
        (0..managers.len()).flat_map(|number| cases.iter().map(move |case| (number, *case))).collect();
    let verdict = |(number, case): &(usize, &Case)| {
        let manager = managers[*number].value();
        Judge { testbed, run: &setup.run, manager, keep: Kept::No, factor: setup.factor }.judge(case).verdict
    };
    let comparison = Comparison {
        catalogue,
        cases: &cases,
        managers: &managers,
        expected: &expected,
        setup: &setup,
        options,
        begun,
    };
    let interrupted = |signal, verdicts| {
        comparison.show(out, verdicts, Some(signal)).err().into_iter().for_each(note);
        interruption::end(signal)
    };
    let (jobs, interruption) = (setup.jobs, Some(&interruption));
    let verdicts = parallel::until_interrupted(&tasks, jobs, interruption, verdict, |_, _| {}, interrupted);
    Ok(comparison.show(out, verdicts.into_iter().map(Some).collect(), None)?)
}

/// What is compared.
struct Comparison<'a> {
    catalogue: &'a Catalogue,
    cases: &'a [&'a Case],
    managers: &'a [Manager],
    expected: &'a ExpectedFailures,
    setup: &'a Setup,
    options: &'a CompareOptions,
    begun: Instant,
}

impl Comparison<'_> {
    /// Prints what came of the cases, manager by manager, as far as they were judged before the signal. The result is the
    /// exit status.
    fn show(
        &self,
        out: &mut Stdout<'_>,
        verdicts: Vec<Option<Verdict>>,
        signal: Option<Signal>,
    ) -> Result<u8, StdoutError> {
        let Self { catalogue, cases, managers, expected, setup, options, begun } = *self;
        if let Some(path) = options.expected_failures.as_deref() {
            if managers.iter().all(|manager| expected.is_for_others(self.judged(manager))) {
                note(format_args!("{} has no entry for any of the managers", path.display()));
            }
        }
        let mut verdicts = verdicts.into_iter();
        let columns: Vec<Column<'_>> = managers
            .iter()
            .map(|manager| self.column(manager, verdicts.by_ref().take(cases.len()), signal))
            .collect();
        let paint = Paint::for_stdout(options.color);
        manager_matrix::write(out, catalogue, cases, &columns, paint).map_err(StdoutError)?;
        if !options.quiet {
            manager_matrix::failures(out, &columns, paint).map_err(StdoutError)?;
        }
        let testbed = &setup.testbed;
        writeln!(out, "testbed  {}, Postfix {}", testbed.name().name(), testbed.postfix())?;
        writeln!(out, "time     {:.2} s", begun.elapsed().as_secs_f64())?;
        Ok(columns.iter().map(|column| column.tally.status()).max().unwrap_or(CANNOT_JUDGE))
    }

    fn judged<'m>(&'m self, manager: &'m Manager) -> Judged<'m> {
        let postfix = Some(self.setup.testbed.postfix().version());
        Judged { manager, multi_tool: &self.setup.multi_tool, testbed: self.setup.testbed.name(), postfix }
    }

    fn column<'m>(
        &'m self,
        manager: &'m Manager,
        verdicts: impl Iterator<Item = Option<Verdict>>,
        signal: Option<Signal>,
    ) -> Column<'m> {
        let options = self.options;
        let mut expecting = self.expected.expecting(self.catalogue, self.judged(manager));
        let last = options.levels.last(self.judged(manager));
        let mut tally = Tally::of_catalogue(self.catalogue, last);
        let judged = self.cases.iter().zip(verdicts).filter_map(|(case, verdict)| {
            let verdict = verdict?;
            let expected = expecting.judged(case, &verdict);
            let came = tally.judged(self.catalogue, case, &verdict, expected.as_deref());
            Some(JudgedCase { case, verdict, came, expected })
        });
        let judged: Vec<JudgedCase<'_>> = judged.collect();
        let (unjudged, of) = (self.cases.len() - judged.len(), self.cases.len());
        let gap = |signal: Signal| Gap::Interrupted { by: signal.as_str().to_owned(), unjudged, of };
        let gap = signal.filter(|_| unjudged > 0).map(gap);
        let replay = options.setup.replay(manager, &self.setup.multi_tool, last);
        Column { manager, judged, tally, gap, replay: replay.with_clauses(&options.selection.clauses) }
    }
}
