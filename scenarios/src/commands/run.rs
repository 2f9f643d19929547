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
use crate::commands::error::CannotJudge;
use crate::commands::failure_list::FailureListOptions;
#[cfg(feature = "measures")]
use crate::commands::measures::generate::{
    sample::Sample,
    session::{self, Session},
};
use crate::commands::options::counted_levels::LevelOptions;
use crate::commands::options::measure_options::DrawOptions;
use crate::commands::options::requirement::{Requirement, required, requires};
use crate::commands::options::sharding::{LimitOptions, Shard, share};
use crate::commands::selection_options::SelectionOptions;
use crate::commands::setup::{Setup, SetupOptions};
use crate::judge::expected_failures::update::Came;
use crate::judge::expected_failures::{ExpectedFailures, Expecting, Judged};
use crate::judge::interruption::{self, Interruption};
use crate::judge::judge_case::{Judge, Kept};
use crate::judge::parallel::{self, Told};
use crate::judge::repetition::Repetition;
use crate::judge::result::CANNOT_JUDGE;
use crate::judge::verdict::{Judgement, Skip, Verdict};
use crate::report::formats::outputs::Reports;
use crate::report::options::ReportOptions;
use crate::report::recorder::{Recorder, RunEnding, Selected};
use crate::report::recording;
use crate::report::run_head::{RunHead, head};
use crate::report::tally::Tally;
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

    /// Which failures count
    #[command(flatten)]
    pub levels: LevelOptions,

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
    let interruption = Interruption::watch().map_err(CannotJudge::Signals)?;
    let keep = if options.keep { Kept::Yes } else { Kept::No };
    let all = options.selection.read(catalogue)?;
    let catalogue = &all.catalogue;
    let cases = options.selection.cases_for(&all, options.setup.testbed)?;
    let required = required(&options.require)?;
    #[cfg(feature = "measures")]
    let sample = options.drawn.sample(&options.limits)?;
    #[cfg(not(feature = "measures"))]
    if options.drawn.generate.is_some() {
        return Err(CannotJudge::BuiltWithout("--generate"));
    }
    let shard = options.limits.shard.filter(|_| options.drawn.generate.is_none());
    let whole = Some(recording::whole(catalogue, cases.iter().copied()));
    let cases = share(cases, shard)?;
    let failure_list = options.failure_list.list()?;
    let expected = match (&options.limits.expected_failures, &failure_list) {
        (Some(path), _) => ExpectedFailures::read(path, catalogue)?,
        (None, Some(list)) => list.expected(catalogue)?,
        (None, None) => ExpectedFailures::default(),
    };
    let setup = options.setup.prepare(keep)?;
    let Setup { testbed, multi_tool, run, jobs, factor } = &setup;
    let (postfix, manager) = match testbed {
        Ok(testbed) => (Some(testbed.postfix()), testbed.manager(options.manager.as_deref(), run)?),
        Err(need) if required.iter().any(|one| requires(*one, need)) => {
            return Err(CannotJudge::Lacking { testbed: options.setup.testbed.name(), need: need.clone() });
        }
        // What is lacking says why no manager could be found either.
        Err(_) => (None, Manager::from_option(options.manager.as_deref())?),
    };
    let version = postfix.as_ref().map(Build::version);
    let (words, shard) = (options.selection.words(), shard.map(Shard::record));
    let selected = Selected { words, shard, whole, program: manager.digest() };
    let judged = Judged { manager: &manager, multi_tool, testbed: options.setup.testbed, postfix: version };
    let head = run_head(postfix.as_ref(), judged, options, run.path());
    let (who, factor) = (manager.value(), *factor);
    let judge = testbed.as_ref().map(|testbed| Judge { testbed, run, manager: who, keep, factor });
    let judging = Judging { judge, judged, head: &head, selected: &selected, jobs: *jobs, begun };
    #[cfg(feature = "measures")]
    if let Some(sample) = sample {
        return generated(out, &interruption, catalogue, options, judging, sample);
    }
    let (status, came) = written(out, &interruption, catalogue, options, judging, &cases, &expected)?;
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
    /// Which written cases.
    selected: &'a Selected,
    jobs: NonZero<usize>,
    begun: Instant,
}

fn run_head(postfix: Option<&Build>, judged: Judged<'_>, options: &RunOptions, worlds: &Path) -> RunHead {
    let Judged { manager, multi_tool, .. } = judged;
    let last = options.levels.last(judged);
    let replay = options.setup.replay(manager, multi_tool, last).with_clauses(&options.selection.clauses);
    let worlds = options.keep.then(|| worlds.display().to_string());
    let mut head = head(options.setup.testbed, postfix, manager, last, &replay, worlds);
    let count = options.drawn.generate;
    head.generates = count.map(|count| replay.generating(count.get(), options.drawn.seed));
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
    interruption: &Interruption,
    catalogue: &Catalogue,
    options: &RunOptions,
    judging: Judging<'_>,
    sample: Sample,
) -> Result<u8, CannotJudge> {
    let Judging { judge, head, jobs, selected: Selected { program, .. }, .. } = judging;
    let (report, fail_fast) = (&options.report, options.limits.fail_fast);
    let nothing_judged = options.nothing_judged;
    let program = *program;
    let session =
        Session { catalogue, report, judge, head, program, jobs, fail_fast, interruption, nothing_judged };
    Ok(session::run(out, &session, sample)?)
}

