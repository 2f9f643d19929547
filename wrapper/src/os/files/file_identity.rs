//! Compares directories by what they are, not by how their paths are written.
//!
//! Knows nothing of what is in a directory.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What makes two paths the same directory: the device and the number of its inode there.
pub(crate) type Identity = (u64, u64);

/// What makes a directory the same under another name; nothing for one that is not there.
pub(crate) fn identity_of(path: &Path) -> Option<Identity> {
    std::fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

/// Whether two paths are equal, or lead to the same directory.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    one == other || identity_of(one).is_some_and(|identity| identity_of(other) == Some(identity))
}
