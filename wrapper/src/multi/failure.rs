//! The errors that end postfix-multi, and their messages: what failed, and what to do.
//!
//! Knows nothing of how a message is delivered.

use std::ffi::OsString;
use std::fmt;
use std::io;

use crate::multi::request::selection::{Ambiguous, Selection};
use crate::os::messages::MULTI;
use crate::os::printable::{error_text, printable};
use crate::postfix::environment::MAIL_CONFIG;
use crate::postfix::query::{Interrupted, NoAnswer, QueryError};

/// Why nothing was done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// There is no postconf to ask.
    NoPostconf,
    /// postconf does not tell what is in the default instance's main.cf.
    Default(NoAnswer),
    /// The environment is another instance's.
    NotDefault(OsString),
    /// No instance gets the command.
    NoMatch {
        /// Which instances were meant.
        selection: Selection,
        /// If some of these are left out because they are not enabled: the command that reaches one of them.
        skipped: Option<String>,
        /// What else to know.
        hint: String,
    },
    /// A command that makes no sense for several instances.
    ForOneInstance(OsString),
    /// A name that fits two, and the commands that name one of them by its directory.
    Ambiguous(Box<Ambiguous>, String),
    /// An option that chooses instances stands behind the command: what is wrong, and what to use.
    Misplaced(String),
    /// postfix(1) has handed a command to this program, which is its manager without an option for commands.
    NoManager(OsString),
    /// The system cannot be changed just now: why, and what to do.
    Lock(String),
    /// No instance is enabled.
    NoneEnabled,
    /// The system does not let this process be the parent of masters.
    NoOrphans(io::Error),
    /// The standard streams cannot be used.
    Streams(io::Error),
    /// The program has been asked to end.
    Interrupted,
}

impl From<Interrupted> for Failure {
    fn from(Interrupted: Interrupted) -> Self {
        Self::Interrupted
    }
}

impl From<QueryError<NoAnswer>> for Failure {
    fn from(error: QueryError<NoAnswer>) -> Self {
        match error {
            QueryError::Interrupted => Self::Interrupted,
            QueryError::Failed(no_answer) => Self::Default(no_answer),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPostconf => write!(
                formatter,
                "cannot find postconf; install Postfix, or put the directory of its commands into PATH"
            ),
            Self::Default(no_answer) => write!(
                formatter,
                "cannot read the default instance's main.cf: {}; nothing was done; correct that and try again",
                no_answer.reason
            ),
            Self::NotDefault(given) => write!(
                formatter,
                "{MAIL_CONFIG} is {}, which is not the default instance; nothing was done; unset it",
                printable(given)
            ),
            Self::NoMatch { selection, skipped, hint } => {
                write!(formatter, "no matching instances for {selection}")?;
                if let Some(command) = skipped {
                    write!(formatter, " that are enabled; {command} reaches one that is not")?;
                }
                write!(formatter, "{hint}; \"{MULTI} -l\" lists all")
            }
            Self::Ambiguous(ambiguous, commands) => {
                write!(formatter, "{ambiguous}; no instance got the command; use {commands}")
            }
            Self::Misplaced(what) => write!(formatter, "{what}; no instance got the command"),
            Self::ForOneInstance(name) => write!(
                formatter,
                "\"{}\" is for one instance; no instance got the command; choose one with -i",
                printable(name)
            ),
            Self::NoManager(wrapper) => write!(
                formatter,
                "multi_instance_wrapper is \"{}\", which lacks \"-p --\"; no instance got the command; use \"{MULTI} -e \
                 init\"",
                printable(wrapper)
            ),
            Self::NoneEnabled => write!(
                formatter,
                "no instance is enabled, so there is nothing to start; \"{MULTI} -l\" lists all; enable one"
            ),
            Self::NoOrphans(error) => write!(
                formatter,
                "cannot become the parent of the masters: {}; nothing was done; use \"postfix start\"",
                error_text(error)
            ),
            Self::Lock(what) => formatter.write_str(what),
            Self::Streams(error) => {
                write!(
                    formatter,
                    "cannot use the standard streams: {}; no instance got the command; try again",
                    error_text(error)
                )
            }
            Self::Interrupted => write!(formatter, "asked to end by a signal; nothing was done; try again"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_nobody_is_meant_is_told() {
        let told = |skipped: Option<&str>| {
            let (selection, hint) = (Selection::Group("mx".into()), String::new());
            Failure::NoMatch { selection, skipped: skipped.map(str::to_owned), hint }.to_string()
        };
        let (none, list) = ("no matching instances for -g mx", "; \"postfix-multi -l\" lists all");
        assert_eq!(told(None), format!("{none}{list}"));
        let reaches = "that are enabled; \"postfix -c /etc/x stop\" reaches one that is not";
        assert_eq!(told(Some("\"postfix -c /etc/x stop\"")), format!("{none} {reaches}{list}"));
    }
}
