//! The manager's own standard streams, as the place where kept output goes: written to only when they are ready.
//!
//! Knows nothing of whose output it is. A stream that is broken takes everything and keeps nothing.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// One of the two streams that a program prints to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Standard output.
    Output,
    /// Standard error.
    Error,
}

/// What became of a few bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passed {
    /// This many are gone.
    Bytes(usize),
    /// The stream is not ready.
    NotYet,
}

/// Both streams; nothing in place of one that cannot be written to.
#[derive(Debug)]
pub(crate) struct Sinks {
    output: Option<File>,
    error: Option<File>,
    are_one: bool,
}

impl Sinks {
    /// The manager's own.
    pub(crate) fn standard() -> io::Result<Self> {
        let output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let error = File::from(io::stderr().as_fd().try_clone_to_owned()?);
        Ok(Self::new(output, error))
    }

    pub(crate) fn new(output: File, error: File) -> Self {
        let identity = |file: &File| file.metadata().ok().map(|found| (found.dev(), found.ino()));
        let are_one = identity(&output).is_some() && identity(&output) == identity(&error);
        Self { output: Some(output), error: Some(error), are_one }
    }

    /// Whether both streams are the same thing, so that the order between them can be seen.
    pub(crate) fn are_one(&self) -> bool {
        self.are_one
    }

    /// What to wait for before more can be written.
    pub(crate) fn descriptor(&self, stream: Stream) -> Option<BorrowedFd<'_>> {
        self.file(stream).map(AsFd::as_fd)
    }

    /// Writes a few bytes, if that needs no wait.
    pub(crate) fn pass(&mut self, stream: Stream, bytes: &[u8]) -> Passed {
        let Some(mut file) = self.file(stream) else { return Passed::Bytes(bytes.len()) };
        let mut ready = [PollFd::new(file.as_fd(), PollFlags::POLLOUT)];
        if matches!(poll(&mut ready, PollTimeout::ZERO), Ok(0)) {
            return Passed::NotYet;
        }
        passed(&file.write(bytes)).unwrap_or_else(|| {
            match stream {
                Stream::Output => self.output = None,
                Stream::Error => self.error = None,
            }
            Passed::Bytes(bytes.len())
        })
    }

    fn file(&self, stream: Stream) -> Option<&File> {
        match stream {
            Stream::Output => self.output.as_ref(),
            Stream::Error => self.error.as_ref(),
        }
    }
}

/// What became of the bytes of a write; nothing where the stream is broken.
fn passed(written: &io::Result<usize>) -> Option<Passed> {
    match written {
        Ok(count @ 1..) => Some(Passed::Bytes(*count)),
        // Another program that writes there too may have been quicker.
        Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock) => {
            Some(Passed::NotYet)
        }
        Ok(0) | Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_is_busy_is_not_broken() {
        assert_eq!(passed(&Ok(3)), Some(Passed::Bytes(3)));
        for kind in [ErrorKind::Interrupted, ErrorKind::WouldBlock] {
            assert_eq!(passed(&Err(kind.into())), Some(Passed::NotYet));
        }
        assert_eq!(passed(&Ok(0)), None);
        assert_eq!(passed(&Err(ErrorKind::BrokenPipe.into())), None);
    }
}
