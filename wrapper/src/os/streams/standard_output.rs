//! Prints a text to standard output.

use std::io;

use crate::os::exit_status;
use crate::os::signals::Signals;
use crate::os::streams::std_streams::{Sink, Stream, Unwritten};

/// Prints a text that was asked for. The result is the exit status.
pub(crate) fn show(text: &str, signals: &Signals) -> u8 {
    match print(text.as_bytes(), signals) {
        Ok(()) => exit_status::SUCCESS,
        Err(_) => signals.ending().map_or(exit_status::OUTPUT, |signal| exit_status::killed(signal as i32)),
    }
}

/// Writes to standard output. It waits for a slow reader, but only a short time after the program was asked to end.
pub(crate) fn print(text: &[u8], signals: &Signals) -> io::Result<()> {
    let written = Sink::standard(Stream::Output)?.write(text, None, signals);
    signals.collect();
    written.map_err(|unwritten| match unwritten {
        Unwritten::Broken(error) => error,
        Unwritten::Stalled | Unwritten::Cut => io::ErrorKind::TimedOut.into(),
    })
}
