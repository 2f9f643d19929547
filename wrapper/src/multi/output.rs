//! Prints to standard output, with postmulti(1)'s exit statuses.

pub(crate) mod listing;

use crate::os::exit_status;
use crate::os::messages::{Level, Messages};
use crate::os::printable::error_text;
use crate::os::signals::Signals;
use crate::os::streams::standard_output;

/// Prints a text that was asked for. The result is the exit status.
pub(crate) fn show(text: &str, signals: &Signals) -> u8 {
    match standard_output::show(text, signals) {
        exit_status::OUTPUT => exit_status::FAILURE,
        status => status,
    }
}

/// Writes what was asked for to standard output; whether that went well. `what` is what messages call it.
pub(crate) fn written(text: &[u8], what: &str, messages: &mut Messages<'_>) -> bool {
    let done = standard_output::print(text, messages.signals());
    if let Err(error) = &done {
        messages.report(Level::Fatal, &format!("cannot write {what}: {}", error_text(error)));
    }
    done.is_ok()
}
