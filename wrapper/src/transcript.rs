//! What a command prints, kept until it is its instance's turn to be heard. A little is kept in memory, more in
//! a file without a name, so that a thousand talkative instances cost no memory.
//!
//! Knows nothing of commands, and never waits.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};

use crate::sinks::{Passed, Sinks, Stream};

/// How much of one command's output is kept in memory.
const IN_MEMORY: usize = 1 << 14;

/// How much is handed on at once. A pipe that is ready for anything takes this much without a wait.
const PIECE: usize = 1 << 12;

/// Output that has come and was not handed on yet, both streams in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    /// Which stream the next bytes belong to, and how many they are.
    segments: VecDeque<(Stream, usize)>,
    memory: Vec<u8>,
    file: Option<File>,
    /// Where the bytes that come next begin, and where they end.
    begin: u64,
    end: u64,
}

impl Transcript {
    /// Keeps a few more bytes.
    pub(crate) fn keep(&mut self, stream: Stream, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        match self.segments.back_mut() {
            Some((last, length)) if *last == stream => *length += bytes.len(),
            _ => self.segments.push_back((stream, bytes.len())),
        }
        if self.file.is_none() && self.memory.len() + bytes.len() > IN_MEMORY {
            self.move_to_file();
        }
        if let Some(file) = &self.file {
            if file.write_all_at(bytes, self.end).is_ok() {
                self.end += bytes.len() as u64;
                return;
            }
            self.move_to_memory();
        }
        self.memory.extend_from_slice(bytes);
        self.end += bytes.len() as u64;
    }

    /// Hands on what can be handed on without a wait; the stream that has to be waited for, if there is one.
    pub(crate) fn hand_on(&mut self, sinks: &mut Sinks) -> Option<Stream> {
        let mut piece = [0; PIECE];
        while let Some((stream, length)) = self.segments.front().copied() {
            let count = self.peek(&mut piece[..length.min(PIECE)]);
            match sinks.pass(stream, &piece[..count]) {
                Passed::Bytes(count) => self.forget(count),
                Passed::NotYet => return Some(stream),
            }
        }
        self.memory.clear();
        self.file = None;
        (self.begin, self.end) = (0, 0);
        None
    }

    /// Whether there is so much of it that it takes a file.
    pub(crate) fn is_long(&self) -> bool {
        self.file.is_some()
    }

    /// Reads the next bytes without taking them away.
    fn peek(&self, piece: &mut [u8]) -> usize {
        if let Some(file) = &self.file {
            if file.read_exact_at(piece, self.begin).is_ok() {
                return piece.len();
            }
            // What the file has lost cannot be had any more; its place is taken by nothing worse than blanks.
            piece.fill(b' ');
            return piece.len();
        }
        let begin = usize::try_from(self.begin).unwrap_or(usize::MAX);
        let kept = self.memory.get(begin..).unwrap_or_default();
        let count = piece.len().min(kept.len());
        piece[..count].copy_from_slice(&kept[..count]);
        count
    }

    fn forget(&mut self, count: usize) {
        self.begin += count as u64;
        if let Some((_, length)) = self.segments.front_mut() {
            *length -= count.min(*length);
            if *length == 0 {
                self.segments.pop_front();
            }
        }
    }

    /// From memory to a file. Where there cannot be one, memory has to do.
    fn move_to_file(&mut self) {
        if let Ok(file) = nameless_file() {
            if file.write_all_at(&self.memory, 0).is_ok() {
                self.memory = Vec::new();
                self.file = Some(file);
            }
        }
    }

    /// Back to memory, when the file takes no more.
    fn move_to_memory(&mut self) {
        let length = usize::try_from(self.end).unwrap_or(0);
        let mut memory = vec![0; length];
        if let Some(file) = self.file.take() {
            let begin = usize::try_from(self.begin).unwrap_or(0).min(length);
            let _ = file.read_exact_at(&mut memory[begin..], self.begin);
        }
        self.memory = memory;
    }
}

/// A file that nobody else can open, and that is gone when it is closed.
fn nameless_file() -> io::Result<File> {
    let directory = std::env::temp_dir();
    let mut last = None;
    for number in 0..64_u32 {
        let name = format!("postfix-wrapper-{}-{number}", std::process::id());
        let path = directory.join(name);
        // A name that exists, a link that somebody has laid there included, is not opened.
        match OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path) {
            Ok(file) => {
                std::fs::remove_file(&path)?;
                return Ok(file);
            }
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| io::ErrorKind::AlreadyExists.into()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Two files in place of the standard streams, and what is in them.
    fn collected(transcript: &mut Transcript) -> (Vec<u8>, Vec<u8>) {
        let (output, errors) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        let mut sinks = Sinks::new(output.try_clone().unwrap(), errors.try_clone().unwrap());
        assert_eq!(transcript.hand_on(&mut sinks), None);
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
            let mut transcript = Transcript::default();
            let (mut output, mut errors) = (Vec::new(), Vec::new());
            for (is_error, bytes) in &pieces {
                transcript.keep(if *is_error { Stream::Error } else { Stream::Output }, bytes);
                if *is_error { &mut errors } else { &mut output }.extend_from_slice(bytes);
            }
            prop_assert_eq!(collected(&mut transcript), (output, errors));
            transcript.keep(Stream::Output, b"more");
            prop_assert_eq!(collected(&mut transcript), (b"more".to_vec(), Vec::new()));
        }
    }

    #[test]
    fn much_output_is_no_memory() {
        let mut transcript = Transcript::default();
        for _ in 0..100 {
            transcript.keep(Stream::Output, &[b'x'; 1 << 12]);
        }
        assert!(transcript.is_long() && transcript.memory.capacity() <= 2 * IN_MEMORY);
        assert_eq!(transcript.segments.len(), 1, "what belongs together is one");
        assert_eq!(collected(&mut transcript).0.len(), 100 << 12);
        assert!(transcript.file.is_none());
    }

    #[test]
    fn a_little_output_is_no_file() {
        let mut transcript = Transcript::default();
        transcript.keep(Stream::Output, &[b'x'; 200]);
        transcript.keep(Stream::Output, &[b'x'; 200]);
        assert!(!transcript.is_long());
        transcript.keep(Stream::Output, &[b'x'; IN_MEMORY - 400]);
        assert!(!transcript.is_long());
        transcript.keep(Stream::Output, b"x");
        assert!(transcript.is_long());
    }

    #[test]
    fn a_file_that_takes_no_more_is_given_up_without_loss() {
        let content = vec![b'x'; 2 * IN_MEMORY];
        let mut transcript = Transcript::default();
        transcript.keep(Stream::Error, &content);
        // One that can only be read stands for one on a full disk.
        let full = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(full.path(), &content).unwrap();
        transcript.file = Some(File::open(full.path()).unwrap());
        transcript.keep(Stream::Error, b"end");
        assert!(!transcript.is_long());
        let (_, errors) = collected(&mut transcript);
        assert_eq!((errors.len(), &errors[2 * IN_MEMORY..]), (2 * IN_MEMORY + 3, &b"end"[..]));
    }
}
