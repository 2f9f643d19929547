//! Runs a program as a shell does for a script, with a status for every outcome.

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus};

use crate::protocol::bytes::path_of;
use crate::runtime::program::Program;
use crate::runtime::standard_output::say;

/// Runs a program by its path, in the environment of the script. Returns the exit status that a shell would set.
pub(crate) fn run(program: &Program, command: &[u8], arguments: &[OsString], directory: &Path) -> u8 {
    let ended = Command::new(path_of(command))
        .args(arguments)
        .env_clear()
        .envs(&program.environment)
        .current_dir(directory)
        .status();
    match ended {
        Ok(ended) => {
            say(ended.signal().map_or("", told).as_bytes());
            status(ended)
        }
        Err(error) => {
            let (status, text) = not_started(program, command, &error);
            say(&text);
            status
        }
    }
}

/// The status and the message of a shell that cannot start a program, without the line number of the script.
fn not_started(program: &Program, name: &[u8], error: &io::Error) -> (u8, Vec<u8>) {
    let is_missing = error.kind() == io::ErrorKind::NotFound;
    let why: &[u8] = if is_missing { b"not found" } else { b"Permission denied" };
    let own = program.path.as_os_str().as_bytes();
    (if is_missing { 127 } else { 126 }, [own, b": ", name, b": ", why, b"\n"].concat())
}

/// The exit status that a shell sets after a program has ended.
fn status(status: ExitStatus) -> u8 {
    let signalled = status.signal().map_or(1, |signal| 128 + signal);
    u8::try_from(status.code().unwrap_or(signalled)).unwrap_or(1)
}

/// What the shell says if a signal ended a program.
fn told(signal: i32) -> &'static str {
    match signal {
        1 => "Hangup\n",
        3 => "Quit\n",
        6 => "Aborted\n",
        9 => "Killed\n",
        11 => "Segmentation fault\n",
        15 => "Terminated\n",
        _ => "",
    }
}
