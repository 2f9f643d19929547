//! The reasons why a program ends early, the system's words for an error, and how scripts say both.

use std::io;

use crate::runtime::standard_output::say;

/// What ends a program before its time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fatal {
    /// Postfix gives up: the text of its message, without the program's name and `fatal:`.
    #[error("{}", String::from_utf8_lossy(.0))]
    Postfix(Vec<u8>),
    /// The fake does: what was asked that is not simulated.
    #[error("not simulated: {}", String::from_utf8_lossy(.0))]
    NotSimulated(Vec<u8>),
}

impl Fatal {
    /// What Postfix says when it gives up, in parts.
    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        Self::Postfix(parts.concat())
    }
}

/// The system's own words for an error, as C programs print them.
pub(crate) fn system_message(error: &io::Error) -> String {
    let shown = error.to_string();
    let number = error.raw_os_error().map(|number| format!(" (os error {number})"));
    number.and_then(|number| shown.strip_suffix(&number).map(str::to_owned)).unwrap_or(shown)
}

/// What has failed, and why.
pub(crate) fn because(what: &[&[u8]], error: &io::Error) -> Vec<u8> {
    [&what.concat()[..], b": ", system_message(error).as_bytes()].concat()
}

/// Says that, as the tools do that a script runs. Returns their exit status.
pub(crate) fn say_because(what: &[&[u8]], error: &io::Error) -> u8 {
    say(&[&because(what, error)[..], b"\n"].concat());
    1
}

impl Fatal {
    /// Postfix gives up after an error of the system.
    pub(crate) fn because(what: &[&[u8]], error: &io::Error) -> Self {
        Self::Postfix(because(what, error))
    }
}
