//! Runs a program as a shell does for a script, with a status for every outcome.

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

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
            let signalled = ended.signal().map_or(1, |signal| 128 + signal);
            say(ended.signal().map_or("", told).as_bytes());
            u8::try_from(ended.code().unwrap_or(signalled)).unwrap_or(1)
        }
        // The message of a shell, without the line number of the script.
        Err(error) => {
            let is_missing = error.kind() == io::ErrorKind::NotFound;
            let (status, why) = if is_missing { (127, "not found") } else { (126, "Permission denied") };
            let own = program.path.as_os_str().as_bytes();
            say(&[own, b": ", command, b": ", why.as_bytes(), b"\n"].concat());
            status
        }
    }
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
