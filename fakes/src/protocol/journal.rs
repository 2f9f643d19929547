//! Defines the journal: a JSON line for each event, appended to the world's file.
//! Knows the format and how a line is appended, nothing of which program writes it or what should have been written.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use nix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::protocol::bytes::ByteString;
use crate::protocol::regular::{self, Links};

/// How large a journal may be, in bytes: the longest honest one is a hundredth of that.
pub const MOST: u64 = 32 << 20;

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Monotonic clock, nanoseconds.
    pub at: u64,
    /// The process that wrote the line. A program that replaces itself (exec) keeps its id.
    pub pid: u32,
    /// The fake's name: `postfix`, `postconf`, `postfix-script`, `postlog`, ...
    pub program: String,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What an event reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum What {
    /// The program began.
    Start {
        /// Its arguments, without the program's own name.
        arguments: Vec<ByteString>,
        /// The working directory it was started in.
        directory: ByteString,
        /// The environment it was started with: all of it.
        environment: BTreeMap<String, ByteString>,
    },
    /// The program is about to end with this status. Absent when it was killed or replaced itself.
    Finish {
        /// Exit status.
        status: u8,
    },
    /// The program waits at a gate of the fault file, until it is released.
    Gate {
        /// The gate's name.
        gate: String,
    },
    /// A line for the mail log.
    Log {
        /// `info`, `warn`, `error`, `fatal` or `panic`.
        priority: String,
        /// The log tag, such as `postfix/postfix-script`.
        tag: ByteString,
        /// The text, without tag and severity.
        text: ByteString,
    },
    /// The program was asked for something that it does not simulate. The case that caused it fails.
    Unsupported {
        /// What was asked.
        request: String,
    },
    /// A postfix-script looked after files that all instances share (SHR clauses).
    SharedFiles {
        /// `check` or `update`.
        action: String,
    },
}

/// Appends an event of this process with a single `write`, so that concurrent writers never interleave. Fails when the
/// journal is no regular file or cannot be opened, or the line cannot be written whole.
pub(crate) fn append(journal: &Path, program: &str, what: What) -> io::Result<()> {
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC)?;
    let at =
        u64::try_from(now.tv_sec()).unwrap_or(0) * 1_000_000_000 + u64::try_from(now.tv_nsec()).unwrap_or(0);
    let event = Event { at, pid: std::process::id(), program: program.to_owned(), what };
    let mut line = serde_json::to_vec(&event)?;
    line.push(b'\n');
    let mut file = regular::open(journal, OpenOptions::new().append(true).create(true), Links::Refused)?;
    let written = file.write(&line)?;
    if written == line.len() { Ok(()) } else { Err(io::Error::from(io::ErrorKind::WriteZero)) }
}

/// Reads a journal. A last line without a newline is one that is being written, and is left out.
///
/// # Errors
/// When the file cannot be read, is no regular file or too large, or a whole line is no event; the message names the
/// line. A journal that does not exist yet is empty.
pub fn read(journal: &Path) -> io::Result<Vec<Event>> {
    let text = match regular::read(journal, MOST, Links::Refused) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(io::Error::new(error.kind(), format!("{}: {error}", journal.display())));
        }
    };
    let lines = text.split_inclusive(|byte| *byte == b'\n').filter_map(|line| line.strip_suffix(b"\n"));
    let event = |(index, line)| {
        serde_json::from_slice(line).map_err(|error| {
            let named = format!("{}:{}: {error}", journal.display(), index + 1);
            io::Error::new(io::ErrorKind::InvalidData, named)
        })
    };
    lines.enumerate().map(event).collect()
}
