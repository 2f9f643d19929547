//! Runs programs and captures their output.
//! Several run at once, each with a limit for time and size. A signal ends the wait.
//!
//! Each is in a process group of its own, so that its end reaches whatever it has started. Knows nothing of what the
//! programs are about.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;

use crate::os::signals::{self, Recipient, Signals};
use crate::os::temporary_error::{self, TRIES, is_temporary};
use crate::os::time_limits;

/// More than any list of instances takes: a program that prints more than this is out of order.
const MOST: usize = 8 << 20;

/// How many programs run at once.
pub(crate) const AT_ONCE: usize = 32;

/// How often a look at a program is taken while its end cannot be heard of.
const LOOK: Duration = Duration::from_millis(20);

/// What a program that ended has left.
#[derive(Debug)]
pub(crate) struct Captured {
    /// How it ended.
    pub(crate) status: ExitStatus,
    /// What it printed.
    pub(crate) output: Vec<u8>,
    /// What it complained about.
    pub(crate) complaints: Vec<u8>,
}

/// Why there is nothing.
#[derive(Debug)]
pub(crate) enum CaptureError {
    /// The program could not be run.
    NotRun(io::Error),
    /// It printed without end.
    Endless,
    /// It did not end within this time.
    Late(Duration),
}

/// The program has been asked to end.
#[derive(Debug)]
pub(crate) struct Interrupted;

/// Why a question has no answer.
#[derive(Debug)]
pub(crate) enum QueryError<R> {
    /// The program has been asked to end.
    Interrupted,
    /// There is none, for this reason.
    Failed(R),
}

impl<R> QueryError<R> {
    /// The answer, or the reason why there is none, unless the program has been asked to end.
    pub(crate) fn split<T>(result: Result<T, Self>) -> Result<Result<T, R>, Interrupted> {
        match result {
            Ok(answer) => Ok(Ok(answer)),
            Err(Self::Failed(reason)) => Ok(Err(reason)),
            Err(Self::Interrupted) => Err(Interrupted),
        }
    }
}

impl<R> From<Interrupted> for QueryError<R> {
    fn from(Interrupted: Interrupted) -> Self {
        Self::Interrupted
    }
}

/// Runs a program, with the time limit for questions. It gets no input. When the manager is asked to end, the program
/// is killed: it only reads, so that does no harm.
pub(crate) fn capture(
    command: &mut Command,
    signals: &Signals,
) -> Result<Captured, QueryError<CaptureError>> {
    let limit = signals.query_limit();
    let mut tries = 1;
    let mut program = loop {
        match RunningProgram::begin(command, limit) {
            Err(error) if is_temporary(&error) && tries < TRIES => {
                // A signal may cut it short, which does no harm.
                signals.wait(&[], Some(temporary_error::pause(tries)));
                signals.collect();
                if signals.ending().is_some() {
                    return Err(QueryError::Interrupted);
                }
            }
            Err(error) => return Err(QueryError::Failed(CaptureError::NotRun(error))),
            Ok(program) => break program,
        }
        tries += 1;
    };
    program.wait(limit, signals)?.ok_or(QueryError::Failed(CaptureError::Late(limit)))
}

/// Runs so many programs, some at once; what each has left, in their order. `make` tells what to run, and what must
/// be kept until the program has ended.
pub(crate) fn each<K>(
    count: usize,
    signals: &Signals,
    mut make: impl FnMut(usize) -> io::Result<(Command, K)>,
) -> Result<Vec<Result<Captured, CaptureError>>, Interrupted> {
    let mut results: Vec<Result<Captured, CaptureError>> = Vec::new();
    results.resize_with(count, || Err(CaptureError::Late(Duration::ZERO)));
    let mut running: Vec<(usize, RunningProgram, K)> = Vec::new();
    let (mut next, mut tries, mut next_try) = (0, 0, Instant::now());
    loop {
        while next < count && running.len() < AT_ONCE && Instant::now() >= next_try {
            let begun = make(next).and_then(|(mut command, kept)| {
                Ok((RunningProgram::begin(&mut command, signals.query_limit())?, kept))
            });
            match begun {
                Ok((program, kept)) => {
                    running.push((next, program, kept));
                    tries = 0;
                }
                Err(error) if is_temporary(&error) && (tries + 1 < TRIES || !running.is_empty()) => {
                    tries += 1;
                    next_try = Instant::now() + temporary_error::pause(tries);
                    break;
                }
                // After that, each of the others is tried once.
                Err(error) => results[next] = Err(CaptureError::NotRun(error)),
            }
            next += 1;
        }
        let has_ended = running.len();
        running.retain_mut(|(at, program, _)| match program.look() {
            Some(result) => {
                results[*at] = result;
                false
            }
            None => true,
        });
        // Asked after the look at the programs: a signal that has ended both them and us is here by now.
        signals.collect();
        if signals.ending().is_some() {
            return Err(Interrupted);
        }
        if running.len() < has_ended {
            next_try = Instant::now();
            continue;
        }
        if running.is_empty() && next == count {
            return Ok(results);
        }
        let ready: Vec<PollFd<'_>> =
            running.iter().flat_map(|(_, program, _)| program.descriptors()).collect();
        let retry = (next < count && running.len() < AT_ONCE).then_some(next_try);
        let until = running.iter().map(|(_, program, _)| program.deadline).chain(retry).min();
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        signals.wait(&ready, left.map(|left| left + Duration::from_millis(1)));
    }
}

