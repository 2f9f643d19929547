//! `postfix-conformance run`: judges one manager by the selected cases and reports the result.

use std::ffi::OsString;
use std::iter::repeat_n;
use std::num::NonZero;
use std::path::Path;
use std::time::{Duration, Instant};

use clap::Args;
use postfix_fakes::version::Build;
use postfix_harness::testbed::Need;

use crate::catalogue::case::Case;
use crate::catalogue::contents::Catalogue;
use crate::catalogue::selection::for_testbed;
use crate::commands::error::CannotJudge;
use crate::commands::failure_list::FailureListOptions;
#[cfg(feature = "measures")]
use crate::commands::generate::{
    sample::Sample,
    session::{self, Session},
};
use crate::commands::measure_options::DrawOptions;
use crate::commands::requirement::{Requirement, required, requires};
use crate::commands::selection_options::SelectionOptions;
use crate::commands::setup::{Setup, SetupOptions};
use crate::commands::sharding::{LimitOptions, share};
use crate::judge::expected_failures::update::Came;
use crate::judge::expected_failures::{ExpectedFailures, Judged};
use crate::judge::judge_case::{Judge, Kept};
use crate::judge::parallel;
use crate::judge::repetition::Repetition;
use crate::judge::result::{CANNOT_JUDGE, CaseResult, Conclusion, RobustFailures};
use crate::judge::verdict::{Judgement, Skip, Verdict};
use crate::report::formats::outputs::Reports;
use crate::report::options::ReportOptions;
use crate::report::recorder::Recorder;
use crate::report::run_head::{RunHead, head};
use crate::report::terminal::{Stdout, StdoutError, note};
use crate::subject::manager::Manager;

/// How to judge.
#[derive(Debug, Args)]
pub struct RunOptions {
    /// Which cases
    #[command(flatten)]
    pub selection: SelectionOptions,

    /// Generated cases in place of written ones.
    #[command(flatten)]
    pub drawn: DrawOptions,

    /// The manager to judge: ours, shell or postmulti (as installed), example (of postfix-wrapper(5)), or a value
    /// of `multi_instance_wrapper`, arguments included [default: ours]
    #[arg(long, value_name = "VALUE", allow_hyphen_values = false)]
    pub manager: Option<OsString>,

    /// Where to judge
    #[command(flatten)]
    pub setup: SetupOptions,

    /// How much is judged, and what may fail
    #[command(flatten)]
    pub limits: LimitOptions,

    /// Whether what fails is written down as expected
    #[command(flatten)]
    pub failure_list: FailureListOptions,

    /// Leave the worlds of the judged cases, and say where they are
    #[arg(long)]
    pub keep: bool,

    /// Let failures of robust cases count for any manager, not only for our own
    #[arg(long)]
    pub strict: bool,

    /// Fail with exit status 2 if this machine lacks this and the testbed needs it [also: the variable
    /// `POSTFIX_CONFORMANCE_REQUIRE`]
    #[arg(long, value_name = "NEED", value_enum)]
    pub require: Vec<Requirement>,

    /// The exit status if no case was judged because all were skipped; harnesses that know a status for that, such as
    /// autopkgtest and Meson, use 77
    #[arg(long, value_name = "STATUS", default_value_t = CANNOT_JUDGE, value_parser = clap::value_parser!(u8).range(2..))]
    pub nothing_judged: u8,

    /// How to report
    #[command(flatten)]
    pub report: ReportOptions,
}

/// `postfix-conformance run`.
pub(crate) fn run(
    out: &mut Stdout<'_>,
    catalogue: Catalogue,
    options: &RunOptions,
) -> Result<u8, CannotJudge> {
    let begun = Instant::now();
    let keep = if options.keep { Kept::Yes } else { Kept::No };
    let selected = options.selection.read(options.setup.slowed(catalogue))?;
    let catalogue = &selected.catalogue;
    let cases = options.selection.cases(&selected)?;
    let required = required(&options.require)?;
    #[cfg(feature = "measures")]
    let sample = options.drawn.sample(&options.limits)?;
    #[cfg(not(feature = "measures"))]
    if options.drawn.generate.is_some() {
        return Err(CannotJudge::BuiltWithout("--generate"));
    }
    let shard = options.limits.shard.filter(|_| options.drawn.generate.is_none());
    let cases = share(for_testbed(cases, options.setup.testbed), shard)?;
    let failure_list = options.failure_list.list()?;
    let expected = match (&options.limits.expected_failures, &failure_list) {
        (Some(path), _) => ExpectedFailures::read(path, catalogue)?,
        (None, Some(list)) => list.expected(catalogue)?,
        (None, None) => ExpectedFailures::default(),
    };
    let setup = options.setup.prepare(keep)?;
    let Setup { testbed, multi_tool, run, jobs } = &setup;
    let (postfix, manager) = match testbed {
        Ok(testbed) => (Some(testbed.postfix()), testbed.manager(options.manager.as_deref(), run)?),
        Err(need) if required.iter().any(|one| requires(*one, need)) => {
            return Err(CannotJudge::Lacking { testbed: options.setup.testbed.name(), need: need.clone() });
        }
        // What is lacking says why no manager could be found either.
        Err(_) => (None, Manager::from_option(options.manager.as_deref())?),
    };
    let judged = Judged { manager: &manager, multi_tool, postfix: postfix.as_ref().map(Build::version) };
    let head = run_head(postfix.as_ref(), judged, options, run.path());
    let judge = testbed.as_ref().map(|testbed| Judge { testbed, run, manager: manager.value(), keep });
    let judging = Judging { judge, judged, head: &head, jobs: *jobs, begun };
    #[cfg(feature = "measures")]
    if let Some(sample) = sample {
        return generated(out, catalogue, options, judging, sample);
    }
    let (status, came) = written(out, catalogue, options, judging, &cases, &expected)?;
    if let (Some(list), Ok(_)) = (failure_list, judge) {
        list.write(catalogue, judged, &came)?;
    }
    Ok(status)
}

