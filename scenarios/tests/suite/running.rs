//! A run of postfix-conformance that goes on beside its test, in a process group of its own, until a signal ends it.

use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use super::comes;

/// Past it, a run that was ended goes on.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whom a signal goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    Process,
    Group,
}

/// A run that has begun. One that its test has not ended is killed with its group when the test gives up; one whose test
/// was killed goes on until its cases are over, at the latest by their time limits, and leaves nothing.
#[derive(Debug)]
pub struct Running {
    program: Child,
}

impl Running {
    /// Begins a command of postfix-conformance with what `arguments` adds; nobody hears what it says.
    pub fn begin(name: &str, arguments: impl FnOnce(&mut Command) -> &mut Command) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_postfix-conformance"));
        command.arg(name).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self { program: arguments(&mut command).spawn().unwrap() }
    }

    /// Sends a signal, and waits until the run has ended by it: with an exit status of its own by those that it waits for.
    pub fn end(&mut self, signal: Signal, to: To) {
        match to {
            To::Process => kill(self.id(), signal).unwrap(),
            To::Group => killpg(self.id(), signal).unwrap(),
        }
        assert!(comes(PATIENCE, || self.program.try_wait().unwrap().is_some()), "it goes on after {signal}");
        let status = self.program.wait().unwrap();
        match signal {
            Signal::SIGINT | Signal::SIGTERM => assert_eq!(status.code(), Some(128 + signal as i32)),
            signal => assert_eq!(status.signal(), Some(signal as i32)),
        }
    }

    fn id(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.program.id()).unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Once it has been waited for, its number may be another's.
        if let Ok(None) = self.program.try_wait() {
            let _ = killpg(self.id(), Signal::SIGKILL);
            let _ = self.program.wait();
        }
    }
}
