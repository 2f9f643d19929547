//! What is changed in the directories of a world before a command runs: something missing, something in its place,
//! odd modes. Knows nothing of what a program should say to that.

use std::fmt;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use postfix_fakes::bytes::ByteString;
use serde::{Deserialize, Serialize};

/// One change; a later one sees what an earlier one has done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Where, relative to the world's root.
    pub path: ByteString,
    /// What is there afterwards.
    pub becomes: Becomes,
}

/// What a path is after a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Becomes {
    /// Nothing is there any more.
    Missing,
    /// A file with this text.
    File(ByteString),
    /// An empty directory.
    Directory,
    /// A symbolic link.
    Link(ByteString),
    /// What it is, with this mode.
    Mode(u32),
}

impl Change {
    /// Does it. Where an earlier change left no place for it, nothing happens, on whichever side.
    ///
    /// # Errors
    /// When the system refuses for another reason.
    pub(super) fn make(&self, root: &Path) -> io::Result<()> {
        let path = root.join(self.path.as_os_str());
        let made = match &self.becomes {
            Becomes::Mode(mode) => fs::set_permissions(&path, Permissions::from_mode(*mode)),
            Becomes::Missing => remove(&path),
            Becomes::File(text) => remove(&path).and_then(|()| fs::write(&path, &text.0)),
            Becomes::Directory => remove(&path).and_then(|()| fs::create_dir(&path)),
            Becomes::Link(to) => remove(&path).and_then(|()| symlink(to.as_os_str(), &path)),
        };
        made.or_else(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(()),
            _ => Err(error),
        })
    }
}

fn remove(path: &Path) -> io::Result<()> {
    let Ok(found) = fs::symlink_metadata(path) else { return Ok(()) };
    if found.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match &self.becomes {
            Becomes::Missing => write!(formatter, "{path}: missing"),
            Becomes::File(text) => write!(formatter, "{path}: a file, {text:?}"),
            Becomes::Directory => write!(formatter, "{path}: an empty directory"),
            Becomes::Link(to) => write!(formatter, "{path}: a link to {to}"),
            Becomes::Mode(mode) => write!(formatter, "{path}: mode {mode:o}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::{Becomes, Change};

    #[test]
    fn changes_follow_one_another() {
        let root = tempfile::tempdir().unwrap();
        let change = |path: &str, becomes| Change { path: path.into(), becomes };
        for made in [
            change("a", Becomes::Directory),
            change("a/b", Becomes::File("text".into())),
            change("a/b", Becomes::Mode(0o620)),
            change("a/c", Becomes::Link("b".into())),
        ] {
            made.make(root.path()).unwrap();
        }
        assert_eq!(std::fs::read(root.path().join("a/c")).unwrap(), b"text");
        assert_eq!(std::fs::metadata(root.path().join("a/b")).unwrap().permissions().mode() & 0o7777, 0o620);
        change("a", Becomes::Missing).make(root.path()).unwrap();
        change("a/b", Becomes::Mode(0o600)).make(root.path()).unwrap();
        assert!(!root.path().join("a").exists());
    }
}
