//! Prints the summary of a run: a table, or a line of JSON for each instance.
//!
//! Knows nothing of how commands are run. docs/operators.md describes both forms; the second is a promise.

use std::time::Duration;

use crate::os::exit_status::Outcome;
use crate::os::printable::printable;
use crate::os::signals;
use crate::plan::policy::{Plan, Serial, Step};
use crate::plan::run_settings::OutputFormat;
use crate::report::columns::aligned;
use crate::report::json::quoted_text;
use crate::run::finished::Finished;
use crate::run::wording;

/// The summary, in run order.
pub(crate) fn text(format: OutputFormat, plan: &Plan, finished: &[Finished]) -> String {
    match format {
        OutputFormat::Table => table(plan, finished),
        OutputFormat::Json => {
            plan.steps().zip(finished).map(|(step, finished)| json(plan, step, finished)).collect()
        }
    }
}

fn table(plan: &Plan, finished: &[Finished]) -> String {
    let heading = ["instance", "group", "command", "result", "time"].map(str::to_owned);
    let rows = plan.steps().zip(finished).map(|(step, finished)| {
        [
            printable(step.instance.directory()),
            group(step).unwrap_or_else(|| "-".to_owned()),
            command(plan, step, finished).unwrap_or_else(|| "-".to_owned()),
            wording::how(&finished.outcome),
            finished.took.map_or_else(|| "-".to_owned(), |took| format!("{} s", seconds(took))),
        ]
    });
    let rows: Vec<[String; 5]> = std::iter::once(heading).chain(rows).collect();
    aligned(&rows)
}

fn json(plan: &Plan, step: &Step, finished: &Finished) -> String {
    let (result, signal) = match &finished.outcome {
        Outcome::Skipped => ("skipped", None),
        Outcome::Exited(_) => ("exited", None),
        Outcome::Killed(signal) => ("killed", Some(*signal)),
        Outcome::TimedOut(_) => ("timeout", None),
        Outcome::NotRun(_) => ("not-run", None),
        Outcome::NotBegun(_) => ("not-reached", None),
        Outcome::Damaged(_) => ("damaged", None),
    };
    let or_null = |text: Option<String>| text.map_or_else(|| "null".to_owned(), |text| quoted_text(&text));
    format!(
        "{{\"instance\": {}, \"group\": {}, \"command\": {}, \"result\": \"{result}\", \"status\": {}, \
         \"signal\": {}, \"seconds\": {}}}\n",
        quoted_text(&printable(step.instance.directory())),
        or_null(group(step)),
        or_null(command(plan, step, finished)),
        finished.outcome.status(),
        or_null(signal.map(signals::name)),
        finished.took.map_or_else(|| "null".to_owned(), seconds),
    )
}

fn group(step: &Step) -> Option<String> {
    match &step.serial {
        Serial::Alone => None,
        Serial::Group(name) => Some(printable(name)),
    }
}

/// The command that an instance got; nothing if none was run.
fn command(plan: &Plan, step: &Step, finished: &Finished) -> Option<String> {
    finished.took?;
    plan.words(step).and_then(|words| words.first().map(printable))
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_must_be() {
        let rows = [["a", "bbb", "c"], ["aaaa", "b", ""]].map(|row| row.map(str::to_owned));
        assert_eq!(aligned(&rows), "a     bbb  c\naaaa  b\n");
    }
}
