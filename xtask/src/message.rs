//! Prints lines for the person at the terminal.
//!
//! A reader that has gone away is no reason to stop checking, so write errors are ignored here, and only here.

use std::io::{Write as _, stderr, stdout};

/// A line of the report. Flushed at once: children write to the same stream.
pub(crate) fn say(line: &str) {
    let mut stream = stdout().lock();
    let _ = writeln!(stream, "{line}").and_then(|()| stream.flush());
}

/// A line about trouble.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(stderr().lock(), "{line}");
}
