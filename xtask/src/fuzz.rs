//! `cargo xtask fuzz`: runs the fuzz targets one after another, each for a while, from the inputs that are kept.
//!
//! Knows how cargo-fuzz and libFuzzer are called, and nothing about what the targets read.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::Args;

use crate::{message, workspace};

/// What every target gets, beside its time.
const LIBFUZZER: [&str; 5] = [
    // Longer inputs are a test's business: it makes megabytes of them.
    "-max_len=4096",
    // An input that takes this many seconds is taken for one without end.
    "-timeout=10",
    "-rss_limit_mb=1024",
    "-malloc_limit_mb=128",
    "-print_final_stats=1",
];

/// What is fuzzed, and for how long.
#[derive(Args)]
pub(crate) struct Request {
    /// Targets to fuzz; without any, all of them
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// How long each target is fuzzed
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..), value_name = "N")]
    seconds: u32,
    /// Keep what reached code that no kept input reached: add it to the inputs below harness/fuzz/corpus
    #[arg(long)]
    keep: bool,
    /// List the targets and fuzz nothing
    #[arg(long)]
    list: bool,
}

/// Fuzzes. Fails if a target found something; an error if nothing could be tried.
pub(crate) fn run(request: &Request) -> Result<ExitCode, String> {
    let all = targets(&workspace::root().join("harness/fuzz/fuzz_targets"))?;
    if request.list {
        for target in &all {
            message::say(target);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let chosen = choose(&request.targets, &all)?;
    if !workspace::cargo_can(&["fuzz", "--version"]) {
        return Err(format!("cargo fuzz is not installed, and nothing was fuzzed; {NEEDS}"));
    }
    let place = Place::new()?;
    // Built beforehand, so that trouble with the build is not taken for a find.
    if !place.cargo_fuzz("build").status().is_ok_and(|status| status.success()) {
        return Err(format!("the fuzz targets do not build, see above; {NEEDS}"));
    }
    let mut finders = Vec::new();
    for target in &chosen {
        message::say(&format!("\n== {target}: {} s", request.seconds));
        if !place.fuzz(target, request.seconds)? {
            finders.push(target.as_str());
        } else if request.keep {
            place.keep(target)?;
        }
    }
    if finders.is_empty() {
        message::say(&format!("\nfuzz: {} targets, nothing found", chosen.len()));
        return Ok(ExitCode::SUCCESS);
    }
    message::say(&format!("\nfuzz: {} targets, something found by: {}", chosen.len(), finders.join(", ")));
    message::say(
        "the input is in harness/fuzz/artifacts/TARGET: mend what it breaks, and move it to harness/fuzz/found/TARGET under a name \
         that says what it is, where the tests replay it",
    );
    Ok(ExitCode::FAILURE)
}

const NEEDS: &str = "it needs cargo-fuzz (cargo install cargo-fuzz --locked) and a C++ \
                     compiler (Debian: g++); the stable toolchain will do";

/// The names of the targets, in order.
fn targets(folder: &Path) -> Result<Vec<String>, String> {
    let trouble = |error: std::io::Error| format!("cannot list the targets in {}: {error}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(trouble)? {
        let path = entry.map_err(trouble)?.path();
        if path.extension() == Some(OsStr::new("rs")) {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    if names.is_empty() { Err(format!("{} holds no target", folder.display())) } else { Ok(names) }
}

/// The targets that are asked for; all if none is named.
fn choose(asked: &[String], all: &[String]) -> Result<Vec<String>, String> {
    if let Some(unknown) = asked.iter().find(|target| !all.contains(target)) {
        return Err(format!("there is no fuzz target {unknown:?}; there are {}", all.join(", ")));
    }
    Ok(if asked.is_empty() { all.to_vec() } else { asked.to_vec() })
}

/// Where fuzzing keeps its things: kept inputs in the tree, all else in the target folder.
struct Place {
    root: PathBuf,
    target: PathBuf,
}

impl Place {
    fn new() -> Result<Self, String> {
        let root =
            workspace::root().canonicalize().map_err(|error| format!("cannot find the tree: {error}"))?;
        let target = workspace::target()?.join("fuzz");
        Ok(Self { root, target })
    }

    /// A command of cargo-fuzz, which works on the stable toolchain as long as no sanitizer is asked for. The
    /// subjects contain no unsafe code for one to look at.
    fn cargo_fuzz(&self, command: &str) -> Command {
        let mut cargo = workspace::cargo();
        cargo
            .args(["fuzz", command, "--sanitizer", "none", "--fuzz-dir"])
            .arg(self.root.join("harness/fuzz"))
            .arg("--target-dir")
            .arg(self.target.join("build"))
            .current_dir(&self.root);
        cargo
    }

    fn kept(&self, target: &str) -> PathBuf {
        self.root.join("harness/fuzz/corpus").join(target)
    }

    /// What this and earlier runs found interesting.
    fn working(&self, target: &str) -> PathBuf {
        self.target.join("corpus").join(target)
    }

    /// Fuzzes one target, and tells whether it found nothing.
    fn fuzz(&self, target: &str, seconds: u32) -> Result<bool, String> {
        for folder in [self.kept(target), self.working(target)] {
            fs::create_dir_all(&folder)
                .map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        }
        let mut command = self.cargo_fuzz("run");
        // New inputs go to the first folder.
        command.arg(target).arg(self.working(target)).arg(self.kept(target)).arg("--");
        command.args(LIBFUZZER).arg(format!("-max_total_time={seconds}"));
        run_with_scratch(command)
    }

    /// Adds the smallest inputs that reach code that no kept input reaches.
    fn keep(&self, target: &str) -> Result<(), String> {
        let mut command = self.cargo_fuzz("run");
        command.arg(target).arg(self.kept(target)).arg(self.working(target));
        // Reached or not; how often would keep ten times as many.
        command.args(["--", "-set_cover_merge=1", "-use_counters=0"]);
        let is_done = run_with_scratch(command)?;
        if is_done { Ok(()) } else { Err(format!("the inputs of {target} could not be merged, see above")) }
    }
}

/// Runs a target, which writes files below TMPDIR and ends without a chance to clear them away.
fn run_with_scratch(mut command: Command) -> Result<bool, String> {
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let made = tempfile::Builder::new().prefix("postfix-fuzz.").tempdir_in(&parent);
    let scratch =
        made.map_err(|error| format!("cannot make a directory in {}: {error}", parent.display()))?;
    let ended = command.env("TMPDIR", scratch.path()).status();
    scratch.close().map_err(|error| format!("cannot clear the directory of the target: {error}"))?;
    Ok(ended.map_err(|error| format!("cannot run cargo fuzz: {error}"))?.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn without_a_name_all_targets_are_chosen_and_an_unknown_one_is_refused() {
        let all = names(&["edit", "options"]);
        assert_eq!(choose(&[], &all), Ok(all.clone()));
        assert_eq!(choose(&names(&["options"]), &all), Ok(names(&["options"])));
        let refusal = choose(&names(&["edit", "other"]), &all).unwrap_err();
        assert_eq!(refusal, "there is no fuzz target \"other\"; there are edit, options");
    }

    #[test]
    fn every_target_is_built_and_has_kept_inputs_and_nothing_else_has() {
        let root = workspace::root();
        let all = targets(&root.join("harness/fuzz/fuzz_targets")).unwrap();
        let manifest = fs::read_to_string(root.join("harness/fuzz/Cargo.toml")).unwrap();
        for target in &all {
            assert!(
                manifest.contains(&format!("name = \"{target}\"\n")),
                "{target} is not in harness/fuzz/Cargo.toml"
            );
        }
        let mut folders: Vec<String> = fs::read_dir(root.join("harness/fuzz/corpus"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        folders.sort();
        assert_eq!(folders, all);
    }

    #[test]
    fn the_kept_inputs_are_small() {
        fn size(path: &Path) -> u64 {
            let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
            entries.map(|path| if path.is_dir() { size(&path) } else { path.metadata().unwrap().len() }).sum()
        }
        let total = size(&workspace::root().join("harness/fuzz/corpus"));
        assert!(total < 1 << 20, "{total} bytes");
    }
}
