//! The lock that allows one change of the system at a time.
//!
//! It is an advisory lock (flock(2)) on a file beside the default instance's main.cf. The system gives it back when
//! its holder ends, however that ends, so that it is never stale; the file stays. Knows
//! nothing of what is changed.

use std::fmt;
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, FcntlArg, FdFlag, Flock, FlockArg, OFlag, fcntl};
use nix::unistd::{AccessFlags, faccessat, geteuid};

use crate::multi::failure::Failure;
use crate::os::files::file_locks::Locks;
use crate::os::files::trust::{Others, is_private};
use crate::os::files::unfit::out_of_the_way;
use crate::os::printable::{error_text, printable};
use crate::os::signals::Signals;
use crate::postfix::values::time_value;

/// The file, in the default instance's configuration directory.
pub(crate) const FILE: &str = "postfix-multi.lock";

/// How long after the first refusal the lock is asked for again, and at most after later ones.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(80);

/// The right to change the system, as long as this lives.
#[derive(Debug)]
pub(crate) struct Lock {
    file: Flock<File>,
}

/// Why there is no lock.
#[derive(Debug)]
pub(crate) enum LockError {
    /// The file cannot be opened or locked.
    File(PathBuf, io::Error),
    /// Somebody else has it, and did not give it back in time.
    Taken {
        /// The file.
        path: PathBuf,
        /// Who that is.
        holder: String,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The program has been asked to end.
    Interrupted,
}

impl fmt::Display for LockError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, error) => {
                write!(
                    formatter,
                    "cannot lock {}: {}; nothing was done",
                    printable(path),
                    error_text(error)
                )?;
                if error.kind() == io::ErrorKind::PermissionDenied && !geteuid().is_root() {
                    write!(formatter, "; only root can change instances")?;
                }
                Ok(())
            }
            Self::Taken { path, holder, waited } => write!(
                formatter,
                "{holder} has held {} for {}; nothing was done; try again when it has ended, or let this wait longer \
                 with --wait",
                printable(path),
                time_value::shown(*waited)
            ),
            Self::Interrupted => write!(formatter, "interrupted"),
        }
    }
}

impl From<LockError> for Failure {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Interrupted => Self::Interrupted,
            error => Self::Lock(error.to_string()),
        }
    }
}

impl Lock {
    /// Takes the lock, and waits for it up to a time limit.
    pub(crate) fn take(directory: &Path, patience: Duration, signals: &Signals) -> Result<Self, LockError> {
        let path = directory.join(FILE);
        let failed = |error| LockError::File(path.clone(), error);
        loop {
            let file = open(&path, true).map_err(failed)?;
            let lock = Self::wait(file, &path, patience, signals)?;
            if is_still(&lock.file, &path) {
                return Ok(lock);
            }
        }
    }

    /// Waits until nobody has the lock, and keeps it from others, but makes no file: if there is none, nobody has it.
    /// It fails if taking it would.
    pub(crate) fn look(
        directory: &Path,
        patience: Duration,
        signals: &Signals,
    ) -> Result<Option<Self>, LockError> {
        let path = directory.join(FILE);
        match open(&path, false) {
            Ok(file) => Self::wait(file, &path, patience, signals).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let may_write = faccessat(AT_FDCWD, directory, AccessFlags::W_OK, AtFlags::AT_EACCESS);
                may_write.map(|()| None).map_err(|errno| LockError::File(path, errno.into()))
            }
            Err(error) => Err(LockError::File(path, error)),
        }
    }

    fn wait(mut file: File, path: &Path, patience: Duration, signals: &Signals) -> Result<Self, LockError> {
        let begun = Instant::now();
        let mut pauses = pauses();
        loop {
            match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                Ok(file) => return Ok(Self { file }),
                Err((returned, Errno::EWOULDBLOCK | Errno::EINTR)) => file = returned,
                Err((_, errno)) => return Err(LockError::File(path.to_owned(), errno.into())),
            }
            let left = patience.saturating_sub(begun.elapsed());
            if left.is_zero() {
                let holder = holder(&file);
                return Err(LockError::Taken { holder, path: path.to_owned(), waited: patience });
            }
            signals.wait(&[], Some(pauses.next().unwrap_or(LONGEST_PAUSE).min(left)));
            signals.collect();
            if signals.ending().is_some() {
                return Err(LockError::Interrupted);
            }
        }
    }

    /// Lets programs that are started from now on inherit the lock: it is released when the last of them has ended.
    pub(crate) fn hand_down(&self) {
        // If this fails, the next command might start too early after a kill; nothing else depends on it.
        let _ = fcntl(&*self.file, FcntlArg::F_SETFD(FdFlag::empty()));
    }
}

/// How long to wait after each refusal: twice as long as before, up to a bound.
fn pauses() -> impl Iterator<Item = Duration> {
    std::iter::successors(Some(FIRST_PAUSE), |pause| Some((*pause * 2).min(LONGEST_PAUSE)))
}

