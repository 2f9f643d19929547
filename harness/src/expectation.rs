//! States what must come of a step, runs it, and compares all that came. A case file or the oracle gives it.

mod live_checks;
mod script_checks;

use std::collections::BTreeMap;

use postfix_fakes::bytes::ByteString;
use postfix_fakes::journal::What;
use serde::{Deserialize, Serialize};

pub use self::live_checks::LiveChecks;
pub use self::script_checks::{Overlap, ScriptChecks};
use crate::invocation::Invocation;
use crate::journal::{self, ScriptCall};
use crate::outcome::{Ended, Outcome};
use crate::testbed::{Testbed, TestbedError};
use crate::world::World;

/// What the exit status must be. A command that a signal ended has the status a shell gives it, 128 + N.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Status {
    /// Exactly this one.
    Exactly(u8),
    /// One of these.
    OneOf(Vec<u8>),
    /// By a word: `failure` is any status but 0.
    Word(Word),
}

/// A status by a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// Any status but 0.
    Failure,
    /// Any status at all: the case is about something else.
    Any,
}

/// What must come of an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The exit status.
    pub status: Status,
    /// The postfix-scripts that run, in this order; absent: the case is about something else.
    pub runs: Option<Vec<ScriptCall>>,
    /// Text that standard error must hold (an instance's directory, a parameter's name).
    pub stderr_contains: Vec<Vec<u8>>,
    /// Text that neither output may hold.
    pub output_excludes: Vec<Vec<u8>>,
    /// What standard output must be; absent: anything.
    pub stdout: Option<Vec<u8>>,
    /// Whether standard error must hold something.
    pub stderr_not_empty: bool,
    /// Whether standard output must be one line with an absolute path.
    pub stdout_is_path: bool,
    /// Instances that must be running (or not) afterwards.
    pub running: BTreeMap<String, bool>,
    /// What postfix-scripts must have seen and done.
    pub scripts: ScriptChecks,
    /// What must be seen of daemons, if they are real ones.
    pub live: LiveChecks,
}

/// One way in which an outcome is not what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// The exit status.
    Status {
        /// What was expected, in words.
        expected: String,
        /// How it ended.
        seen: Ended,
    },
    /// The journal.
    Runs {
        /// What should have run.
        expected: Vec<ScriptCall>,
        /// What ran.
        seen: Vec<ScriptCall>,
    },
    /// Standard error does not hold this.
    NotMentioned(Vec<u8>),
    /// An output holds this and must not.
    Mentioned(Vec<u8>),
    /// Standard output.
    Stdout {
        /// What was expected.
        expected: Vec<u8>,
        /// What was seen.
        seen: Vec<u8>,
    },
    /// Something else that had to be seen was not, in words.
    Unseen(String),
    /// An instance runs and should not, or the other way round.
    Running {
        /// The instance's name.
        instance: String,
        /// Whether it should be running.
        expected: bool,
    },
    /// Processes were left behind.
    Leftovers(usize),
    /// A fake was asked for something it does not simulate.
    Unsupported(String),
    /// The program printed a Rust panic.
    Panicked,
}

impl std::fmt::Display for Status {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exactly(status) => write!(formatter, "exit status {status}"),
            Self::OneOf(statuses) => {
                let words: Vec<String> = statuses.iter().map(u8::to_string).collect();
                write!(formatter, "exit status {}", words.join(" or "))
            }
            Self::Word(Word::Failure) => formatter.write_str("an exit status that is not 0"),
            Self::Word(Word::Any) => formatter.write_str("any exit status"),
        }
    }
}

impl Status {
    fn allows(&self, ended: Ended) -> bool {
        match (self, ended.status()) {
            (_, None) => false,
            (Self::Exactly(wanted), Some(status)) => *wanted == status,
            (Self::OneOf(wanted), Some(status)) => wanted.contains(&status),
            (Self::Word(Word::Failure), Some(status)) => status != 0,
            (Self::Word(Word::Any), Some(_)) => true,
        }
    }
}

impl Expectation {
    /// An expectation of a status and of runs, and of nothing else.
    pub fn of(status: Status, runs: Vec<ScriptCall>) -> Self {
        Self {
            status,
            runs: Some(runs),
            stderr_contains: Vec::new(),
            output_excludes: Vec::new(),
            stdout: None,
            stderr_not_empty: false,
            stdout_is_path: false,
            running: BTreeMap::new(),
            scripts: ScriptChecks::default(),
            live: LiveChecks::default(),
        }
    }

