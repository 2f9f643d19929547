//! Ends the processes that a command has left running, and counts them.

use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpid};

use postfix_process::process_tree::{descendants, kill_everything};

/// Waits up to `grace` milliseconds for what the command left, then kills it. Tells how many were killed, at least.
pub(super) fn end(grace: u16, command: Pid) -> usize {
    let deadline = Instant::now() + Duration::from_millis(u64::from(grace));
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Err(Errno::ECHILD) => return 0,
            Ok(WaitStatus::StillAlive) if Instant::now() >= deadline => break,
            Ok(WaitStatus::StillAlive) => std::thread::park_timeout(Duration::from_millis(1)),
            _ => {}
        }
    }
    // Those that start another one and end may not be seen.
    let left = descendants(getpid()).len().max(1);
    kill_everything(Some(command));
    left
}
