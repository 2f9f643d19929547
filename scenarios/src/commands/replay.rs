//! `postfix-conformance replay`: judges one case and reports all about it.
//! With `--keep` the world stays, and the command that enters it is printed.

use std::ffi::OsString;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::slice;
use std::time::{Duration, Instant};

use clap::Args;
use postfix_process::suite_command::quoted;

use crate::catalogue::case::Case;
use crate::catalogue::clause::Level;
use crate::catalogue::contents::Catalogue;
use crate::catalogue::selection::select;
use crate::catalogue::testbed_name::TestbedName;
use crate::commands::error::CannotJudge;
use crate::commands::selection_options::{with_cases_at, with_clauses};
use crate::commands::setup::{Setup, SetupOptions};
use crate::judge::interruption::{self, Interruption};
use crate::judge::judge_case::{Judge, Kept};
use crate::judge::parallel::{self, Told};
use crate::judge::result::{CANNOT_JUDGE, CONFORMS, FAILS};
use crate::judge::verdict::{Judgement, Verdict};
use crate::report::formats::human::{Human, TextStyle};
use crate::report::formats::progress::{Detail, Progress};
use crate::report::options::Show;
use crate::report::recorder::{Recorder, RunEnding, Selected};
use crate::report::run_head::head;
use crate::report::terminal::{Colour, Paint, Screen, Stdout, StdoutError, note};
use crate::subject::manager::Manager;

/// What to judge again.
#[derive(Debug, Args)]
pub struct ReplayOptions {
    /// The case: its name, a part of it that no other has, or the path of a case file
    pub case: String,

    /// Add the clauses of this file, for cases of your own
    #[arg(long, value_name = "FILE")]
    pub clauses: Vec<PathBuf>,

    /// The manager, as `run` takes it [default: ours]
    #[arg(long, value_name = "VALUE")]
    pub manager: Option<OsString>,

    /// Leave the world, and print how to enter it
    #[arg(long)]
    pub keep: bool,

    /// When to use colours
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Colour,

    /// Where to judge
    #[command(flatten)]
    pub setup: SetupOptions,
}

/// Judges one case. The result is the exit status: whether it conforms, at any level.
pub(crate) fn run(
    out: &mut Stdout<'_>,
    catalogue: Catalogue,
    options: &ReplayOptions,
) -> Result<u8, CannotJudge> {
    let interruption = Interruption::watch().map_err(CannotJudge::Signals)?;
    let words = slice::from_ref(&options.case);
    let catalogue = with_clauses(catalogue, &options.clauses)?;
    let catalogue = &with_cases_at(catalogue, words)?;
    let case = match select(catalogue, words, &[])?.as_slice() {
        [case] => *case,
        cases => return Err(CannotJudge::SeveralCases { word: options.case.clone(), count: cases.len() }),
    };
    let keep = if options.keep { Kept::Yes } else { Kept::No };
    let setup = options.setup.make(keep)?;
    let testbed = &setup.testbed;
    let manager = testbed.manager(options.manager.as_deref(), &setup.run)?;
    let judge = Judge { testbed, run: &setup.run, manager: manager.value(), keep, factor: setup.factor };
    let replayed = Replayed { catalogue, case, manager: &manager, setup: &setup, options };
    let begun = Instant::now();
    let mut interrupted = |told: Told<'_>| {
        if let Told::Interrupted(signal) = told {
            let ending = RunEnding::Interrupted(signal);
            replayed.report(out, None, begun.elapsed(), ending).err().into_iter().for_each(note);
            interruption::end(signal)
        }
    };
    let (cases, one) = ([case], NonZero::<usize>::MIN);
    let judgements =
        parallel::judge_all(judge, &cases, one, Some(&interruption), |_, _| false, &mut interrupted);
    interruption.tell_nobody();
    let judgement = judgements.first();
    let (status, word) = match judgement.map(|judgement| &judgement.verdict) {
        Some(Verdict::Passed) => (CONFORMS, "passed: "),
        Some(Verdict::Failed(_)) => (FAILS, ""),
        Some(Verdict::Skipped(_) | Verdict::Broken(_)) | None => (CANNOT_JUDGE, ""),
    };
    if !word.is_empty() {
        writeln!(out, "{word}{}: {}", case.name, case.title)?;
    }
    replayed.report(out, judgement, begun.elapsed(), RunEnding::Complete)?;
    Ok(status)
}

