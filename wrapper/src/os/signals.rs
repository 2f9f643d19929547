//! Receives signals, and waits for signals and other events at the same time.
//!
//! Who gets what: a signal typed at a terminal (INT, QUIT) goes to every process of the group, so to the
//! running commands as well; one sent with kill(1) or by a service manager may reach the manager alone. The two
//! cannot be told apart in a portable way without unsafe code, so INT, TERM and QUIT are always forwarded to
//! the running commands. A command that gets one twice is no worse off than with one.
//!
//! How: handlers, not a signal mask. Programs begin with the mask of their parent, and with the default
//! for whatever had a handler, so they get what the manager itself was started with, and no moment exists in
//! which a signal finds nobody in charge. Only CHLD is unblocked, if need be, and so it is for them. Every handler
//! marks what came and writes to a socket, so a wait that begins after the signal ends at once.
//!
//! Whatever else would end the manager without a word half way (USR1, ALRM, XFSZ and so on) gets a handler that does
//! nothing, for the same reason as HUP: half of the instances would stay without their command. A handler, since what
//! is ignored would stay so in the programs that are run. With one for XFSZ, a write to a file that has reached its
//! limit fails, as any other write can.
//!
//! Knows nothing of commands and instances.

use std::cell::Cell;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::unistd::Pid;

use crate::os::time_limits;

/// The signals that ask the manager to end.
const ENDING: [Signal; 3] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGQUIT];

/// The signals that ask for nothing, and end a program that has no handler for them. Those that tell of a mistake in
/// the program itself (SEGV and so on) are none of these.
const PASSED_OVER: [Signal; 8] = [
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    Signal::SIGALRM,
    Signal::SIGVTALRM,
    Signal::SIGPROF,
    Signal::SIGIO,
    Signal::SIGXCPU,
    Signal::SIGXFSZ,
];

/// How long a wait lasts that must notice what has come before it.
const MOMENT: Duration = Duration::from_millis(200);

/// The signals that have come since the program began to listen, and how long things are waited for.
#[derive(Debug)]
pub(crate) struct Signals {
    wake: UnixStream,
    arrived: Vec<(Signal, Arc<AtomicBool>)>,
    child_ended: Arc<AtomicBool>,
    hung_up: Arc<AtomicBool>,
    first: Cell<Option<Signal>>,
    /// What is left of the patience with readers, and of that with the mail log.
    patience: Cell<Duration>,
    log_patience: Cell<Duration>,
    query_limit: Cell<Duration>,
}