/// Judges the cases of the catalogue and of case files.
fn written(
    out: &mut Stdout<'_>,
    interruption: &Interruption,
    catalogue: &Catalogue,
    options: &RunOptions,
    judging: Judging<'_>,
    cases: &[&Case],
    expected: &ExpectedFailures,
) -> Result<(u8, Came), CannotJudge> {
    let Judging { judge, judged, head, selected, jobs, begun } = judging;
    if expected.is_for_others(judged) {
        let path = options.limits.expected_failures.as_deref().unwrap_or(Path::new("--expected-failures"));
        note(format_args!("{} has no entry for {judged}", path.display()));
    }
    let reports = Reports::open(out, &options.report)?.before_signals_of(interruption);
    let recorder = Recorder::begin(reports, catalogue, cases, head, selected.clone()).map_err(StdoutError)?;
    let times = options.limits.repeat;
    let mut telling = Some(Telling {
        catalogue,
        recorder,
        tally: Tally::of_catalogue(catalogue, head.last_level()),
        expecting: expected.expecting(catalogue, judged),
        came: Came::default(),
        begun,
        times,
        repetition: Repetition::new(times),
        unsteady: Vec::new(),
        told: 0,
        is_share: selected.shard.is_some(),
        nothing_judged: options.nothing_judged,
    });
    let enough = |case: &Case, verdict: &Verdict| {
        options.limits.fail_fast
            && matches!(verdict, Verdict::Failed(_))
            && head.counts(catalogue.level(case))
            && expected.reason(judged, case).is_none()
    };
    let mut hear = |told: Told<'_>| match told {
        Told::Judged(case, judgement) => {
            if let Some(telling) = &mut telling {
                telling.judged(case, judgement);
            }
        }
        Told::JudgedEarly(case, judgement) => {
            if let Some(telling) = &mut telling {
                telling.judged_early(case, judgement);
            }
        }
        Told::Interrupted(signal) => {
            let ended = telling.take().map(|telling| telling.end(RunEnding::Interrupted(signal)));
            ended.and_then(Result::err).into_iter().for_each(note);
            interruption::end(signal)
        }
    };
    let left_out = match judge {
        Err(need) => Skip::Lacking(need.to_string()),
        Ok(judge) => {
            let repeated: Vec<&Case> =
                cases.iter().flat_map(|case| repeat_n(*case, times.get() as usize)).collect();
            parallel::judge_all(judge, &repeated, jobs, Some(interruption), enough, &mut hear);
            Skip::NotApplicable("not judged after the first failure".to_owned())
        }
    };
    let Some(mut telling) = telling else { return Ok((CANNOT_JUDGE, Came::default())) };
    for case in cases.iter().skip(telling.told) {
        let verdict = Verdict::Skipped(left_out.clone());
        telling.tell(case, &Judgement { verdict, seen: Vec::new(), took: Duration::ZERO });
    }
    telling.end(RunEnding::Complete)
}

/// What hears of each case that was judged.
struct Telling<'a> {
    catalogue: &'a Catalogue,
    recorder: Recorder<'a, Reports<'a>>,
    tally: Tally,
    expecting: Expecting,
    came: Came,
    begun: Instant,
    /// How many times each case is judged.
    times: NonZero<u32>,
    repetition: Repetition,
    /// Cases that failed sometimes, and how often.
    unsteady: Vec<(String, u32)>,
    told: usize,
    /// Whether other shares belong to the run.
    is_share: bool,
    /// The exit status if nothing was judged.
    nothing_judged: u8,
}

impl Telling<'_> {
    /// Hears the next verdict on a case.
    fn judged(&mut self, case: &Case, judgement: &Judgement) {
        let meaning = self.repetition.add(&judgement.verdict);
        if meaning.counts {
            self.tell(case, judgement);
        }
        self.unsteady.extend(meaning.failed_sometimes.map(|failed| (case.name.clone(), failed)));
    }

    /// Hears a verdict on a case before those of cases that come earlier. Of one that is judged several times, it may not
    /// be the one that counts.
    fn judged_early(&mut self, case: &Case, judgement: &Judgement) {
        if self.times.get() == 1 {
            self.tell(case, judgement);
        }
    }

    fn tell(&mut self, case: &Case, judgement: &Judgement) {
        let expected = self.expecting.judged(case, &judgement.verdict);
        self.tally.judged(self.catalogue, case, &judgement.verdict, expected.as_deref());
        self.recorder.tell(case, judgement, expected);
        self.came.add(case, &judgement.verdict);
        self.told += 1;
    }

    /// Writes every report. The result is the exit status, and what came of the cases.
    fn end(self, ending: RunEnding) -> Result<(u8, Came), CannotJudge> {
        let written = self.recorder.end(self.begun.elapsed(), ending).map_err(StdoutError)?.close();
        for (name, failed) in self.unsteady {
            let times = self.times;
            note(format_args!("{name} failed {failed} of {times} times; the report shows the first failure"));
        }
        let silence = self.tally.silence();
        silence.iter().for_each(note);
        let status = match (written, silence) {
            (Err(trouble), _) => {
                note(trouble);
                CANNOT_JUDGE
            }
            (Ok(()), Some(_)) => self.nothing_judged,
            (Ok(()), None) if self.is_share => self.tally.status_of_share(),
            (Ok(()), None) => self.tally.status(),
        };
        Ok((status, self.came))
    }
}
