//! Stores what was seen of each step: exit, output, journal.
//! `@root@` stands for the world's root. Anything too long is truncated, and marked so.

use std::collections::BTreeMap;
use std::path::Path;

use postfix_fakes::bytes::ByteString;
use postfix_fakes::journal::{Event, What};
use postfix_harness::expectation::Mismatch;
use postfix_harness::journal::{self, ScriptCall};
use postfix_harness::outcome::{Ended, Outcome};
use postfix_harness::world::World;
use serde::{Deserialize, Serialize};

use crate::judge::truncated_bytes::Excerpt;

/// How many bytes of each stream are kept.
const MOST_OF_STREAM: usize = 8 * 1024;
/// How many bytes of an argument, or of a line for the mail log, are kept.
const MOST_OF_WORD: usize = 2 * 1024;
/// How many runs are told in one line.
const MOST_IN_A_ROW: usize = 6;
/// How many events of a step are kept.
const MOST_EVENTS: usize = 500;

/// What was seen of one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepObservation {
    /// How the command ended.
    pub ended: Ended,
    /// The postfix-scripts that ran.
    pub ran: Vec<ScriptCall>,
    /// What it printed.
    #[serde(default, skip_serializing_if = "Excerpt::is_empty")]
    pub stdout: Excerpt,
    /// What it printed to standard error.
    #[serde(default, skip_serializing_if = "Excerpt::is_empty")]
    pub stderr: Excerpt,
    /// What the fakes wrote down.
    pub journal: Vec<JournalEntry>,
    /// How many more entries there were.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub journal_left_out: usize,
    /// In which ways it was not as expected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// One event of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// Microseconds since the step's first event.
    pub at: u64,
    /// The process. It keeps its id when it becomes another program.
    pub pid: u32,
    /// The program's name.
    pub program: String,
    /// What it did.
    #[serde(flatten)]
    pub deed: Activity,
}

/// What a program did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Activity {
    /// It began.
    Start {
        /// The instance it was to work for, as far as arguments and environment tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instance: Option<String>,
        /// Its arguments.
        arguments: Vec<Excerpt>,
        /// `MAIL_CONFIG` in its environment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mail_config: Option<ByteString>,
    },
    /// It was about to end.
    Finish {
        /// With this status.
        status: u8,
    },
    /// It waited at a gate.
    Gate {
        /// The gate's name.
        gate: String,
    },
    /// It wrote a line for the mail log.
    Log {
        /// `info`, `warn`, `error`, `fatal` or `panic`.
        priority: String,
        /// The tag.
        tag: ByteString,
        /// The text.
        text: Excerpt,
    },
    /// It was asked for something that it does not simulate.
    Unsupported {
        /// What.
        request: String,
    },
    /// It looked after shared files.
    SharedFiles {
        /// `check` or `update`.
        action: String,
    },
}

/// One way in which a step was not as expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Which one.
    pub kind: FindingKind,
    /// In words.
    pub text: String,
}

/// A way of not being as expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// Another exit status.
    Status,
    /// Other postfix-scripts, or in another order.
    Runs,
    /// Something is in no output and should be, or the other way round; or an output is another one.
    Output,
    /// An instance runs and should not, or the other way round.
    Running,
    /// Processes were left behind.
    Leftovers,
    /// A fake was asked for something that it does not simulate.
    Unsupported,
    /// The program printed a Rust panic.
    Panicked,
    /// Something else that had to be seen was not.
    Unseen,
}

impl StepObservation {
    /// Of this outcome, which differs from what was expected by `mismatches`.
    pub fn of(world: &World, outcome: &Outcome, mismatches: &[Mismatch]) -> Self {
        let begun = outcome.events.first().map_or(0, |event| event.at);
        Self {
            ended: outcome.ended,
            ran: journal::runs(&outcome.events, "postfix-script", |directory| world.name_of(directory)),
            stdout: Excerpt::of(world.relative_bytes(&outcome.stdout), MOST_OF_STREAM),
            stderr: Excerpt::of(world.relative_bytes(&outcome.stderr), MOST_OF_STREAM),
            journal: outcome
                .events
                .iter()
                .take(MOST_EVENTS)
                .map(|event| JournalEntry {
                    at: event.at.saturating_sub(begun) / 1000,
                    pid: event.pid,
                    program: event.program.clone(),
                    deed: deed(world, event),
                })
                .collect(),
            journal_left_out: outcome.events.len().saturating_sub(MOST_EVENTS),
            findings: mismatches.iter().map(|mismatch| finding(world, mismatch)).collect(),
        }
    }
}

