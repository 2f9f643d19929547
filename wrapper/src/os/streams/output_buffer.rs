//! Buffers the output of a command until it is printed.
//! A little is in memory, and more in an unnamed file, so that a thousand instances use no memory.
//!
//! Knows nothing of commands, and never waits.

use std::collections::VecDeque;
use std::fs::File;
use std::os::unix::fs::FileExt;

use crate::os::files::private::nameless_file;
use crate::os::streams::std_streams::{Sinks, Stream, WriteOutcome};

/// How much of one command's output is kept in memory before there is a file.
const IN_MEMORY: usize = 1 << 14;

/// How much is kept in memory if there can be no file, or if the file takes no more.
const MOST_IN_MEMORY: usize = 1 << 16;

/// How much waits at most. What comes beyond that is counted, and lost.
const MOST: u64 = 8 << 20;

/// How often the two streams may take turns in what is kept.
const MOST_SEGMENTS: usize = 1 << 13;

/// How many bytes are written at once.
const PIECE: usize = 1 << 12;

/// Output that was read and not written yet, both streams in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct OutputBuffer {
    /// Which stream the next bytes belong to, and how many they are.
    segments: VecDeque<(Stream, usize)>,
    file: Option<Storage>,
    /// What is behind the content of the file, or all of it.
    memory: VecDeque<u8>,
    /// How many bytes were not kept.
    lost: u64,
    /// Whether some of those would follow what is kept.
    is_cut: bool,
}

/// A file whose room is used again and again: the byte with number N is at N modulo `MOST`.
#[derive(Debug)]
struct Storage {
    file: File,
    /// The numbers of the first byte that waits, and of the one that comes next.
    begin: u64,
    end: u64,
    is_full: bool,
}

impl Storage {
    fn waiting(&self) -> u64 {
        self.end - self.begin
    }

    /// Writes what fits; how much that was. No more than `MOST` bytes may wait then.
    fn write(&mut self, bytes: &[u8]) -> usize {
        let mut rest = bytes;
        while !self.is_full && !rest.is_empty() {
            let (place, room) = place(self.end);
            match self.file.write_at(&rest[..rest.len().min(room)], place) {
                Ok(count @ 1..) => {
                    self.end += count as u64;
                    rest = &rest[count..];
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => self.is_full = true,
            }
        }
        bytes.len() - rest.len()
    }

    /// Reads the next bytes without taking them away; how many.
    fn peek(&self, piece: &mut [u8]) -> usize {
        let (place, room) = place(self.begin);
        let waiting = usize::try_from(self.waiting()).unwrap_or(usize::MAX);
        let count = waiting.min(room).min(piece.len());
        if self.file.read_exact_at(&mut piece[..count], place).is_err() {
            // What the file has lost cannot be had any more; its place is taken by nothing worse than blanks.
            piece[..count].fill(b' ');
        }
        count
    }
}

/// Where in the file the byte with a number is, and how many bytes there are up to the end of the file.
fn place(number: u64) -> (u64, usize) {
    let place = number % MOST;
    (place, usize::try_from(MOST - place).unwrap_or(usize::MAX))
}

impl OutputBuffer {
    /// Keeps a few more bytes, as far as there is room for them.
    pub(crate) fn keep(&mut self, stream: Stream, bytes: &[u8]) {
        let kept = self.store(stream, bytes);
        self.lost += (bytes.len() - kept) as u64;
        self.is_cut |= kept < bytes.len();
        match self.segments.back_mut() {
            _ if kept == 0 => {}
            Some((last, length)) if *last == stream => *length += kept,
            _ => self.segments.push_back((stream, kept)),
        }
    }

    /// How many bytes were not kept.
    pub(crate) fn lost(&self) -> u64 {
        self.lost
    }

