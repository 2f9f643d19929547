//! Runs programs as a shell does for a script: found by PATH, with a status for every outcome. Knows nothing of which
//! programs.

use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::Builder;

use crate::runtime::program::Program;
use crate::runtime::standard_output::say;

/// What runs programs for a script.
pub(crate) struct Shell<'a> {
    pub(crate) program: &'a Program,
}

/// Where an output of a program goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// To where the script's own goes.
    Inherited,
    /// Into [`Ran`].
    Gathered,
    /// Nowhere.
    Dropped,
}

/// What came of a program.
#[derive(Debug, Default)]
pub(crate) struct Ran {
    pub(crate) status: u8,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

impl From<Output> for Stdio {
    fn from(output: Output) -> Self {
        match output {
            Output::Inherited => Self::inherit(),
            Output::Gathered => Self::piped(),
            Output::Dropped => Self::null(),
        }
    }
}

impl Shell<'_> {
    /// Runs the program that the first word names; `input` is what it reads, or what the script would read.
    pub(crate) fn run(&self, words: &[Vec<u8>], input: Option<&[u8]>, stdout: Output, stderr: Output) -> Ran {
        let Some((name, arguments)) = words.split_first().filter(|(name, _)| !name.is_empty()) else {
            return self.not_started(b"", &io::ErrorKind::NotFound.into(), stderr);
        };
        let started = Command::new(OsStr::from_bytes(name))
            .args(arguments.iter().map(|word| OsStr::from_bytes(word)))
            .env_clear()
            .envs(&self.program.environment)
            .stdin(if input.is_some() { Stdio::piped() } else { Stdio::inherit() })
            .stdout(stdout)
            .stderr(stderr)
            .spawn();
        match started {
            Ok(child) => gather(child, input.unwrap_or_default()),
            Err(error) => self.not_started(name, &error, stderr),
        }
    }

    /// The same, to where the program's own complaints would have gone.
    fn not_started(&self, name: &[u8], error: &io::Error, stderr: Output) -> Ran {
        let (status, text) = not_started(self.program, name, error);
        let mut ran = Ran { status, ..Ran::default() };
        match stderr {
            Output::Inherited => say(&text),
            Output::Gathered => ran.stderr = text,
            Output::Dropped => {}
        }
        ran
    }
}

/// Feeds a program and reads what it writes, all at once: neither can wait for the other.
fn gather(mut child: Child, input: &[u8]) -> Ran {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let mut ran = Ran::default();
    std::thread::scope(|scope| {
        // One that does not read to the end is no concern of the script's.
        let write = || stdin.map(|mut stdin| stdin.write_all(input));
        let read = || stderr.map(|mut stderr| stderr.read_to_end(&mut ran.stderr));
        // Where the system has no thread left, the program finds nobody at the other end, as with a shell that died.
        let _ = Builder::new().spawn_scoped(scope, write);
        let _ = Builder::new().spawn_scoped(scope, read);
        stdout.map(|mut stdout| stdout.read_to_end(&mut ran.stdout))
    });
    ran.status = child.wait().map_or(1, status);
    ran
}

/// What a shell makes of a program that it cannot start: the status, and what it says, without the number of the
/// script's line.
pub(crate) fn not_started(program: &Program, name: &[u8], error: &io::Error) -> (u8, Vec<u8>) {
    let is_missing = error.kind() == io::ErrorKind::NotFound;
    let why: &[u8] = if is_missing { b"not found" } else { b"Permission denied" };
    let own = program.path.as_os_str().as_bytes();
    (if is_missing { 127 } else { 126 }, [own, b": ", name, b": ", why, b"\n"].concat())
}

/// The status that a shell makes of a program's end.
pub(crate) fn status(status: ExitStatus) -> u8 {
    let signalled = status.signal().map_or(1, |signal| 128 + signal);
    u8::try_from(status.code().unwrap_or(signalled)).unwrap_or(1)
}
