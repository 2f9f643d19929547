//! Tells whether anybody but root and the user who runs the program can change where a path leads.
//!
//! An access list of its own (ACL) that lets somebody write shows in the mode of the group, so modes are enough here.
//! Knows nothing of what is at the end of a path.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::OnceLock;

use nix::errno::Errno;
use nix::fcntl::{OFlag, open, openat, readlinkat};
use nix::sys::stat::Mode;
use nix::unistd::geteuid;

/// Write permission for the group, and for everybody.
const OTHERS_WRITE: u32 = 0o022;

/// In a directory with this bit, an entry is removed and renamed by its owner and the directory's alone.
const STICKY: u32 = 0o1000;

/// The user whom files seem to belong to whose owner is unknown in this user namespace, unless the system says
/// otherwise.
const USUAL_OVERFLOW: u32 = 65534;

/// How many symbolic links one path may lead through, as many as the kernel follows.
const MOST_LINKS: u32 = 40;

/// Whether whatever a user does is as if root, or whoever runs this program, had done it.
///
/// In a user namespace, files of users outside seem to belong to an overflow user. Whoever made the namespace has let
/// them in, so that such an owner is trusted, unless the namespace has a user of that number itself.
pub(crate) fn is_trusted_owner(uid: u32) -> bool {
    static USERS: OnceLock<Users> = OnceLock::new();
    USERS.get_or_init(Users::current).trust(uid)
}

/// Whether somebody who is not trusted can put another thing in the place of an entry of a directory. Both are as
/// `fstat` and `lstat` tell them.
pub(crate) fn can_be_changed_by_others(directory: &Metadata, entry: &Metadata) -> bool {
    let is_trusted = |metadata: &Metadata| is_trusted_owner(metadata.uid());
    let is_open = directory.mode() & OTHERS_WRITE != 0;
    let is_sticky = directory.mode() & STICKY != 0;
    !is_trusted(directory) || (is_open && !(is_sticky && is_trusted(entry)))
}

/// Opens a directory, if nobody who is not trusted can change the way there. Each step of the way is taken from the
/// directory before, which is held open, and symbolic links are followed by hand: what was looked at is what was used.
///
/// The descriptor is good for the calls that take a directory (`O_PATH`). Others may still be able to write into
/// the directory itself.
pub(crate) fn open_directory(path: &Path) -> Result<File, Untrusted> {
    let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let root = || open("/", flags, Mode::empty()).map(File::from).map_err(io::Error::from);
    // What is still to be gone, the next step last.
    let mut ahead = steps(path);
    let mut at = root()?;
    let mut links = 0;
    while let Some(step) = ahead.pop() {
        let flags = OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        if step == "/" {
            at = root()?;
            continue;
        }
        let next = File::from(openat(&at, step.as_os_str(), flags, Mode::empty()).map_err(io::Error::from)?);
        let metadata = next.metadata()?;
        if step != ".." && can_be_changed_by_others(&at.metadata()?, &metadata) {
            return Err(Untrusted::ByOthers);
        }
        if metadata.is_symlink() {
            links += 1;
            if links > MOST_LINKS {
                return Err(io::Error::from(Errno::ELOOP).into());
            }
            let target = readlinkat(&next, "").map_err(io::Error::from)?;
            ahead.extend(steps(Path::new(&target)));
        } else if metadata.is_dir() {
            at = next;
        } else {
            return Err(io::Error::from(Errno::ENOTDIR).into());
        }
    }
    Ok(at)
}

/// Why a directory is not opened.
#[derive(Debug)]
pub(crate) enum Untrusted {
    /// Somebody who is not trusted can change the way there.
    ByOthers,
    /// It cannot be opened at all.
    #[allow(dead_code, reason = "shown where a test fails, and told by who removes directories")]
    Error(io::Error),
}

impl From<io::Error> for Untrusted {
    fn from(error: io::Error) -> Self {
        Self::Error(error)
    }
}

/// The steps of a path, the first one last; `/` begins an absolute one.
fn steps(path: &Path) -> Vec<OsString> {
    let bytes = path.as_os_str().as_bytes();
    let names = bytes.split(|byte| *byte == b'/').filter(|name| !name.is_empty() && *name != b".");
    let root = bytes.first().filter(|byte| **byte == b'/').map(|_| &b"/"[..]);
    let mut steps: Vec<OsString> =
        root.into_iter().chain(names).map(|name| OsStr::from_bytes(name).into()).collect();
    steps.reverse();
    steps
}

/// The users, as far as trust depends on them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Users {
    own: u32,
    /// Whom files without a known owner seem to belong to, where that is no user.
    unknown: Option<u32>,
}

impl Users {
    fn current() -> Self {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let overflow = read("/proc/sys/kernel/overflowuid").trim().parse().unwrap_or(USUAL_OVERFLOW);
        Self::new(geteuid().as_raw(), overflow, &read("/proc/self/uid_map"))
    }

