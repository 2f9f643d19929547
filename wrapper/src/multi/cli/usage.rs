//! Command lines of postfix-multi that make no sense, and what to say about them.
//!
//! Knows nothing of how a command line is read.

use std::ffi::OsString;
use std::fmt;

use crate::cli::parse;
use crate::multi::cli::options::ACTIONS;
use crate::os::printable::printable;

/// A command line that makes no sense.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum UsageError {
    /// An option that does not exist.
    Unknown(OsString),
    /// An option that needs a value, and got none.
    Missing(&'static str),
    /// An option that takes no value, and got one.
    Superfluous(&'static str),
    /// One of the options that the manager has too.
    Shared(parse::UsageError),
    /// `--wait` without a time that makes sense.
    Wait(Option<OsString>),
    /// An action that does not exist.
    Action(OsString),
    /// Nothing to do, or more than one thing.
    Tasks,
    /// More than one of `-a`, `-g`, `-i`.
    Selections,
    /// An option that can be there once.
    Twice(&'static str),
    /// A word too much.
    Operand(OsString),
    /// `-p` or `-x` without a command.
    NoCommand,
    /// `-R` where the order is not the caller's business.
    Reverse,
    /// `--json` where nothing is listed.
    Json,
    /// An option that goes with `-p` and `-x`.
    OnlyWithCommands(&'static str),
    /// An option that goes with `-e`.
    OnlyWithEdit(&'static str),
    /// `check` for some instances.
    CheckIsForAll,
    /// A name or a group where none is given, and the action if there is one.
    Assignment(Option<&'static str>),
    /// `-e assign` without a name and a group.
    NoAssignment,
    /// An action that takes no `name=value`.
    Parameters(&'static str),
    /// An action for an instance, without the instance.
    NoTarget(&'static str),
}

impl From<parse::UsageError> for UsageError {
    fn from(error: parse::UsageError) -> Self {
        Self::Shared(error)
    }
}

impl fmt::Display for UsageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(option) => write!(formatter, "unknown option \"{}\"", printable(option)),
            Self::Missing(option) => write!(formatter, "{option} needs a value"),
            Self::Superfluous(option) => write!(formatter, "{option} takes no value"),
            Self::Shared(error) => error.fmt(formatter),
            Self::Wait(None) => write!(formatter, "--wait needs a time, such as 90s or 5m"),
            Self::Wait(Some(value)) => {
                write!(formatter, "--wait needs a time, such as 90s or 5m, not \"{}\"", printable(value))
            }
            Self::Action(action) => {
                write!(formatter, "-e can be {}, not \"{}\"", ACTIONS.join(", "), printable(action))
            }
            Self::Tasks => write!(formatter, "one of -e, -l, -p, -x, \"check\" or \"status\" is needed"),
            Self::Selections => write!(formatter, "-a, -g and -i exclude each other"),
            Self::Twice(option) => write!(formatter, "{option} can be given once"),
            Self::Operand(word) => {
                write!(formatter, "no command goes here, but there is \"{}\"", printable(word))
            }
            Self::NoCommand => write!(formatter, "-p and -x need a command"),
            Self::Reverse => write!(formatter, "-R goes with -l, -x and \"status\""),
            Self::Json => write!(formatter, "--json (-j) goes with -l, \"check\" and \"status\""),
            Self::OnlyWithCommands(option) => write!(formatter, "{option} goes with -p and -x"),
            Self::OnlyWithEdit(option) => write!(formatter, "{option} goes with -e"),
            Self::CheckIsForAll => write!(formatter, "\"check\" looks at all instances: no -g and no -i"),
            Self::Assignment(None) => write!(formatter, "-G and -I go with -e create, import and assign"),
            Self::Assignment(Some(action)) => {
                write!(formatter, "-G and -I do not go with -e {action}")
            }
            Self::NoAssignment => write!(formatter, "-e assign needs -I NAME or -G GROUP"),
            Self::Parameters(action) => write!(formatter, "-e {action} takes no name=value"),
            Self::NoTarget(action) => write!(formatter, "-e {action} needs an instance: -i NAME"),
        }
    }
}
