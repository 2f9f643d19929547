//! `postfix-conformance compare`: judges several managers by the same cases, and shows clauses by managers. Knows
//! what is judged, nothing of how it is shown.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use crate::case::Case;
use crate::catalogue::Catalogue;
use crate::conclusion::{CANNOT_JUDGE, CONFORMS, Conclusion, FAILS, RobustFailures};
use crate::judge::{Judge, Kept, Verdict};
use crate::known::{Judged, Known};
use crate::manager::Manager;
use crate::output::Paint;
use crate::program::{self, CannotJudge};
use crate::report::matrix::{self, Column};
use crate::runner;
use crate::selection::select;

use super::place::PlaceOptions;

/// What to compare.
#[derive(Debug, Args)]
pub struct CompareOptions {
    /// Only these: cases, parts of their names, sections, levels, clauses or families of clauses
    pub filter: Vec<String>,

    /// A manager, as `run` takes it; once for each
    #[arg(long, value_name = "VALUE", required = true)]
    pub manager: Vec<OsString>,

    /// Let failures of robust cases count for any manager, not only for our own
    #[arg(long)]
    pub strict: bool,

    /// Expected failures, as `run` takes them: they do not fail the comparison; one that passes does
    #[arg(long, value_name = "FILE")]
    pub known: Option<PathBuf>,

    /// Print the matrix alone, not what failed
    #[arg(long, short)]
    pub quiet: bool,

    /// Where and how
    #[command(flatten)]
    pub place: PlaceOptions,
}

/// Compares. The result is the exit status: the worst of those that `run` would end with for each manager.
pub(crate) fn run(
    out: &mut dyn Write,
    catalogue: &Catalogue,
    options: &CompareOptions,
) -> Result<u8, CannotJudge> {
    let begun = Instant::now();
    let cases = select(catalogue, &options.filter)?;
    let known = match &options.known {
        Some(path) => Known::read(path, catalogue)?,
        None => Known::default(),
    };
    let site = options.place.make()?;
    let testbed = site.place.testbed();
    let cases = program::for_testbed(cases, testbed.name());
    let managers = options
        .manager
        .iter()
        .map(|value| site.place.manager(Some(value), &site.run))
        .collect::<Result<Vec<Manager>, _>>()?;
    let tasks: Vec<(usize, &Case)> =
        (0..managers.len()).flat_map(|number| cases.iter().map(move |case| (number, *case))).collect();
    let verdict = |(number, case): &(usize, &Case)| {
        let manager = managers[*number].value();
        Judge { testbed, run: &site.run, manager, keep: Kept::No }.judge(case).verdict
    };
    let mut verdicts = runner::at_a_time(&tasks, site.jobs, verdict, |_, _| {}).into_iter();
    if let Some(path) = options.known.as_deref() {
        let everybody = || managers.iter().map(|manager| Judged { manager, multi: &site.multi });
        if everybody().all(|judged| known.is_for_others(judged)) {
            let path = path.display();
            writeln!(io::stderr(), "postfix-conformance: {path} has no entry for any of the managers")?;
        }
    }
    let columns: Vec<Column<'_>> = managers
        .iter()
        .map(|manager| {
            let verdicts: Vec<Verdict> = verdicts.by_ref().take(cases.len()).collect();
            let count = manager.is_own() || options.strict;
            let robust = if count { RobustFailures::Count } else { RobustFailures::AreReported };
            let replay = options.place.replay(&site, manager);
            let mut expecting = known.expecting(catalogue, Judged { manager, multi: &site.multi });
            let expected = cases.iter().zip(&verdicts);
            let known = expected.map(|(case, verdict)| expecting.judged(case, verdict)).collect();
            Column { manager, verdicts, known, robust, replay }
        })
        .collect();
    let paint = Paint::for_stdout(options.place.color);
    matrix::write(out, catalogue, &cases, &columns, paint)?;
    if !options.quiet {
        matrix::failures(out, &cases, &columns, paint)?;
    }
    let version = managers.first().map(|manager| testbed.world_options(manager.value()).postfix_version);
    writeln!(out, "testbed  {}, Postfix {}", testbed.name(), version.unwrap_or_default())?;
    writeln!(out, "time     {:.2} s", begun.elapsed().as_secs_f64())?;
    Ok(status(catalogue, &cases, &columns))
}

fn status(catalogue: &Catalogue, cases: &[&Case], columns: &[Column<'_>]) -> u8 {
    let statuses: Vec<u8> = columns
        .iter()
        .map(|column| {
            let mut conclusion = Conclusion::default();
            for ((case, verdict), came) in cases.iter().zip(&column.verdicts).zip(column.came()) {
                let reason = if let Verdict::Skipped(skip) = verdict { Some(skip.reason()) } else { None };
                conclusion.add(catalogue.level(case), came, reason);
            }
            conclusion.status(column.robust)
        })
        .collect();
    if statuses.contains(&CANNOT_JUDGE) {
        CANNOT_JUDGE
    } else if statuses.contains(&FAILS) {
        FAILS
    } else {
        CONFORMS
    }
}