/// What is judged again.
struct Replayed<'a> {
    catalogue: &'a Catalogue,
    case: &'a Case,
    manager: &'a Manager,
    setup: &'a Setup,
    options: &'a ReplayOptions,
}

impl Replayed<'_> {
    /// Reports what came of it, if it was judged, and how its world is entered, if that was kept.
    fn report(
        &self,
        out: &mut Stdout<'_>,
        judgement: Option<&Judgement>,
        took: Duration,
        ending: RunEnding,
    ) -> Result<(), StdoutError> {
        let Self { catalogue, case, manager, setup, options } = *self;
        let testbed = &setup.testbed;
        let replay = options.setup.replay(manager, &setup.multi_tool, Level::Robust);
        let replay = replay.with_clauses(&options.clauses);
        let head = head(testbed.name(), Some(&testbed.postfix()), manager, Level::Robust, &replay, None);
        let paint = Paint::for_stdout(options.color);
        let progress = Progress::new(paint, Screen::Stream, Detail::Quiet);
        let selected = Selected { words: vec![case.name.clone()], shard: None, whole: None, program: None };
        let style = TextStyle { detail: Detail::Quiet, show: Show::All, paint, github: false };
        let human = Human::new(Box::new(&mut *out), style, progress);
        let mut recorder =
            Recorder::begin(human, catalogue, &[case], &head, selected).map_err(StdoutError)?;
        if let Some(judgement) = judgement {
            recorder.tell(case, judgement, None);
        }
        recorder.end(took, ending).map_err(StdoutError)?;
        let is_skipped = judgement.is_some_and(|found| matches!(found.verdict, Verdict::Skipped(_)));
        if options.keep && !is_skipped { self.show_world(out) } else { Ok(()) }
    }

    fn show_world(&self, out: &mut Stdout<'_>) -> Result<(), StdoutError> {
        let (name, run) = (self.case.name.replace('/', "."), self.setup.run.path());
        let testbed = &self.setup.testbed;
        match testbed.name() {
            TestbedName::Simulated => enter(out, run, &name, None),
            TestbedName::Sandbox => {
                let world = testbed.testbed().world_options(self.manager.value());
                enter(out, run, &name, world.default_config_directory.as_deref())
            }
            // Its programs lie in an image.
            TestbedName::Container | TestbedName::Live => writeln!(out, "world    {}", run.display()),
        }
    }
}

/// Prints how to enter the one world of a run directory.
fn enter(out: &mut Stdout<'_>, run: &Path, name: &str, covered: Option<&Path>) -> Result<(), StdoutError> {
    let mut entries = run.read_dir().into_iter().flatten().flatten();
    let found = entries.find(|entry| entry.file_name().to_string_lossy().starts_with(name));
    let Some(world) = found.map(|entry| entry.path()) else {
        return writeln!(out, "world    {}", run.display());
    };
    let root = quoted(&world.display().to_string());
    writeln!(out, "world    {root}")?;
    let shell = format!(
        "env -i HOME={root}/home TMPDIR={root}/tmp TZ=UTC LC_ALL=C PATH={root}/usr/sbin:/usr/bin:/bin /bin/sh"
    );
    match covered {
        None => writeln!(out, "enter    cd {root} && {shell}")?,
        Some(directory) => {
            let directory = quoted(&directory.display().to_string());
            writeln!(
                out,
                "enter    cd {root} && unshare --user --map-root-user --mount --pid --fork --mount-proc \\\n         \
                 /bin/sh -c 'mount --bind {root}/etc/postfix {directory} && cd {root} && exec {shell}'"
            )?;
        }
    }
    writeln!(
        out,
        "inside   postfix, postconf and the others are the world's; journal.jsonl has what they did"
    )?;
    writeln!(out, "remove   rm -r {}", quoted(&run.display().to_string()))
}