/// Runs a program up to a time limit, whatever signals come meanwhile: who changes something must know how that ended.
pub(crate) fn patiently(command: &mut Command, limit: Duration) -> Result<Captured, CaptureError> {
    let mut tries = 1;
    let mut program = loop {
        match RunningProgram::begin(command, limit) {
            Err(error) if is_temporary(&error) && tries < TRIES => pass(temporary_error::pause(tries)),
            begun => break begun.map_err(CaptureError::NotRun)?,
        }
        tries += 1;
    };
    loop {
        if let Some(result) = program.look() {
            return result;
        }
        let mut ready: Vec<PollFd<'_>> = program.descriptors().collect();
        let _ = poll(&mut ready, PollTimeout::try_from(LOOK).unwrap_or(PollTimeout::ZERO));
    }
}

/// A program that runs for what it prints. It is killed when this goes.
pub(crate) struct RunningProgram {
    child: Child,
    limit: Duration,
    deadline: Instant,
    output: ReadStream<ChildStdout>,
    complaints: ReadStream<ChildStderr>,
    has_ended: bool,
}

impl RunningProgram {
    /// Begins to run a program, which has to end within this time.
    pub(crate) fn begin(command: &mut Command, limit: Duration) -> io::Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let now = Instant::now();
        Ok(Self {
            limit,
            // A time that cannot be counted is as good as none.
            deadline: now.checked_add(limit).unwrap_or(now + Duration::from_secs(1 << 31)),
            output: ReadStream::new(child.stdout.take()),
            complaints: ReadStream::new(child.stderr.take()),
            child,
            has_ended: false,
        })
    }

    /// Waits until it has ended, but not longer than this; what it has left then.
    pub(crate) fn wait(
        &mut self,
        longest: Duration,
        signals: &Signals,
    ) -> Result<Option<Captured>, QueryError<CaptureError>> {
        let until = Instant::now().checked_add(longest).unwrap_or(self.deadline);
        loop {
            let result = self.look();
            signals.collect();
            if signals.ending().is_some() {
                return Err(QueryError::Interrupted);
            }
            let left = until.min(self.deadline).saturating_duration_since(Instant::now());
            if result.is_some() || left.is_zero() {
                return result.transpose().map_err(QueryError::Failed);
            }
            let ready: Vec<PollFd<'_>> = self.descriptors().collect();
            signals.wait(&ready, Some(left + Duration::from_millis(1)));
        }
    }

    /// Takes what it has printed; its result, if there will be no more.
    fn look(&mut self) -> Option<Result<Captured, CaptureError>> {
        let ended = self.child.try_wait();
        self.has_ended = !matches!(ended, Ok(None));
        // When it has ended, all that it printed is in the pipes. They may stay open beyond it in hands of its
        // descendants.
        self.output.read_ready();
        self.complaints.read_ready();
        if self.output.is_too_much() || self.complaints.is_too_much() {
            return Some(Err(CaptureError::Endless));
        }
        match ended {
            Err(error) => Some(Err(CaptureError::NotRun(error))),
            Ok(Some(status)) => Some(Ok(Captured {
                status,
                output: std::mem::take(&mut self.output.kept),
                complaints: std::mem::take(&mut self.complaints.kept),
            })),
            Ok(None) if Instant::now() >= self.deadline => Some(Err(CaptureError::Late(self.limit))),
            Ok(None) => None,
        }
    }

    /// What to wait for.
    fn descriptors(&self) -> impl Iterator<Item = PollFd<'_>> {
        self.output.poll_fd().into_iter().chain(self.complaints.poll_fd())
    }
}

impl Drop for RunningProgram {
    fn drop(&mut self) {
        if !self.has_ended {
            end(&mut self.child);
        }
    }
}