fn deed(world: &World, event: &Event) -> Activity {
    let cut = |bytes: &ByteString| Excerpt::of(world.relative_bytes(&bytes.0), MOST_OF_WORD);
    match &event.what {
        What::Start { arguments, environment, .. } => Activity::Start {
            instance: instance(world, &event.program, arguments, environment),
            arguments: arguments.iter().map(cut).collect(),
            mail_config: environment.get("MAIL_CONFIG").map(|value| world.relative_bytes(&value.0)),
        },
        What::Finish { status } => Activity::Finish { status: *status },
        What::Gate { gate } => Activity::Gate { gate: gate.clone() },
        What::Log { priority, tag, text } => {
            Activity::Log { priority: priority.clone(), tag: tag.clone(), text: cut(text) }
        }
        What::Unsupported { request } => {
            Activity::Unsupported { request: world.relative(request.as_bytes()) }
        }
        What::SharedFiles { action } => Activity::SharedFiles { action: action.clone() },
    }
}

/// The instance that a program works for: `-c DIRECTORY`, else what postfix(1) exports.
fn instance(
    world: &World,
    program: &str,
    arguments: &[ByteString],
    environment: &BTreeMap<String, ByteString>,
) -> Option<String> {
    let option = arguments.iter().position(|argument| argument.0 == b"-c");
    let directory = option.and_then(|at| arguments.get(at + 1));
    // postfix-script's own arguments are the command's, and may be anything.
    let directory = directory.filter(|_| program != "postfix-script");
    let exported = ["config_directory", "MAIL_CONFIG"].iter().find_map(|name| environment.get(*name));
    directory.or(exported).map(|directory| world.name_of(Path::new(directory.as_os_str())))
}

/// Runs in one line; of many only the first. The rest can be read from what is kept of them.
fn in_a_row(runs: &[ScriptCall]) -> String {
    let mut words: Vec<String> = runs.iter().take(MOST_IN_A_ROW).map(ToString::to_string).collect();
    match runs.len() {
        0 => words.push("none".to_owned()),
        all if all > MOST_IN_A_ROW => words.push(format!("and {} more", all - MOST_IN_A_ROW)),
        _ => {}
    }
    words.join(", ")
}

/// Bytes as text on one line, harmless to a terminal.
pub(crate) fn escaped(bytes: &ByteString) -> String {
    match std::str::from_utf8(&bytes.0) {
        Ok(text) => text.escape_debug().to_string(),
        Err(_) => bytes.to_string(),
    }
}

fn finding(world: &World, mismatch: &Mismatch) -> Finding {
    let text = |bytes: &[u8]| escaped(&world.relative_bytes(bytes));
    let (kind, text) = match mismatch {
        Mismatch::Status { expected, seen } => {
            (FindingKind::Status, format!("expected: {expected}; seen: {seen}"))
        }
        Mismatch::Runs { expected, seen } => {
            (FindingKind::Runs, format!("should have run: {}; ran: {}", in_a_row(expected), in_a_row(seen)))
        }
        Mismatch::NotMentioned(part) => {
            (FindingKind::Output, format!("standard error does not mention \"{}\"", text(part)))
        }
        Mismatch::Mentioned(part) => {
            (FindingKind::Output, format!("the output mentions \"{}\" and must not", text(part)))
        }
        Mismatch::Stdout { expected, .. } => {
            (FindingKind::Output, format!("standard output is not the expected \"{}\"", text(expected)))
        }
        Mismatch::Running { instance, expected: true } => {
            (FindingKind::Running, format!("instance {instance} does not run afterwards, and should"))
        }
        Mismatch::Running { instance, expected: false } => {
            (FindingKind::Running, format!("instance {instance} runs afterwards, and should not"))
        }
        Mismatch::Leftovers(1) => {
            (FindingKind::Leftovers, "1 process was left behind (and killed)".to_owned())
        }
        Mismatch::Leftovers(count) => {
            (FindingKind::Leftovers, format!("{count} processes were left behind (and killed)"))
        }
        Mismatch::Unsupported(what) => {
            (FindingKind::Unsupported, format!("a fake does not simulate this: {what}"))
        }
        Mismatch::Unseen(text) => (FindingKind::Unseen, text.clone()),
        Mismatch::Panicked => (FindingKind::Panicked, "the program panicked".to_owned()),
    };
    Finding { kind, text }
}
