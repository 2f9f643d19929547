//! Reads what commands print, and what their descendants go on printing after their end.
//!
//! Knows nothing of how a command ends, and nothing of how its output is kept.

use std::time::Instant;

use nix::poll::PollFd;

use crate::os::processes::child::Sources;
use crate::os::time_limits;
use crate::run::ordered_output::OrderedOutput;

/// How many ended commands are listened to at once. Each has up to two open files.
const MOST_ENDED: usize = 64;

/// What one step's command prints through.
#[derive(Debug)]
struct Listened {
    at: usize,
    sources: Sources,
    has_ended: bool,
}

/// The commands whose output may go on; those that have ended, in the order of their ends.
#[derive(Debug, Default)]
pub(crate) struct Listening {
    all: Vec<Listened>,
    /// When descendants of ended commands are given up, once nothing else is left.
    ends: Option<Instant>,
}

impl Listening {
    /// Listens to the command of a step.
    pub(crate) fn begin(&mut self, at: usize, sources: Sources) {
        self.all.push(Listened { at, sources, has_ended: false });
        self.forget_closed();
    }

    /// Takes what the command of a step has printed up to its end. Its descendants are listened to from here on.
    pub(crate) fn ended(&mut self, at: usize, output: &mut OrderedOutput) {
        let Some(place) = self.all.iter().position(|listened| listened.at == at) else { return };
        let mut listened = self.all.remove(place);
        output.keep(at, |buffer| listened.sources.drain(buffer));
        listened.has_ended = true;
        self.all.push(listened);
        self.forget_closed();
        if self.all.iter().filter(|listened| listened.has_ended).count() > MOST_ENDED {
            self.give_up_oldest();
        }
    }

    /// Stops listening to descendants of the command that ended first; whether there was one.
    pub(crate) fn give_up_oldest(&mut self) -> bool {
        let oldest = self.all.iter().position(|listened| listened.has_ended);
        oldest.map(|place| self.all.remove(place)).is_some()
    }

    /// Whether descendants are still waited for, now that all commands have ended.
    pub(crate) fn is_waited_for(&mut self, now: Instant) -> bool {
        if now >= *self.ends.get_or_insert(now + time_limits::OUTPUT_AFTER_END) {
            self.all.clear();
        }
        !self.all.is_empty()
    }

    /// When they are not waited for any more, if that is known.
    pub(crate) fn ends(&self) -> Option<Instant> {
        self.ends.filter(|_| !self.all.is_empty())
    }

    /// What to wait for, to hear more: each with its place for `read`.
    pub(crate) fn descriptors(&self) -> impl Iterator<Item = (usize, PollFd<'_>)> {
        let all = self.all.iter().enumerate();
        all.flat_map(|(place, listened)| listened.sources.descriptors().map(move |source| (place, source)))
    }

    /// Takes what has been printed at some places, or a part of that.
    pub(crate) fn read(&mut self, places: &[usize], output: &mut OrderedOutput) {
        for place in places {
            let listened = &mut self.all[*place];
            output.keep(listened.at, |buffer| listened.sources.read_available(buffer));
        }
        self.forget_closed();
    }

    /// Forgets those from which nothing more can come.
    fn forget_closed(&mut self) {
        self.all.retain(|listened| listened.sources.are_open());
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write;

    use super::*;
    use crate::os::streams::std_streams::Stream;

    /// Listens to a command that has ended; the result is what its descendants print to.
    fn ended(listening: &mut Listening, output: &mut OrderedOutput, at: usize) -> File {
        let (source, end) = nix::unistd::pipe().unwrap();
        listening.begin(at, Sources::new(Stream::Output, File::from(source)));
        listening.ended(at, output);
        File::from(end)
    }

    #[test]
    fn so_many_ended_commands_are_listened_to_and_no_more() {
        let (mut listening, mut output) = (Listening::default(), OrderedOutput::new(MOST_ENDED + 2));
        let mut ends: Vec<File> =
            (0..MOST_ENDED + 2).map(|at| ended(&mut listening, &mut output, at)).collect();
        assert_eq!(listening.descriptors().count(), MOST_ENDED);
        let is_heard: Vec<bool> = ends.iter_mut().map(|end| end.write(b"x").is_ok()).collect();
        assert_eq!(is_heard.iter().position(|is_heard| *is_heard), Some(2), "the oldest are given up");
    }

    #[test]
    fn one_that_stays_open_is_waited_for_for_some_time_and_one_that_is_closed_is_not() {
        let (mut listening, mut output) = (Listening::default(), OrderedOutput::new(2));
        let (one, other) = (ended(&mut listening, &mut output, 0), ended(&mut listening, &mut output, 1));
        let now = Instant::now();
        drop(one);
        listening.read(&[0, 1], &mut output);
        assert_eq!(listening.descriptors().count(), 1);
        let ends = now + time_limits::OUTPUT_AFTER_END;
        assert!(listening.is_waited_for(now));
        assert_eq!(listening.ends(), Some(ends));
        drop(other);
        listening.read(&[0], &mut output);
        assert!(!listening.is_waited_for(now) && listening.ends().is_none());
        let _stays = ended(&mut listening, &mut output, 1);
        assert!(!listening.is_waited_for(ends) && listening.ends().is_none());
    }
}
