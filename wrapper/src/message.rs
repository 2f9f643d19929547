//! Messages, in the form that Postfix gives them: one line each, on standard error and in the mail log.
//!
//! A message that cannot be delivered is lost, and never keeps the manager from its work: nothing here fails,
//! and nothing here waits without end. Knows nothing of instances and commands.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::capture;
use crate::environment::Environment;
use crate::signals::Signals;
use crate::sinks::{Sink, Stream, Unwritten};

/// The name that messages of the manager begin with.
pub(crate) const WRAPPER: &str = "postfix-wrapper";

/// The same, of the program that people call.
pub(crate) const MULTI: &str = "postfix-multi";

/// How long a reader of standard error, or postlog, may take before the manager goes on without it.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long postlog may take in any case.
const AT_LEAST: Duration = Duration::from_millis(300);

/// The longest message, in bytes, and how much of its end is shown where it is longer: what to do comes last.
const LONGEST: usize = 2000;
const LONGEST_END: usize = 700;

/// How many bytes of a value are shown.
const LONGEST_VALUE: usize = 100;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// The command reached whom it should, and there is something to look after.
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
    standard_error: Option<Sink>,
    /// How the last message ended that was not written whole.
    stall: Option<Stall>,
    /// Whether each step is told.
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
            standard_error: Sink::standard(Stream::Error).ok(),
            stall: None,
            is_verbose: false,
        }
    }

    /// Who may ask the program to end.
    pub(crate) fn signals(&self) -> &'a Signals {
        self.signals
    }

    /// Tells each step from here on.
    pub(crate) fn be_verbose(&mut self) {
        self.is_verbose = true;
    }

    /// Tells a step, on standard error alone, if every step is told.
    pub(crate) fn tell(&mut self, text: impl FnOnce() -> String) {
        if self.is_verbose {
            self.print(&format!("{}: info: {}\n", self.program, bounded(text())));
        }
    }

    /// Sends messages to the mail log too.
    pub(crate) fn log_too(&mut self, environment: &Environment) {
        let mut tag = environment.log_tag.clone();
        tag.push("/");
        tag.push(self.program);
        self.log = Some(Log { postlog: environment.program("postlog"), tag });
    }

    /// Says one thing.
    pub(crate) fn say(&mut self, level: Level, text: &str) {
        let text = &bounded(text.to_owned());
        self.print(&format!("{}: {}: {text}\n", self.program, level.name()));
        // postlog repeats what it logs on a terminal's standard error, so it gets none.
        if let Some(log) = self.log.take() {
            if log.write(level, text, self.signals) {
                self.log = Some(log);
            }
        }
    }

    fn print(&mut self, line: &str) {
        let Some(standard_error) = &self.standard_error else { return };
        // Whoever was waited for in vain is not waited for again.
        let limit = if self.stall.is_some() { Duration::ZERO } else { PATIENCE };
        let line = if self.stall == Some(Stall::WithinALine) { format!("\n{line}") } else { line.to_owned() };
        match standard_error.write(line.as_bytes(), Some(limit), self.signals) {
            Ok(()) => self.stall = self.stall.map(|_| Stall::BetweenLines),
            Err(Unwritten::Broken(_)) => self.standard_error = None,
            Err(Unwritten::Stalled) => self.stall = self.stall.or(Some(Stall::BetweenLines)),
            Err(Unwritten::Cut) => self.stall = Some(Stall::WithinALine),
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
    /// Logs one message; whether it makes sense to try the next one.
    fn write(&self, level: Level, text: &str, signals: &Signals) -> bool {
        let child = Command::new(&self.postlog)
            .arg("-t")
            .arg(&self.tag)
            .args(["-p", level.name(), text])
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
        let begun = Instant::now();
        let deadline = begun + signals.at_most(PATIENCE).max(AT_LEAST);
        loop {
            match child.try_wait() {
                Ok(Some(_)) => return true,
                Ok(None) => {}
                Err(_) => return false,
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                capture::end(&mut child);
                signals.spend(begun.elapsed());
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

/// A value as a message shows it: like a name, but not more than the beginning of it.
pub(crate) fn value(bytes: &[u8]) -> String {
    match bytes.len().checked_sub(LONGEST_VALUE) {
        None | Some(0) => printable_bytes(bytes),
        Some(more) => format!("{} [... {more} bytes more]", printable_bytes(&bytes[..LONGEST_VALUE])),
    }
}

/// A name as a message shows it: plain ASCII as it is, any other byte and the backslash as `\` and its three
/// octal digits, so that a message is one line, harmless to a terminal, and still tells names apart.
pub(crate) fn printable(name: impl AsRef<OsStr>) -> String {
    printable_bytes(name.as_ref().as_encoded_bytes())
}

/// The same for text that is known as bytes.
pub(crate) fn printable_bytes(bytes: &[u8]) -> String {
    let mut shown = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b' '..=b'~' if byte != b'\\' => shown.push(char::from(byte)),
            // Writing to a string cannot fail.
            _ => drop(write!(shown, "\\{byte:03o}")),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_text_stays_and_the_rest_shows_its_bytes() {
        assert_eq!(printable("/etc/postfix-a \"b\""), "/etc/postfix-a \"b\"");
        assert_eq!(printable_bytes(b"a\n\x1b[\xff\\"), "a\\012\\033[\\377\\134");
    }

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

    #[test]
    fn of_a_long_value_the_beginning_is_shown() {
        assert_eq!(value(&[b'x'; LONGEST_VALUE]), "x".repeat(LONGEST_VALUE));
        let shown = value(&vec![b'x'; 12_000_000]);
        assert_eq!(shown, format!("{} [... 11999900 bytes more]", "x".repeat(LONGEST_VALUE)));
    }

    proptest! {
        #[test]
        fn different_names_look_different(one: Vec<u8>, other: Vec<u8>) {
            prop_assert_eq!(one == other, printable_bytes(&one) == printable_bytes(&other));
        }

        #[test]
        fn nothing_shown_can_confuse_a_terminal_or_a_log(bytes: Vec<u8>) {
            prop_assert!(printable_bytes(&bytes).bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        }
    }
}
