//! The lock that changes of the system are made under: one at a time, each after the one before has ended.
//!
//! It is an advisory lock (flock(2)) on a file beside the default instance's main.cf. The system gives it back when
//! its holder ends, however that ends, so that it is never stale; the file stays, and says who had it last. Knows
//! nothing of what is changed.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, Flock, FlockArg, OFlag, fcntl};

use crate::duration;
use crate::message::{printable, printable_bytes};
use crate::signals::Signals;

/// The file, in the default instance's configuration directory.
pub(crate) const FILE: &str = "postfix-multi.lock";

/// How long after the first refusal the lock is asked for again, and at most after later ones.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(80);

/// More than a note of who holds the lock takes.
const LONGEST_NOTE: u64 = 200;

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
        /// What the holder has written there.
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
            Self::File(path, error) => write!(formatter, "cannot lock {}: {error}", printable(path)),
            Self::Taken { path, holder, waited } => {
                write!(formatter, "{holder} has held {} for {}", printable(path), duration::shown(*waited))
            }
            Self::Interrupted => write!(formatter, "interrupted"),
        }
    }
}

impl Lock {
    /// Takes the lock, and waits for it up to a time limit.
    pub(crate) fn take(directory: &Path, patience: Duration, signals: &Signals) -> Result<Self, LockError> {
        let path = directory.join(FILE);
        let failed = |error| LockError::File(path.clone(), error);
        let mut file = open(&path).map_err(failed)?;
        let begun = Instant::now();
        let mut pauses = pauses();
        loop {
            match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                Ok(mut held) => {
                    sign(&mut held);
                    return Ok(Self { file: held });
                }
                Err((returned, Errno::EWOULDBLOCK | Errno::EINTR)) => file = returned,
                Err((_, errno)) => return Err(failed(errno.into())),
            }
            let left = patience.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Err(LockError::Taken { holder: holder(&mut file), path, waited: patience });
            }
            signals.wait(&[], Some(pauses.next().unwrap_or(LONGEST_PAUSE).min(left)));
            signals.collect();
            if signals.ending().is_some() {
                return Err(LockError::Interrupted);
            }
        }
    }

    /// Lets programs that are run from here on have a part in it: it is given back when the last one has ended.
    pub(crate) fn hand_down(&self) {
        // Without that, the next command might come too early after a kill; nothing else depends on it.
        let _ = fcntl(&*self.file, FcntlArg::F_SETFD(FdFlag::empty()));
    }
}

/// How long to wait after each refusal: twice as long as before, up to a bound.
fn pauses() -> impl Iterator<Item = Duration> {
    std::iter::successors(Some(FIRST_PAUSE), |pause| Some((*pause * 2).min(LONGEST_PAUSE)))
}

/// Opens the file, and makes it where it is not there. Nobody but its owner can hold it.
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(OFlag::O_NOFOLLOW.bits())
        .open(path)
}

/// Says who holds the lock. It is for people only, so that it does not matter when it cannot be written.
fn sign(file: &mut File) {
    let _ =
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", std::process::id()));
}

/// Who holds the lock, as far as that is known.
fn holder(file: &mut File) -> String {
    let mut note = Vec::new();
    let read = file.rewind().and_then(|()| file.take(LONGEST_NOTE).read_to_end(&mut note));
    let note = note.trim_ascii();
    match read {
        Ok(_) if !note.is_empty() => format!("process {}", printable_bytes(note)),
        _ => "another process".to_owned(),
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
        let expected = format!("process {} has held ", std::process::id());
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
    fn a_holder_that_says_nothing_is_another_process() {
        let signals = Signals::listen().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let file = File::create(directory.path().join(FILE)).unwrap();
        let held = Flock::lock(file, FlockArg::LockExclusive).unwrap();
        let error = Lock::take(directory.path(), NOW, &signals).unwrap_err();
        assert!(error.to_string().starts_with("another process has held "), "{error}");
        drop(held);
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
