//! Shows on standard error how many generated cases have been judged.

use std::io::{self, IsTerminal, Write};

/// Tells on standard error how far the judging is: rewritten in place on a terminal, else a line for each tenth.
pub struct SampleProgress {
    wanted: Wanted,
    last: u64,
}

/// Whether somebody wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Yes.
    Yes,
    /// No.
    No,
}

impl SampleProgress {
    /// For those who want it.
    pub fn new(wanted: Wanted) -> Self {
        Self { wanted, last: 0 }
    }

    pub(super) fn tell(&mut self, done: u64, count: u64, failed: usize) {
        if self.wanted == Wanted::No {
            return;
        }
        let text = format!("drawn cases: {done} of {count} judged, {failed} failed");
        let mut stderr = io::stderr().lock();
        // Nobody's reading is no reason to stop.
        if stderr.is_terminal() {
            let _ = write!(stderr, "\r{text}").and_then(|()| stderr.flush());
        } else if done * 10 / count > self.last {
            self.last = done * 10 / count;
            let _ = writeln!(stderr, "{text}");
        }
    }

    pub(super) fn finish(&self) {
        let mut stderr = io::stderr().lock();
        if self.wanted == Wanted::Yes && stderr.is_terminal() {
            let _ = writeln!(stderr);
        }
    }

    pub(super) fn say_shrinking(&self, count: usize) {
        if self.wanted == Wanted::Yes && count > 0 {
            let _ = writeln!(io::stderr().lock(), "drawn cases: making {count} that failed small");
        }
    }
}
