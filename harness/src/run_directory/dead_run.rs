//! Removes the directory of a run that is dead. A run is alive as long as it holds the lock on a file in its directory.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use nix::fcntl::{Flock, FlockArg};

use super::removal;

/// The file that a run holds locked.
pub(super) const LOCK: &str = "lock";

/// Whether a directory is one of a run that has not said that it shall stay.
pub(super) fn remains_of_a_run(directory: &Path) -> bool {
    directory.join(LOCK).is_file()
}

/// Removes the directory of a run that is dead. The lock file goes last: what is left without it would be taken for kept.
pub(super) fn remove_if_dead(directory: &Path) -> bool {
    let Ok(_lock) = lock(&directory.join(LOCK)) else { return false };
    let Ok(entries) = fs::read_dir(directory) else { return false };
    for entry in entries.flatten().filter(|entry| entry.file_name() != LOCK) {
        let path = entry.path();
        let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let removed = if is_directory { removal::remove(&path) } else { fs::remove_file(&path) };
        if removed.is_err() {
            return false;
        }
    }
    removal::remove(directory).is_ok()
}

pub(super) fn lock(path: &Path) -> io::Result<Flock<File>> {
    let file = File::options().write(true).open(path)?;
    Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|(_, errno)| errno.into())
}