/// What judges, and who is judged.
#[derive(Clone, Copy)]
struct Judging<'a> {
    /// What judges, or what this machine lacks for it.
    judge: Result<Judge<'a>, &'a Need>,
    judged: Judged<'a>,
    head: &'a RunHead,
    jobs: NonZero<usize>,
    begun: Instant,
}

fn run_head(postfix: Option<&Build>, judged: Judged<'_>, options: &RunOptions, worlds: &Path) -> RunHead {
    let Judged { manager, multi_tool, .. } = judged;
    let is_ours = manager.is_own() && multi_tool.is_own();
    let robust = if is_ours || options.strict { RobustFailures::Count } else { RobustFailures::AreReported };
    let replay = options.setup.replay(manager, multi_tool).with_clauses(&options.selection.clauses);
    let worlds = options.keep.then(|| worlds.display().to_string());
    let mut head = head(options.setup.testbed, postfix, manager, robust, &replay, worlds);
    if !multi_tool.is_own() {
        head.called = judged.to_string();
        head.multi_tool = Some(multi_tool.to_string());
    }
    head
}

/// Judges generated cases.
#[cfg(feature = "measures")]
fn generated(
    out: &mut Stdout<'_>,
    catalogue: &Catalogue,
    options: &RunOptions,
    judging: Judging<'_>,
    sample: Sample,
) -> Result<u8, CannotJudge> {
    let Judging { judge, head, jobs, .. } = judging;
    let (report, fail_fast) = (&options.report, options.limits.fail_fast);
    let session = Session { catalogue, report, judge, head, jobs, fail_fast };
    Ok(session::run(out, &session, sample)?)
}

/// Judges the cases of the catalogue and of case files.
fn written(
    out: &mut Stdout<'_>,
    catalogue: &Catalogue,
    options: &RunOptions,
    judging: Judging<'_>,
    cases: &[&Case],
    expected: &ExpectedFailures,
) -> Result<(u8, Came), CannotJudge> {
    let Judging { judge, judged, head, jobs, begun } = judging;
    let robust = head.robust_failures;
    if expected.is_for_others(judged) {
        let path = options.limits.expected_failures.as_deref().unwrap_or(Path::new("--expected-failures"));
        note(format_args!("{} has no entry for {judged}", path.display()));
    }
    let mut reports = Reports::open(out, &options.report)?;
    let mut recorder = Recorder::begin(&mut reports, catalogue, cases, head).map_err(StdoutError)?;
    let mut expecting = expected.expecting(catalogue, judged);
    let mut conclusion = Conclusion::default();
    let mut came = Came::default();
    let mut told = 0;
    let mut tell = |case: &Case, judgement: &Judgement| {
        let verdict = &judgement.verdict;
        let expected = expecting.judged(case, verdict);
        let skipped = if let Verdict::Skipped(skip) = verdict { Some(skip.reason()) } else { None };
        conclusion.add(catalogue.level(case), CaseResult::of(verdict.name(), expected.is_some()), skipped);
        recorder.tell(case, judgement, expected);
        came.add(case, verdict);
    };
    let enough = |case: &Case, verdict: &Verdict| {
        options.limits.fail_fast
            && matches!(verdict, Verdict::Failed(_))
            && robust.fail(catalogue.level(case))
            && expected.reason(judged, case).is_none()
    };
    let times = options.limits.repeat;
    let repeated: Vec<&Case> = cases.iter().flat_map(|case| repeat_n(*case, times.get() as usize)).collect();
    let (mut repetition, mut unsteady) = (Repetition::new(times), Vec::new());
    let left_out = match judge {
        Err(need) => Skip::Lacking(need.to_string()),
        Ok(judge) => {
            parallel::judge_all(judge, &repeated, jobs, enough, |case, judgement| {
                let meaning = repetition.add(&judgement.verdict);
                if meaning.counts {
                    tell(case, judgement);
                    told += 1;
                }
                unsteady.extend(meaning.failed_sometimes.map(|failed| (case.name.clone(), failed)));
            });
            Skip::NotApplicable("not judged after the first failure".to_owned())
        }
    };
    for case in cases.iter().skip(told) {
        let verdict = Verdict::Skipped(left_out.clone());
        tell(case, &Judgement { verdict, seen: Vec::new(), took: Duration::ZERO });
    }
    recorder.end(begun.elapsed()).map_err(StdoutError)?;
    reports.close()?;
    for (name, failed) in unsteady {
        note(format_args!("{name} failed {failed} of {times} times; the report shows the first failure"));
    }
    if let Some(why) = conclusion.silence() {
        note(why);
        return Ok((options.nothing_judged, came));
    }
    Ok((conclusion.status(robust), came))
}
