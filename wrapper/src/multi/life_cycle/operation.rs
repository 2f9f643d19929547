//! A validated change: which main.cf files are edited, and which directories are created or removed.
//!
//! Knows nothing of how it is carried out, or shown.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::multi::changing::instance_dirs::InstanceDirs;
use crate::multi::changing::tools::{Arguments, Edit};

/// A decided change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operation {
    /// There is nothing to change.
    Nothing,
    /// One main.cf changes, in one step.
    Edit(Edit),
    /// An instance is made, and listed.
    Create(Creation),
    /// An instance that is there gets its name, and is listed.
    Import(Adoption),
    /// An instance is taken off the list, unless it is running.
    Deport(Departure),
    /// That, and what Postfix made for it is removed.
    Destroy(Destruction),
}

/// An instance that is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Creation {
    /// Its directories.
    pub(crate) dirs: InstanceDirs,
    /// The directories that are not there yet, those above them included, in the order of making.
    pub(crate) missing: Vec<NewDirectory>,
    /// What is done to the stock main.cf.
    pub(crate) calls: Vec<Arguments>,
    /// Before which managed directory it is listed.
    pub(crate) before: Option<PathBuf>,
    /// The edit that lists it.
    pub(crate) listing: Edit,
}

/// A directory that must be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewDirectory {
    /// Where.
    pub(crate) path: PathBuf,
    /// Who may do what there.
    pub(crate) mode: u32,
}

/// An instance that is there, and is taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Adoption {
    /// Its directories.
    pub(crate) dirs: InstanceDirs,
    /// The settings of its name and its group, if they change.
    pub(crate) names: Vec<(&'static str, OsString)>,
    /// Before which managed directory it is listed.
    pub(crate) before: Option<PathBuf>,
    /// The edit that lists it.
    pub(crate) listing: Edit,
}

/// An instance that is taken off the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Departure {
    /// Its configuration directory.
    pub(crate) directory: PathBuf,
    /// The edit that takes it off the list.
    pub(crate) listing: Edit,
}

/// An instance that is removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destruction {
    /// Its directories.
    pub(crate) dirs: InstanceDirs,
    /// The edit that takes it off the list.
    pub(crate) listing: Edit,
}
