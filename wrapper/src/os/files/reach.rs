//! Opens a directory step by step from the root, and reports who could replace a part of the path.
//!
//! Each step is taken from a directory that is held open, so that what was looked at is what is used. Knows nothing of
//! whose a directory is.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::stat::FileStat;

use crate::os::files::directory::{Directory, FileKind};
use crate::os::files::trust::{Access, can_be_changed_by_others, can_be_written_by_others, is_trusted_owner};
use crate::os::printable::{error_text, printable};

/// The most symbolic links on one way; the kernel's own bound.
const MOST_LINKS: usize = 40;

/// Which symbolic links are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    /// Those that nobody but root (or the user who runs this) can have made or can replace.
    Trusted,
    /// All, as programs do that know no better.
    Any,
}

/// Where a path leads.
#[derive(Debug)]
pub(crate) struct Way {
    /// The last directory on it that is there.
    pub(crate) directory: Directory,
    /// The directory that has an entry for it, and the name of that entry; nothing for the root directory, and for a
    /// path that ends in `..`.
    pub(crate) entry: Option<(Directory, OsString)>,
    /// The names behind it, which are not there.
    pub(crate) missing: Vec<OsString>,
    /// The first directory on the way in which somebody else can replace the next step.
    pub(crate) exposed: Option<Exposure>,
}

/// A directory in which somebody else can replace an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exposure {
    /// The entry.
    pub(crate) path: PathBuf,
    /// Who can.
    pub(crate) by: Whom,
}

/// Who can change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whom {
    /// The user of this number.
    User(u32),
    /// Everybody who may write to the directory.
    Writers,
}

impl fmt::Display for Whom {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(number) => write!(formatter, "user {number}"),
            Self::Writers => write!(formatter, "users other than root"),
        }
    }
}

/// Why a path leads nowhere.
#[derive(Debug)]
pub(crate) enum ReachError {
    /// It does not begin with a slash.
    NotAbsolute(PathBuf),
    /// A symbolic link that somebody else can have made, or can replace.
    UntrustedLink(PathBuf, Whom),
    /// Somebody else can put something else there.
    Exposed(Exposure),
    /// Something on the way is no directory.
    NoDirectory(PathBuf),
    /// The system refused to go on.
    System(PathBuf, io::Error),
}

impl fmt::Display for ReachError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAbsolute(path) => write!(formatter, "\"{}\" is no absolute path", printable(path)),
            Self::UntrustedLink(path, whom) => {
                write!(formatter, "{} is a symbolic link that {whom} can change", printable(path))
            }
            Self::Exposed(Exposure { path, by }) => {
                write!(formatter, "{by} can put something else in the place of {}", printable(path))
            }
            Self::NoDirectory(path) => write!(formatter, "{} is no directory", printable(path)),
            Self::System(path, error) => write!(formatter, "{}: {}", printable(path), error_text(error)),
        }
    }
}

/// Follows a path as far as its directories exist.
pub(crate) fn reach(path: &Path, links: Links) -> Result<Way, ReachError> {
    if !path.is_absolute() {
        return Err(ReachError::NotAbsolute(path.to_owned()));
    }
    let failed = |error| ReachError::System(path.to_owned(), error);
    let root = Directory::root().map_err(failed)?;
    let mut walk = Walk {
        way: Way { directory: root, entry: None, missing: Vec::new(), exposed: None },
        ahead: steps(path),
        links,
        links_left: MOST_LINKS,
    };
    while let Some(name) = walk.ahead.pop_front() {
        walk.step(&name)?;
    }
    Ok(walk.way)
}

/// Follows a name in a directory to what is no symbolic link, on a way that nobody but root can change. The result is
/// its status; nothing if there is nothing, and nobody but root can put something there.
pub(crate) fn reach_file(directory: &Directory, name: &OsStr) -> Result<Option<FileStat>, ReachError> {
    let failed = |error| ReachError::System(directory.path().join(name), error);
    let (mut here, mut name) = (directory.again().map_err(failed)?, name.to_owned());
    for _ in 0..MOST_LINKS {
        let path = here.path().join(&name);
        let above = Access::of(&here.status().map_err(failed)?);
        let Some(status) = here.status_of(&name).map_err(failed)? else { return nothing(path, above) };
        let entry = Access::of(&status);
        if can_be_changed_by_others(above, entry) {
            return Err(ReachError::Exposed(Exposure { path, by: whom(above) }));
        }
        if FileKind::of(&status) != FileKind::Link {
            return Ok(Some(status));
        }
        if !is_trusted_owner(entry.user) {
            return Err(ReachError::UntrustedLink(path, Whom::User(entry.user)));
        }
        let target = here.path().join(here.link_target(&name).map_err(failed)?);
        let (Some(parent), Some(file)) = (target.parent(), target.file_name()) else {
            return Err(failed(Errno::EISDIR.into()));
        };
        let way = reach(parent, Links::Trusted)?;
        if let Some(exposure) = way.exposed {
            return Err(ReachError::Exposed(exposure));
        }
        if !way.missing.is_empty() {
            return nothing(target, Access::of(&way.directory.status().map_err(failed)?));
        }
        (here, name) = (way.directory, file.to_owned());
    }
    Err(failed(Errno::ELOOP.into()))
}

