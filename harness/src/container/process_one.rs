//! Runs as process 1 of a container: serves the harness outside, or runs the one program that the container is for.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;

use super::server::{self, HOLD, SERVE};

/// The name this program is linked under in a run directory, beside the program that it runs.
pub const NAME: &str = "postfix-container-process-1";

/// Exit status if nobody is at the other end of standard input any more.
const ABANDONED: u8 = 75;

/// Its whole life. It serves, or runs the program beside itself with `arguments`.
pub fn run(arguments: &[OsString]) -> u8 {
    let done = match arguments {
        [only] if only == HOLD => {
            server::drain();
            Ok(0)
        }
        [only] if only == SERVE => server::run(),
        _ => run_program(arguments),
    };
    done.unwrap_or(70)
}

fn run_program(arguments: &[OsString]) -> io::Result<u8> {
    let own = std::env::current_exe()?;
    let program = own.parent().unwrap_or(Path::new("/")).join("program");
    let child = Command::new(program).args(arguments).stdin(Stdio::null()).spawn()?;
    let child = i32::try_from(child.id()).map(Pid::from_raw).map_err(io::Error::other)?;
    std::thread::Builder::new().spawn(|| {
        server::drain();
        std::process::exit(i32::from(ABANDONED));
    })?;
    loop {
        match waitpid(None, None)? {
            WaitStatus::Exited(pid, code) if pid == child => {
                return Ok(u8::try_from(code & 0xff).unwrap_or(u8::MAX));
            }
            WaitStatus::Signaled(pid, signal, _) if pid == child => {
                return Ok(u8::try_from(128 + signal as i32).unwrap_or(u8::MAX));
            }
            _ => {}
        }
    }
}
