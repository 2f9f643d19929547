//! Compares directories by what they are, not by how their paths are written.
//!
//! Knows nothing of what is in a directory.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What makes two paths the same directory: the device and the number of its inode there.
pub(crate) type Identity = (u64, u64);

/// What makes a directory the same under another name; nothing for one that is not there.
pub(crate) fn identity_of(path: &Path) -> Option<Identity> {
    std::fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

/// What makes two directories one: where they lead, or their paths if they are not there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum DirectoryKey {
    /// It is there.
    There(Identity),
    /// It is not.
    Missing(PathBuf),
}

impl DirectoryKey {
    /// That of a directory.
    pub(crate) fn of(directory: &Path) -> Self {
        identity_of(directory).map_or_else(|| Self::Missing(directory.to_owned()), Self::There)
    }
}

/// Whether two paths are equal, or lead to the same directory.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    one == other || identity_of(one).is_some_and(|identity| identity_of(other) == Some(identity))
}
