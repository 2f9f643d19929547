//! `postfix-conformance replay`: judges one case and tells all about it; with `--keep` the world stays, and how to
//! enter it is printed. Knows what a shell in a world needs, nothing of how a world is made.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use clap::Args;

use crate::catalogue::Catalogue;
use crate::command_line::TestbedName;
use crate::conclusion::{CANNOT_JUDGE, CONFORMS, FAILS, RobustFailures};
use crate::judge::{Judge, Kept, Verdict};
use crate::output::{Paint, Screen};
use crate::program::{self, CannotJudge};
use crate::replay::quoted;
use crate::report::human::Human;
use crate::report::live::Live;
use crate::report::progress::{Detail, Progress};

use super::place::PlaceOptions;

/// What to judge again.
#[derive(Debug, Args)]
pub struct ReplayOptions {
    /// The case
    pub case: String,

    /// The manager, as `run` takes it [default: ours]
    #[arg(long, value_name = "VALUE")]
    pub manager: Option<OsString>,

    /// Leave the world, and print how to enter it
    #[arg(long)]
    pub keep: bool,

    /// Where and how
    #[command(flatten)]
    pub place: PlaceOptions,
}

/// Judges one case. The result is the exit status: whether it conforms, at any level.
pub(crate) fn run(
    out: &mut dyn Write,
    catalogue: &Catalogue,
    options: &ReplayOptions,
) -> Result<u8, CannotJudge> {
    let case = catalogue.cases().iter().find(|case| case.name == options.case);
    let case = case.ok_or_else(|| no_case(catalogue, &options.case))?;
    let site = options.place.make()?;
    let testbed = site.place.testbed();
    let manager = site.place.manager(options.manager.as_deref(), &site.run)?;
    let keep = if options.keep { Kept::Yes } else { Kept::No };
    let judge = Judge { testbed, run: &site.run, manager: manager.value(), keep };
    let judgement = judge.judge(case);
    let (status, word) = match &judgement.verdict {
        Verdict::Passed => (CONFORMS, "passed: "),
        Verdict::Failed(_) => (FAILS, ""),
        Verdict::Skipped(_) | Verdict::Broken(_) => (CANNOT_JUDGE, ""),
    };
    if !word.is_empty() {
        writeln!(out, "{word}{}: {}", case.name, case.title)?;
    }
    let replay = options.place.replay(&site, &manager);
    let head = program::head(testbed, &manager, RobustFailures::Count, &replay, None);
    let paint = Paint::for_stdout(options.place.color);
    let progress = Progress::new(paint, Screen::of_stdout(), Detail::Quiet);
    let mut human = Human::new(out, paint, Detail::Quiet, progress);
    let mut live = Live::begin(&mut human, catalogue, &[case], &head)?;
    live.tell(case, &judgement, None);
    live.end(judgement.took)?;
    if keep == Kept::Yes && !matches!(judgement.verdict, Verdict::Skipped(_)) {
        let name = case.name.replace('/', ".");
        match options.place.testbed {
            TestbedName::Simulated => enter(out, site.run.path(), &name, None)?,
            TestbedName::Sandbox => {
                let directory = testbed.world_options(manager.value()).default_config_directory;
                enter(out, site.run.path(), &name, directory.as_deref())?;
            }
            // Its programs lie in an image.
            TestbedName::Container | TestbedName::Live => {
                writeln!(out, "world    {}", site.run.path().display())?;
            }
        }
    }
    Ok(status)
}

/// What was asked for instead of a case.
fn no_case(catalogue: &Catalogue, asked: &str) -> CannotJudge {
    let of_clause = catalogue.cases().iter().filter(|case| case.clauses.iter().any(|clause| clause == asked));
    let cases: Vec<&str> = of_clause.map(|case| case.name.as_str()).collect();
    if cases.is_empty() {
        return CannotJudge::NoCase(asked.to_owned());
    }
    CannotJudge::ClauseInPlaceOfCase { clause: asked.to_owned(), cases: cases.join(", ") }
}

/// Prints how to enter the one world of a run directory.
fn enter(out: &mut dyn Write, run: &Path, name: &str, covered: Option<&Path>) -> io::Result<()> {
    let found = run.read_dir()?.flatten().find(|entry| entry.file_name().to_string_lossy().starts_with(name));
    let Some(world) = found.map(|entry| entry.path()) else { return Ok(()) };
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
