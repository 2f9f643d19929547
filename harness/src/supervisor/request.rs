//! Defines the request to a supervisor and its report: two JSON files, so that no pipe can fill up.

use std::collections::BTreeMap;

use postfix_fakes::bytes::ByteString;
use serde::{Deserialize, Serialize};

use crate::outcome::Ended;

/// Exit status of a supervisor that ended a command because of the number of its processes.
pub const RAN_AWAY: u8 = 69;
/// Exit status of a supervisor that ended a command because of the length of its output.
pub const PRINTED_TOO_MUCH: u8 = 66;
/// Exit status of a supervisor that ended a command because of the room that its world takes.
pub const FILLED_DISK: u8 = 67;
/// Exit status of a supervisor whose harness went, or had enough.
pub const STOPPED: u8 = 75;

/// One command to run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Request {
    /// The program and its arguments.
    pub command: Vec<ByteString>,
    /// The whole environment.
    pub environment: BTreeMap<String, ByteString>,
    /// The working directory.
    pub directory: ByteString,
    /// A file that becomes standard input.
    pub stdin: ByteString,
    /// A file that standard output goes to.
    pub stdout: ByteString,
    /// A file that standard error goes to.
    pub stderr: ByteString,
    /// Whether standard error is a terminal on its way there: some programs speak only to people.
    #[serde(default)]
    pub terminal: bool,
    /// Where the [`Report`] goes.
    pub report: ByteString,
    /// Who runs the command; absent: the user who runs the supervisor.
    #[serde(default)]
    pub caller: Option<Caller>,
    /// What a sandbox does before; nothing without a sandbox.
    #[serde(default)]
    pub surroundings: Surroundings,
}

/// A caller by user and group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// The user.
    pub user: u32,
    /// The only group.
    pub group: u32,
}

/// What a sandbox changes of what its processes see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surroundings {
    /// What is hidden.
    pub covers: Vec<Cover>,
    /// Directories in which the names of another one are found before their own. If the system cannot lay one over
    /// the other, they are as they are.
    #[serde(default)]
    pub overlays: Vec<Cover>,
    /// The only directory that may be written to. All accounts are there then, which only the superuser can give.
    #[serde(default)]
    pub only_writable: Option<ByteString>,
}

/// A path of the host that processes in a sandbox see something else at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cover {
    /// What they see.
    pub with: ByteString,
    /// Where.
    pub at: ByteString,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Report {
    /// How the command ended.
    pub ended: Ended,
    /// How many processes were left, and were killed.
    pub leftovers: usize,
}
