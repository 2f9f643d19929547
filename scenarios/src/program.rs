//! The program postfix-conformance: reads the command line, does what it says, tells the exit status. Knows how
//! the parts fit together, and leaves the parts to themselves.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use postfix_harness::container::ContainerError;
use postfix_harness::run_directory::{RunDirectory, RunDirectoryError};
use postfix_harness::testbed::{Need, Testbed, TestbedError};
use postfix_process::skip::VARIABLE;

use crate::case::{Case, LIVE};
use crate::catalogue::{Catalogue, CatalogueError};
use crate::command_line::{Action, CommandLine, Requirement, RunOptions};
use crate::commands::{compare, completions, coverage, mutants, replay};
use crate::conclusion::{CANNOT_JUDGE, CONFORMS, Came, Conclusion, RobustFailures};
use crate::explain;
use crate::extent::{ShardError, share};
use crate::judge::{Judge, Judgement, Kept, Skip, Verdict};
use crate::kept::{self, CannotRead};
use crate::known::{Judged, Known, KnownError};
use crate::manager::{Manager, ManagerError};
use crate::multi::{Multi, NoMulti};
use crate::output::Tolerant;
use crate::place::{Contradiction, Place};
use crate::replay::Replay;
use crate::report::again::{self, CannotTell};
use crate::report::live::Live;
use crate::report::record::RunHead;
use crate::report::recording;
use crate::report::reports::{CannotWrite, Reports};
use crate::runner;
use crate::selection::{NothingSelected, select};
use crate::specification::SpecificationError;
use crate::zoo::ZooError;
#[cfg(feature = "measures")]
use crate::{
    container,
    differential::{self, CannotCompare},
    fidelity::{self, CannotMeasure},
    generated::{
        CannotGenerate,
        session::{self, Session},
    },
};

