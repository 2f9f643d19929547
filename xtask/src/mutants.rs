//! `cargo xtask mutants`: demands that a test sees each mutant of the manager and the oracle.
//! cargo-mutants makes the mutants: it breaks the code in every small way it knows. Those that no test sees stand in
//! a list, each with its reason.
//!
//! Knows which tests should see what, and how cargo-mutants reports; nothing about the code that is broken.

mod process_reaper;
mod survivors;

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};

use self::process_reaper::Interruption;
use self::survivors::{Listed, Missed};
use crate::{message, workspace};

/// The tool that breaks the code, and the name under which Cargo installs it.
const TOOL: &str = "cargo-mutants";

/// The time limit of the tests with a mutant: at least so long, and so many times the time without a mutant. A mutant
/// that takes longer counts as seen.
const PATIENCE: (Duration, u32) = (Duration::from_secs(90), 4);

/// Below the target folder: what cargo-mutants writes.
const OUTPUT: &str = "mutants";

/// The file that lists the mutants that no test saw.
const MISSED: &str = "missed.txt";

/// What to do if there is no report.
const RUN_FIRST: &str = "run `cargo xtask mutants` without --reuse-results";

/// The files of the wrapper that only postfix-multi uses.
const ONLY_MULTI: [&str; 7] = [
    "wrapper/src/multi.rs",
    "wrapper/src/multi/**",
    "wrapper/src/os/files/file_locks.rs",
    "wrapper/src/postfix/instance_settings.rs",
    "wrapper/src/postfix/running.rs",
    "wrapper/src/postfix/running/**",
    "wrapper/src/bin/postfix-multi.rs",
];

/// How to break things.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Only this part
    #[arg(value_enum)]
    part: Vec<Part>,

    /// How many mutants to try at a time; each has a copy of the workspace
    #[arg(long, short, value_name = "N", default_value_t = 1)]
    jobs: usize,

    /// Only the share I of N of the mutants, counted from 0; the list of survivors is then not looked at for
    /// stale entries
    #[arg(long, value_name = "I/N")]
    shard: Option<String>,

    /// Judge what the last run found again, without another run
    #[arg(long)]
    reuse_results: bool,
}

/// A part of the workspace that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The oracle, by its own tests alone: it must be right without anything that was written beside it
    Oracle,
    /// The manager, by its own tests and by the conformance suite on the simulation
    Manager,
    /// What postfix-multi has beyond the manager, by the wrapper's tests
    Multi,
}

impl Part {
    const ALL: [Self; 3] = [Self::Oracle, Self::Manager, Self::Multi];

