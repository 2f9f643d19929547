//! The errors that stop a change while it is carried out.
//!
//! Knows nothing of what is done about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::multi::changing::tools::ToolError;
use crate::multi::life_cycle::refusal::Refusal;
use crate::multi::ownership::owned::Denial;
use crate::os::messages::MULTI;
use crate::os::printable::{error_text, printable};

/// What went wrong.
#[derive(Debug)]
pub(crate) enum ApplyError {
    /// It turned out, at the last moment, that it must not be done.
    Refused(Refusal),
    /// A directory is not the instance's alone.
    Denied(Denial),
    /// The system refused something.
    File {
        /// What was tried, to be read behind "cannot".
        what: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// A program of Postfix failed.
    Tool(ToolError),
    /// An instance is listed, but its files have not got their owners and modes.
    Permissions(ToolError),
    /// It failed, and what had been done could not be undone.
    NotUndone {
        /// Why it failed.
        error: Box<ApplyError>,
        /// Why it is not undone.
        undo: Box<ApplyError>,
        /// What the next command does about it.
        next: Next,
    },
    /// Somebody asked the program to end.
    Interrupted,
}

/// What the next command does about a change whose record is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// It rolls it forward.
    Finishes,
    /// It rolls it back.
    Undoes,
}

impl ApplyError {
    /// For `map_err`: what was tried with which file.
    pub(crate) fn with(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |error| Self::File { what, path, error }
    }

    /// The same error once what had been done is undone, or both if that failed, too.
    pub(crate) fn after(self, undo: Result<(), Self>, next: Next) -> Self {
        match undo {
            Ok(()) => self,
            Err(undo) => Self::NotUndone { error: Box::new(self), undo: Box::new(undo), next },
        }
    }
}

impl From<Denial> for ApplyError {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial)
    }
}

impl From<ToolError> for ApplyError {
    fn from(error: ToolError) -> Self {
        Self::Tool(error)
    }
}

impl From<Refusal> for ApplyError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl fmt::Display for ApplyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(formatter),
            Self::Denied(denial) => denial.fmt(formatter),
            Self::File { what, path, error } => {
                write!(formatter, "cannot {what} {}: {}", printable(path), error_text(error))
            }
            Self::Tool(error) => error.fmt(formatter),
            Self::Permissions(error) => write!(
                formatter,
                "{error}; the instance is listed, and this is all that is left to do; see to the cause, and use the \
                 same command again"
            ),
            Self::NotUndone { error, undo, next } => {
                let next = match next {
                    Next::Finishes => "finishes it",
                    Next::Undoes => "undoes it",
                };
                write!(
                    formatter,
                    "{error}; and it could not be undone: {undo}; \"{MULTI} check\" names it, and the next \"{MULTI} -e\" \
                     {next}"
                )
            }
            Self::Interrupted => write!(formatter, "asked to end by a signal"),
        }
    }
}