    /// Runs the invocation, and compares all that came of it. The list is empty if all is as expected.
    ///
    /// # Errors
    /// When the testbed does not do its work.
    pub fn try_out(
        &self,
        testbed: &dyn Testbed,
        world: &World,
        invocation: &Invocation,
    ) -> Result<(Outcome, Vec<Mismatch>), TestbedError> {
        let before = live_checks::mail_log(world).len();
        let outcome = testbed.run(world, invocation)?;
        let unseen = self.live.missing(testbed, world, before, invocation.deadline / 2)?;
        let mut mismatches = self.compare(world, &outcome);
        mismatches.extend(unseen.into_iter().map(Mismatch::Unseen));
        Ok((outcome, mismatches))
    }

    /// Compares with an outcome, but for what must be seen of daemons.
    pub fn compare(&self, world: &World, outcome: &Outcome) -> Vec<Mismatch> {
        let mut mismatches = Vec::new();
        if !self.status.allows(outcome.ended) {
            mismatches.push(Mismatch::Status { expected: self.status.to_string(), seen: outcome.ended });
        }
        if let Some(expected) = &self.runs {
            let expected: Vec<ScriptCall> = expected.iter().map(|run| filled_in(world, run)).collect();
            let seen = journal::runs(&outcome.events, "postfix-script", |directory| world.name_of(directory));
            if expected != seen {
                mismatches.push(Mismatch::Runs { expected, seen });
            }
        }
        self.compare_output(world, outcome, &mut mismatches);
        for (instance, expected) in &self.running {
            if world.is_running(instance) != *expected {
                mismatches.push(Mismatch::Running { instance: instance.clone(), expected: *expected });
            }
        }
        if outcome.leftovers > 0 {
            mismatches.push(Mismatch::Leftovers(outcome.leftovers));
        }
        for event in &outcome.events {
            if let What::Unsupported { request } = &event.what {
                mismatches.push(Mismatch::Unsupported(format!("{}: {request}", event.program)));
            }
        }
        mismatches.extend(self.unseen(world, outcome).into_iter().map(Mismatch::Unseen));
        mismatches
    }

    fn unseen(&self, world: &World, outcome: &Outcome) -> Vec<String> {
        let mut unseen = Vec::new();
        if self.stderr_not_empty && outcome.stderr.trim_ascii().is_empty() {
            unseen.push("standard error says nothing, and should".to_owned());
        }
        if self.stdout_is_path && !is_a_path(&outcome.stdout) {
            unseen.push("standard output is not one absolute path".to_owned());
        }
        unseen.extend(self.scripts.missing(world, outcome));
        unseen
    }

    fn compare_output(&self, world: &World, outcome: &Outcome, mismatches: &mut Vec<Mismatch>) {
        for text in &self.stderr_contains {
            let text = world.fill_in(text);
            if !contains(&outcome.stderr, &text) && !contains(&outcome.stderr, &in_octal(&text)) {
                mismatches.push(Mismatch::NotMentioned(text));
            }
        }
        for text in &self.output_excludes {
            let text = world.fill_in(text);
            if contains(&outcome.stderr, &text) || contains(&outcome.stdout, &text) {
                mismatches.push(Mismatch::Mentioned(text));
            }
        }
        if let Some(expected) = &self.stdout {
            let expected = world.fill_in(expected);
            if expected != outcome.stdout {
                mismatches.push(Mismatch::Stdout { expected, seen: outcome.stdout.clone() });
            }
        }
        if contains(&outcome.stderr, b"panicked at") {
            mismatches.push(Mismatch::Panicked);
        }
    }
}

/// A run whose arguments are those that the world's programs were given.
fn filled_in(world: &World, run: &ScriptCall) -> ScriptCall {
    let arguments = run.arguments.iter().map(|argument| ByteString(world.fill_in(&argument.0))).collect();
    ScriptCall { instance: run.instance.clone(), arguments }
}

/// As messages show bytes that are no characters of ASCII: a backslash and three octal digits.
fn in_octal(text: &[u8]) -> Vec<u8> {
    let shown = |byte: &u8| match byte {
        b' '..=b'~' => vec![*byte],
        _ => format!("\\{byte:03o}").into_bytes(),
    };
    text.iter().flat_map(shown).collect()
}

fn is_a_path(text: &[u8]) -> bool {
    text.strip_suffix(b"\n").is_some_and(|line| line.starts_with(b"/") && !line.contains(&b'\n'))
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    part.is_empty() || text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::{contains, in_octal};

    #[test]
    fn what_a_message_shows_in_octal_is_mentioned() {
        assert_eq!(in_octal(b"/etc/m\xfcll \t"), b"/etc/m\\374ll \\011");
        assert!(contains(b"cannot read /etc/m\\374ll/main.cf", &in_octal(b"/etc/m\xfcll")));
        assert!(!contains(b"cannot read /etc/m?ll/main.cf", &in_octal(b"/etc/m\xfcll")));
    }
}