    fn name(self) -> &'static str {
        match self {
            Self::Oracle => "oracle",
            Self::Manager => "manager",
            Self::Multi => "multi",
        }
    }

    /// The words that select what is broken.
    fn files(self) -> Vec<String> {
        let words = |option: &str, files: &[&str]| -> Vec<String> {
            files.iter().flat_map(|file| [option.to_owned(), (*file).to_owned()]).collect()
        };
        match self {
            Self::Oracle => [
                words("--package", &["postfix-harness"]),
                words("--file", &["harness/src/oracle.rs", "harness/src/oracle/**"]),
                words("--exclude", &["harness/src/oracle/fuzzed.rs"]),
            ]
            .concat(),
            // fuzzed.rs exists only for the tests of the readers.
            Self::Manager => [
                words("--package", &["postfix-wrapper"]),
                words("--exclude", &ONLY_MULTI),
                words("--exclude", &["wrapper/src/fuzzed.rs"]),
            ]
            .concat(),
            Self::Multi => [words("--package", &["postfix-wrapper"]), words("--file", &ONLY_MULTI)].concat(),
        }
    }

    /// Which packages' tests are run.
    fn tested(self, pass: Pass) -> &'static [&'static str] {
        match (self, pass) {
            // The rules that predictions must keep are tested on what is drawn.
            (Self::Oracle, _) => &["postfix-harness", "postfix-random"],
            // What its own tests see need not be built into the suite as well, which would take twice as long.
            (Self::Manager, Pass::Quick) | (Self::Multi, _) => &["postfix-wrapper"],
            (Self::Manager, Pass::Thorough) => &["postfix-wrapper", "postfix-scenarios"],
        }
    }

    /// Which of their tests: those that should see it, so that a mutant costs seconds.
    fn targets(self, pass: Pass) -> &'static [&'static str] {
        match (self, pass) {
            (Self::Oracle, _) => &["--lib", "--test=oracle", "--test=oracle_properties"],
            (Self::Manager, Pass::Quick) => &["--lib", "--test=manager"],
            (Self::Manager, Pass::Thorough) => &["--lib", "--test=manager", "--test=own_manager"],
            (Self::Multi, _) => &["--lib", "--test=multi"],
        }
    }

    /// Tests that are never run: those that repeat cases on another Postfix or under another name, and tests of tests.
    fn never(self) -> &'static [&'static str] {
        match self {
            Self::Manager => {
                &["installed_postfix", "name_of_its_own", "too_generous", "is_killed_leaves_no_process"]
            }
            Self::Multi => &["too_generous"],
            Self::Oracle => &[],
        }
    }

    /// Slow tests, for mutants that survive all others. They take seconds: they wait for a time limit, or do something
    /// a thousand times.
    fn slow(self) -> &'static [&'static str] {
        match self {
            Self::Manager => &[
                "megabytes",
                "nothing_comes_twice",
                "can_never_be_run",
                "some_patience",
                "does_not_wait_for_a_reader",
                "given_up",
                "thousand_instances",
                "timeout::",
            ],
            // What draws layouts, and what compares programs.
            Self::Oracle => &["megabytes", "generate::", "differential::", "fidelity::", "container::"],
            Self::Multi => &[
                "megabytes",
                "nothing_comes_twice",
                "many_at_once_lose_nothing",
                "has_begun_is_waited_for",
                "a_time_limit_a_plan_and_a_summary",
                "who_comes_too_early_waits",
            ],
        }
    }
}

/// The mutants of a part are tried in two passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pass {
    /// All of them, with the tests that are quick.
    Quick,
    /// Those that survived that, with all tests.
    Thorough,
}

impl Pass {
    /// Where cargo-mutants writes, below the part's folder.
    fn folder(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Thorough => "thorough",
        }
    }
}

/// What became of the mutants of a part.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    caught: usize,
    missed: Vec<Missed>,
}

/// Runs cargo-mutants, and compares what survives with the list.
pub(crate) fn run(options: &Options) -> Result<ExitCode, String> {
    let parts = if options.part.is_empty() { Part::ALL.to_vec() } else { options.part.clone() };
    let listed = survivors::read(&workspace::root().join(survivors::FILE))?;
    let mut complaints = Vec::new();
    let mut summary = Vec::new();
    let interruption =
        Interruption::listen().map_err(|error| format!("cannot listen to signals: {error}"))?;
    for part in &parts {
        let output = output_of(*part);
        if !options.reuse_results {
            Trial { part: *part, options, output: &output, interruption: &interruption }.run()?;
        }
        let found = read(&output)?;
        let whole = options.shard.is_none();
        complaints.extend(survivors::compare(part.name(), &listed, &found.missed, whole));
        summary.push(score(*part, &found, &listed));
    }
    for complaint in &complaints {
        message::say(complaint);
    }
    for line in &summary {
        message::say(line);
    }
    Ok(if complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn score(part: Part, found: &Found, listed: &[Listed]) -> String {
    let of = found.caught + found.missed.len();
    let percent = if of == 0 {
        0.0
    } else {
        f64::from(u32::try_from(found.caught).unwrap_or(0)) * 100.0
            / f64::from(u32::try_from(of).unwrap_or(1))
    };
    let reasons: usize = listed.iter().filter(|one| one.part == part.name()).map(|one| one.count).sum();
    format!(
        "{}: {} of {of} mutants caught ({percent:.1} %); {reasons} survivors are listed with a reason",
        part.name(),
        found.caught
    )
}

/// Where the mutants of a part are reported.
fn output_of(part: Part) -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace::root().join("target"), PathBuf::from);
    target.join(OUTPUT).join(part.name())
}

/// One part that is broken in every way.
struct Trial<'a> {
    part: Part,
    options: &'a Options,
    /// Where it is reported.
    output: &'a Path,
    interruption: &'a Interruption,
}