/// The result for what is not there. Even in a sticky directory, others can put something in its place.
fn nothing(path: PathBuf, above: Access) -> Result<Option<FileStat>, ReachError> {
    if can_be_written_by_others(above) {
        return Err(ReachError::Exposed(Exposure { path, by: whom(above) }));
    }
    Ok(None)
}

/// A way that is being gone.
struct Walk {
    way: Way,
    ahead: VecDeque<OsString>,
    links: Links,
    links_left: usize,
}

impl Walk {
    fn step(&mut self, name: &OsStr) -> Result<(), ReachError> {
        let here = &self.way.directory;
        let path = here.path().join(name);
        let failed = |error| ReachError::System(path.clone(), error);
        if !self.way.missing.is_empty() {
            if name == ".." {
                return Err(failed(io::ErrorKind::NotFound.into()));
            }
            self.way.missing.push(name.to_owned());
            return Ok(());
        }
        if name == ".." {
            self.way.directory = here.parent().map_err(failed)?;
            self.way.entry = None;
            return Ok(());
        }
        let Some(status) = here.status_of(name).map_err(failed)? else {
            let above = Access::of(&here.status().map_err(failed)?);
            // In a sticky directory, another user may create it first: creating it fails then.
            self.note_exposure(above, Access::ROOTS_OWN, &path);
            self.way.missing.push(name.to_owned());
            return Ok(());
        };
        let (above, entry) = (Access::of(&here.status().map_err(failed)?), Access::of(&status));
        match FileKind::of(&status) {
            FileKind::Directory => {
                let next = here.child(name).map_err(failed)?;
                self.note_exposure(above, entry, &path);
                let here = std::mem::replace(&mut self.way.directory, next);
                self.way.entry = Some((here, name.to_owned()));
                Ok(())
            }
            FileKind::Link => {
                self.note_exposure(above, entry, &path);
                self.follow(name, &path, above, entry)
            }
            _ => Err(ReachError::NoDirectory(path)),
        }
    }

    fn follow(&mut self, name: &OsStr, path: &Path, above: Access, link: Access) -> Result<(), ReachError> {
        let failed = |error| ReachError::System(path.to_owned(), error);
        if self.links == Links::Trusted {
            if !is_trusted_owner(link.user) {
                return Err(ReachError::UntrustedLink(path.to_owned(), Whom::User(link.user)));
            }
            if can_be_changed_by_others(above, link) {
                return Err(ReachError::UntrustedLink(path.to_owned(), whom(above)));
            }
        }
        self.links_left = self.links_left.checked_sub(1).ok_or_else(|| failed(Errno::ELOOP.into()))?;
        let target = self.way.directory.link_target(name).map_err(failed)?;
        if target.is_absolute() {
            self.way.directory = Directory::root().map_err(failed)?;
            self.way.entry = None;
        }
        for step in steps(&target).into_iter().rev() {
            self.ahead.push_front(step);
        }
        Ok(())
    }

    fn note_exposure(&mut self, above: Access, entry: Access, path: &Path) {
        if self.way.exposed.is_none() && can_be_changed_by_others(above, entry) {
            self.way.exposed = Some(Exposure { path: path.to_owned(), by: whom(above) });
        }
    }
}

/// Who can replace an entry of a directory of which it is known that somebody can.
fn whom(above: Access) -> Whom {
    if is_trusted_owner(above.user) { Whom::Writers } else { Whom::User(above.user) }
}

