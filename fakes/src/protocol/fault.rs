//! Defines faults: what a fake does beside or instead of its job.
//! A fault is selected by program, instance and command. Knows the format and which fault applies, nothing of how it
//! is carried out.

use serde::{Deserialize, Serialize};

use crate::protocol::bytes::ByteString;
use crate::protocol::relative_path::RelativePath;

/// One fault. The first that matches applies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fault {
    /// The fake that carries it out: `postfix-script` if this is empty.
    pub program: String,
    /// The configuration directory that is addressed; any, if it is absent.
    pub instance: Option<ByteString>,
    /// The first argument that is no option (`start`, or a parameter's name for `postconf`); any, if absent.
    pub command: Option<ByteString>,
    /// Written to standard output before anything else.
    pub stdout: Option<ByteString>,
    /// Written to standard error before anything else.
    pub stderr: Option<ByteString>,
    /// How many times `stdout` and `stderr` are written, for output of any size; 0 counts as 1.
    pub repeat: usize,
    /// Whether standard input, to its end, is written to standard output after that.
    pub echoes: bool,
    /// Waits at this gate after the output: journals [`crate::protocol::journal::What::Gate`], then opens the FIFO
    /// `gates/NAME` of the world for reading and waits for end of file.
    pub gate: Option<RelativePath>,
    /// How it ends; absent: goes on with its own job.
    pub ends: Option<Ending>,
    /// What happens to an edit of a configuration file, for `postconf`.
    pub edit: Option<EditFault>,
}

/// What keeps an edit from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EditFault {
    /// The disk is full half-way through the file.
    FullDisk,
    /// The file system is read-only.
    ReadOnly,
    /// The program is killed half-way through the file.
    Killed,
}

/// How a fault ends a fake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// With this exit status.
    Status(u8),
    /// By this signal, sent to itself with its default action.
    Signal(i32),
}

impl Fault {
    /// Whether this fault applies to a fake that is asked `command` for the instance `instance`.
    pub fn applies(&self, program: &str, instance: &[u8], command: &[u8]) -> bool {
        let mine = if self.program.is_empty() { "postfix-script" } else { &self.program };
        let is = |wanted: &Option<ByteString>, given: &[u8]| wanted.as_ref().is_none_or(|w| w.0 == given);
        mine == program && is(&self.instance, instance) && is(&self.command, command)
    }
}
