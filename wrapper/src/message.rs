//! Messages, in the form that Postfix gives them: one line each, on standard error and in the mail log.
//!
//! A message that cannot be delivered is lost, and never keeps the manager from its work: nothing here fails,
//! and nothing here waits without end. Knows nothing of instances and commands.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::io::{ErrorKind, Write as _};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::environment::Environment;
use crate::signals::Signals;

/// The name that messages of the manager begin with.
pub(crate) const WRAPPER: &str = "postfix-wrapper";

/// The same, of the program that people call.
pub(crate) const MULTI: &str = "postfix-multi";

/// How long a reader of standard error, or postlog, may take before the manager goes on without it.
const PATIENCE: Duration = Duration::from_secs(5);

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
    standard_error_stalls: bool,
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
        Self { program, signals, log: None, standard_error_stalls: false, is_verbose: false }
    }

    /// Tells each step from here on.
    pub(crate) fn be_verbose(&mut self) {
        self.is_verbose = true;
    }

    /// Tells a step, on standard error alone, if every step is told.
    pub(crate) fn tell(&mut self, text: impl FnOnce() -> String) {
        if self.is_verbose {
            self.print(&format!("{}: info: {}\n", self.program, text()));
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
        self.print(&format!("{}: {}: {text}\n", self.program, level.name()));
        // postlog repeats what it logs on a terminal's standard error, so it gets none.
        if let Some(log) = self.log.take() {
            if log.write(level, text, self.signals) {
                self.log = Some(log);
            }
        }
    }

    fn print(&mut self, line: &str) {
        let standard_error = std::io::stderr();
        let deadline = Instant::now() + if self.standard_error_stalls { Duration::ZERO } else { PATIENCE };
        // Without the descriptor that signals come by: a signal is no reason to lose a message.
        let mut ready = [PollFd::new(standard_error.as_fd(), PollFlags::POLLOUT)];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match poll(&mut ready, PollTimeout::try_from(left).unwrap_or(PollTimeout::ZERO)) {
                Err(nix::errno::Errno::EINTR) => {}
                Ok(0) => {
                    self.standard_error_stalls = true;
                    return;
                }
                Ok(_) | Err(_) => break,
            }
        }
        let _ = standard_error.lock().write_all(line.as_bytes());
    }
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
            .spawn();
        let mut child = match child {
            Ok(child) => child,
            // A system that is short of something now may have it again for the next message.
            Err(error) => return !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied),
        };
        let deadline = Instant::now() + PATIENCE;
        loop {
            match child.try_wait() {
                Ok(Some(_)) => return true,
                Ok(None) => {}
                Err(_) => return false,
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
            signals.wait(&[], Some(left));
        }
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