    /// Puts bytes behind the others; how many of them.
    fn store(&mut self, stream: Stream, bytes: &[u8]) -> usize {
        let is_another = self.segments.back().is_none_or(|(last, _)| *last != stream);
        // Where something is missing, nothing that comes later is shown as if it followed.
        if self.is_cut || (is_another && self.segments.len() >= MOST_SEGMENTS) {
            return 0;
        }
        let waiting = self.file.as_ref().map_or(0, Storage::waiting) + self.memory.len() as u64;
        let room = usize::try_from(MOST.saturating_sub(waiting)).unwrap_or(usize::MAX);
        let bytes = &bytes[..bytes.len().min(room)];
        if self.file.is_none() && self.memory.len() + bytes.len() > IN_MEMORY {
            self.move_to_file();
        }
        let written = match &mut self.file {
            // Behind what is in memory, nothing goes to the file any more.
            Some(storage) if self.memory.is_empty() => storage.write(bytes),
            _ => 0,
        };
        let rest = &bytes[written..];
        let taken = rest.len().min(MOST_IN_MEMORY.saturating_sub(self.memory.len()));
        self.memory.extend(&rest[..taken]);
        written + taken
    }

    /// Writes what can be written without blocking. The result is the stream that is not ready, if there is one.
    pub(crate) fn flush_ready(&mut self, sinks: &mut Sinks) -> Option<Stream> {
        let mut piece = [0; PIECE];
        while let Some((stream, length)) = self.segments.front().copied() {
            let count = self.peek(&mut piece[..length.min(PIECE)]);
            match sinks.pass(stream, &piece[..count]) {
                WriteOutcome::Bytes(count) => self.forget(count),
                WriteOutcome::NotYet => return Some(stream),
            }
        }
        self.file = None;
        self.is_cut = false;
        None
    }

    /// Whether there is so much of it that it takes a file.
    pub(crate) fn is_long(&self) -> bool {
        self.file.is_some()
    }

    /// Reads the next bytes without taking them away; how many.
    fn peek(&self, piece: &mut [u8]) -> usize {
        if let Some(storage) = self.file.as_ref().filter(|storage| storage.waiting() > 0) {
            return storage.peek(piece);
        }
        let (kept, _) = self.memory.as_slices();
        let count = piece.len().min(kept.len());
        piece[..count].copy_from_slice(&kept[..count]);
        count
    }

    /// Takes bytes away that `peek` has read.
    fn forget(&mut self, count: usize) {
        match self.file.as_mut().filter(|storage| storage.waiting() > 0) {
            Some(storage) => storage.begin += count as u64,
            None => drop(self.memory.drain(..count)),
        }
        if let Some((_, length)) = self.segments.front_mut() {
            *length -= count.min(*length);
            if *length == 0 {
                self.segments.pop_front();
            }
        }
    }

    /// From memory to a file. If there cannot be one, memory has to do.
    fn move_to_file(&mut self) {
        let Ok(file) = nameless_file() else { return };
        let mut storage = Storage { file, begin: 0, end: 0, is_full: false };
        if storage.write(self.memory.make_contiguous()) == self.memory.len() {
            self.memory = VecDeque::new();
            self.file = Some(storage);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use proptest::prelude::*;

    use super::*;

    /// Two files in place of the standard streams, and what is in them.
    fn collected(buffer: &mut OutputBuffer) -> (Vec<u8>, Vec<u8>) {
        let (output, errors) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        let mut sinks = Sinks::new(output.try_clone().unwrap(), errors.try_clone().unwrap());
        assert_eq!(buffer.flush_ready(&mut sinks), None);
        let content = |file: File| {
            let mut bytes = vec![0; usize::try_from(file.metadata().unwrap().len()).unwrap()];
            file.read_exact_at(&mut bytes, 0).unwrap();
            bytes
        };
        (content(output), content(errors))
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_comes_twice(
            pieces in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..9000)), 0..9)
        ) {
            let mut buffer = OutputBuffer::default();
            let (mut output, mut errors) = (Vec::new(), Vec::new());
            for (is_error, bytes) in &pieces {
                buffer.keep(if *is_error { Stream::Error } else { Stream::Output }, bytes);
                if *is_error { &mut errors } else { &mut output }.extend_from_slice(bytes);
            }
            prop_assert_eq!(collected(&mut buffer), (output, errors));
            buffer.keep(Stream::Output, b"more");
            prop_assert_eq!(collected(&mut buffer), (b"more".to_vec(), Vec::new()));
        }
    }

