//! Prints a line. A reader that has gone is no reason to stop.

use std::io::Write;

/// Prints a line on standard output.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
