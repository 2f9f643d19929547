//! Writes messages in Postfix's format, one line each, to standard error and to the mail log.
//!
//! A message that cannot be delivered is lost, and never keeps the manager from its work: nothing here fails,
//! and nothing here waits without end. Knows nothing of instances and commands.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::os::processes::capture;
use crate::os::signals::Signals;
use crate::os::streams::std_streams::{Sink, Stream, Unwritten};
use crate::os::time_limits;

/// The name that messages of the manager begin with.
pub(crate) const WRAPPER: &str = "postfix-wrapper";

/// The same, of the program that people call.
pub(crate) const MULTI: &str = "postfix-multi";

/// The longest message, in bytes, and how much of its end is shown if it is longer: what to do comes last.
const LONGEST: usize = 2000;
const LONGEST_END: usize = 700;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// The command reached its instances, but an operator must look at something.
    Warning,
    /// An instance did not get its command, or its command did not end by itself.
    Error,
    /// Nothing can be done for any instance.
    Fatal,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }
}

/// Where messages go.
#[derive(Debug)]
pub(crate) struct Messages<'a> {
    /// What they begin with.
    program: &'static str,
    signals: &'a Signals,
    log: Option<Log>,
    /// How many messages there was no time to log.
    unlogged: usize,
    standard_error: Option<Sink>,
    /// How the last message ended that was not written whole.
    stall: Option<Stall>,
    /// Whether each step is reported.
    is_verbose: bool,
}

/// How to reach the mail log.
#[derive(Debug)]
struct Log {
    postlog: PathBuf,
    tag: OsString,
}

impl<'a> Messages<'a> {
    /// Messages to standard error only, as long as nothing is known about a mail log.
    pub(crate) fn new(program: &'static str, signals: &'a Signals) -> Self {
        Self {
            program,
            signals,
            log: None,
            unlogged: 0,
            standard_error: Sink::standard(Stream::Error).ok(),
            stall: None,
            is_verbose: false,
        }
    }

    /// The signals that may ask the program to end.
    pub(crate) fn signals(&self) -> &'a Signals {
        self.signals
    }

    /// Tells each step from here on.
    pub(crate) fn be_verbose(&mut self) {
        self.is_verbose = true;
    }

    /// Reports a step, on standard error only, if every step is reported.
    pub(crate) fn tell(&mut self, text: impl FnOnce() -> String) {
        if self.is_verbose {
            self.print(&format!("{}: info: {}\n", self.program, bounded(text())));
        }
    }

    /// Sends messages to the mail log too, through this postlog(1), under a program's tag.
    pub(crate) fn enable_mail_log(&mut self, postlog: PathBuf, mut tag: OsString) {
        tag.push("/");
        tag.push(self.program);
        self.log = Some(Log { postlog, tag });
    }

    /// Says one thing.
    pub(crate) fn report(&mut self, level: Level, text: &str) {
        let text = &bounded(text.to_owned());
        self.print(&format!("{}: {}: {text}\n", self.program, level.name()));
        if let Some(log) = self.log.take() {
            self.log = self.write_to(log, level, text);
        }
    }

    /// Logs a message, or counts it if there is too little time; the log, if it makes sense to try the next one.
    fn write_to(&mut self, log: Log, level: Level, text: &str) -> Option<Log> {
        let limit = self.signals.at_most_for_log(time_limits::MESSAGE);
        let begun = Instant::now();
        let is_written = limit >= time_limits::LAST_LOG && log.write(level, text, limit, self.signals);
        self.signals.spend_on_log(begun.elapsed());
        self.unlogged += usize::from(!is_written);
        // What took less than a message may take says nothing about the next one.
        (is_written || limit < time_limits::MESSAGE).then_some(log)
    }

    fn print(&mut self, line: &str) {
        let Some(standard_error) = &self.standard_error else { return };
        // After one stall, there is no second wait.
        let limit = if self.stall.is_some() { Duration::ZERO } else { time_limits::MESSAGE };
        let line = if self.stall == Some(Stall::WithinALine) { format!("\n{line}") } else { line.to_owned() };
        match standard_error.write(line.as_bytes(), Some(limit), self.signals) {
            Ok(()) => self.stall = self.stall.map(|_| Stall::BetweenLines),
            Err(Unwritten::Broken(_)) => self.standard_error = None,
            Err(Unwritten::Stalled) => self.stall = self.stall.or(Some(Stall::BetweenLines)),
            Err(Unwritten::Cut) => self.stall = Some(Stall::WithinALine),
        }
    }
}

impl Drop for Messages<'_> {
    /// Tells the mail log how many messages are not there, if there was no time for them.
    fn drop(&mut self) {
        if let (Some(log), 1..) = (&self.log, self.unlogged) {
            let text = format!(
                "{} more messages are on standard error only, as there was no more time after the signal",
                self.unlogged
            );
            log.write(Level::Warning, &text, time_limits::LAST_LOG, self.signals);
        }
    }
}

/// Where a message broke off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stall {
    BetweenLines,
    WithinALine,
}

impl Log {
    /// Logs one message within a time; whether it makes sense to try the next one.
    fn write(&self, level: Level, text: &str, limit: Duration, signals: &Signals) -> bool {
        let child = Command::new(&self.postlog)
            .arg("-t")
            .arg(&self.tag)
            // A text may begin with a dash.
            .args(["-p", level.name(), "--", text])
            // With these a newer postlog never opens `maillog_file` itself if no postlogd answers: the message would be
            // lost while the default instance is down. Without, it takes both from main.cf.
            .env_remove("POSTLOG_SERVICE")
            .env_remove("POSTLOG_HOSTNAME")
            // On a terminal's standard error postlog would repeat what it logs.
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        let mut child = match child {
            Ok(child) => child,
            // A system that is short of something now may have it again for the next message.
            Err(error) => return !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied),
        };
        let deadline = Instant::now() + limit;
        loop {
            match child.try_wait() {
                Ok(Some(_)) => return true,
                Ok(None) => {}
                Err(_) => return false,
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                capture::end(&mut child);
                return false;
            }
            signals.wait(&[], Some(left));
        }
    }
}

/// A message without its middle, if it is too long.
fn bounded(mut text: String) -> String {
    if text.len() <= LONGEST {
        return text;
    }
    let at_most = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    // The mark takes some of the room.
    let (begin, end) = (at_most(LONGEST - LONGEST_END - 50), at_most(text.len() - LONGEST_END));
    text.replace_range(begin..end, &format!(" [... {} bytes left out ...] ", end - begin));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_keeps_its_beginning_and_its_end() {
        let long = |count| format!("begin {} do this", "\u{fc}".repeat(count));
        assert_eq!(bounded(long(900)), long(900));
        let cut = bounded(long(5_000_000));
        assert!(cut.len() <= LONGEST && cut.len() > LONGEST - 50, "{}", cut.len());
        assert!(
            cut.starts_with("begin ") && cut.ends_with(" do this") && cut.contains("bytes left out"),
            "{cut}"
        );
    }
}
