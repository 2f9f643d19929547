//! A running command: starts it, reads its output, waits for its end, and ends it after a time limit.
//! What it prints through may stay open beyond its end, in hands of its descendants.
//!
//! Knows nothing of instances and of what the command is for.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::sys::termios::{LocalFlags, tcgetattr};

use crate::os::processes::{group, pseudo_terminal};
use crate::os::signals::{self, Recipient};
use crate::os::streams::output_buffer::OutputBuffer;
use crate::os::streams::std_streams::Stream;
use crate::os::time_limits;

/// What is read at once, and how often in a row: a command that prints without end must not keep the manager
/// from the others.
const PIECE: usize = 1 << 14;
const PIECES: usize = 4;

/// At its end, a command's pipe holds no more than this many, a megabyte.
const PIECES_LEFT: usize = 64;

/// How often a look at a group is taken whose leader has ended: nobody tells of the end of the others.
const LOOK: Duration = Duration::from_millis(50);

/// Where a command's output goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// Where the manager's goes.
    Inherited,
    /// To be kept, both streams told apart.
    Kept,
    /// To be kept, both streams through one pipe, so that the order between them stays.
    KeptAsOne,
}

/// How a command is run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conditions {
    /// Where its output goes. Commands whose output is kept have company, and get no input.
    pub(crate) output: Output,
    /// How long it may take.
    pub(crate) timeout: Option<Duration>,
}

/// How far a time limit has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit {
    Unlimited,
    /// TERM is sent then.
    TermAt(Instant),
    /// The group was asked to end; KILL is sent then.
    KillAt(Instant),
    /// KILL was sent; who is still there then is left alone.
    LeftAt(Instant),
}

/// How a command has ended.
#[derive(Debug)]
pub(crate) enum Cause {
    /// By itself, or by a signal that was not ours.
    Own(ExitStatus),
    /// Its time was up.
    TimedOut,
}

/// The end of a command.
#[derive(Debug)]
pub(crate) struct End {
    /// How it came.
    pub(crate) cause: Cause,
    /// What of it the kernel still holds on to, though it got KILL.
    pub(crate) held: Vec<u32>,
}

/// A command that has begun and was not waited for.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    timeout: Option<Duration>,
    limit: Limit,
    /// Whether the limit was reached, so that the end is not its own.
    is_late: bool,
    /// Whether its group was asked to end: then it has ended when the whole group has.
    is_asked_to_end: bool,
    /// When its group is looked at again, once its leader has ended.
    next_look: Option<Instant>,
    has_terminal: bool,
}

impl Process {
    /// Begins a command, and tells what it prints through. With a time limit it is in a process group of its own, so
    /// that its end reaches whatever it has started.
    pub(crate) fn begin(mut command: Command, conditions: Conditions) -> io::Result<(Self, Sources)> {
        let apart = conditions.timeout.is_some() && io::stdin().is_terminal();
        if conditions.output != Output::Inherited || apart {
            // Out of the terminal's foreground, reading from it would stop the command.
            command.stdin(Stdio::null());
        }
        if conditions.timeout.is_some() {
            command.process_group(0);
        }
        let mut sources = Vec::new();
        let has_terminal = match conditions.output {
            Output::Inherited => io::stderr().is_terminal(),
            Output::Kept => {
                let (source, end) = channel(io::stdout().is_terminal())?;
                sources.push((Stream::Output, source));
                command.stdout(end);
                let (source, end) = channel(io::stderr().is_terminal())?;
                sources.push((Stream::Error, source));
                let has_terminal = end.is_terminal();
                command.stderr(end);
                has_terminal
            }
            Output::KeptAsOne => {
                let (source, end) = channel(io::stderr().is_terminal())?;
                sources.push((Stream::Output, source));
                let has_terminal = end.is_terminal();
                command.stdout(end.try_clone()?).stderr(end);
                has_terminal
            }
        };
        let is_stopped_by_writing = conditions.timeout.is_some()
            && conditions.output == Output::Inherited
            && terminal_stops_background();
        let child = if is_stopped_by_writing {
            signals::with_blocked(Signal::SIGTTOU, || command.spawn())?
        } else {
            command.spawn()?
        };
        let limit = conditions.timeout.map_or(Limit::Unlimited, |time| {
            Instant::now().checked_add(time).map_or(Limit::Unlimited, Limit::TermAt)
        });
        let process = Self {
            child,
            timeout: conditions.timeout,
            limit,
            is_late: false,
            is_asked_to_end: false,
            next_look: None,
            has_terminal,
        };
        Ok((process, Sources(sources)))
    }

