//! The reasons why a program ends early, and the system's words for an error.

use std::fmt;
use std::io;

use crate::runtime::standard_output::say;

/// What ends a program before its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fatal {
    /// Postfix gives up: the text of its message, without the program's name and `fatal:`.
    Postfix(Vec<u8>),
    /// The fake does: what was asked that is not simulated.
    NotSimulated(Vec<u8>),
}

impl fmt::Display for Fatal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, text) = match self {
            Self::Postfix(text) => ("", text),
            Self::NotSimulated(request) => ("not simulated: ", request),
        };
        write!(formatter, "{start}{}", String::from_utf8_lossy(text))
    }
}

impl std::error::Error for Fatal {}

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
