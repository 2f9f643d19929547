//! Holds the result of one invocation: how it ended, what it printed, what it added to the journal. Judges nothing.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use postfix_fakes::journal::Event;
use serde::{Deserialize, Serialize};

/// How many bytes a command may write to each of standard output and standard error.
pub const MOST_OUTPUT: u64 = 16 << 20;

/// How many bytes the files of a world may have together, and each file that a command writes.
pub const MOST_ROOM: u64 = 256 << 20;

/// How the invoked command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// It exited with this status.
    Exited(u8),
    /// A signal ended it.
    Signaled(i32),
    /// It was still running at the deadline and was killed with its whole process tree.
    DeadlineExceeded,
    /// It started processes without end and was killed with its whole process tree.
    RanAway,
    /// It printed without end and was killed with its whole process tree.
    PrintedTooMuch,
    /// It filled the disk and was killed with its whole process tree.
    FilledDisk,
    /// It could not be started.
    NotStarted(i32),
}

impl Ended {
    /// The exit status as a shell sees it: 128 + N for a signal; none for a command that had to be stopped.
    pub fn status(self) -> Option<u8> {
        match self {
            Self::Exited(status) => Some(status),
            Self::Signaled(signal) => u8::try_from(128 + signal).ok(),
            Self::DeadlineExceeded
            | Self::RanAway
            | Self::PrintedTooMuch
            | Self::FilledDisk
            | Self::NotStarted(_) => None,
        }
    }
}

impl From<ExitStatus> for Ended {
    fn from(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Exited(u8::try_from(code & 0xff).unwrap_or(u8::MAX)),
            (None, Some(signal)) => Self::Signaled(signal),
            (None, None) => Self::NotStarted(0),
        }
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exited(status) => write!(formatter, "exit status {status}"),
            Self::Signaled(signal) => write!(formatter, "ended by signal {signal}"),
            Self::DeadlineExceeded => formatter.write_str("still running at the deadline, then killed"),
            Self::RanAway => formatter.write_str("started processes without end, then killed"),
            Self::PrintedTooMuch => write!(formatter, "printed more than {MOST_OUTPUT} bytes, then killed"),
            Self::FilledDisk => {
                write!(
                    formatter,
                    "filled its world with more than {MOST_ROOM} bytes, or too many files, then killed"
                )
            }
            Self::NotStarted(errno) => {
                write!(formatter, "could not be started: {}", std::io::Error::from_raw_os_error(*errno))
            }
        }
    }
}

/// What came of one invocation.
#[derive(Clone, Debug)]
#[must_use = "an outcome that nobody judges shows nothing"]
pub struct Outcome {
    /// How the command ended.
    pub ended: Ended,
    /// Processes that were still there after the command had ended, and were killed.
    pub leftovers: usize,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error.
    pub stderr: Vec<u8>,
    /// The events it added to the world's journal.
    pub events: Vec<Event>,
}