    /// Whether its standard error is a terminal.
    pub(crate) fn has_terminal(&self) -> bool {
        self.has_terminal
    }

    /// Where signals for it go.
    fn recipient(&self) -> Recipient {
        if self.timeout.is_some() {
            Recipient::Group(self.child.id())
        } else {
            Recipient::Process(self.child.id())
        }
    }

    /// Hands on a signal that asks it to end.
    pub(crate) fn send(&mut self, signal: Signal) {
        signals::send(signal, self.recipient());
        self.is_asked_to_end = self.timeout.is_some();
    }

    /// Whether it may have ended without a signal that tells so.
    pub(crate) fn is_look_due(&self, now: Instant) -> bool {
        let left_at = if let Limit::LeftAt(when) = self.limit { Some(when) } else { None };
        self.next_look.into_iter().chain(left_at).any(|when| when <= now)
    }

    /// How it has ended, if it has. A group that was asked to end has when nothing of it runs, or when it got KILL and
    /// the kernel does not let go of the rest.
    pub(crate) fn end(&mut self, now: Instant) -> io::Result<Option<End>> {
        let mut held = Vec::new();
        let is_left = matches!(self.limit, Limit::LeftAt(when) if when <= now);
        // While it has not been waited for, the number of its group is nobody else's.
        let process = self.child.id();
        if self.is_asked_to_end && signals::has_ended(process) {
            match group::running_members(process) {
                Some(members) if !members.is_empty() => held = members,
                None if !matches!(self.limit, Limit::LeftAt(_)) => held.push(process),
                _ => {}
            }
            if !held.is_empty() && !is_left {
                self.wait_for_group(now);
                return Ok(None);
            }
            // For whom the look has missed.
            signals::send(Signal::SIGKILL, self.recipient());
        }
        let cause = match self.child.try_wait()? {
            Some(status) if !self.is_late => Cause::Own(status),
            Some(_) => Cause::TimedOut,
            None if is_left => {
                held.push(process);
                Cause::TimedOut
            }
            None => return Ok(None),
        };
        Ok(Some(End { cause, held }))
    }

    /// Gives what a command that has ended left in its group the time that it would have had itself.
    fn wait_for_group(&mut self, now: Instant) {
        self.next_look = Some(now + LOOK);
        if matches!(self.limit, Limit::Unlimited | Limit::TermAt(_)) {
            self.limit = Limit::KillAt(now + self.grace());
        }
    }

    /// The time between TERM and KILL.
    fn grace(&self) -> Duration {
        let longest = time_limits::TERM_TO_KILL;
        self.timeout.unwrap_or(longest).min(longest)
    }

    /// Sends what its time limit asks for by now.
    pub(crate) fn enforce_time_limit(&mut self, now: Instant) {
        match self.limit {
            Limit::TermAt(when) if when <= now => {
                self.send(Signal::SIGTERM);
                self.is_late = true;
                self.limit = Limit::KillAt(now + self.grace());
            }
            Limit::KillAt(when) if when <= now => {
                signals::send(Signal::SIGKILL, self.recipient());
                self.limit = Limit::LeftAt(now + time_limits::AFTER_KILL);
            }
            _ => {}
        }
    }

    /// When its time limit asks for something next, or a look at it is due.
    pub(crate) fn next_limit(&self) -> Option<Instant> {
        let limit = match self.limit {
            Limit::TermAt(when) | Limit::KillAt(when) | Limit::LeftAt(when) => Some(when),
            Limit::Unlimited => None,
        };
        limit.into_iter().chain(self.next_look).min()
    }
}

