//! The reasons why a call of postconf(1) ends early.

use crate::runtime::fatal::Fatal;

/// How many bytes real postconf gathers before it writes.
pub(crate) const BUFFER: usize = 4096;

/// Why a call ended early.
pub(crate) enum Stop {
    Fatal(Vec<u8>),
    Unsupported(String),
    /// With a status, and without another word.
    With(u8),
    /// The real program ends by a segmentation fault.
    Crash,
    /// A fault kills the program.
    Killed,
}

impl From<Fatal> for Stop {
    fn from(fatal: Fatal) -> Self {
        match fatal {
            Fatal::Postfix(text) => Self::Fatal(text),
            Fatal::NotSimulated(request) => Self::Unsupported(String::from_utf8_lossy(&request).into_owned()),
        }
    }
}
