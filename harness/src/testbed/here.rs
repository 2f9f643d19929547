//! Starts supervisors on this machine. If a judged program stops a supervisor, it is continued.

use std::io;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::run_command::{Launcher, Started};
use crate::run_directory::leftover_processes;

/// On this machine, as a child of this process, but in a process group of its own: a KILL to our whole group would
/// otherwise take the supervisor too, and leave nobody to end the command.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Here;

impl Launcher for Here {
    fn start(&self, supervisor: &Path, request: &Path) -> io::Result<Started> {
        let (done, ended) = mpsc::channel();
        let (begun, to_wait_for) = mpsc::channel();
        // Before there is anything to wait for: where the system has no thread left, nothing is started.
        thread::Builder::new().spawn(move || {
            if let Ok(child) = to_wait_for.recv() {
                let _ = done.send(end_of(&child));
            }
        })?;
        // Without a working directory: a program that has its C library inside could set one only by a fork(2) of this
        // process, which takes longer than all that the supervisor does.
        let mut child = Command::new(supervisor)
            .arg(request)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        let control = child.stdin.take().ok_or_else(|| io::Error::from(io::ErrorKind::BrokenPipe))?;
        begun.send(child).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok((Box::new(control), ended))
    }

    fn end_all(&self, world: &Path) {
        leftover_processes::end(world);
    }
}

/// Waits for its end. `Child::wait` would not hear of a stop.
fn end_of(child: &Child) -> io::Result<ExitStatus> {
    let process = i32::try_from(child.id()).map(Pid::from_raw).map_err(io::Error::other)?;
    loop {
        let status = match waitpid(process, Some(WaitPidFlag::WUNTRACED))? {
            WaitStatus::Exited(_, code) => (code & 0xff) << 8,
            WaitStatus::Signaled(_, signal, _) => signal as i32,
            WaitStatus::Stopped(..) => {
                kill(process, Signal::SIGCONT)?;
                continue;
            }
            _ => continue,
        };
        return Ok(ExitStatus::from_raw(status));
    }
}