/// What a command prints through, as far as it is kept and still open.
#[derive(Debug)]
pub(crate) struct Sources(Vec<(Stream, File)>);

impl Sources {
    #[cfg(test)]
    pub(crate) fn new(stream: Stream, source: File) -> Self {
        Self(vec![(stream, source)])
    }

    /// What to wait for, to hear more.
    pub(crate) fn descriptors(&self) -> impl Iterator<Item = PollFd<'_>> {
        self.0.iter().map(|(_, source)| PollFd::new(source.as_fd(), PollFlags::POLLIN))
    }

    /// Takes what was printed, or a part of that.
    pub(crate) fn read_available(&mut self, buffer: &mut OutputBuffer) {
        self.read(buffer, PIECES);
    }

    /// Takes all that the command has printed, after its end.
    pub(crate) fn drain(&mut self, buffer: &mut OutputBuffer) {
        self.read(buffer, PIECES_LEFT);
    }

    fn read(&mut self, buffer: &mut OutputBuffer, pieces: usize) {
        self.0.retain_mut(|(stream, source)| read_ready(source, *stream, buffer, pieces) == Source::Open);
    }

    /// Whether more may come.
    pub(crate) fn are_open(&self) -> bool {
        !self.0.is_empty()
    }
}

/// What is known of a pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// More may come through it.
    Open,
    /// Nothing will.
    AtItsEnd,
}

