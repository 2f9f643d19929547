//! A multi-instance manager for Postfix. Knows nothing yet.

use std::ffi::OsString;

/// Runs the manager with the arguments that follow the program's name; the result is the exit status.
#[must_use]
pub fn run(_arguments: impl IntoIterator<Item = OsString>) -> u8 {
    70
}
