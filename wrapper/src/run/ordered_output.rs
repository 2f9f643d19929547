//! Keeps the outcome and output of each step until it is printed.
//! They are printed in run order, everything about one instance together.
//!
//! Knows nothing of how commands are run.

use std::os::fd::BorrowedFd;

use crate::os::messages::{Level, Messages};
use crate::os::streams::output_buffer::OutputBuffer;
use crate::os::streams::std_streams::{Sinks, Stream};
use crate::run::finished::Finished;

/// How many long outputs are kept at once. Each is an open file.
const MOST_LONG: usize = 128;

/// The output of one step, which waits for its turn.
#[derive(Debug, Default)]
struct Turn {
    finished: Option<Finished>,
    buffer: OutputBuffer,
    messages: Vec<(Level, String)>,
}

impl Turn {
    /// Says what there is to say about its step, what could not be kept first.
    fn tell(&mut self, at: usize, messages: &mut Messages<'_>, lost: &dyn Fn(usize, u64) -> String) {
        if self.buffer.lost() > 0 {
            messages.report(Level::Warning, &lost(at, self.buffer.lost()));
        }
        for (level, text) in self.messages.drain(..) {
            messages.report(level, &text);
        }
    }
}

/// The outcome and output of all steps, in run order.
#[derive(Debug)]
pub(crate) struct OrderedOutput {
    all: Vec<Turn>,
    /// What descendants of a command have printed after its turn.
    late: OutputBuffer,
    /// The step whose turn it is; all before it have been printed.
    head: usize,
    /// What the turn at the head waits for.
    stalled: Option<Stream>,
    /// How many of those that were not printed yet have a long output.
    long: usize,
}

impl OrderedOutput {
    /// As many as there are steps.
    pub(crate) fn new(count: usize) -> Self {
        let mut all = Vec::new();
        all.resize_with(count, Turn::default);
        Self { all, late: OutputBuffer::default(), head: 0, stalled: None, long: 0 }
    }

    /// Keeps what a step's command, or a descendant of it, has printed, which `read` puts into the buffer.
    pub(crate) fn keep(&mut self, at: usize, read: impl FnOnce(&mut OutputBuffer)) {
        if at < self.head {
            return read(&mut self.late);
        }
        let buffer = &mut self.all[at].buffer;
        let was_long = buffer.is_long();
        read(buffer);
        self.long += usize::from(buffer.is_long() && !was_long);
    }

    /// How much of what descendants have printed after their command's turn could not be kept.
    pub(crate) fn lost_late(&self) -> u64 {
        self.late.lost()
    }

    /// Keeps a message about a step until its turn.
    pub(crate) fn remember(&mut self, at: usize, message: Option<(Level, String)>) {
        self.all[at].messages.extend(message);
    }

    /// Records the outcome of a step.
    pub(crate) fn finish(&mut self, at: usize, finished: Finished) {
        self.all[at].finished = Some(finished);
    }

    /// Prints what can be printed by now: all steps whose turn has come, and what the next one has printed so far.
    /// What of the output of a step could not be kept is told by `lost`. The result is whether a turn is over: messages
    /// take time, in which anything may have happened.
    pub(crate) fn flush_ready(
        &mut self,
        sinks: &mut Sinks,
        messages: &mut Messages<'_>,
        lost: &dyn Fn(usize, u64) -> String,
    ) -> bool {
        let first = self.head;
        self.stalled = self.late.flush_ready(sinks);
        if self.stalled.is_some() {
            return false;
        }
        while let Some(turn) = self.all.get_mut(self.head) {
            let was_long = turn.buffer.is_long();
            self.stalled = turn.buffer.flush_ready(sinks);
            self.long -= usize::from(was_long && !turn.buffer.is_long());
            if self.stalled.is_some() || turn.finished.is_none() {
                break;
            }
            turn.tell(self.head, messages, lost);
            self.head += 1;
        }
        self.head > first
    }

    /// What must be ready before more can be printed.
    pub(crate) fn stalled<'a>(&self, sinks: &'a Sinks) -> Option<BorrowedFd<'a>> {
        self.stalled.and_then(|stream| sinks.descriptor(stream))
    }

    /// Whether so much is kept for later that no more should be added to it.
    pub(crate) fn backlog_full(&self) -> bool {
        self.long >= MOST_LONG
    }

    /// Whether output waits for a reader.
    pub(crate) fn are_stalled(&self) -> bool {
        self.stalled.is_some()
    }

    /// Whether every step has had its turn.
    pub(crate) fn are_over(&self) -> bool {
        self.head == self.all.len()
    }

    /// Gives up output that nobody reads. The manager's own messages are still printed.
    pub(crate) fn discard_output(
        &mut self,
        messages: &mut Messages<'_>,
        lost: &dyn Fn(usize, u64) -> String,
    ) {
        for (at, turn) in self.all.iter_mut().enumerate().skip(self.head) {
            turn.tell(at, messages, lost);
        }
        self.head = self.all.len();
    }

    /// The outcomes of all steps that have ended.
    pub(crate) fn into_finished(self) -> Vec<Option<Finished>> {
        self.all.into_iter().map(|turn| turn.finished).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{Read, Write};
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;

    use super::*;
    use crate::os::exit_status::Outcome;
    use crate::os::messages::WRAPPER;
    use crate::os::signals::Signals;

    const NOTHING_LOST: &dyn Fn(usize, u64) -> String = &|_, _| unreachable!();

    #[test]
    fn so_many_long_transcripts_are_kept_and_no_more() {
        let signals = Signals::listen().unwrap();
        let mut messages = Messages::new(WRAPPER, &signals);
        let nowhere = || File::options().write(true).open("/dev/null").unwrap();
        let mut turns = OrderedOutput::new(MOST_LONG + 1);
        for at in 1..=MOST_LONG {
            assert!(!turns.backlog_full(), "{at}");
            turns.keep(at, |buffer| buffer.keep(Stream::Output, &vec![b'x'; 1 << 15]));
            turns.finish(at, Finished::without_command(Outcome::Skipped));
        }
        assert!(turns.backlog_full());
        turns.finish(0, Finished::without_command(Outcome::Skipped));
        assert!(turns.flush_ready(&mut Sinks::new(nowhere(), nowhere()), &mut messages, NOTHING_LOST));
        assert!(!turns.backlog_full() && turns.are_over());
    }

    #[test]
    fn output_that_nobody_takes_is_waited_for() {
        let signals = Signals::listen().unwrap();
        let mut messages = Messages::new(WRAPPER, &signals);
        let (mut reader, mut writer) = UnixStream::pair().unwrap();
        writer.set_nonblocking(true).unwrap();
        let end = |end: &UnixStream| File::from(OwnedFd::from(end.try_clone().unwrap()));
        let mut sinks = Sinks::new(end(&writer), end(&writer));
        while writer.write(&[b'x'; 1 << 12]).is_ok() {}
        let mut turns = OrderedOutput::new(1);
        turns.keep(0, |buffer| buffer.keep(Stream::Output, b"y"));
        turns.finish(0, Finished::without_command(Outcome::Skipped));
        assert!(!turns.flush_ready(&mut sinks, &mut messages, NOTHING_LOST));
        assert!(turns.are_stalled() && turns.stalled(&sinks).is_some() && !turns.are_over());
        reader.set_nonblocking(true).unwrap();
        while reader.read(&mut [0; 1 << 12]).is_ok() {}
        assert!(turns.flush_ready(&mut sinks, &mut messages, NOTHING_LOST));
        assert!(!turns.are_stalled() && turns.stalled(&sinks).is_none() && turns.are_over());
    }
}