/// Keeps what can be read without a wait, up to so many pieces.
fn read_ready(
    source: &mut (impl Read + AsFd),
    stream: Stream,
    buffer: &mut OutputBuffer,
    pieces: usize,
) -> Source {
    let mut bytes = [0; PIECE];
    for _ in 0..pieces {
        let mut ready = [PollFd::new(source.as_fd(), PollFlags::POLLIN)];
        if !matches!(poll(&mut ready, PollTimeout::ZERO), Ok(1..)) {
            break;
        }
        match source.read(&mut bytes) {
            Ok(read @ 1..) => buffer.keep(stream, &bytes[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => return Source::AtItsEnd,
        }
    }
    Source::Open
}

/// Whether a command out of the foreground is stopped when it prints where this program does.
pub(crate) fn terminal_stops_background() -> bool {
    stops_background(io::stdout()) || stops_background(io::stderr())
}

/// Whether a stream is a terminal that stops who writes to it out of its foreground (`stty tostop`).
fn stops_background(stream: impl AsFd) -> bool {
    tcgetattr(stream).is_ok_and(|settings| settings.local_flags.contains(LocalFlags::TOSTOP))
}

/// What a stream of a command is read through. No other command inherits an end of it. If the manager's own stream is a
/// terminal, it is one for the command, too: postlog(1), and so postfix(1), may be silent without. A pipe if there is none.
fn channel(is_terminal: bool) -> io::Result<(File, OwnedFd)> {
    let terminal = if is_terminal { pseudo_terminal::open().ok() } else { None };
    let (source, end) = match terminal {
        Some(terminal) => terminal,
        None => nix::unistd::pipe().map(|(source, end)| (File::from(source), end))?,
    };
    for descriptor in [source.as_fd(), end.as_fd()] {
        fcntl(descriptor, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    }
    Ok((source, end))
}

#[cfg(test)]
mod tests {
    use std::io::Seek;

    use super::*;
    use crate::os::failing::Failing;
    use crate::os::streams::std_streams::Sinks;

    #[test]
    fn a_few_pieces_are_read_in_a_row_and_an_end_is_noticed() {
        let mut buffer = OutputBuffer::default();
        let mut source = Failing::with(2 * PIECE, Vec::new());
        let mut read = |pieces| read_ready(&mut source, Stream::Output, &mut buffer, pieces);
        assert_eq!([read(1), read(1), read(1)], [Source::Open, Source::Open, Source::AtItsEnd]);
    }

    #[test]
    fn what_a_command_has_printed_is_there_after_its_end() {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "echo here; echo there >&2"]);
        let conditions = Conditions { output: Output::KeptAsOne, timeout: None };
        let (mut process, mut sources) = Process::begin(command, conditions).unwrap();
        while process.end(Instant::now()).unwrap().is_none() {
            std::thread::yield_now();
        }
        let mut buffer = OutputBuffer::default();
        sources.drain(&mut buffer);
        assert!(!sources.are_open(), "nobody has them");
        let mut output = tempfile::tempfile().unwrap();
        let mut sinks = Sinks::new(output.try_clone().unwrap(), output.try_clone().unwrap());
        assert_eq!(buffer.flush_ready(&mut sinks), None);
        let mut text = String::new();
        output.rewind().unwrap();
        output.read_to_string(&mut text).unwrap();
        assert_eq!(text, "here\nthere\n");
    }

    /// A shell that runs this in a group of its own, and what it has printed first.
    fn begun(code: &str) -> (Process, String) {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", code]);
        let conditions = Conditions { output: Output::Kept, timeout: Some(Duration::from_secs(3600)) };
        let (process, mut sources) = Process::begin(command, conditions).unwrap();
        let mut first = [0; 80];
        let length = sources.0[0].1.read(&mut first).unwrap();
        (process, String::from_utf8_lossy(&first[..length]).trim().to_owned())
    }

    fn number(text: &str) -> u32 {
        text.parse().unwrap()
    }

    #[test]
    fn a_group_that_was_asked_to_end_has_when_the_last_of_it_has() {
        if !std::path::Path::new("/proc/self/stat").exists() {
            return postfix_process::skip::skip("there is no /proc to find a group in");
        }
        let (mut process, other) = begun("(trap '' TERM; exec sh -c 'echo $$; exec sleep 1000') & wait");
        let (now, leader) = (Instant::now(), process.child.id());
        process.send(Signal::SIGTERM);
        while !signals::has_ended(leader) {
            std::thread::yield_now();
        }
        assert!(process.end(now).unwrap().is_none());
        assert_eq!(group::running_members(leader), Some(vec![number(&other)]));
        assert_eq!(process.next_limit(), Some(now + LOOK), "nobody tells of the end of the other one");
        assert!(matches!(process.limit, Limit::KillAt(when) if when == now + time_limits::TERM_TO_KILL));
        signals::send(Signal::SIGKILL, Recipient::Process(number(&other)));
        let end = loop {
            match process.end(now).unwrap() {
                Some(end) => break end,
                None => std::thread::yield_now(),
            }
        };
        assert!(matches!(end.cause, Cause::Own(status) if status.code().is_none()), "{end:?}");
        assert!(end.held.is_empty());
    }

    #[test]
    fn what_does_not_go_after_kill_is_left_alone_and_named() {
        let (mut process, other) = begun("(exec sleep 1000) & echo $!; wait");
        let (before, leader) = (Instant::now(), process.child.id());
        let now = before + LOOK;
        // As if KILL had been sent and had no effect: on the leader, then on what it has started.
        process.send(Signal::SIGCONT);
        process.is_late = true;
        process.limit = Limit::LeftAt(now);
        assert!(process.is_look_due(now) && process.end(before).unwrap().is_none());
        let end = process.end(now).unwrap().unwrap();
        assert!(matches!(end.cause, Cause::TimedOut) && end.held == [leader], "{end:?}");
        signals::send(Signal::SIGKILL, Recipient::Process(leader));
        while !signals::has_ended(leader) {
            std::thread::yield_now();
        }
        if group::running_members(leader).is_some() {
            assert!(process.end(before).unwrap().is_none());
            let end = process.end(now).unwrap().unwrap();
            assert!(matches!(end.cause, Cause::TimedOut) && end.held == [number(&other)], "{end:?}");
        }
    }

    #[test]
    fn an_interruption_is_no_end_and_any_other_failure_is_one() {
        let read = |failure: io::ErrorKind| {
            let mut buffer = OutputBuffer::default();
            let mut source = Failing::with(PIECE, vec![failure]);
            read_ready(&mut source, Stream::Output, &mut buffer, 1)
        };
        assert_eq!(read(io::ErrorKind::Interrupted), Source::Open);
        assert_eq!(read(io::ErrorKind::ConnectionReset), Source::AtItsEnd);
    }
}
