//! `postfix-conformance replay`: judges one case and reports all about it. With `--keep` the world stays, and the
//! command that enters it is printed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::slice;

use clap::Args;
use postfix_process::suite_command::quoted;

use crate::catalogue::clause::Level;
use crate::catalogue::contents::Catalogue;
use crate::catalogue::selection::select;
use crate::catalogue::testbed_name::TestbedName;
use crate::commands::error::CannotJudge;
use crate::commands::selection_options::{with_cases_at, with_clauses};
use crate::commands::setup::SetupOptions;
use crate::judge::judge_case::{Judge, Kept};
use crate::judge::result::{CANNOT_JUDGE, CONFORMS, FAILS};
use crate::judge::verdict::Verdict;
use crate::report::formats::human::{Human, TextStyle};
use crate::report::formats::progress::{Detail, Progress};
use crate::report::options::Show;
use crate::report::recorder::{Recorder, RunEnding, Selected};
use crate::report::run_head::head;
use crate::report::terminal::{Colour, Paint, Screen, Stdout, StdoutError};

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
    let words = slice::from_ref(&options.case);
    let catalogue = with_clauses(options.setup.slowed(catalogue), &options.clauses)?;
    let catalogue = &with_cases_at(catalogue, words)?;
    let case = match select(catalogue, words, &[])?.as_slice() {
        [case] => *case,
        cases => return Err(CannotJudge::SeveralCases { word: options.case.clone(), count: cases.len() }),
    };
    let setup = options.setup.make()?;
    let testbed = &setup.testbed;
    let manager = testbed.manager(options.manager.as_deref(), &setup.run)?;
    let keep = if options.keep { Kept::Yes } else { Kept::No };
    let judge = Judge { testbed, run: &setup.run, manager: manager.value(), keep };
    let judgement = judge.judge(case);
    let (status, word) = match &judgement.verdict {
        Verdict::Passed => (CONFORMS, "passed: "),
        Verdict::Failed(_) => (FAILS, ""),
        Verdict::Skipped(_) | Verdict::Broken(_) => (CANNOT_JUDGE, ""),
    };
    if !word.is_empty() {
        writeln!(out, "{word}{}: {}", case.name, case.title)?;
    }
    let replay = options.setup.replay(&manager, &setup.multi_tool).with_clauses(&options.clauses);
    let head = head(testbed.name(), Some(&testbed.postfix()), &manager, Level::Robust, &replay, None);
    let paint = Paint::for_stdout(options.color);
    let progress = Progress::new(paint, Screen::Stream, Detail::Quiet);
    let selected = Selected { words: vec![case.name.clone()], shard: None };
    let style = TextStyle { detail: Detail::Quiet, show: Show::All, paint, github: false };
    let human = Human::new(Box::new(&mut *out), style, progress);
    let mut recorder = Recorder::begin(human, catalogue, &[case], &head, selected).map_err(StdoutError)?;
    recorder.tell(case, &judgement, None);
    recorder.end(judgement.took, RunEnding::Complete).map_err(StdoutError)?;
    if keep == Kept::Yes && !matches!(judgement.verdict, Verdict::Skipped(_)) {
        let name = case.name.replace('/', ".");
        match options.setup.testbed {
            TestbedName::Simulated => enter(out, setup.run.path(), &name, None)?,
            TestbedName::Sandbox => {
                let directory = testbed.testbed().world_options(manager.value()).default_config_directory;
                enter(out, setup.run.path(), &name, directory.as_deref())?;
            }
            // Its programs lie in an image.
            TestbedName::Container | TestbedName::Live => {
                writeln!(out, "world    {}", setup.run.path().display())?;
            }
        }
    }
    Ok(status)
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
