//! Prints to standard output, with postmulti(1)'s exit statuses.

pub(crate) mod listing;

use crate::os::exit_status;
use crate::os::messages::{Level, Messages};
use crate::os::printable::error_text;
use crate::os::streams::standard_output;

/// Prints a text that was asked for. The result is the exit status. `what` is what messages call it.
pub(crate) fn show(text: &str, what: &str, messages: &mut Messages<'_>) -> u8 {
    status(written(text.as_bytes(), what, messages), messages)
}

/// Prints what has been done already. The result is the exit status. `done` says so if it cannot be written.
pub(crate) fn show_done(text: &str, what: &str, done: &str, messages: &mut Messages<'_>) -> u8 {
    status(written_or(text.as_bytes(), what, done, messages), messages)
}

/// Writes what was asked for to standard output; whether that went well. `what` is what messages call it.
pub(crate) fn written(text: &[u8], what: &str, messages: &mut Messages<'_>) -> bool {
    written_or(text, what, "", messages)
}

fn written_or(text: &[u8], what: &str, more: &str, messages: &mut Messages<'_>) -> bool {
    let done = standard_output::print(text, messages.signals());
    if let Err(error) = &done {
        messages.report(Level::Fatal, &format!("cannot write {what}: {}{more}", error_text(error)));
    }
    done.is_ok()
}

fn status(is_written: bool, messages: &Messages<'_>) -> u8 {
    match messages.signals().ending() {
        _ if is_written => exit_status::SUCCESS,
        Some(signal) => exit_status::killed(signal as i32),
        None => exit_status::FAILURE,
    }
}
