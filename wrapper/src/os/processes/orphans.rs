//! Becomes the parent of descendants whose own parent has ended, and notes how they end.
//!
//! Process 1 of a container is their parent anyhow. Linux alone lets another process be it.

use std::io;

use nix::errno::Errno;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::unistd::Pid;

use crate::os::exit_status::Outcome;

/// A process that has ended, and how.
pub(crate) type Ended = (i32, Outcome);

/// Makes this process the parent of all descendants whose parent ends from here on.
#[cfg(target_os = "linux")]
pub(crate) fn adopt() -> io::Result<()> {
    Ok(nix::sys::prctl::set_child_subreaper(true)?)
}

/// Makes this process the parent of all descendants whose parent ends from here on.
#[cfg(not(target_os = "linux"))]
pub(crate) fn adopt() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The children that have ended. None of them is left as a zombie. It takes the end of any child: not to be called while
/// a command of ours runs.
pub(crate) fn reap() -> Vec<Ended> {
    let mut ended = Vec::new();
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(process, status)) => {
                ended.push((process.as_raw(), Outcome::Exited(u8::try_from(status).unwrap_or(u8::MAX))));
            }
            Ok(WaitStatus::Signaled(process, signal, _)) => {
                ended.push((process.as_raw(), Outcome::Killed(signal as i32)));
            }
            Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => return ended,
            // An interruption, or the end of a child by a signal without a name, which is reaped all the same.
            _ => {}
        }
    }
}

/// Whether a process is a child of this one that was not waited for: until then its number is its own.
pub(crate) fn is_child(process: i32) -> bool {
    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    process > 0 && waitid(Id::Pid(Pid::from_raw(process)), flags) != Err(Errno::ECHILD)
}
