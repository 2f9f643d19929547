//! Prints the plan for `--dry-run`: which instance would get what, in which order, and why.
//!
//! Knows nothing of how a plan is carried out, and runs nothing.

use std::collections::HashMap;
use std::num::NonZeroUsize;

use crate::os::exit_status;
use crate::os::printable::printable;
use crate::plan::policy::{CommandKind, Plan, Serial, Step, StepAction};
use crate::report::columns::aligned;

/// The plan, readable, for this many instances at once.
pub(crate) fn text(plan: &Plan, jobs: NonZeroUsize) -> String {
    let count = plan.steps().count();
    let words: Vec<String> = plan.command().words().map(printable).collect();
    let pace = match jobs.get() {
        1 => "one after the other".to_owned(),
        jobs => format!("up to {jobs} at once"),
    };
    let instances = if count == 1 { "instance" } else { "instances" };
    let program = match plan.command_kind() {
        CommandKind::Postfix => "postfix ",
        CommandKind::Program => "",
    };
    let mut text = format!("{program}{}: {count} {instances}, {pace}\n", words.join(" "));
    let mut last_of_group = HashMap::new();
    let rows: Vec<[String; 4]> = plan
        .steps()
        .enumerate()
        .map(|(at, step)| {
            let number = at + 1;
            let is_default = plan.default_number() == Some(at);
            let earlier = match &step.serial {
                Serial::Group(group) if !is_default => last_of_group.insert(group.clone(), number),
                Serial::Alone | Serial::Group(_) => None,
            };
            let position = position(plan, step, is_default, earlier.filter(|_| jobs.get() > 1));
            let given = plan.words(step).and_then(|words| words.first().map(printable));
            [
                format!("{number:>4}"),
                printable(step.instance.directory()),
                given.unwrap_or_else(|| "-".to_owned()),
                [position, why(step)].into_iter().flatten().collect::<Vec<_>>().join("; "),
            ]
        })
        .collect();
    text.push_str(&aligned(&rows));
    text
}

/// The status that carrying out the plan would end with if every command succeeded: the last damaged instance's.
pub(crate) fn status(plan: &Plan) -> u8 {
    let damage = plan.steps().filter_map(|step| match &step.action {
        StepAction::Report(damage) => Some(damage.status()),
        StepAction::Run | StepAction::Check | StepAction::Skip => None,
    });
    damage.last().unwrap_or(exit_status::SUCCESS)
}

/// Where a step stands beside the others.
fn position(plan: &Plan, step: &Step, is_default: bool, earlier: Option<usize>) -> Option<String> {
    let group = match &step.serial {
        Serial::Alone => None,
        Serial::Group(name) => Some(format!("group {}", printable(name))),
    };
    match (is_default, group, earlier) {
        (true, _, _) if plan.default_is_last() => Some("default instance, after all others".to_owned()),
        (true, _, _) => Some("default instance, before all others".to_owned()),
        (false, Some(group), Some(earlier)) => Some(format!("{group}, after {earlier}")),
        (false, group, _) => group,
    }
}

/// Why an instance does not get what was asked for.
fn why(step: &Step) -> Option<String> {
    match &step.action {
        StepAction::Run => None,
        StepAction::Check => Some("not enabled: checked in place of a start".to_owned()),
        StepAction::Skip => Some("not enabled: skipped".to_owned()),
        StepAction::Report(damage) => Some(format!("damaged: {damage}")),
    }
}