/// Why nothing could be judged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CannotJudge {
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error(transparent)]
    Selection(#[from] NothingSelected),
    #[error(transparent)]
    Shard(#[from] ShardError),
    #[error(transparent)]
    Known(#[from] KnownError),
    #[error(transparent)]
    Specification(#[from] SpecificationError),
    #[error(transparent)]
    Zoo(#[from] ZooError),
    #[error(
        "the zoo has nothing called {0:?} there; `postfix-conformance mutants --list` has it all, and with --testbed \
         live all multi-instance tools"
    )]
    NoMutant(String),
    #[error(
        "the zoo is judged on the simulation, where stand-ins can be broken, and its multi-instance tools where all of \
         Postfix is: leave out --testbed, or give --testbed live"
    )]
    ZooIsElsewhere,
    #[error("cannot write the scripts of the zoo: {0}; name another directory with --work-dir or TMPDIR")]
    Script(io::Error),
    #[error(transparent)]
    Manager(#[from] ManagerError),
    #[error(transparent)]
    Multi(#[from] NoMulti),
    #[error(transparent)]
    RunDirectory(#[from] RunDirectoryError),
    #[error("testbed {testbed}: {source}")]
    Testbed { testbed: &'static str, source: TestbedError },
    #[error("testbed {testbed} is required, and this machine cannot have it: {need}")]
    Lacking { testbed: &'static str, need: Need },
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
    #[error("{VARIABLE}={0}: take one of all, postfix, namespaces, linux, containers")]
    Requirement(String),
    #[error("there is no case and no clause {0:?}; `postfix-conformance list` has the cases")]
    NothingToExplain(String),
    #[error("{clause} is a clause, and one case is judged again: {cases}; `run {clause}` judges all of them")]
    ClauseInPlaceOfCase { clause: String, cases: String },
    #[error("there is no case {0:?} to judge again; `postfix-conformance list` has the cases")]
    NoCase(String),
    #[error(transparent)]
    Kept(#[from] CannotRead),
    #[cfg(feature = "measures")]
    #[error(transparent)]
    Generate(#[from] CannotGenerate),
    #[cfg(feature = "measures")]
    #[error(transparent)]
    Measure(#[from] CannotMeasure),
    #[cfg(feature = "measures")]
    #[error(transparent)]
    Differential(#[from] CannotCompare),
    #[cfg(not(feature = "measures"))]
    #[error(
        "this suite was built without {0}; use `cargo xtask conformance {0}`, or build it with `--features measures`"
    )]
    BuiltWithout(&'static str),
    #[error(transparent)]
    Container(#[from] ContainerError),
    #[error(transparent)]
    Report(#[from] CannotWrite),
    #[error(transparent)]
    Tell(#[from] CannotTell),
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

/// Runs the program with the arguments that follow its name; the result is the exit status.
pub fn run(arguments: Vec<OsString>) -> u8 {
    let words = std::iter::once(OsString::from("postfix-conformance")).chain(arguments);
    let command_line = match CommandLine::try_parse_from(words) {
        Ok(command_line) => command_line,
        Err(answer) => {
            // Help and version are no mistakes, and a reader that is gone needs no message.
            let _ = answer.print();
            return u8::try_from(answer.exit_code()).unwrap_or(CANNOT_JUDGE);
        }
    };
    obey(command_line).unwrap_or_else(|error| {
        let _ = writeln!(io::stderr(), "postfix-conformance: {error}");
        CANNOT_JUDGE
    })
}

fn obey(command_line: CommandLine) -> Result<u8, CannotJudge> {
    let catalogue = Catalogue::load()?;
    let mut out = Tolerant::new(io::stdout().lock());
    match command_line.action {
        Action::Run(options) => judge(&mut out, &catalogue, &options),
        Action::Report(command) => Ok(again::tell(&mut out, &command)?),
        Action::List { filter } => {
            explain::list(&mut out, &catalogue, &select(&catalogue, &filter)?)?;
            Ok(CONFORMS)
        }
        Action::Explain { name } => {
            let replay = Replay::new("simulated", None, None, &Manager::own());
            if explain::explain(&mut out, &catalogue, &name, &replay)? {
                Ok(CONFORMS)
            } else {
                Err(CannotJudge::NothingToExplain(name))
            }
        }
        Action::Compare(options) => compare::run(&mut out, &catalogue, &options),
        Action::Replay(options) => replay::run(&mut out, &catalogue, &options),
        Action::Coverage(options) => coverage::run(&mut out, &catalogue, &options),
        Action::Mutants(options) => mutants::run(&mut out, &catalogue, &options),
        Action::Completions { shell } => {
            completions::print(&mut out, shell)?;
            Ok(CONFORMS)
        }
        #[cfg(feature = "measures")]
        Action::Differential(options) => differential::run(&mut out, &options, || {
            let base = options.work_dir.clone().unwrap_or_else(|| work_directory(false));
            Ok(RunDirectory::create(&base, &own_program())?)
        }),
        #[cfg(feature = "measures")]
        Action::Fidelity(options) => {
            let base = options.work_dir.clone().unwrap_or_else(|| work_directory(false));
            let run = RunDirectory::create(&base, &own_program())?;
            let required = required(&options.require)?;
            if let Some(image) = &options.image {
                return Ok(container::measure::measure(image, &run, &options, &required)?);
            }
            let is_required = |need: &Need| required.iter().any(|one| requires(*one, need));
            Ok(fidelity::measure(&mut out, &run, Manager::own().value(), &options, is_required)?)
        }
        #[cfg(not(feature = "measures"))]
        Action::Differential(_) => Err(CannotJudge::BuiltWithout("differential")),
        #[cfg(not(feature = "measures"))]
        Action::Fidelity(_) => Err(CannotJudge::BuiltWithout("fidelity")),
    }
}

/// Where worlds are made unless the caller says so. What is kept must outlive a reboot.
fn work_directory(keep: bool) -> PathBuf {
    if keep { env::temp_dir() } else { RunDirectory::usual_base() }
}

/// `postfix-conformance run`.
fn judge(out: &mut dyn Write, catalogue: &Catalogue, options: &RunOptions) -> Result<u8, CannotJudge> {
    let begun = Instant::now();
    let (files, filter) = kept::separate(&options.filter);
    let from_files = kept::read(&files, catalogue.clauses())?;
    let mut cases =
        if from_files.is_empty() || !filter.is_empty() { select(catalogue, &filter)? } else { Vec::new() };
    cases.extend(&from_files);
    let required = required(&options.require)?;
    #[cfg(feature = "measures")]
    let sample = options.drawn.sample(&options.extent)?;
    #[cfg(not(feature = "measures"))]
    if options.drawn.generate.is_some() {
        return Err(CannotJudge::BuiltWithout("--generate"));
    }
    let multi = Multi::from_option(options.multi.as_deref())?;
    let place = Place::of(options.testbed, options.postfix_version, options.image.as_deref())?;
    let shard = options.extent.shard.filter(|_| options.drawn.generate.is_none());
    let cases = share(for_testbed(cases, place.testbed().name()), shard)?;
    let known = match &options.extent.known {
        Some(path) => Known::read(path, catalogue)?,
        None => Known::default(),
    };
    let base = options.work_dir.clone().unwrap_or_else(|| work_directory(options.keep));
    let run = RunDirectory::create(&base, &own_program())?;
    let place = place.with_multi(&multi, &run).map_err(CannotJudge::Script)?;
    let testbed = place.testbed();
    let broken = |source| CannotJudge::Testbed { testbed: testbed.name(), source };
    let missing = testbed.missing(&run).map_err(broken)?;
    if let Some(need) = missing.as_ref().filter(|need| required.iter().any(|one| requires(*one, need))) {
        return Err(CannotJudge::Lacking { testbed: testbed.name(), need: need.clone() });
    }
    // What is lacking says why no manager could be found either.
    let manager = match &missing {
        None => place.manager(options.manager.as_deref(), &run)?,
        Some(_) => Manager::from_option(options.manager.as_deref())?,
    };
    let is_ours = manager.is_own() && multi.is_own();
    let robust = if is_ours || options.strict { RobustFailures::Count } else { RobustFailures::AreReported };
    let replay = Replay::new(testbed.name(), options.postfix_version, options.image.as_deref(), &manager)
        .with_multi(&multi);
    let worlds = options.keep.then(|| run.path().display().to_string());
    let mut head = head(testbed, &manager, robust, &replay, worlds);
    let judged = Judged { manager: &manager, multi: &multi };
    if !multi.is_own() {
        head.called = judged.to_string();
        head.multi = Some(multi.to_string());
    }
    let keep = if options.keep { Kept::Yes } else { Kept::No };
    let jobs = options.jobs.unwrap_or_else(runner::usual_jobs);
    let judge = Judge { testbed, run: &run, manager: manager.value(), keep };
    #[cfg(feature = "measures")]
    if let Some(sample) = sample {
        let report = &options.report;
        let fail_fast = options.extent.fail_fast;
        let session =
            Session { catalogue, report, judge, head: &head, lacking: missing.as_ref(), jobs, fail_fast };
        return Ok(session::hold(out, &session, sample)?);
    }
    if known.is_for_others(judged) {
        let path = options.extent.known.as_deref().unwrap_or(Path::new("--known"));
        writeln!(io::stderr(), "postfix-conformance: {} has no entry for {judged}", path.display())?;
    }
    let mut reports = Reports::open(out, &options.report)?;
    let mut live = Live::begin(&mut reports, catalogue, &cases, &head)?;
    let mut expecting = known.expecting(catalogue, judged);
    let mut conclusion = Conclusion::default();
    let mut tell = |case: &Case, judgement: &Judgement| {
        let verdict = &judgement.verdict;
        let known = expecting.judged(case, verdict);
        let reason = if let Verdict::Skipped(skip) = verdict { Some(skip.reason()) } else { None };
        conclusion.add(catalogue.level(case), Came::of(verdict.name(), known.is_some()), reason);
        live.tell(case, judgement, known);
    };
    match &missing {
        None => {
            let enough = |case: &Case, verdict: &Verdict| {
                options.extent.fail_fast
                    && matches!(verdict, Verdict::Failed(_))
                    && robust.fail(catalogue.level(case))
                    && known.reason(judged, case).is_none()
            };
            let judged = runner::judge_all(judge, &cases, jobs, enough, &mut tell).len();
            cases.iter().skip(judged).for_each(|case| leave_out(case, &mut tell));
        }
        Some(need) => cases.iter().for_each(|case| skip(case, need, &mut tell)),
    }
    live.end(begun.elapsed())?;
    reports.close()?;
    if let Some(why) = conclusion.silence() {
        writeln!(io::stderr(), "postfix-conformance: {why}")?;
    }
    Ok(conclusion.status(robust))
}

/// What is told of a run beforehand.
pub(crate) fn head(
    testbed: &dyn Testbed,
    manager: &Manager,
    robust: RobustFailures,
    replay: &Replay,
    worlds: Option<String>,
) -> RunHead {
    RunHead {
        manager: manager.value().clone(),
        called: manager.to_string(),
        testbed: testbed.name().to_owned(),
        postfix_version: testbed.world_options(manager.value()).postfix_version,
        robust_failures: robust,
        multi: None,
        begun: recording::now(),
        again: replay.prefix(),
        worlds,
    }
}

/// Without the cases that are not for this testbed, unless no other were selected: then a reason is told for each.
pub(crate) fn for_testbed<'a>(cases: Vec<&'a Case>, testbed: &str) -> Vec<&'a Case> {
    let suited: Vec<&Case> =
        cases.iter().copied().filter(|case| case.is_only_live() == (testbed == LIVE)).collect();
    if suited.is_empty() { cases } else { suited }
}

/// What comes after the first failure, where that is the last.
fn leave_out(case: &Case, tell: &mut impl FnMut(&Case, &Judgement)) {
    let reason = "not judged after the first failure".to_owned();
    let verdict = Verdict::Skipped(Skip::NotApplicable(reason));
    tell(case, &Judgement { verdict, seen: Vec::new(), took: Duration::ZERO });
}

fn skip(case: &Case, need: &Need, tell: &mut impl FnMut(&Case, &Judgement)) {
    let verdict = Verdict::Skipped(Skip::Lacking(need.to_string()));
    tell(case, &Judgement { verdict, seen: Vec::new(), took: Duration::ZERO });
}

/// The binary that stand-ins are other names of.
pub(crate) fn own_program() -> PathBuf {
    env::current_exe().unwrap_or_else(|_| PathBuf::from("/proc/self/exe"))
}

/// What must not be missing: by option, or else by variable.
fn required(options: &[Requirement]) -> Result<Vec<Requirement>, CannotJudge> {
    if !options.is_empty() {
        return Ok(options.to_vec());
    }
    match env::var_os(VARIABLE) {
        Some(value) if !value.is_empty() => {
            let text = value.to_string_lossy();
            Requirement::from_str(&text, false)
                .map(|one| vec![one])
                .map_err(|_| CannotJudge::Requirement(text.into_owned()))
        }
        _ => Ok(Vec::new()),
    }
}

fn requires(requirement: Requirement, need: &Need) -> bool {
    match requirement {
        Requirement::All => true,
        Requirement::Postfix => matches!(need, Need::Postfix(_)),
        Requirement::Namespaces => matches!(need, Need::Namespaces(_)),
        Requirement::Linux => matches!(need, Need::Linux),
        Requirement::Containers => matches!(need, Need::Container(_)),
    }
}
