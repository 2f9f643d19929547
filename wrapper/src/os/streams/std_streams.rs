//! The program's own standard output and error. They are written to without blocking, in small pieces.
//!
//! Whether a write blocks is a property that all holders of a stream share, so that it must not be changed here. A pipe
//! or a terminal is opened once more, for this program alone. If that cannot be done, as with a socket, pieces are
//! as small as what a stream that is ready takes. A stream that is broken takes everything and keeps nothing.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::os::signals::Signals;

/// How much is written at once. A pipe that is ready for anything takes this much without a wait.
const PIECE: usize = 1 << 12;

/// The same for a socket. One is ready when three quarters of its buffer are free, or at least a third.
const PIECE_FOR_SOCKET: usize = 1 << 10;

/// The same for a terminal that could not be opened once more. It may be ready for less, but hardly ever is.
const PIECE_FOR_TERMINAL: usize = 1 << 6;

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
pub(crate) enum WriteOutcome {
    /// This many are gone.
    Bytes(usize),
    /// The stream is not ready.
    NotYet,
}

/// A stream that is written to without waits.
#[derive(Debug)]
pub(crate) struct Sink {
    file: File,
    /// How much is written at once.
    piece: usize,
}

impl Sink {
    /// One of the manager's own.
    pub(crate) fn standard(stream: Stream) -> io::Result<Self> {
        let file = match stream {
            Stream::Output => io::stdout().as_fd().try_clone_to_owned()?,
            Stream::Error => io::stderr().as_fd().try_clone_to_owned()?,
        };
        Ok(Self::new(File::from(file)))
    }

    fn new(file: File) -> Self {
        let is_terminal = file.is_terminal();
        let Ok(metadata) = file.metadata() else { return Self { file, piece: PIECE } };
        let again =
            if is_terminal || metadata.file_type().is_fifo() { opened_again(&file, &metadata) } else { None };
        let piece = match again {
            None if metadata.file_type().is_socket() => PIECE_FOR_SOCKET,
            None if is_terminal => PIECE_FOR_TERMINAL,
            _ => PIECE,
        };
        Self { file: again.unwrap_or(file), piece }
    }

    /// Writes a few bytes, if that needs no wait. An error where the stream is broken.
    pub(crate) fn pass(&self, bytes: &[u8]) -> io::Result<WriteOutcome> {
        let mut ready = [PollFd::new(self.file.as_fd(), PollFlags::POLLOUT)];
        if matches!(poll(&mut ready, PollTimeout::ZERO), Ok(0)) {
            return Ok(WriteOutcome::NotYet);
        }
        write_outcome((&self.file).write(&bytes[..bytes.len().min(self.piece)]))
    }

    /// Writes all of a text. It waits for a slow reader without end, but not beyond this time, and once the
    /// manager was asked to end, not beyond its patience.
    pub(crate) fn write(
        &self,
        text: &[u8],
        limit: Option<Duration>,
        signals: &Signals,
    ) -> Result<(), Unwritten> {
        let begun = std::time::Instant::now();
        let mut rest = text;
        while !rest.is_empty() {
            let left = limit.map_or(Duration::MAX, |limit| limit.saturating_sub(begun.elapsed()));
            match self.pass(rest).map_err(Unwritten::Broken)? {
                WriteOutcome::Bytes(count) => rest = &rest[count..],
                WriteOutcome::NotYet if signals.wait_for_reader(self.file.as_fd(), left) => {}
                WriteOutcome::NotYet if rest.len() == text.len() => return Err(Unwritten::Stalled),
                WriteOutcome::NotYet => return Err(Unwritten::Cut),
            }
        }
        Ok(())
    }
}

/// Why a text was not written, or not all of it.
#[derive(Debug)]
pub(crate) enum Unwritten {
    /// Nobody can read it.
    Broken(io::Error),
    /// Nobody has made room for any of it.
    Stalled,
    /// The same, for its end.
    Cut,
}

/// A pipe or a terminal, opened once more so that a write to it never waits. Only the process file system has that.
fn opened_again(file: &File, metadata: &Metadata) -> Option<File> {
    let flags = OFlag::from_bits_retain(fcntl(file, FcntlArg::F_GETFL).ok()?);
    if flags & OFlag::O_ACCMODE == OFlag::O_RDONLY {
        return None;
    }
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    let again = OpenOptions::new().write(true).custom_flags(flags.bits()).open(path).ok()?;
    let found = again.metadata().ok()?;
    let identity = |metadata: &Metadata| (metadata.dev(), metadata.ino(), metadata.rdev());
    (identity(&found) == identity(metadata)).then_some(again)
}

/// Both streams; nothing in place of one that cannot be written to.
#[derive(Debug)]
pub(crate) struct Sinks {
    output: Option<Sink>,
    error: Option<Sink>,
    are_one: bool,
}

