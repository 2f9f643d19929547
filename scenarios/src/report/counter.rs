//! Shows on standard error how far long work is: rewritten in place on a terminal, else a line for each tenth.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

/// Whether somebody wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Yes.
    Yes,
    /// No.
    No,
}

/// Shows how far the work is.
#[derive(Debug)]
pub struct Counter {
    wanted: Wanted,
    last_tenth: usize,
}

impl Counter {
    /// At the beginning of the work.
    pub fn new(wanted: Wanted) -> Self {
        Self { wanted, last_tenth: 0 }
    }

    /// So much of the whole is done. If standard error cannot be written, the work goes on.
    pub fn tell(&mut self, done: usize, all: usize, text: impl Display) {
        if self.wanted == Wanted::No {
            return;
        }
        let mut stderr = io::stderr().lock();
        let tenth = done.saturating_mul(10) / all.max(1);
        if stderr.is_terminal() {
            let _ = write!(stderr, "\r{text} ").and_then(|()| stderr.flush());
        } else if tenth > self.last_tenth {
            self.last_tenth = tenth;
            let _ = writeln!(stderr, "{text}");
        }
    }

    /// Ends the line that was rewritten.
    pub fn finish(&self) {
        let mut stderr = io::stderr().lock();
        if self.wanted == Wanted::Yes && stderr.is_terminal() {
            let _ = writeln!(stderr);
        }
    }

    /// Says what begins now.
    pub fn say(&self, text: impl Display) {
        if self.wanted == Wanted::Yes {
            let _ = writeln!(io::stderr().lock(), "{text}");
        }
    }
}
