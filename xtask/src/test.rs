//! Runs everything that must hold, quick checks first: `cargo xtask test`.
//!
//! Every step runs, whatever became of those before it: one run tells all that is wrong. Knows which Cargo
//! commands the steps are, and nothing about what they check.

use std::process::ExitCode;
use std::time::Instant;

use crate::step::{self, Ending, Finished};
use crate::{message, tidy, workspace};

/// A Cargo command that is a step, and what it needs.
struct Step {
    name: &'static str,
    arguments: &'static [&'static str],
    /// The component of the toolchain that it needs: a Cargo subcommand, and the name rustup knows.
    needs: Option<Component>,
}

struct Component {
    subcommand: &'static str,
    rustup_name: &'static str,
}

const FORMAT: Step = Step {
    name: "format",
    arguments: &["fmt", "--all", "--", "--check"],
    needs: Some(Component { subcommand: "fmt", rustup_name: "rustfmt" }),
};

const LINTS: Step = Step {
    name: "lints",
    arguments: &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
    needs: Some(Component { subcommand: "clippy", rustup_name: "clippy" }),
};

const NEXTEST: Step =
    Step { name: "tests", arguments: &["nextest", "run", "--workspace", "--no-fail-fast"], needs: None };

/// The same tests without nextest. The examples in documents are a step of their own either way.
const CARGO_TEST: Step = Step {
    name: "tests",
    arguments: &["test", "--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"],
    needs: None,
};

const DOC_TESTS: Step =
    Step { name: "doc tests", arguments: &["test", "--workspace", "--doc", "--no-fail-fast"], needs: None };

/// Runs all steps, and says at the end how each went.
pub(crate) fn run() -> Result<ExitCode, String> {
    // This fails if nextest is missing, or older than our configuration asks for.
    let tests =
        if workspace::cargo_can(&["nextest", "show-config", "version"]) { NEXTEST } else { CARGO_TEST };
    let mut finished = vec![tidy_step()];
    for step in [FORMAT, LINTS, tests, DOC_TESTS] {
        finished.push(cargo_step(&step)?);
    }
    heading("summary");
    for line in step::summary(&finished) {
        message::say(&line);
    }
    let everything = workspace::in_ci();
    if step::acceptable(&finished, everything) {
        return Ok(ExitCode::SUCCESS);
    }
    if everything && step::acceptable(&finished, false) {
        message::say("CI is set: a skipped step counts as failed");
    }
    Ok(ExitCode::FAILURE)
}

fn tidy_step() -> Finished {
    heading("tidy");
    let begun = Instant::now();
    let ending = tidy::ending().unwrap_or_else(|trouble| {
        message::complain(&format!("tidy: {trouble}"));
        Ending::Failed
    });
    Finished { name: "tidy", replay: "cargo xtask tidy".to_owned(), ending, took: begun.elapsed() }
}

fn cargo_step(step: &Step) -> Result<Finished, String> {
    let replay = format!("cargo {}", step.arguments.join(" "));
    heading(&format!("{}: {replay}", step.name));
    let begun = Instant::now();
    let ending = if let Some(reason) = missing(step) {
        message::say(&format!("skipped: {reason}"));
        Ending::Skipped(reason)
    } else {
        let mut cargo = workspace::cargo();
        cargo.args(step.arguments).current_dir(workspace::root());
        step::run(cargo)?
    };
    Ok(Finished { name: step.name, replay, ending, took: begun.elapsed() })
}

/// Why a step cannot be run here, and how to change that.
fn missing(step: &Step) -> Option<String> {
    let component = step.needs.as_ref()?;
    if workspace::cargo_can(&[component.subcommand, "--version"]) {
        return None;
    }
    Some(format!(
        "cargo {} is not installed: rustup component add {}",
        component.subcommand, component.rustup_name
    ))
}

fn heading(text: &str) {
    message::say(&format!("\n== {text}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_component_is_named_with_its_cure() {
        let step = Step {
            name: "absent",
            arguments: &[],
            needs: Some(Component { subcommand: "no-such-subcommand", rustup_name: "absent-component" }),
        };
        let reason = missing(&step).unwrap();
        assert!(reason.contains("rustup component add absent-component"), "{reason}");
    }

    #[test]
    fn a_step_without_needs_is_never_skipped() {
        assert_eq!(missing(&DOC_TESTS), None);
    }
}
