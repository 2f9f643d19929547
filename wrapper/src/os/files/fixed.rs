//! Finds files and directories that nobody can change, not even root.
//! Their file system is mounted read-only, they are immutable, or they are files that are mounted by themselves.
//!
//! Knows nothing of what is to be changed, and of whose it is.

use std::fmt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::unistd::{AccessFlags, faccessat};

use crate::os::files::mounts::Mounts;
use crate::os::printable::shell_word;

/// Something that nobody can change, and why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fixed {
    path: PathBuf,
    errno: Errno,
}

impl fmt::Display for Fixed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = shell_word(&self.path);
        match self.errno {
            Errno::EROFS => write!(
                formatter,
                "{path} is on a file system that is mounted read-only; make it writable (\"findmnt -T {path}\" shows it)"
            ),
            Errno::EBUSY => write!(
                formatter,
                "{path} is mounted by itself, and no new file can take its place; mount its directory instead"
            ),
            _ => write!(formatter, "{path} is immutable; use \"chattr -i {path}\""),
        }
    }
}

/// What keeps a file or directory from being changed. Nothing is said of one that is not there, nor of what users may do.
pub(crate) fn fixed(path: &Path) -> Option<Fixed> {
    // A link is replaced, and does not become another file.
    let flags = AtFlags::AT_EACCESS | AtFlags::AT_SYMLINK_NOFOLLOW;
    match faccessat(AT_FDCWD, path, AccessFlags::W_OK, flags) {
        Err(errno @ (Errno::EROFS | Errno::EPERM)) => Some(Fixed { path: path.to_owned(), errno }),
        _ if is_mounted_file(path) => Some(Fixed { path: path.to_owned(), errno: Errno::EBUSY }),
        _ => None,
    }
}

/// Whether a file is mounted by itself, as engines for containers do it. A file is edited by renaming another one.
fn is_mounted_file(path: &Path) -> bool {
    let place = || Some(path.parent()?.canonicalize().ok()?.join(path.file_name()?));
    let is_file = path.symlink_metadata().is_ok_and(|found| found.is_file());
    is_file && place().is_some_and(|place| Mounts::read().are_at(&place))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn what_can_be_changed_or_is_not_there_is_not_fixed() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(fixed(directory.path()), None);
        assert_eq!(fixed(&directory.path().join("nothing")), None);
    }

    #[test]
    fn what_is_immutable_is_fixed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("main.cf");
        std::fs::write(&path, "").unwrap();
        let change = |how: &str| Command::new("chattr").arg(how).arg(&path).output();
        if !change("+i").is_ok_and(|output| output.status.success()) {
            postfix_process::skip::skip("only root can make a file immutable, on some file systems");
            return;
        }
        let found = fixed(&path);
        change("-i").unwrap();
        let told = found.unwrap().to_string();
        assert!(told.contains("is immutable; use \"chattr -i /"), "{told}");
    }
}
