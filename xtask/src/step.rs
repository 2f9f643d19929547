//! Describes one step of a longer run: how it ended, how long it took, how to repeat it.

use std::env;
use std::process::Command;
use std::time::Duration;

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It held.
    Passed,
    /// It did not.
    Failed,
    /// It could not be tried. Never silently: the reason says what to do about it.
    Skipped(String),
}

/// A step that is over.
#[derive(Debug, Clone)]
pub(crate) struct Finished {
    pub(crate) name: &'static str,
    /// What to type to see it again.
    pub(crate) replay: String,
    pub(crate) ending: Ending,
    pub(crate) took: Duration,
}

/// Runs a Cargo command without variables that change what tests accept. Its output is not captured.
pub(crate) fn run(mut cargo: Command) -> Result<Ending, String> {
    for (name, _) in env::vars_os() {
        if steers_tests(&name.to_string_lossy()) {
            cargo.env_remove(&name);
        }
    }
    let status = cargo.status().map_err(|error| format!("cannot run cargo: {error}"))?;
    Ok(if status.success() { Ending::Passed } else { Ending::Failed })
}

/// Whether a variable would change what the tests accept: a snapshot that is overwritten cannot fail.
fn steers_tests(name: &str) -> bool {
    name.starts_with("INSTA_") || name.starts_with("PROPTEST_") || name == "SNAPSHOTS"
}

/// The last lines of a run.
pub(crate) fn summary(steps: &[Finished]) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    let mut total = Duration::ZERO;
    for step in steps {
        total += step.took;
        let (word, remark) = match &step.ending {
            Ending::Passed => ("passed", String::new()),
            Ending::Failed => ("FAILED", format!("  again: {}", step.replay)),
            Ending::Skipped(reason) => ("skipped", format!("  {reason}")),
        };
        match step.ending {
            Ending::Passed => passed += 1,
            Ending::Failed => failed += 1,
            Ending::Skipped(_) => skipped += 1,
        }
        lines.push(format!("{word:<8}{:<10}{:>7.1} s{remark}", step.name, step.took.as_secs_f64()));
    }
    lines.push(format!(
        "steps: {passed} passed, {failed} failed, {skipped} skipped, {:.1} s",
        total.as_secs_f64()
    ));
    lines
}

/// Whether a run of these steps is good enough. A skipped step is not if `everything` is asked for.
pub(crate) fn acceptable(steps: &[Finished], everything: bool) -> bool {
    steps.iter().all(|step| match step.ending {
        Ending::Passed => true,
        Ending::Failed => false,
        Ending::Skipped(_) => !everything,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(name: &'static str, ending: Ending) -> Finished {
        Finished { name, replay: format!("cargo {name}"), ending, took: Duration::from_millis(1500) }
    }

    #[test]
    fn variables_that_bend_snapshots_and_properties_are_removed() {
        for name in ["INSTA_UPDATE", "INSTA_FORCE_PASS", "PROPTEST_CASES", "SNAPSHOTS"] {
            assert!(steers_tests(name), "{name}");
        }
        for name in ["PATH", "SNAPSHOTS_OF_MINE", "POSTFIX_CONFORMANCE_REQUIRE"] {
            assert!(!steers_tests(name), "{name}");
        }
    }

    #[test]
    fn the_summary_counts_and_tells_how_to_repeat_a_failure() {
        let steps = [
            finished("tidy", Ending::Passed),
            finished("lints", Ending::Failed),
            finished("format", Ending::Skipped("no rustfmt".to_owned())),
        ];
        assert_eq!(
            summary(&steps),
            [
                "passed  tidy          1.5 s",
                "FAILED  lints         1.5 s  again: cargo lints",
                "skipped format        1.5 s  no rustfmt",
                "steps: 1 passed, 1 failed, 1 skipped, 4.5 s",
            ]
        );
    }

    #[test]
    fn a_skipped_step_is_acceptable_unless_everything_is_asked_for() {
        let steps = [finished("tidy", Ending::Passed), finished("format", Ending::Skipped(String::new()))];
        assert!(acceptable(&steps, false));
        assert!(!acceptable(&steps, true));
        assert!(acceptable(&steps[..1], true));
        assert!(!acceptable(&[finished("tests", Ending::Failed)], false));
    }
}
