//! Why a change of the system is refused before anything is changed, in one line each, with what to do.
//!
//! Knows nothing of how it was found out.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use crate::message::{MULTI, printable};
use crate::multi::life_cycle::claims::Conflict;
use crate::multi::selection::Selection;

/// Why nothing is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// A name with characters that a file's name should not have.
    UnsafeName(OsString),
    /// A name without the prefix.
    NoPrefix(OsString),
    /// A group with characters that do not belong there.
    UnsafeGroup(OsString),
    /// An argument that is not `name=value`.
    Malformed(OsString),
    /// A parameter that cannot be given, or not with this action.
    UnknownParameter(OsString),
    /// A directory that is not absolute.
    NotAbsolute(OsString),
    /// The root directory.
    Root(OsString),
    /// A directory that main.cf cannot hold as it is.
    Unwritable(OsString),
    /// A directory that is neither given nor follows from a name.
    Missing(&'static str),
    /// The default instance's directory is of no help.
    DefaultNotAbsolute(&'static str, PathBuf),
    /// Something belongs to another instance already.
    Conflict(Box<Conflict>),
    /// There is no such instance. How many cannot be read, and may be meant.
    NoInstance(Selection, usize),
    /// The new instance is to be in front of nobody.
    NoPlace(Selection),
    /// The default instance cannot be removed.
    Default,
    /// An instance is removed only when it is disabled.
    Enabled(PathBuf),
    /// Whether it is enabled cannot be told.
    Unknown(PathBuf, String),
    /// An instance is removed only when it is stopped.
    Running(PathBuf),
    /// Its queue is not empty.
    Messages(PathBuf, usize),
    /// No manager is in charge yet.
    NotInitialized(&'static str),
    /// There is no such file.
    NoFile(PathBuf),
    /// One of main.cf and master.cf is there without the other.
    Half(PathBuf, &'static str, &'static str),
    /// There is something else in a directory's place.
    NoDirectory(PathBuf),
    /// A main.cf cannot be read.
    Unreadable(PathBuf, String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnsafeName(name) => write!(
                formatter,
                "\"{}\" cannot be an instance's name; use letters, digits and !@%-_=+:. alone",
                printable(name)
            ),
            Self::NoPrefix(name) => write!(
                formatter,
                "\"{0}\" cannot be an instance's name, as those begin with \"postfix-\"; \
                 use \"postfix-{0}\" instead",
                printable(name)
            ),
            Self::UnsafeGroup(name) => write!(
                formatter,
                "\"{}\" cannot be a group's name; use letters, digits and !@%-_=+:./ alone",
                printable(name)
            ),
            Self::Malformed(argument) => {
                write!(formatter, "\"{}\" is not a setting; say NAME=VALUE", printable(argument))
            }
            Self::UnknownParameter(name) => write!(
                formatter,
                "{} cannot be given here; create takes config_directory, queue_directory and data_directory, \
                 import takes config_directory",
                printable(name)
            ),
            Self::NotAbsolute(argument) => write!(
                formatter,
                "\"{}\" does not give an absolute path; begin it with a slash",
                printable(argument)
            ),
            Self::Root(argument) => {
                write!(formatter, "\"{}\" gives the root directory; choose another", printable(argument))
            }
            Self::Unwritable(argument) => write!(
                formatter,
                "\"{}\" gives a path that main.cf cannot hold; choose one without blanks, commas, $ and control \
                 characters",
                printable(argument)
            ),
            Self::Missing(parameter) => write!(
                formatter,
                "there is no {parameter} for the new instance; name the instance with -I, or give \
                 {parameter}=/PATH"
            ),
            Self::DefaultNotAbsolute(parameter, path) => write!(
                formatter,
                "{parameter} of the default instance is \"{}\", which is no absolute path; give \
                 {parameter}=/PATH",
                printable(path)
            ),
            Self::Conflict(conflict) => conflict.fmt(formatter),
            Self::NoInstance(selection, unknown) => {
                write!(formatter, "no instance matches {selection}")?;
                if *unknown > 0 {
                    write!(
                        formatter,
                        " ({unknown} cannot be read, and may be meant; name their directories)"
                    )?;
                }
                write!(formatter, "; \"{MULTI} -l\" lists all")
            }
            Self::NoPlace(selection) => write!(
                formatter,
                "no secondary instance matches {selection}, to be in front of; \"{MULTI} -l\" lists all"
            ),
            Self::Default => write!(formatter, "the default instance cannot be removed; choose another one"),
            Self::Enabled(directory) => write!(
                formatter,
                "the instance in {0} is enabled, and only disabled ones can be removed; stop it, and use \
                 \"{MULTI} -e disable -i {0}\" first",
                printable(directory)
            ),
            Self::Unknown(directory, reason) => write!(
                formatter,
                "cannot tell whether the instance in {0} is enabled: {reason}; mend {0}/main.cf first",
                printable(directory)
            ),
            Self::Running(directory) => write!(
                formatter,
                "the instance in {0} is running; use \"postfix -c {0} stop\" first",
                printable(directory)
            ),
            Self::Messages(queue, number) => write!(
                formatter,
                "the queue {} holds mail ({number} files); let it be delivered, or remove it with postsuper -d, \
                 first",
                printable(queue)
            ),
            Self::NotInitialized(what) => {
                write!(formatter, "{what} in the default instance's main.cf; use \"{MULTI} -e init\" first")
            }
            Self::NoFile(path) => {
                write!(formatter, "there is no file {}; see to it, or choose another place", printable(path))
            }
            Self::Half(directory, present, absent) => write!(
                formatter,
                "{0} has a {present}, but no {absent}; move the {present} away, or add a {absent} and use \
                 \"{MULTI} -e import\"",
                printable(directory)
            ),
            Self::NoDirectory(path) => {
                write!(
                    formatter,
                    "{} is no directory; move it away, or choose another place",
                    printable(path)
                )
            }
            Self::Unreadable(directory, reason) => {
                write!(formatter, "cannot read {}/main.cf: {reason}; mend it first", printable(directory))
            }
        }
    }
}