impl Trial<'_> {
    fn run(&self) -> Result<(), String> {
        if !workspace::cargo_can(&["mutants", "--version"]) {
            return Err(format!("{TOOL} is not installed: cargo install {TOOL} --locked"));
        }
        // What an earlier run has caught would be left out of this one.
        match std::fs::remove_dir_all(self.output) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(format!("{}: {error}", self.output.display()));
            }
            _ => {}
        }
        let limit = limit(time_unbroken(self.part)?);
        self.try_mutants(Pass::Quick, &all(self.part, self.options), limit)?;
        let survivors = lines(self.output, Pass::Quick, MISSED)?;
        if survivors.is_empty() {
            return Ok(());
        }
        self.try_mutants(Pass::Thorough, &exactly(self.part, &survivors), limit)
    }

    fn try_mutants(&self, pass: Pass, selected: &[String], limit: Duration) -> Result<(), String> {
        let folder = self.output.join(pass.folder());
        std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut cargo = workspace::cargo();
        cargo.arg("mutants").args(selected).arg("--test-package").arg(self.part.tested(pass).join(","));
        // Its own look at the unbroken code is at the broken package alone, which may lack a test that is asked for.
        cargo.args(["--baseline", "skip", "--timeout", &limit.as_secs().to_string(), "--no-shuffle"]);
        cargo.arg("--jobs").arg(self.options.jobs.to_string());
        cargo.args(self.part.targets(pass).iter().map(|target| format!("--cargo-arg={target}")));
        cargo.arg("--output").arg(folder);
        cargo.args(["--", "--"]).args(left_out(self.part, pass));
        let ended = if self.interruption.has_come() {
            None
        } else {
            process_reaper::run(made_to_build_fast(&mut cargo), limit, self.interruption)
                .map_err(|error| format!("cannot run {TOOL}: {error}"))?
        };
        match ended {
            // Nothing survived; something did; something took too long.
            Some(0 | 2 | 3) => Ok(()),
            Some(status) => {
                Err(format!("{TOOL} could not do its work (status {status}), see above; nothing was judged"))
            }
            None => Err(format!("{TOOL} was ended by a signal; nothing was judged")),
        }
    }
}

/// What selects all mutants of a part, or the share that is asked for.
fn all(part: Part, options: &Options) -> Vec<String> {
    let mut words = part.files();
    words.extend(options.shard.iter().flat_map(|shard| ["--shard".to_owned(), shard.clone()]));
    words
}

/// What selects these mutants, and no others: a regular expression for each whole name.
fn exactly(part: Part, names: &[String]) -> Vec<String> {
    let literal = |name: &String| {
        name.chars().fold(String::new(), |mut text, letter| {
            if r"\.+*?()|[]{}^$".contains(letter) {
                text.push('\\');
            }
            text.push(letter);
            text
        })
    };
    let patterns = names.iter().map(|name| format!("--re=^{}$", literal(name)));
    part.files().into_iter().chain(patterns).collect()
}

/// The words that make a test program leave tests out.
fn left_out(part: Part, pass: Pass) -> impl Iterator<Item = &'static str> {
    let slow = if pass == Pass::Quick { part.slow() } else { &[] };
    part.never().iter().chain(slow).flat_map(|name| ["--skip", name])
}

/// Runs the tests of a part on the code as it is, since a test that fails there says nothing about a mutant. Returns
/// how long they take, without the build.
fn time_unbroken(part: Part) -> Result<Duration, String> {
    let run = |last: &[&str]| {
        let mut cargo = workspace::cargo();
        cargo.args(["test", "--quiet"]);
        cargo.args(part.tested(Pass::Thorough).iter().flat_map(|package| ["--package", package]));
        cargo.args(part.targets(Pass::Thorough)).args(last);
        let status = made_to_build_fast(&mut cargo)
            .status()
            .map_err(|error| format!("cannot run the tests of {}: {error}", part.name()))?;
        if status.success() {
            return Ok(());
        }
        Err(format!("the tests of {} fail on the code as it is ({status}); mend that first", part.name()))
    };
    run(&["--no-run"])?;
    let begun = Instant::now();
    let left_out: Vec<&str> = std::iter::once("--").chain(left_out(part, Pass::Thorough)).collect();
    run(&left_out)?;
    Ok(begun.elapsed())
}

