//! `cargo xtask conformance`: builds the suite, then becomes it.
//!
//! Knows the names of postfix-conformance's own commands, so that `run` can be left out, and nothing else
//! about it: the arguments are its business, and so are its output and its exit status.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use postfix_process::suite_command::{IN_A_CLONE, VARIABLE};

use crate::{cargo_build, message, workspace};

/// First arguments that `run` must not be put before.
const OWN_COMMANDS: [&str; 19] = [
    "run",
    "new",
    "export",
    "report",
    "list",
    "explain",
    "compare",
    "replay",
    "coverage",
    "self-test",
    "fidelity",
    "differential",
    "completions",
    "manual",
    "help",
    "-h",
    "--help",
    "-V",
    "--version",
];

/// The suite's program.
const SUITE: &str = "postfix-conformance";

/// How the suite is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// In seconds.
    Quick,
    /// As it is installed: what is timed must be that, with its C library inside.
    Release,
}

/// Where the suite's program has its C library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Library {
    /// On the machine that it is built on.
    Outside,
    /// Inside, so that it runs in any image.
    Inside,
}

/// Whether the suite is built with what draws at random.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measures {
    /// For `run --generate`, `fidelity` and `differential`.
    Built,
    /// For everything else: a third less is built.
    LeftOut,
}

/// Replaces this process by the suite, built as its arguments ask for. Returns only if that failed.
pub(crate) fn run(arguments: Vec<OsString>) -> Result<ExitCode, String> {
    let (profile, library) = built_for(&arguments);
    let suite = build(profile, library, measures_for(&arguments))?;
    // It becomes the binary itself: signals reach it and its exit status is the one seen.
    let error = Command::new(&suite).args(with_command(arguments)).env(VARIABLE, IN_A_CLONE).exec();
    Err(format!("cannot run {}: {error}", suite.display()))
}

/// Builds the suite, and tells where its program is.
pub(crate) fn build(profile: Profile, library: Library, measures: Measures) -> Result<PathBuf, String> {
    message::complain("building postfix-wrapper and postfix-conformance");
    let mut cargo = workspace::cargo();
    cargo
        .args(["build", "--bins", "-p", "postfix-wrapper", "-p", "postfix-scenarios", "--manifest-path"])
        .arg(workspace::root().join("Cargo.toml"))
        .args((profile == Profile::Release).then_some("--release"))
        .args((measures == Measures::LeftOut).then_some("--no-default-features"));
    if library == Library::Inside {
        // At a fixed address: this saves relocation in each of a thousand short processes.
        let flags = ["-C", "target-feature=+crt-static", "-C", "relocation-model=static"].map(str::to_owned);
        cargo_build::add_flags(&mut cargo, &cargo_build::host()?, &flags);
    }
    let programs =
        cargo_build::programs(&mut cargo).map_err(|error| format!("{error}; nothing was judged"))?;
    cargo_build::program(programs, SUITE)
}

/// How the suite is built for what it shall do.
fn built_for(arguments: &[OsString]) -> (Profile, Library) {
    if arguments.iter().any(|word| word == "--speed") {
        (Profile::Release, Library::Inside)
    } else if goes_into_containers(arguments) {
        (Profile::Quick, Library::Inside)
    } else {
        (Profile::Quick, Library::Outside)
    }
}

/// Whether the suite needs what draws at random for these arguments.
fn measures_for(arguments: &[OsString]) -> Measures {
    let command = arguments.first().is_some_and(|word| word == "fidelity" || word == "differential");
    let option = arguments.iter().any(|word| word.to_string_lossy().starts_with("--generate"));
    if command || option { Measures::Built } else { Measures::LeftOut }
}

/// Whether the suite is to run in images, whose C library may be older than the one here.
fn goes_into_containers(arguments: &[OsString]) -> bool {
    let told = |word: &OsString| {
        let word = word.to_string_lossy();
        word == "--image"
            || word.starts_with("--image=")
            || word.ends_with("container")
            || word.ends_with("live")
            || word == "differential"
    };
    arguments.iter().any(told)
}

/// The arguments with `run` put first, unless they begin with a command already.
fn with_command(arguments: Vec<OsString>) -> Vec<OsString> {
    let named =
        arguments.first().is_some_and(|first| OWN_COMMANDS.iter().any(|own| first == OsStr::new(own)));
    let inserted = if named { None } else { Some(OsString::from("run")) };
    inserted.into_iter().chain(arguments).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(arguments: &[&str]) -> Vec<OsString> {
        with_command(arguments.iter().map(OsString::from).collect())
    }

    #[test]
    fn what_is_timed_is_built_as_it_is_installed() {
        let built = |words: &[&str]| built_for(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(built(&["fidelity", "--speed"]), (Profile::Release, Library::Inside));
        assert_eq!(built(&["fidelity", "--image", "3.5"]), (Profile::Quick, Library::Inside));
        assert_eq!(built(&["fidelity"]), (Profile::Quick, Library::Outside));
    }

    #[test]
    fn what_draws_at_random_is_built_only_for_commands_that_use_it() {
        let built = |words: &[&str]| measures_for(&words.iter().map(OsString::from).collect::<Vec<_>>());
        for words in [&["fidelity"][..], &["differential"], &["--generate", "9"], &["run", "--generate=9"]] {
            assert_eq!(built(words), Measures::Built, "{words:?}");
        }
        for words in [&[][..], &["MGR-3"], &["explain", "fidelity"]] {
            assert_eq!(built(words), Measures::LeftOut, "{words:?}");
        }
    }

    #[test]
    fn what_goes_into_containers_is_told_by_its_options() {
        let asked =
            |words: &[&str]| goes_into_containers(&words.iter().map(OsString::from).collect::<Vec<_>>());
        for words in
            [["--image", "3.5"], ["--image=3.5", "x"], ["--testbed", "container"], ["--testbed=live", "x"]]
        {
            assert!(asked(&words), "{words:?}");
        }
        assert!(!asked(&["--testbed", "sandbox", "MGR-3"]));
    }

    #[test]
    fn run_is_put_before_options_and_patterns() {
        assert_eq!(completed(&[]), ["run"]);
        assert_eq!(completed(&["--testbed", "sandbox"]), ["run", "--testbed", "sandbox"]);
        assert_eq!(completed(&["MGR-3", "list"]), ["run", "MGR-3", "list"]);
    }

    #[test]
    fn a_command_stays_as_it_is() {
        for own in OWN_COMMANDS {
            assert_eq!(completed(&[own, "MGR-3"]), [own, "MGR-3"]);
        }
    }
}
