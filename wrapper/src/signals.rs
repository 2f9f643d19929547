//! Signals, and waiting for them and for anything else at the same time.
//!
//! Who gets what: a signal typed at a terminal (INT, QUIT) goes to every process of the group, so to the
//! running commands as well; one sent with kill(1) or by a service manager may reach the manager alone. The two
//! cannot be told apart in a portable way without unsafe code, so INT, TERM and QUIT are always handed on to
//! the running commands. A command that gets one twice is no worse off than with one.
//!
//! How: handlers, not a signal mask. Programs begin with the mask of whoever starts them, and with the default
//! for whatever had a handler, so they get what the manager itself was started with, and no moment exists in
//! which a signal finds nobody in charge. Only CHLD is unblocked, if need be, and so it is for them. Every handler
//! marks what came and writes to a socket, so a wait that begins after the signal ends at once.
//!
//! Knows nothing of commands and instances.

use std::cell::Cell;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::Pid;

/// The signals that ask the manager to end.
const ENDING: [Signal; 3] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGQUIT];

/// The signals that have come since the program began to listen.
#[derive(Debug)]
pub(crate) struct Signals {
    wake: UnixStream,
    arrived: Vec<(Signal, Arc<AtomicBool>)>,
    child_ended: Arc<AtomicBool>,
    first: Cell<Option<Signal>>,
}

impl Signals {
    /// Begins to listen. A signal that was ignored when the program started stays so, as `nohup` and
    /// background jobs rely on it, except for CHLD: whoever starts processes must hear of their end.
    pub(crate) fn listen() -> io::Result<Self> {
        let (wake, handler_end) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        handler_end.set_nonblocking(true)?;
        let wake_on = |signal: Signal| -> io::Result<()> {
            signal_hook::low_level::pipe::register(signal as i32, handler_end.try_clone()?).map(|_| ())
        };
        let ignored = ignored_at_start();
        let mut arrived = Vec::new();
        for signal in ENDING {
            if !is_in(ignored, signal) {
                let flag = Arc::new(AtomicBool::new(false));
                // Marked first, then woken: whoever wakes up finds the mark.
                signal_hook::flag::register(signal as i32, Arc::clone(&flag))?;
                wake_on(signal)?;
                arrived.push((signal, flag));
            }
        }
        // A terminal that goes away must not leave half of the instances without their command.
        if !is_in(ignored, Signal::SIGHUP) {
            wake_on(Signal::SIGHUP)?;
        }
        let child_ended = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(Signal::SIGCHLD as i32, Arc::clone(&child_ended))?;
        wake_on(Signal::SIGCHLD)?;
        let mut mask = SigSet::empty();
        mask.add(Signal::SIGCHLD);
        mask.thread_unblock()?;
        Ok(Self { wake, arrived, child_ended, first: Cell::new(None) })
    }

    /// Takes note of the signals that came since the last call, and tells them, each once.
    pub(crate) fn collect(&self) -> Vec<Signal> {
        let new: Vec<Signal> = self
            .arrived
            .iter()
            .filter(|(_, flag)| flag.swap(false, Ordering::SeqCst))
            .map(|(signal, _)| *signal)
            .collect();
        if self.first.get().is_none() {
            self.first.set(new.first().copied());
        }
        new
    }

    /// Whether any process that we have started may have ended since the last call: only then is a look at each of
    /// them worth its price.
    pub(crate) fn has_child_ended(&self) -> bool {
        self.child_ended.swap(false, Ordering::SeqCst)
    }

    /// The first signal that asked the manager to end, among those collected.
    pub(crate) fn ending(&self) -> Option<Signal> {
        self.first.get()
    }

    /// Waits until a signal comes (or has come since the last wait), a descriptor is ready, or time is up. Tells
    /// which descriptors are ready, by their places.
    pub(crate) fn wait(&self, others: &[PollFd<'_>], timeout: Option<Duration>) -> Vec<usize> {
        let mut all = vec![PollFd::new(self.wake.as_fd(), PollFlags::POLLIN)];
        all.extend_from_slice(others);
        let timeout =
            timeout.map_or(PollTimeout::NONE, |time| PollTimeout::try_from(time).unwrap_or(PollTimeout::MAX));
        // An interruption is a reason to look again, like any other; nothing else can go wrong here.
        let _ = poll(&mut all, timeout);
        let mut bytes = [0; 64];
        while matches!((&self.wake).read(&mut bytes), Ok(1..)) {}
        let ready = |place: &usize| all[place + 1].any().unwrap_or(true);
        (0..others.len()).filter(ready).collect()
    }
}

/// Who gets a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recipient {
    /// One process.
    Process(u32),
    /// A process and whatever it has started, unless that went its own way.
    Group(u32),
}

/// Sends a signal to a process that has not been waited for yet, or to its group, so the number is still its own.
pub(crate) fn send(signal: Signal, recipient: Recipient) {
    let (Recipient::Process(number) | Recipient::Group(number)) = recipient;
    let Ok(number) = i32::try_from(number) else { return };
    // Who has ended meanwhile needs no signal any more.
    let _ = match recipient {
        Recipient::Process(_) => nix::sys::signal::kill(Pid::from_raw(number), signal),
        Recipient::Group(_) => nix::sys::signal::killpg(Pid::from_raw(number), signal),
    };
}

/// Whether a process has ended, without waiting for it: its number stays its own. Where the system cannot tell,
/// no process has.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
pub(crate) fn has_ended(process: u32) -> bool {
    use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
    let Ok(process) = i32::try_from(process) else { return false };
    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    waitid(Id::Pid(Pid::from_raw(process)), flags).is_ok_and(|status| status != WaitStatus::StillAlive)
}

/// Whether a process has ended, without waiting for it: its number stays its own. Where the system cannot tell,
/// no process has.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
pub(crate) fn has_ended(_process: u32) -> bool {
    false
}

/// A signal's name without the prefix, as in `kill -TERM`.
pub(crate) fn name(signal: i32) -> String {
    match Signal::try_from(signal) {
        Ok(signal) => signal.as_str().trim_start_matches("SIG").to_owned(),
        Err(_) => format!("number {signal}"),
    }
}

/// The signals that whoever started the program has made it ignore, one bit each. Only the process file system
/// tells this without unsafe code; where there is none, no signal counts as ignored.
fn ignored_at_start() -> u64 {
    std::fs::read_to_string("/proc/self/status").map_or(0, |status| ignored(&status))
}

fn ignored(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

fn is_in(mask: u64, signal: Signal) -> bool {
    mask & (1 << (signal as i32 - 1)) != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ignored_signals_are_read_from_the_kernels_words() {
        let mask = ignored("Name:\tx\nSigBlk:\tffff\nSigIgn:\t0000000000000003\nSigCgt:\t0\n");
        assert!(is_in(mask, Signal::SIGHUP) && is_in(mask, Signal::SIGINT));
        assert!(!is_in(mask, Signal::SIGQUIT) && !is_in(mask, Signal::SIGTERM));
        assert_eq!(ignored("nothing of that kind"), 0);
    }

    #[test]
    fn signals_have_the_names_that_kill_takes() {
        assert_eq!(name(15), "TERM");
        assert_eq!(name(1000), "number 1000");
    }
}