/// How long the tests may take with a mutant.
fn limit(unbroken: Duration) -> Duration {
    let (least, times) = PATIENCE;
    least.max(unbroken.saturating_mul(times))
}

/// Builds without optimisation: a mutant is built once and run once, so optimising costs more time than it saves.
fn made_to_build_fast(cargo: &mut Command) -> &mut Command {
    cargo.env("CARGO_PROFILE_DEV_OPT_LEVEL", "0").env("CARGO_PROFILE_DEV_DEBUG", "none");
    // A wrapper may run the compiler in a daemon, which would be taken for a process that a test has left.
    cargo.env_remove("RUSTC_WRAPPER");
    cargo.current_dir(workspace::root())
}

/// What became of the mutants, over all passes.
fn read(output: &Path) -> Result<Found, String> {
    let passes: Vec<Pass> = [Pass::Quick, Pass::Thorough]
        .into_iter()
        .filter(|pass| output.join(pass.folder()).is_dir())
        .collect();
    let Some(last) = passes.last() else {
        return Err(format!("{}: nothing is there; {RUN_FIRST}", output.display()));
    };
    // By name: what is tried a second time although it was caught counts once.
    let mut caught = BTreeSet::new();
    for pass in &passes {
        // What never ends was seen: no test would wait for it.
        caught.extend(lines(output, *pass, "caught.txt")?);
        caught.extend(lines(output, *pass, "timeout.txt")?);
    }
    let missed = lines(output, *last, MISSED)?.iter().map(|line| Missed::parse(line)).collect();
    Ok(Found { caught: caught.len(), missed })
}

/// What cargo-mutants has written: a file for each way to end, with a line for each mutant.
fn lines(output: &Path, pass: Pass, name: &str) -> Result<Vec<String>, String> {
    let path = output.join(pass.folder()).join("mutants.out").join(name);
    let text = std::fs::read_to_string(&path)
        .map_err(|error| format!("{}: {error}; {RUN_FIRST}", path.display()))?;
    Ok(text.lines().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(output: &Path, pass: Pass, files: [(&str, &str); 3]) {
        let folder = output.join(pass.folder()).join("mutants.out");
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in files {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }

    #[test]
    fn the_reports_of_a_run_are_counted_and_the_last_pass_tells_what_survives() {
        let output = workspace::root().join("target").join("tmp").join("mutants-report-of-a-test");
        write(
            &output,
            Pass::Quick,
            [
                ("caught.txt", "a.rs:1:2: replace x\na.rs:2:2: replace y\n"),
                ("timeout.txt", "a.rs:3:2: replace z\n"),
                (MISSED, "a.rs:4:20: replace u with v in f\na.rs:5:20: replace u with w in f\n"),
            ],
        );
        let found = read(&output).unwrap();
        assert_eq!((found.caught, found.missed.len()), (3, 2));
        write(
            &output,
            Pass::Thorough,
            [
                ("caught.txt", "a.rs:5:20: replace u with w in f\na.rs:1:2: replace x\n"),
                ("timeout.txt", ""),
                (MISSED, "a.rs:4:20: replace u with v in f\n"),
            ],
        );
        let found = read(&output).unwrap();
        assert_eq!(
            score(Part::Oracle, &found, &[]),
            "oracle: 4 of 5 mutants caught (80.0 %); 0 survivors are listed with a reason"
        );
        std::fs::remove_dir_all(&output).unwrap();
        assert!(read(&output).unwrap_err().contains("without --reuse-results"));
    }

    #[test]
    fn a_slow_machine_has_more_time() {
        assert_eq!(limit(Duration::from_secs(5)), Duration::from_secs(90));
        assert_eq!(limit(Duration::from_secs(50)), Duration::from_secs(200));
    }

    #[test]
    fn mutants_are_selected_by_their_whole_names() {
        let names = ["a/b.rs:1:2: replace f() -> Option<u8> with None".to_owned()];
        assert_eq!(
            exactly(Part::Oracle, &names).last().map(String::as_str),
            Some(r"--re=^a/b\.rs:1:2: replace f\(\) -> Option<u8> with None$")
        );
    }
}
