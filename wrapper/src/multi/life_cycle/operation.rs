//! A validated change: which main.cf files are edited, and which directories are created or removed.
//!
//! Knows nothing of how it is carried out, or shown.

use std::path::PathBuf;

use crate::multi::changing::instance_dirs::InstanceDirs;
use crate::multi::changing::tools::{Arguments, Edit, Settings};

/// A decided change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operation {
    /// There is nothing to change.
    Nothing,
    /// One main.cf changes, in one step.
    Edit(Edit),
    /// An instance is made, and listed.
    Create(Creation),
    /// An instance that is there is changed in more than one step, and listed if it is not.
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
    /// Where main.cf and master.cf come from.
    pub(crate) sources: [Source; 2],
    /// What is done to a copy of that main.cf.
    pub(crate) calls: Vec<Arguments>,
    /// Before which managed directory it is listed.
    pub(crate) before: Option<PathBuf>,
    /// The edit that lists it; nothing if it is listed already.
    pub(crate) listing: Option<Edit>,
}

/// A file that is copied into a configuration directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// What the copy is called.
    pub(crate) name: &'static str,
    /// The file.
    pub(crate) path: PathBuf,
    /// Who has made it.
    pub(crate) origin: Origin,
}

/// Who has made a file that is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Postfix: the copy has its mode and its time.
    Stock,
    /// Somebody who has prepared it for this instance.
    Prepared,
}

/// A directory that must be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewDirectory {
    /// Where.
    pub(crate) path: PathBuf,
    /// Who may do what there.
    pub(crate) mode: u32,
}

/// An instance that is there, and what is done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Adoption {
    /// Its directories.
    pub(crate) dirs: InstanceDirs,
    /// The directories that are not there, those above them included, in the order of making.
    pub(crate) missing: Vec<NewDirectory>,
    /// The settings that change.
    pub(crate) settings: Settings,
    /// The files that are replaced, if any.
    pub(crate) files: Option<NewFiles>,
    /// Before which managed directory it is listed.
    pub(crate) before: Option<PathBuf>,
    /// The edit that lists it; nothing if it is listed already.
    pub(crate) listing: Option<Edit>,
}

/// Files that take the place of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewFiles {
    /// Where they come from.
    pub(crate) sources: Vec<Source>,
    /// What is done to a copy of the main.cf.
    pub(crate) calls: Vec<Arguments>,
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
