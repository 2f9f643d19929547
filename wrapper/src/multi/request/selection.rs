//! A selection of instances: all of them, a group, or one by its name.
//!
//! Knows nothing of what is to happen to them.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::os::printable::{printable, shell_word};

/// What an instance's name must begin with, unless it has none.
pub(crate) const NAME_PREFIX: &[u8] = b"postfix-";

/// What the default instance is called where names of instances are expected.
pub(crate) const DEFAULT_INSTANCE: &str = "-";

/// A choice among the instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Selection {
    /// `-a`
    All,
    /// `-g GROUP`
    Group(OsString),
    /// `-i NAME`: the name, the name without its prefix, the configuration directory as it is listed, or `-`.
    Name(OsString),
}

/// A name that fits more than one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ambiguous {
    /// The name.
    pub(crate) selection: Selection,
    /// The directories of those that it fits.
    pub(crate) directories: Vec<PathBuf>,
}

/// Whether an instance is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Match {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// Its main.cf would tell, if that could be read.
    Unknown,
}

impl fmt::Display for Selection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => write!(formatter, "-a"),
            Self::Group(group) => write!(formatter, "-g {}", shell_word(group)),
            Self::Name(name) => write!(formatter, "-i {}", shell_word(name)),
        }
    }
}

/// How many of those that a name fits a message shows.
const SHOWN: usize = 4;

impl Ambiguous {
    /// The commands that do the same for one of them each. `command` tells the one for a directory.
    pub(crate) fn commands(&self, command: impl Fn(&Path) -> String) -> String {
        let shown = self.directories.iter().take(SHOWN);
        shown.map(|directory| format!("\"{}\"", command(directory))).collect::<Vec<_>>().join(" or ")
    }
}

impl fmt::Display for Ambiguous {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<String> = self.directories.iter().take(SHOWN).map(printable).collect();
        write!(
            formatter,
            "{} fits {} instances: {}",
            self.selection,
            self.directories.len(),
            shown.join(" and ")
        )?;
        match self.directories.len() - shown.len() {
            0 => Ok(()),
            more => write!(formatter, " and {more} more"),
        }
    }
}