impl Sinks {
    /// The manager's own.
    pub(crate) fn standard() -> io::Result<Self> {
        Ok(Self::of(Sink::standard(Stream::Output)?, Sink::standard(Stream::Error)?))
    }

    #[cfg(test)]
    pub(crate) fn new(output: File, error: File) -> Self {
        Self::of(Sink::new(output), Sink::new(error))
    }

    fn of(output: Sink, error: Sink) -> Self {
        let identity = |sink: &Sink| sink.file.metadata().ok().map(|found| (found.dev(), found.ino()));
        let are_one = identity(&output).is_some() && identity(&output) == identity(&error);
        Self { output: Some(output), error: Some(error), are_one }
    }

    /// Whether both streams are the same thing, so that the order between them can be seen.
    pub(crate) fn are_one(&self) -> bool {
        self.are_one
    }

    /// What has to be ready, to wait for before more can be written.
    pub(crate) fn descriptor(&self, stream: Stream) -> Option<BorrowedFd<'_>> {
        self.sink(stream).map(|sink| sink.file.as_fd())
    }

    /// Writes a few bytes, if that needs no wait.
    pub(crate) fn pass(&mut self, stream: Stream, bytes: &[u8]) -> WriteOutcome {
        let Some(sink) = self.sink(stream) else { return WriteOutcome::Bytes(bytes.len()) };
        sink.pass(bytes).unwrap_or_else(|_| {
            match stream {
                Stream::Output => self.output = None,
                Stream::Error => self.error = None,
            }
            WriteOutcome::Bytes(bytes.len())
        })
    }

    fn sink(&self, stream: Stream) -> Option<&Sink> {
        match stream {
            Stream::Output => self.output.as_ref(),
            Stream::Error => self.error.as_ref(),
        }
    }
}

/// What became of the bytes of a write.
fn write_outcome(written: io::Result<usize>) -> io::Result<WriteOutcome> {
    match written {
        Ok(0) => Err(ErrorKind::WriteZero.into()),
        Ok(count) => Ok(WriteOutcome::Bytes(count)),
        // Another program that writes there too may have been quicker.
        Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock) => {
            Ok(WriteOutcome::NotYet)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn a_stream_that_is_busy_is_not_broken() {
        assert_eq!(write_outcome(Ok(3)).unwrap(), WriteOutcome::Bytes(3));
        for kind in [ErrorKind::Interrupted, ErrorKind::WouldBlock] {
            assert_eq!(write_outcome(Err(kind.into())).unwrap(), WriteOutcome::NotYet);
        }
        assert!(write_outcome(Ok(0)).is_err());
        assert!(write_outcome(Err(ErrorKind::BrokenPipe.into())).is_err());
    }

    /// Both ends of a pipe, of a pair of sockets, and of a terminal. Writes to any of them wait.
    fn pairs() -> Vec<(&'static str, File, File)> {
        let (source, end) = nix::unistd::pipe().unwrap();
        let (reader, writer) = UnixStream::pair().unwrap();
        let terminal = nix::pty::openpty(None, None).unwrap();
        let file = |end: OwnedFd| File::from(end);
        vec![
            ("pipe", file(source), file(end)),
            ("socket", file(reader.into()), file(writer.into())),
            ("terminal", file(terminal.master), file(terminal.slave)),
        ]
    }

    #[test]
    fn a_text_that_nobody_reads_is_given_up_and_one_that_is_read_arrives() {
        let signals = Signals::listen().unwrap();
        let text = vec![b'x'; 1 << 20];
        for (kind, mut reader, writer) in pairs() {
            let sink = Sink::new(writer);
            let short = Some(Duration::from_millis(50));
            assert!(matches!(sink.write(&text, short, &signals), Err(Unwritten::Cut)), "{kind}");
            assert!(
                matches!(sink.write(&text, Some(Duration::ZERO), &signals), Err(Unwritten::Stalled)),
                "{kind}"
            );
            let reading = std::thread::spawn(move || {
                let mut count = 0;
                let mut bytes = [0; 1 << 12];
                // What was written before is there as well; a terminal that is closed is an error.
                while let Ok(read @ 1..) = reader.read(&mut bytes) {
                    count += read;
                }
                count
            });
            assert!(sink.write(&text, None, &signals).is_ok(), "{kind}");
            drop(sink);
            assert!(reading.join().unwrap() >= text.len(), "{kind}");
        }
    }

    #[test]
    fn whether_others_wait_stays_their_business() {
        for (kind, _reader, writer) in pairs() {
            let other = writer.try_clone().unwrap();
            let sink = Sink::new(writer);
            assert!(matches!(sink.pass(b"x"), Ok(WriteOutcome::Bytes(1))), "{kind}");
            let flags = OFlag::from_bits_retain(fcntl(&other, FcntlArg::F_GETFL).unwrap());
            assert!(!flags.contains(OFlag::O_NONBLOCK), "{kind}");
        }
    }
}
