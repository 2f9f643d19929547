//! `cargo xtask mutants`: lets cargo-mutants break the manager and the oracle in every small way it knows, and
//! demands that a test sees each. Those that none sees stand in a list, each with its reason.
//!
//! Knows which tests should see what, and how cargo-mutants reports; nothing about the code that is broken.

mod survivors;

use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};

use clap::{Args, ValueEnum};

use self::survivors::{Listed, Missed};
use crate::{message, workspace};

/// What broken code is looked for with, and how to get it.
const TOOL: &str = "cargo-mutants";

/// Below the target folder: what cargo-mutants writes.
const OUTPUT: &str = "mutants";

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
    again: bool,
}

/// A part of the workspace that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The oracle, by its own tests alone: it must be right without anything that was written beside it
    Oracle,
    /// The manager, by its own tests and by the conformance suite on the simulation
    Wrapper,
}

impl Part {
    const ALL: [Self; 2] = [Self::Oracle, Self::Wrapper];

    fn name(self) -> &'static str {
        match self {
            Self::Oracle => "oracle",
            Self::Wrapper => "wrapper",
        }
    }

    /// What is broken.
    fn files(self) -> &'static [&'static str] {
        match self {
            Self::Oracle => &["--package", "postfix-harness", "--file", "harness/src/oracle/**"],
            Self::Wrapper => &["--package", "postfix-wrapper"],
        }
    }

    /// Which packages' tests are run.
    fn tested(self) -> &'static [&'static str] {
        match self {
            Self::Oracle => &["--test-package", "postfix-harness"],
            Self::Wrapper => &["--test-package", "postfix-wrapper,postfix-scenarios"],
        }
    }

    /// Which of their tests: those that should see it, so that a mutant costs seconds.
    fn tests(self) -> &'static [&'static str] {
        match self {
            Self::Oracle => &["--lib", "--test", "oracle"],
            Self::Wrapper => &[
                "--lib",
                "--test",
                "manager",
                "--test",
                "own_manager",
                "--",
                // The same cases again, on another Postfix or under another name.
                "--skip",
                "installed_postfix",
                "--skip",
                "name_of_its_own",
            ],
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
    for part in &parts {
        let output = output_of(*part);
        if !options.again {
            break_part(*part, options, &output)?;
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

fn break_part(part: Part, options: &Options, output: &Path) -> Result<(), String> {
    if !is_installed() {
        return Err(format!("{TOOL} is not installed: cargo install {TOOL} --locked"));
    }
    std::fs::create_dir_all(output).map_err(|error| format!("{}: {error}", output.display()))?;
    let mut cargo = workspace::cargo();
    cargo.arg("mutants").args(part.files()).args(part.tested());
    cargo.args(["--no-shuffle", "--timeout", "180", "--jobs"]).arg(options.jobs.to_string());
    cargo.args(options.shard.iter().flat_map(|shard| ["--shard", shard]));
    cargo.arg("--output").arg(output).arg("--").args(part.tests());
    // A mutant is built once and run once: what an optimiser saves there, it has cost before.
    cargo.env("CARGO_PROFILE_DEV_OPT_LEVEL", "0").env("CARGO_PROFILE_DEV_DEBUG", "none");
    let status = cargo
        .current_dir(workspace::root())
        .status()
        .map_err(|error| format!("cannot run {TOOL}: {error}"))?;
    match status.code() {
        // Nothing survived; something did; something took too long.
        Some(0 | 2 | 3) => Ok(()),
        _ => Err(format!("{TOOL} could not do its work ({status}), see above; nothing was judged")),
    }
}

fn is_installed() -> bool {
    workspace::cargo()
        .args(["mutants", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// What cargo-mutants has written: a file for each way to end, with a line for each mutant.
fn read(output: &Path) -> Result<Found, String> {
    let lines = |name: &str| -> Result<Vec<String>, String> {
        let path = output.join("mutants.out").join(name);
        let text = std::fs::read_to_string(&path).map_err(|error| {
            format!("{}: {error}; run `cargo xtask mutants` without --again", path.display())
        })?;
        Ok(text.lines().map(str::to_owned).collect())
    };
    // What never ends was seen: no test would wait for it.
    let caught = lines("caught.txt")?.len() + lines("timeout.txt")?.len();
    let missed = lines("missed.txt")?.iter().map(|line| Missed::parse(line)).collect();
    Ok(Found { caught, missed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reports_of_a_run_are_counted() {
        let output = workspace::root().join("target").join("tmp").join("mutants-report-of-a-test");
        let folder = output.join("mutants.out");
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in [
            ("caught.txt", "a.rs:1:2: replace x\na.rs:2:2: replace y\n"),
            ("timeout.txt", "a.rs:3:2: replace z\n"),
            ("missed.txt", "a.rs:4:20: replace u with v in f\n"),
        ] {
            std::fs::write(folder.join(name), text).unwrap();
        }
        let found = read(&output).unwrap();
        assert_eq!((found.caught, found.missed.len()), (3, 1));
        assert_eq!(
            score(Part::Oracle, &found, &[]),
            "oracle: 3 of 4 mutants caught (75.0 %); 0 survivors are listed with a reason"
        );
        std::fs::remove_dir_all(&output).unwrap();
        assert!(read(&output).unwrap_err().contains("without --again"));
    }
}
