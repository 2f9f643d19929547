//! Writes to standard error and standard output. A reader that is gone is no error: nobody could be told.

use std::io::{self, Write};

/// Writes to standard error; there is nobody to tell when that fails.
pub(crate) fn say(text: &[u8]) {
    let _ = io::stderr().lock().write_all(text);
}

/// Writes to standard output.
pub(crate) fn print(text: &[u8]) {
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(text).and_then(|()| stdout.flush());
}
