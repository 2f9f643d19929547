//! Describes one command to run in a world: its arguments, its environment, and the actions while it runs.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use nix::sys::signal::Signal;
use postfix_fakes::bytes::ByteString;
use postfix_fakes::relative_path::RelativePath;
use serde::{Deserialize, Serialize};

use crate::supervisor::request::Caller;

/// What is invoked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Program {
    /// postfix(1), as a postmaster does.
    #[default]
    Postfix,
    /// The manager itself, outside postfix(1) and without the environment it would get from there.
    Manager,
    /// The program `postconf`.
    Postconf,
    /// The program that the first argument names: a path, or one of the system's.
    #[serde(rename = "program")]
    Other,
    /// The program `postqueue`, as an ordinary user runs it.
    Postqueue,
    /// The program `postdrop`, as an ordinary user runs it.
    Postdrop,
    /// The tool that selects instances and manages their lives, postmulti(1) or what takes its place.
    #[serde(rename = "multi-tool")]
    Multi,
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// The program.
    pub entry: Program,
    /// Its arguments; they may hold a layout's placeholders.
    pub arguments: Vec<ByteString>,
    /// Additions to an otherwise fixed environment; values may hold a layout's placeholders.
    pub environment: BTreeMap<String, ByteString>,
    /// The working directory, relative to the world's root; absent: the root.
    pub directory: Option<RelativePath>,
    /// What it reads on standard input.
    pub stdin: ByteString,
    /// Whether its standard error is a terminal.
    pub terminal: bool,
    /// Who runs it, if that is not the user who runs the harness, or the superuser of a sandbox.
    pub caller: Option<Caller>,
    /// What happens while it runs, in this order.
    pub events: Vec<Action>,
    /// The time limit of the whole; past it, everything is killed and the case has failed.
    pub deadline: Duration,
}

/// Something that happens when a program reached a gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// The gate that must be reached first.
    pub gate: RelativePath,
    /// Text that must be on the command's standard output before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printed: Option<ByteString>,
    /// A signal that is sent to the invoked process then, such as `TERM`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<ActionSignal>,
    /// Whether the signal goes to the whole process group, as from a terminal.
    #[serde(default)]
    pub to_group: bool,
    /// Whether the gate is opened then.
    #[serde(default)]
    pub release: bool,
}

/// A signal that an action may send, by its name without `SIG`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "signal(7) describes them")]
pub enum ActionSignal {
    Hup,
    Int,
    Quit,
    Term,
    Kill,
    Stop,
    Cont,
    Usr1,
    Usr2,
    Pipe,
    Alrm,
    Chld,
}

impl ActionSignal {
    /// As the system has it.
    pub fn signal(self) -> Signal {
        match self {
            Self::Hup => Signal::SIGHUP,
            Self::Int => Signal::SIGINT,
            Self::Quit => Signal::SIGQUIT,
            Self::Term => Signal::SIGTERM,
            Self::Kill => Signal::SIGKILL,
            Self::Stop => Signal::SIGSTOP,
            Self::Cont => Signal::SIGCONT,
            Self::Usr1 => Signal::SIGUSR1,
            Self::Usr2 => Signal::SIGUSR2,
            Self::Pipe => Signal::SIGPIPE,
            Self::Alrm => Signal::SIGALRM,
            Self::Chld => Signal::SIGCHLD,
        }
    }
}

impl fmt::Display for ActionSignal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.signal().as_str().trim_start_matches("SIG"))
    }
}

impl Invocation {
    /// `postfix ARGUMENTS`, with the time limit that any case should keep by far.
    pub fn postfix(arguments: &[&str]) -> Self {
        Self {
            entry: Program::Postfix,
            arguments: arguments.iter().map(|argument| ByteString::from(*argument)).collect(),
            environment: BTreeMap::new(),
            directory: None,
            stdin: ByteString::default(),
            terminal: false,
            caller: None,
            events: Vec::new(),
            deadline: Duration::from_secs(30),
        }
    }

    /// The same with another variable in its environment.
    #[must_use]
    pub fn with_environment(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), ByteString::from(value));
        self
    }
}
