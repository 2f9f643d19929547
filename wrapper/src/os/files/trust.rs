//! Checks whether anybody but root and the calling user could change where a path leads.
//!
//! An access list of its own (ACL) that lets somebody write shows in the mode of the group, so modes are enough here.
//! Knows nothing of what is at the end of a path.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::sync::OnceLock;

use nix::sys::stat::FileStat;
use nix::unistd::geteuid;

/// Write permission for the group, and for everybody.
const OTHERS_WRITE: u32 = 0o022;

/// In a directory with this bit, an entry is removed and renamed by its owner and the directory's alone.
const STICKY: u32 = 0o1000;

/// The user who seems to own files whose owner is unknown in this user namespace, unless the system says
/// otherwise.
const USUAL_OVERFLOW: u32 = 65534;

/// Whether a user is trusted: root, or the user who runs this program.
///
/// In a user namespace, files of users outside seem to belong to an overflow user. The creator of the namespace has let
/// them in, so that such an owner is trusted, unless the namespace has a user of that number itself.
pub(crate) fn is_trusted_owner(uid: u32) -> bool {
    static USERS: OnceLock<Users> = OnceLock::new();
    USERS.get_or_init(Users::current).trust(uid)
}

/// Whose something is, and who may do what with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Access {
    /// The owner's number.
    pub(crate) user: u32,
    /// The mode, with or without the kind of file.
    pub(crate) mode: u32,
}

impl Access {
    /// What root makes for itself.
    pub(crate) const ROOTS_OWN: Self = Self { user: 0, mode: 0o700 };

    /// What a status tells.
    // The width of a mode differs between systems.
    #[allow(clippy::unnecessary_cast)]
    pub(crate) fn of(status: &FileStat) -> Self {
        Self { user: status.st_uid, mode: status.st_mode as u32 }
    }
}

/// Whether somebody who is not trusted can put another thing in the place of an entry of a directory.
pub(crate) fn can_be_changed_by_others(directory: Access, entry: Access) -> bool {
    let is_open = directory.mode & OTHERS_WRITE != 0;
    let is_sticky = directory.mode & STICKY != 0;
    !is_trusted_owner(directory.user) || (is_open && !(is_sticky && is_trusted_owner(entry.user)))
}

/// Whether somebody who is not trusted can put something into a directory. For an ordinary user, the group is often
/// the user's own.
pub(crate) fn can_be_written_by_others(directory: Access) -> bool {
    let forbidden = if geteuid().is_root() { OTHERS_WRITE } else { OTHERS_WRITE & 0o007 };
    !is_trusted_owner(directory.user) || directory.mode & forbidden != 0
}

/// What others may do with a private file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Others {
    /// Nothing: who can open it can lock it.
    Nothing,
    /// Read it.
    MayRead,
}

/// Checks that an open file is a regular one which nobody else can have written, and which has no other name.
pub(crate) fn is_private(file: &File, others: Others) -> io::Result<()> {
    let metadata = file.metadata()?;
    let forbidden = match others {
        Others::Nothing => 0o077,
        Others::MayRead => OTHERS_WRITE,
    };
    let wrong = if !metadata.is_file() {
        "it is no regular file".to_owned()
    } else if !is_trusted_owner(metadata.uid()) {
        format!("it belongs to user {}", metadata.uid())
    } else if metadata.mode() & forbidden != 0 {
        format!("others can do too much with it (mode {:04o})", metadata.mode() & 0o7777)
    } else if metadata.nlink() > 1 {
        "it has more than one name".to_owned()
    } else {
        return Ok(());
    };
    Err(io::Error::other(wrong))
}

/// The users, as far as trust depends on them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Users {
    own: u32,
    /// The user who seems to own files without a known owner, if that is no real user.
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
    use super::*;

    const STRANGER: u32 = 4_000_000;

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
        let entry = Access { user: 0, mode: 0o644 };
        for (mode, changed) in
            [(0o755, false), (0o775, true), (0o757, true), (0o777, true), (0o1777, false), (0o1775, false)]
        {
            let directory = Access { user: 0, mode };
            assert_eq!(can_be_changed_by_others(directory, entry), changed, "{mode:o}");
        }
    }

    #[test]
    fn what_belongs_to_another_can_be_changed() {
        let (root, stranger) = (|mode| Access { user: 0, mode }, |mode| Access { user: STRANGER, mode });
        assert!(!can_be_changed_by_others(root(0o755), stranger(0o755)), "its owner cannot replace it");
        assert!(can_be_changed_by_others(root(0o1777), stranger(0o755)), "its owner can replace it");
        assert!(
            can_be_changed_by_others(stranger(0o700), root(0o755)),
            "the directory's owner can replace it"
        );
    }
}