impl Signals {
    /// Begins to listen. A signal that was ignored when the program started stays so, as `nohup` and
    /// background jobs rely on it, except for CHLD: a program that starts processes must notice their end.
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
                // Marked first, then woken: after waking up, the mark is there.
                signal_hook::flag::register(signal as i32, Arc::clone(&flag))?;
                wake_on(signal)?;
                arrived.push((signal, flag));
            }
        }
        // A terminal that goes away must not leave half of the instances without their command.
        let hung_up = Arc::new(AtomicBool::new(false));
        if !is_in(ignored, Signal::SIGHUP) {
            signal_hook::flag::register(Signal::SIGHUP as i32, Arc::clone(&hung_up))?;
            wake_on(Signal::SIGHUP)?;
        }
        for signal in PASSED_OVER.map(|signal| signal as i32).into_iter().chain(passed_over_here()) {
            if !is_number_in(ignored, signal) {
                signal_hook::flag::register(signal, Arc::default())?;
            }
        }
        let child_ended = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(Signal::SIGCHLD as i32, Arc::clone(&child_ended))?;
        wake_on(Signal::SIGCHLD)?;
        let mut mask = SigSet::empty();
        mask.add(Signal::SIGCHLD);
        mask.thread_unblock()?;
        Ok(Self {
            wake,
            arrived,
            child_ended,
            hung_up,
            first: Cell::new(None),
            patience: Cell::new(time_limits::OUTPUT_AFTER_SIGNAL),
            log_patience: Cell::new(time_limits::LOG_AFTER_SIGNAL),
            query_limit: Cell::new(time_limits::QUERY),
        })
    }

    /// Sets how long a program that is asked something may take.
    pub(crate) fn limit_queries(&self, limit: Duration) {
        self.query_limit.set(limit);
    }

    /// How long a program that is asked something may take.
    pub(crate) fn query_limit(&self) -> Duration {
        self.query_limit.get()
    }

    /// Waits a moment, and not longer than this, for a reader to make room in a stream of ours; whether it is worth
    /// another try. Once the manager was asked to end, all waits together take no longer than its patience.
    pub(crate) fn wait_for_reader(&self, stream: BorrowedFd<'_>, limit: Duration) -> bool {
        let left = self.at_most(limit);
        if left.is_zero() {
            return false;
        }
        let begun = Instant::now();
        let mut ready = [PollFd::new(stream, PollFlags::POLLOUT)];
        // A signal that comes right before this is noticed after a moment.
        let _ = poll(&mut ready, PollTimeout::try_from(left.min(MOMENT)).unwrap_or(PollTimeout::ZERO));
        self.spend(begun.elapsed());
        true
    }

    /// The time limit for something that may take this long: less if less is left of the total.
    pub(crate) fn at_most(&self, limit: Duration) -> Duration {
        if self.is_ending() { limit.min(self.patience.get()) } else { limit }
    }

    /// Takes note of a time that was waited for others.
    pub(crate) fn spend(&self, time: Duration) {
        if self.is_ending() {
            self.patience.set(self.patience.get().saturating_sub(time));
        }
    }

    /// The time limit for a message to the mail log: less once the manager was asked to end, if less is left of the total
    /// for all such messages. Readers of the output have their own.
    pub(crate) fn at_most_for_log(&self, limit: Duration) -> Duration {
        if self.is_ending() { limit.min(self.log_patience.get()) } else { limit }
    }

    /// Takes note of a time that was waited for the mail log.
    pub(crate) fn spend_on_log(&self, time: Duration) {
        if self.is_ending() {
            self.log_patience.set(self.log_patience.get().saturating_sub(time));
        }
    }

    /// Whether the manager was asked to end. Nothing is collected: the loop that runs commands must forward signals.
    fn is_ending(&self) -> bool {
        self.first.get().is_some() || self.arrived.iter().any(|(_, has_come)| has_come.load(Ordering::SeqCst))
    }

    /// Lets no reader hold the manager up any more.
    pub(crate) fn lose_patience(&self) {
        self.patience.set(Duration::ZERO);
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

    /// The signal that asked the program to end, if one did: it has taken note, and what it does from here on is cut short
    /// only by another one.
    pub(crate) fn take_ending(&self) -> Option<Signal> {
        self.collect();
        self.patience.set(time_limits::OUTPUT_AFTER_SIGNAL);
        self.log_patience.set(time_limits::LOG_AFTER_SIGNAL);
        self.first.take()
    }

    /// Whether HUP has come since the last call. It ends nothing.
    pub(crate) fn take_hangup(&self) -> bool {
        self.hung_up.swap(false, Ordering::SeqCst)
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

/// Does this with a signal blocked. A program that is begun meanwhile begins with it blocked, too.
pub(crate) fn with_blocked<T>(signal: Signal, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let mut mask = SigSet::empty();
    mask.add(signal);
    let before = mask.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let result = act();
    before.thread_set_mask()?;
    result
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

/// Whether a process has ended, without waiting for it: its number stays its own. If the system cannot tell,
/// no process has.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
pub(crate) fn has_ended(process: u32) -> bool {
    use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
    let Ok(process) = i32::try_from(process) else { return false };
    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    waitid(Id::Pid(Pid::from_raw(process)), flags).is_ok_and(|status| status != WaitStatus::StillAlive)
}

/// Whether a process has ended, without waiting for it: its number stays its own. If the system cannot tell,
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

/// The signals that were ignored when the program started, one bit each. Only the process file system
/// tells this without unsafe code; if there is none, no signal counts as ignored.
fn ignored_at_start() -> u64 {
    std::fs::read_to_string("/proc/self/status").map_or(0, |status| ignored(&status))
}

fn ignored(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

fn is_in(mask: u64, signal: Signal) -> bool {
    is_number_in(mask, signal as i32)
}

fn is_number_in(mask: u64, signal: i32) -> bool {
    mask & (1 << (signal - 1)) != 0
}

/// Further signals that are passed over, which only some systems have: from the power supply, for programs' own use.
#[cfg(target_os = "linux")]
fn passed_over_here() -> impl Iterator<Item = i32> {
    let own = [Signal::SIGPWR, Signal::SIGSTKFLT].map(|signal| signal as i32);
    own.into_iter().chain(nix::libc::SIGRTMIN()..=nix::libc::SIGRTMAX())
}

#[cfg(not(target_os = "linux"))]
fn passed_over_here() -> impl Iterator<Item = i32> {
    std::iter::empty()
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