    #[test]
    fn much_output_is_no_memory() {
        let mut buffer = OutputBuffer::default();
        for _ in 0..100 {
            buffer.keep(Stream::Output, &[b'x'; 1 << 12]);
        }
        assert!(buffer.is_long() && buffer.memory.capacity() <= 2 * IN_MEMORY);
        assert_eq!(buffer.segments.len(), 1, "what belongs together is one");
        assert_eq!(collected(&mut buffer).0.len(), 100 << 12);
        assert!(buffer.file.is_none());
    }

    #[test]
    fn a_little_output_is_no_file() {
        let mut buffer = OutputBuffer::default();
        buffer.keep(Stream::Output, &[b'x'; 200]);
        buffer.keep(Stream::Output, &[b'x'; 200]);
        assert!(!buffer.is_long());
        buffer.keep(Stream::Output, &[b'x'; IN_MEMORY - 400]);
        assert!(!buffer.is_long());
        buffer.keep(Stream::Output, b"x");
        assert!(buffer.is_long());
    }

    #[test]
    fn behind_a_file_that_takes_no_more_there_is_some_room_in_memory() {
        let content = vec![b'x'; 2 * IN_MEMORY];
        let mut buffer = OutputBuffer::default();
        buffer.keep(Stream::Error, &content);
        // One that can only be read stands for one on a full disk.
        let full = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(full.path(), &content).unwrap();
        buffer.file.as_mut().unwrap().file = File::open(full.path()).unwrap();
        buffer.keep(Stream::Error, b"end");
        assert_eq!(buffer.lost(), 0);
        buffer.keep(Stream::Output, &vec![b'y'; MOST_IN_MEMORY]);
        assert_eq!(buffer.lost(), 3);
        assert!(buffer.memory.len() == MOST_IN_MEMORY);
        let (output, errors) = collected(&mut buffer);
        assert_eq!((errors.len(), &errors[2 * IN_MEMORY..]), (2 * IN_MEMORY + 3, &b"end"[..]));
        assert_eq!(output.len(), MOST_IN_MEMORY - 3);
    }

    #[test]
    fn only_what_waits_is_bounded_where_a_reader_is_always_a_little_behind() {
        for has_file in [true, false] {
            let (mut reader, writer) =
                nix::unistd::pipe().map(|(source, end)| (File::from(source), File::from(end))).unwrap();
            let mut sinks = Sinks::new(writer, tempfile::tempfile().unwrap());
            let mut buffer = OutputBuffer::default();
            // More than the pipe takes.
            let mut sent = 96 << 10;
            let content = |number: usize| (number / 7).to_le_bytes()[0];
            buffer.keep(Stream::Output, &(0..sent).map(content).collect::<Vec<u8>>());
            if !has_file {
                // Of what a file holds, the pipe takes all and more.
                buffer.file.as_mut().unwrap().is_full = true;
            }
            let mut received = 0;
            let mut piece = vec![0; 10_000];
            while received < 20 << 20 {
                assert_eq!(buffer.lost(), 0, "after {received} bytes");
                assert_eq!(buffer.flush_ready(&mut sinks), Some(Stream::Output));
                reader.read_exact(&mut piece).unwrap();
                assert!(piece.iter().zip(received..).all(|(byte, number)| *byte == content(number)));
                received += piece.len();
                let next: Vec<u8> = (sent..sent + piece.len()).map(content).collect();
                buffer.keep(Stream::Output, &next);
                sent += piece.len();
            }
            let length = buffer.file.as_ref().unwrap().file.metadata().unwrap().len();
            assert!(length <= MOST, "{length}");
        }
    }

    #[test]
    fn there_is_a_bound_to_what_is_kept_and_what_comes_beyond_it_is_counted() {
        let mut buffer = OutputBuffer::default();
        let piece = vec![b'x'; 1 << 20];
        for _ in 0..20 {
            buffer.keep(Stream::Output, &piece);
        }
        assert_eq!(buffer.lost(), 12 << 20);
        assert_eq!(collected(&mut buffer).0.len() as u64, MOST);
        let mut buffer = OutputBuffer::default();
        for _ in 0..MOST_SEGMENTS {
            buffer.keep(Stream::Output, b"x");
            buffer.keep(Stream::Error, b"y");
        }
        assert_eq!((buffer.segments.len(), buffer.lost()), (MOST_SEGMENTS, MOST_SEGMENTS as u64));
    }
}