/// Opens the file, or makes it. Only its owner can open it, because everybody who can open it can lock it.
fn open(path: &Path, create: bool) -> io::Result<File> {
    let unfit = |error: &io::Error| {
        let (why, command) = (error_text(error), out_of_the_way(path));
        io::Error::other(format!("{why}; use \"{command}\" when nobody changes instances"))
    };
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(create)
        .truncate(false)
        .mode(0o600)
        .custom_flags((OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_NOCTTY).bits())
        .open(path)
        .map_err(|error| if error.kind() == io::ErrorKind::IsADirectory { unfit(&error) } else { error })?;
    is_private(&file, Others::Nothing).map_err(|error| unfit(&error))?;
    Ok(file)
}

/// Whether a file that was opened is still the one of that name.
fn is_still(file: &File, path: &Path) -> bool {
    let identity = |metadata: Metadata| (metadata.dev(), metadata.ino());
    let opened = file.metadata().ok().map(identity);
    opened.is_some() && opened == path.symlink_metadata().ok().map(identity)
}

/// The process that holds the lock, if the kernel says so. A program that it has started may hold it in its place.
fn holder(file: &File) -> String {
    let inode = file.metadata().ok().map(|metadata| metadata.ino());
    let found = inode.zip(Locks::read(Path::new("/proc"))).and_then(|(inode, locks)| {
        let holder = locks.holders(inode).first()?;
        (holder.process > 0).then_some(holder.process)
    });
    match found {
        Some(process) => format!("process {process}, or a program that it has run,"),
        None => "another process".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::ZERO;

    #[test]
    fn there_is_one_holder_at_a_time_and_it_is_named() {
        let signals = Signals::listen().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let first = Lock::take(directory.path(), NOW, &signals).unwrap();
        let error = Lock::take(directory.path(), Duration::from_millis(20), &signals).unwrap_err();
        let expected = format!("process {}, or a program that it has run, has held ", std::process::id());
        assert!(error.to_string().starts_with(&expected), "{error}");
        drop(first);
        assert!(Lock::take(directory.path(), NOW, &signals).is_ok());
    }

    #[test]
    fn who_waits_gets_it_when_it_is_given_back() {
        let signals = Signals::listen().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let first = Lock::take(directory.path(), NOW, &signals).unwrap();
        let path = directory.path().to_owned();
        let waiting = std::thread::spawn(move || {
            let signals = Signals::listen().unwrap();
            Lock::take(&path, Duration::from_secs(60), &signals).is_ok()
        });
        drop(first);
        assert!(waiting.join().unwrap());
    }

    #[test]
    fn a_file_that_others_can_open_or_own_is_no_lock() {
        use std::os::unix::fs::PermissionsExt;

        let signals = Signals::listen().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE);
        drop(Lock::take(directory.path(), NOW, &signals).unwrap());
        let is_refused = |what: &str| {
            for looked in [false, true] {
                let error = if looked {
                    Lock::look(directory.path(), NOW, &signals).map(drop).unwrap_err()
                } else {
                    Lock::take(directory.path(), NOW, &signals).map(drop).unwrap_err()
                };
                assert!(error.to_string().contains(what), "{error}");
            }
        };
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        is_refused("others can do too much with it (mode 0640)");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::hard_link(&path, directory.path().join("other")).unwrap();
        is_refused("more than one name");
        std::fs::remove_file(&path).unwrap();
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        is_refused("no regular file");
    }

    #[test]
    fn a_look_makes_no_file_and_waits_for_the_holder() {
        let signals = Signals::listen().unwrap();
        let directory = tempfile::tempdir().unwrap();
        assert!(Lock::look(directory.path(), NOW, &signals).unwrap().is_none());
        assert!(!directory.path().join(FILE).exists());
        let held = Lock::take(directory.path(), NOW, &signals).unwrap();
        assert!(matches!(Lock::look(directory.path(), NOW, &signals), Err(LockError::Taken { .. })));
        drop(held);
        assert!(Lock::look(directory.path(), NOW, &signals).unwrap().is_some());
    }

    #[test]
    fn the_longer_it_takes_the_less_often_it_is_asked_for() {
        let milliseconds: Vec<u128> = pauses().take(6).map(|pause| pause.as_millis()).collect();
        assert_eq!(milliseconds, [5, 10, 20, 40, 80, 80]);
    }

    #[test]
    fn a_link_in_its_place_is_not_followed() {
        let signals = Signals::listen().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let other = directory.path().join("other");
        std::fs::write(&other, "kept").unwrap();
        std::os::unix::fs::symlink(&other, directory.path().join(FILE)).unwrap();
        assert!(matches!(Lock::take(directory.path(), NOW, &signals), Err(LockError::File(..))));
        assert_eq!(std::fs::read_to_string(other).unwrap(), "kept");
    }
}
