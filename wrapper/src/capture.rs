//! Runs a program for what it prints, and never waits for it longer than a signal allows.
//!
//! Knows nothing of what the program is about.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::process::{ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::signals::Signals;

/// More than any list of instances takes: a program that prints more than this is out of order.
const MOST: usize = 16 << 20;

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
    /// The manager has been asked to end.
    Interrupted,
}

/// Runs a program. It gets no input. When the manager is asked to end, the program is killed: it only reads, so
/// that does no harm.
pub(crate) fn capture(command: &mut Command, signals: &Signals) -> Result<Captured, CaptureError> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(CaptureError::NotRun)?;
    let mut output = Stream::new(child.stdout.take());
    let mut complaints = Stream::new(child.stderr.take());
    let result = loop {
        let ended = child.try_wait();
        // Asked after the look at the program: a signal that has ended both of us is here by now.
        signals.collect();
        if signals.ending().is_some() {
            break Err(CaptureError::Interrupted);
        }
        match ended {
            Err(error) => break Err(CaptureError::NotRun(error)),
            Ok(Some(_)) => {
                // What it printed is in the pipes. They may stay open beyond it in hands of its descendants.
                output.read_ready();
                complaints.read_ready();
            }
            Ok(None) => wait(&mut output, &mut complaints, signals),
        }
        if output.is_too_much() || complaints.is_too_much() {
            break Err(CaptureError::Endless);
        }
        if let Ok(Some(status)) = ended {
            break Ok(status);
        }
    };
    if result.is_err() {
        // Both fail only when it has ended already.
        let _ = child.kill();
        let _ = child.wait();
    }
    result.map(|status| Captured { status, output: output.kept, complaints: complaints.kept })
}

/// Waits for something to happen, and takes what has been printed.
fn wait(output: &mut Stream<ChildStdout>, complaints: &mut Stream<ChildStderr>, signals: &Signals) {
    let ready: Vec<PollFd<'_>> = output.poll_fd().into_iter().chain(complaints.poll_fd()).collect();
    signals.wait(&ready, None::<Duration>);
    output.read_ready();
    complaints.read_ready();
}

/// One of the program's output streams, and what came through it.
struct Stream<S> {
    source: Option<S>,
    kept: Vec<u8>,
}

impl<S: Read + AsFd> Stream<S> {
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
    use crate::failing::Failing;

    /// What came through a file of so many bytes whose reads first fail in these ways.
    fn read_of(size: usize, failures: Vec<io::ErrorKind>) -> Stream<Failing> {
        let mut stream = Stream::new(Some(Failing::with(size, failures)));
        stream.read_ready();
        stream
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
}