fn steps(path: &Path) -> VecDeque<OsString> {
    let names = path.as_os_str().as_bytes().split(|byte| *byte == b'/');
    names
        .filter(|name| !name.is_empty() && *name != b".")
        .map(|name| OsStr::from_bytes(name).to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    fn world() -> (tempfile::TempDir, PathBuf) {
        let world = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let root = world.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("a/b/c")).unwrap();
        fs::write(root.join("file"), "").unwrap();
        (world, root)
    }

    fn same(way: &Way, path: &Path) -> bool {
        let metadata = fs::metadata(path).unwrap();
        way.directory.identity().unwrap() == (metadata.dev(), metadata.ino())
    }

    #[test]
    fn a_path_leads_where_the_system_goes() {
        let (_world, root) = world();
        symlink("../a/./b", root.join("a/link")).unwrap();
        symlink(root.join("a/link"), root.join("absolute")).unwrap();
        for (path, place) in [
            ("a//b/./c/", "a/b/c"),
            ("a/link/c", "a/b/c"),
            ("absolute", "a/b"),
            ("a/b/../../a", "a"),
            ("a/b/c/..", "a/b"),
        ] {
            let way = reach(&root.join(path), Links::Trusted).unwrap();
            assert!(same(&way, &root.join(place)) && way.missing.is_empty(), "{path}");
        }
    }

    #[test]
    fn what_is_not_there_is_told_apart_from_what_is() {
        let (_world, root) = world();
        let way = reach(&root.join("a/x/y"), Links::Trusted).unwrap();
        assert!(same(&way, &root.join("a")));
        assert_eq!(way.missing, ["x", "y"]);
        assert!(matches!(reach(&root.join("a/x/.."), Links::Any), Err(ReachError::System(..))));
        assert!(matches!(reach(&root.join("file/x"), Links::Any), Err(ReachError::NoDirectory(_))));
        assert!(matches!(reach(Path::new("a"), Links::Any), Err(ReachError::NotAbsolute(_))));
        symlink("loop", root.join("loop")).unwrap();
        assert!(matches!(reach(&root.join("loop"), Links::Any), Err(ReachError::System(..))));
    }

    #[test]
    fn the_entry_is_where_the_directory_really_is() {
        let (_world, root) = world();
        symlink("a/b", root.join("link")).unwrap();
        let way = reach(&root.join("link"), Links::Trusted).unwrap();
        let (above, name) = way.entry.unwrap();
        assert_eq!((above.path(), name.as_os_str()), (root.join("a").as_path(), OsStr::new("b")));
    }

    #[test]
    fn a_link_where_others_write_is_not_followed() {
        let (_world, root) = world();
        fs::create_dir(root.join("open")).unwrap();
        symlink(root.join("a"), root.join("open/link")).unwrap();
        fs::set_permissions(root.join("open"), fs::Permissions::from_mode(0o777)).unwrap();
        let refused = reach(&root.join("open/link/b"), Links::Trusted).unwrap_err();
        assert!(
            matches!(refused, ReachError::UntrustedLink(path, Whom::Writers) if path == root.join("open/link"))
        );
        assert!(same(&reach(&root.join("open/link/b"), Links::Any).unwrap(), &root.join("a/b")));
        fs::create_dir(root.join("open/d")).unwrap();
        let way = reach(&root.join("open/d"), Links::Trusted).unwrap();
        assert_eq!(way.exposed.unwrap().path, root.join("open/d"));
        let way = reach(&root.join("open/nothing"), Links::Trusted).unwrap();
        assert_eq!(way.exposed.unwrap().path, root.join("open/nothing"));
        assert_eq!(reach(&root.join("a/b"), Links::Trusted).unwrap().exposed, None);
    }

    #[test]
    fn a_file_is_followed_where_nobody_else_leads() {
        let (_world, root) = world();
        let here = reach(&root, Links::Trusted).unwrap().directory;
        let find = |name: &str| reach_file(&here, OsStr::new(name));
        let link = |target: &str, name: &str| symlink(target, root.join(name)).unwrap();
        fs::create_dir(root.join("open")).unwrap();
        for (target, name) in [
            ("file", "one"),
            ("a/b/../../one", "two"),
            ("a/none/file", "nowhere"),
            ("loop", "loop"),
            ("a/..", "up"),
            ("open/file", "exposed"),
        ] {
            link(target, name);
        }
        for name in ["file", "one", "two"] {
            assert_eq!(FileKind::of(&find(name).unwrap().unwrap()), FileKind::File, "{name}");
        }
        assert!(find("none").unwrap().is_none() && find("nowhere").unwrap().is_none());
        assert!(find("exposed").unwrap().is_none(), "as yet only root writes there");
        assert!(["loop", "up"].iter().all(|name| matches!(find(name), Err(ReachError::System(..)))));
        for mode in [0o777, 0o1777] {
            fs::set_permissions(root.join("open"), fs::Permissions::from_mode(mode)).unwrap();
            let Err(ReachError::Exposed(exposure)) = find("exposed") else { panic!("{mode:o}") };
            assert_eq!((exposure.path, exposure.by), (root.join("open/file"), Whom::Writers));
        }
    }
}
