//! Changes a world before a command runs: removes or replaces files, sets odd modes.

use std::fmt;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown, symlink};
use std::path::{Component, Path, PathBuf};

use nix::errno::Errno;
use postfix_fakes::bytes::ByteString;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// One change; a later one sees what an earlier one has done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Where, below the world's root.
    #[serde(deserialize_with = "below_root")]
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
    /// Does it. If an earlier change left no place for it, nothing happens, on whichever side.
    ///
    /// # Errors
    /// When the path leads out of the world, or the system refuses for another reason.
    pub(super) fn make(&self, root: &Path) -> io::Result<()> {
        let made = place(root, &self.path).and_then(|path| self.make_at(root, &path));
        made.or_else(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(()),
            // A link of an earlier change may lead back to itself.
            _ if error.raw_os_error() == Some(Errno::ELOOP as i32) => Ok(()),
            _ => Err(error),
        })
    }

    fn make_at(&self, root: &Path, path: &Path) -> io::Result<()> {
        match &self.becomes {
            // The mode of a link is that of what it leads to.
            Becomes::Mode(mode) => fs::set_permissions(within(root, path)?, Permissions::from_mode(*mode)),
            Becomes::Missing => remove(path),
            Becomes::File(text) => replace(path, || fs::write(path, &text.0)),
            Becomes::Directory => replace(path, || fs::create_dir(path)),
            Becomes::Link(to) => replace(path, || symlink(to.as_os_str(), path)),
        }
    }
}

/// Puts something where something else may be, and leaves it to the same owner: who owns what is not drawn.
fn replace(path: &Path, make: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    let before = fs::symlink_metadata(path).ok();
    remove(path)?;
    make()?;
    before.map_or(Ok(()), |before| lchown(path, Some(before.uid()), Some(before.gid())))
}

/// A case may be typed in by hand: nothing outside of a world may be changed by it.
fn below_root<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ByteString, D::Error> {
    let path = ByteString::deserialize(deserializer)?;
    match plain(&path) {
        Some(_) => Ok(path),
        None => {
            Err(D::Error::custom(format!("the path of a change must be below the world's root: {path:?}")))
        }
    }
}

/// The path, if it consists of names only.
fn plain(path: &ByteString) -> Option<PathBuf> {
    let path = Path::new(path.as_os_str());
    let names = path.components().map(|component| match component {
        Component::Normal(name) => Some(name),
        _ => None,
    });
    names.collect::<Option<PathBuf>>().filter(|path| !path.as_os_str().is_empty())
}

/// Where a path lies. Links on the way count as what they lead to, and must not lead out of the world.
fn place(root: &Path, path: &ByteString) -> io::Result<PathBuf> {
    let path = plain(path).ok_or_else(leads_out)?;
    let name = path.file_name().ok_or_else(leads_out)?;
    let directory = path.parent().map_or_else(|| root.to_path_buf(), |parent| root.join(parent));
    Ok(within(root, &directory)?.join(name))
}

/// What a path is without links, if that is in the world.
fn within(root: &Path, path: &Path) -> io::Result<PathBuf> {
    let found = path.canonicalize()?;
    if found.starts_with(root.canonicalize()?) { Ok(found) } else { Err(leads_out()) }
}

fn leads_out() -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, "the path of a change leads out of the world")
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
    use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown};

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

    #[test]
    fn nothing_outside_of_a_world_is_changed() {
        let place = tempfile::tempdir().unwrap();
        let (root, outside) = (place.path().join("root"), place.path().join("outside"));
        std::fs::create_dir(&root).unwrap();
        std::fs::create_dir(&outside).unwrap();
        std::fs::write(outside.join("file"), "kept").unwrap();
        let mode = || std::fs::metadata(outside.join("file")).unwrap().permissions().mode() & 0o7777;
        let before = mode();
        let change = |path: &str, becomes| Change { path: path.into(), becomes };
        change("out", Becomes::Link("../outside".into())).make(&root).unwrap();
        change("file", Becomes::Link("../outside/file".into())).make(&root).unwrap();
        for refused in [
            change("out/file", Becomes::Missing),
            change("out/new", Becomes::Directory),
            change("file", Becomes::Mode(0o001)),
            change("../outside", Becomes::Missing),
            change(outside.to_str().unwrap(), Becomes::Missing),
            change("", Becomes::Missing),
        ] {
            let error = refused.make(&root).unwrap_err().to_string();
            assert!(error.contains("leads out of the world"), "{refused}: {error}");
        }
        // A link itself is in the world, with or without a slash after it.
        change("out/", Becomes::Missing).make(&root).unwrap();
        assert!(root.join("out").symlink_metadata().is_err());
        assert_eq!(std::fs::read(outside.join("file")).unwrap(), b"kept");
        assert_eq!(mode(), before);
        assert!(!outside.join("new").exists());
    }

    #[test]
    fn whatever_takes_the_place_of_something_has_its_owner() {
        if !nix::unistd::Uid::effective().is_root() {
            postfix_process::skip::skip("only the superuser can give files away");
            return;
        }
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("private");
        std::fs::create_dir(&path).unwrap();
        lchown(&path, Some(1), Some(2)).unwrap();
        for becomes in [Becomes::Link("nowhere".into()), Becomes::File("x".into()), Becomes::Directory] {
            Change { path: "private".into(), becomes }.make(place.path()).unwrap();
            let found = path.symlink_metadata().unwrap();
            assert_eq!((found.uid(), found.gid()), (1, 2));
        }
    }

    #[test]
    fn a_path_that_is_not_below_the_root_is_not_read() {
        let read = |path: &str| {
            let text = serde_json::json!({ "path": path, "becomes": "missing" }).to_string();
            serde_json::from_str::<Change>(&text).map_err(|error| error.to_string())
        };
        assert_eq!(read("a/b"), Ok(Change { path: "a/b".into(), becomes: Becomes::Missing }));
        for path in ["/etc", "..", "a/../../b", "./a", "", "/"] {
            let error = read(path).unwrap_err();
            assert!(error.contains("must be below the world's root"), "{path}: {error}");
        }
    }

    #[test]
    fn a_link_to_itself_has_no_mode() {
        let root = tempfile::tempdir().unwrap();
        for becomes in [Becomes::Link("loop".into()), Becomes::Mode(0o755)] {
            Change { path: "loop".into(), becomes }.make(root.path()).unwrap();
        }
        Change { path: "loop/a".into(), becomes: Becomes::Directory }.make(root.path()).unwrap();
    }
}
