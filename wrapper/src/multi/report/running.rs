//! Whether an instance runs: its master holds a lock on a file in the queue directory, and has written its number
//! there.
//!
//! A number alone proves nothing, since after a reboot another process may have it, even another instance's master.
//! To try the lock would prove it, but whoever tries it may be in the way of a master that starts. So the kernel's
//! list of locks is read, which anybody may do. Changes nothing, starts nothing.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::SystemTime;

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;

use crate::message::printable;

/// Where the number is, below the queue directory.
const NUMBER: &str = "pid/master.pid";

/// The kernel's list of locks.
const LOCKS: &str = "/proc/locks";

/// More than a number takes.
const LONGEST: u64 = 64;

/// Whether an instance runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Running {
    /// It does.
    Yes {
        /// Its master's number.
        process: i32,
        /// When that has written its number, which it does when it starts.
        since: Option<SystemTime>,
    },
    /// It does not.
    No,
    /// That cannot be told, for the reason given.
    Unknown(String),
}

/// The kernel's list of locks, or nothing where there is none.
pub(crate) fn locks() -> Option<String> {
    fs::read_to_string(LOCKS).ok()
}

/// Whether the instance with this queue directory runs, given the kernel's list of locks.
pub(crate) fn look(queue_directory: &Path, locks: Option<&str>) -> Running {
    let path = queue_directory.join(NUMBER);
    let metadata = match fs::metadata(&path) {
        Ok(metadata) if metadata.is_file() => metadata,
        Ok(_) => return Running::Unknown(format!("{} is not a file", printable(&path))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Running::No,
        Err(error) => return Running::Unknown(format!("{}: {error}", printable(&path))),
    };
    let written = match number(&path) {
        Ok(Some(number)) => Some(number),
        // It is empty for a moment while a master starts, and stays so when that did not come far.
        Ok(None) => return Running::No,
        Err(_) => None,
    };
    let since = metadata.modified().ok();
    match (locks, written) {
        (Some(locks), _) => {
            // The device is not compared: for some file systems the list has another one than the file.
            let mut holders = holders(locks, metadata.ino());
            match holders.find(|holder| written.is_none_or(|written| written == *holder)) {
                Some(process) => Running::Yes { process, since },
                None => Running::No,
            }
        }
        (None, Some(process)) if kill(Pid::from_raw(process), None) == Err(Errno::ESRCH) => Running::No,
        // The file's word is all there is.
        (None, Some(process)) => Running::Yes { process, since },
        (None, None) => Running::Unknown(format!("{} cannot be read", printable(&path))),
    }
}

/// The number in a file, if it holds one.
fn number(path: &Path) -> io::Result<Option<i32>> {
    let mut text = Vec::new();
    fs::File::open(path)?.take(LONGEST).read_to_end(&mut text)?;
    let number = std::str::from_utf8(&text).ok().and_then(|text| text.trim().parse().ok());
    Ok(number.filter(|number| *number > 0))
}

/// The processes that hold a file for themselves. A line of the list is, for example,
/// `1: FLOCK ADVISORY WRITE 164 00:87:1573745 0 EOF`; who waits for a lock has `->` before `FLOCK`.
pub(crate) fn holders(locks: &str, inode: u64) -> impl Iterator<Item = i32> + '_ {
    locks.lines().filter_map(move |line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, _, _, "WRITE", process, file, ..] = words[..] else { return None };
        let held: u64 = file.rsplit(':').next()?.parse().ok()?;
        (held == inode).then(|| process.parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::PathBuf;

    use nix::fcntl::{Flock, FlockArg};

    use super::*;

    /// A queue directory with this as its master's number, and the file that it is in.
    fn queue(number: &str) -> (tempfile::TempDir, PathBuf) {
        let queue = tempfile::tempdir().unwrap();
        fs::create_dir(queue.path().join("pid")).unwrap();
        let path = queue.path().join(NUMBER);
        fs::write(&path, number).unwrap();
        (queue, path)
    }

    fn list(path: &Path, process: &str) -> String {
        let inode = fs::metadata(path).unwrap().ino();
        format!(
            "1: POSIX  ADVISORY  READ 12 00:1b:3 0 EOF\n2: FLOCK  ADVISORY  WRITE {process} 00:87:{inode} 0 EOF\n"
        )
    }

    #[test]
    fn who_holds_the_file_and_has_written_its_number_is_the_master() {
        let (queue, path) = queue("       4711\n");
        let found = look(queue.path(), Some(&list(&path, "4711")));
        assert!(matches!(found, Running::Yes { process: 4711, since: Some(_) }), "{found:?}");
        assert_eq!(look(queue.path(), Some(&list(&path, "47"))), Running::No);
        assert_eq!(look(queue.path(), Some(&list(&path, "4711").replace("WRITE", "READ"))), Running::No);
        assert_eq!(look(queue.path(), Some(&list(&path, "4711").replace("2: ", "2: -> "))), Running::No);
        assert_eq!(look(queue.path(), Some(&list(queue.path(), "4711"))), Running::No);
        assert_eq!(look(queue.path(), Some("")), Running::No);
    }

    #[test]
    fn a_lock_is_found_where_the_kernel_tells_of_it() {
        let (queue, path) = queue(&std::process::id().to_string());
        if !Path::new(LOCKS).exists() {
            crate::requirement::skip(format!("there is no {LOCKS}"));
            return;
        }
        assert_eq!(look(queue.path(), locks().as_deref()), Running::No);
        let held = Flock::lock(File::open(path).unwrap(), FlockArg::LockExclusiveNonblock).unwrap();
        let process = i32::try_from(std::process::id()).unwrap();
        let found = look(queue.path(), locks().as_deref());
        assert!(matches!(found, Running::Yes { process: found, .. } if found == process), "{found:?}");
        drop(held);
        assert_eq!(look(queue.path(), locks().as_deref()), Running::No);
    }

    #[test]
    fn without_a_list_the_process_must_at_least_be_there() {
        let (queue, path) = queue(&std::process::id().to_string());
        assert!(matches!(look(queue.path(), None), Running::Yes { .. }));
        fs::write(path, i32::MAX.to_string()).unwrap();
        assert_eq!(look(queue.path(), None), Running::No);
    }

    #[test]
    fn what_cannot_be_looked_at_is_unknown() {
        let (queue, path) = queue("4711");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(matches!(look(queue.path(), Some("")), Running::Unknown(_)), "a directory");
        fs::remove_dir(&path).unwrap();
        fs::remove_dir(path.parent().unwrap()).unwrap();
        fs::write(path.parent().unwrap(), "").unwrap();
        assert!(
            matches!(look(queue.path(), Some("")), Running::Unknown(_)),
            "a file in the directory's place"
        );
    }

    #[test]
    fn no_number_is_no_master() {
        for number in ["", "\n", "0", "-1", "many"] {
            let (queue, path) = queue(number);
            assert_eq!(look(queue.path(), Some(&list(&path, "0"))), Running::No, "{number:?}");
            assert_eq!(look(queue.path(), None), Running::No, "{number:?}");
        }
        assert_eq!(look(tempfile::tempdir().unwrap().path(), None), Running::No);
    }
}