    /// With the kernel's list of the users of this namespace: the first one inside, the first one outside, how many
    /// they are. Without a list, every user is known.
    fn new(own: u32, overflow: u32, map: &str) -> Self {
        let is_known = |line: &str| {
            let numbers: Vec<u64> =
                line.split_whitespace().filter_map(|number| number.parse().ok()).collect();
            match numbers[..] {
                [first, _, count] => (first..first.saturating_add(count)).contains(&u64::from(overflow)),
                _ => true,
            }
        };
        let unknown = !map.is_empty() && !map.lines().any(is_known);
        Self { own, unknown: unknown.then_some(overflow) }
    }

    fn trust(&self, uid: u32) -> bool {
        uid == 0 || uid == self.own || self.unknown == Some(uid)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    /// The metadata of a directory with this mode, and of an entry of it.
    fn pair(of: u32) -> (Metadata, Metadata) {
        let directory = tempfile::tempdir().unwrap();
        let entry = directory.path().join("entry");
        fs::write(&entry, "").unwrap();
        mode(directory.path(), of);
        (fs::metadata(directory.path()).unwrap(), fs::metadata(entry).unwrap())
    }

    #[test]
    fn root_and_oneself_are_trusted_and_nobody_else() {
        let users = Users::new(1000, 65534, "         0          0 4294967295\n");
        assert!(users.trust(0) && users.trust(1000));
        assert!(!users.trust(1001) && !users.trust(65534));
        assert!(is_trusted_owner(0) && is_trusted_owner(geteuid().as_raw()));
    }

    #[test]
    fn an_owner_whom_the_namespace_does_not_know_is_trusted() {
        assert!(Users::new(0, 65534, "0 1000 1\n").trust(65534));
        assert!(Users::new(0, 65533, "0 1000 1\n").trust(65533));
        assert!(!Users::new(0, 65534, "0 1000 1\n").trust(65533));
        assert!(
            !Users::new(0, 65534, "0 1000 1\n1 100000 65534\n").trust(65534),
            "the namespace has that user"
        );
        assert!(Users::new(0, 65534, "0 1000 1\n1 100000 65533\n").trust(65534), "one user less");
        assert!(!Users::new(0, 65534, "").trust(65534), "nothing is known");
        assert!(!Users::new(0, 65534, "nonsense\n").trust(65534));
    }

    #[test]
    fn a_directory_that_others_write_to_can_be_changed_unless_it_is_sticky() {
        for (mode, changed) in
            [(0o755, false), (0o775, true), (0o757, true), (0o777, true), (0o1777, false), (0o1775, false)]
        {
            let (directory, entry) = pair(mode);
            assert_eq!(can_be_changed_by_others(&directory, &entry), changed, "{mode:o}");
        }
    }

    #[test]
    fn what_belongs_to_another_can_be_changed() {
        if !geteuid().is_root() {
            crate::requirement::skip("only root can give a file away");
            return;
        }
        let directory = tempfile::tempdir().unwrap();
        let entry = directory.path().join("entry");
        fs::write(&entry, "").unwrap();
        let changed = |directory: &Path, entry: &Path| {
            can_be_changed_by_others(&fs::metadata(directory).unwrap(), &fs::metadata(entry).unwrap())
        };
        std::os::unix::fs::chown(&entry, Some(4711), None).unwrap();
        mode(directory.path(), 0o755);
        assert!(!changed(directory.path(), &entry), "its owner cannot replace it");
        mode(directory.path(), 0o1777);
        assert!(changed(directory.path(), &entry), "its owner can replace it");
        std::os::unix::fs::chown(directory.path(), Some(4711), None).unwrap();
        mode(directory.path(), 0o700);
        assert!(changed(directory.path(), &entry), "the directory's owner can replace it");
    }

    #[test]
    fn a_way_is_gone_through_links_and_is_as_good_as_its_worst_step() {
        let world = tempfile::tempdir().unwrap();
        let root = world.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("a/b/c")).unwrap();
        fs::create_dir_all(root.join("open/d")).unwrap();
        fs::write(root.join("file"), "").unwrap();
        symlink("../open/../a/./b", root.join("a/link")).unwrap();
        symlink(root.join("open/d"), root.join("absolute")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        mode(&root.join("open"), 0o777);
        let same = |name: &str, other: &str| {
            let opened = open_directory(&root.join(name)).unwrap().metadata().unwrap();
            let expected = fs::metadata(root.join(other)).unwrap();
            assert_eq!((opened.dev(), opened.ino()), (expected.dev(), expected.ino()), "{name}");
        };
        same("a//b/./c/", "a/b/c");
        same("a/link/c", "a/b/c");
        same("open", "open");
        same("a/b/../../a", "a");
        for way in ["open/d", "absolute"] {
            assert!(matches!(open_directory(&root.join(way)), Err(Untrusted::ByOthers)), "{way}");
        }
        for way in ["file", "file/x", "nothing", "loop"] {
            assert!(matches!(open_directory(&root.join(way)), Err(Untrusted::Error(_))), "{way}");
        }
    }
}