/// Kills a process that leads a group of its own, and whatever else is in that. It has not been waited for, so the
/// number is its own.
pub(crate) fn end(child: &mut Child) {
    signals::send(Signal::SIGKILL, Recipient::Group(child.id()));
    let until = Instant::now() + time_limits::AFTER_KILL;
    while matches!(child.try_wait(), Ok(None)) && Instant::now() < until {
        pass(Duration::from_millis(1));
    }
}

/// Lets a time pass, or a little less if a signal comes.
pub(crate) fn pass(time: Duration) {
    let _ = poll(&mut [], PollTimeout::try_from(time).unwrap_or(PollTimeout::ZERO));
}

/// One of the program's output streams, and what came through it.
struct ReadStream<S> {
    source: Option<S>,
    kept: Vec<u8>,
}

impl<S: Read + AsFd> ReadStream<S> {
    fn new(source: Option<S>) -> Self {
        Self { source, kept: Vec::new() }
    }

    fn poll_fd(&self) -> Option<PollFd<'_>> {
        self.source.as_ref().map(|source| PollFd::new(source.as_fd(), PollFlags::POLLIN))
    }

    /// Whether so much came that no more of it is read.
    fn is_too_much(&self) -> bool {
        self.kept.len() > MOST
    }

    /// Reads what is there, without waiting for more.
    fn read_ready(&mut self) {
        let mut bytes = [0; 1 << 12];
        while let Some(mut ready) = self.poll_fd() {
            if self.is_too_much()
                || !matches!(poll(std::slice::from_mut(&mut ready), PollTimeout::ZERO), Ok(1..))
            {
                return;
            }
            let read = self.source.as_mut().map_or(Ok(0), |source| source.read(&mut bytes));
            match read {
                Ok(count @ 1..) => self.kept.extend_from_slice(&bytes[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => self.source = None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::failing::Failing;

    /// What came through a file of so many bytes whose reads first fail in these ways.
    fn read_of(size: usize, failures: Vec<io::ErrorKind>) -> ReadStream<Failing> {
        let mut stream = ReadStream::new(Some(Failing::with(size, failures)));
        stream.read_ready();
        stream
    }

    fn shell(code: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", code]);
        command
    }

    #[test]
    fn as_much_as_may_be_is_read_whole_and_one_byte_more_is_too_much() {
        let stream = read_of(MOST, Vec::new());
        assert_eq!((stream.kept.len(), stream.is_too_much()), (MOST, false));
        assert!(read_of(MOST + 1, Vec::new()).is_too_much());
    }

    #[test]
    fn an_interruption_is_no_end_and_any_other_failure_is_one() {
        assert_eq!(read_of(5, vec![io::ErrorKind::Interrupted]).kept.len(), 5);
        assert_eq!(read_of(5, vec![io::ErrorKind::ConnectionReset]).kept.len(), 0);
    }

    #[test]
    fn many_run_at_once_and_each_has_its_answer() {
        let signals = Signals::listen().unwrap();
        let captured =
            each(3 * AT_ONCE, &signals, |at| Ok((shell(&format!("echo {at}; exit 3")), ()))).unwrap();
        for (at, captured) in captured.into_iter().enumerate() {
            let captured = captured.unwrap();
            assert_eq!((captured.status.code(), captured.output), (Some(3), format!("{at}\n").into_bytes()));
        }
    }

    #[test]
    fn who_does_not_end_is_ended_with_whatever_it_has_started() {
        let signals = Signals::listen().unwrap();
        signals.limit_queries(Duration::from_millis(200));
        let begun = Instant::now();
        // The second process holds the pipe: its end can be seen there.
        let captured = each(AT_ONCE, &signals, |_| Ok((shell("sleep 1000 & wait"), ()))).unwrap();
        assert!(captured.iter().all(|captured| matches!(captured, Err(CaptureError::Late(_)))));
        assert!(begun.elapsed() < Duration::from_secs(30), "one after another");
        let late = patiently(&mut shell("sleep 1000"), Duration::from_millis(50));
        assert!(matches!(late, Err(CaptureError::Late(_))));
        assert!(
            patiently(&mut shell("echo x"), Duration::from_secs(60)).is_ok_and(|done| done.output == b"x\n")
        );
    }

    #[test]
    fn what_passes_is_tried_again_and_what_does_not_is_told() {
        let signals = Signals::listen().unwrap();
        let mut tries = 0;
        let captured = each(2, &signals, |at| {
            tries += 1;
            let fails = at == 1 || tries < 3;
            let error = if at == 0 { nix::errno::Errno::EAGAIN } else { nix::errno::Errno::EACCES };
            if fails { Err(error.into()) } else { Ok((shell("exit 0"), ())) }
        });
        assert!(matches!(captured.unwrap()[..], [Ok(_), Err(CaptureError::NotRun(_))]));
        assert_eq!(tries, 4);
    }
}
