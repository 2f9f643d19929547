//! Runs a program and its children under ptrace(2), and kills them before a chosen system call.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write};
use std::process::{Command, Stdio};

use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::program::calls::Call;

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// It was killed there.
    Killed(String),
    /// It came to its end, with this status.
    Exited(i32),
}

/// Who is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KillScope {
    /// The program and everything that it has started.
    All,
    /// The process that is about to make the call.
    CallerOnly,
}

/// This program, even once another file has taken its name, as a build beside it makes happen.
const OWN_PROGRAM: &str = "/proc/self/exe";

/// Runs it. `is_last` is asked before every system call and tells in front of which all is over.
pub(crate) fn run(
    words: &[&OsStr],
    output: &File,
    scope: KillScope,
    mut is_last: impl FnMut(Pid, Call) -> Option<String>,
) -> io::Result<End> {
    let mut child = Command::new(OWN_PROGRAM)
        .arg("become")
        .args(words)
        .stdin(Stdio::piped())
        .stdout(output.try_clone()?)
        .stderr(output.try_clone()?)
        .spawn()?;
    let root = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);
    let options = Options::PTRACE_O_TRACESYSGOOD
        | Options::PTRACE_O_TRACEFORK
        | Options::PTRACE_O_TRACEVFORK
        | Options::PTRACE_O_TRACECLONE
        | Options::PTRACE_O_TRACEEXEC
        | Options::PTRACE_O_EXITKILL;
    ptrace::seize(root, options)?;
    let mut alive = HashSet::from([root]);
    if let Some(mut standard_input) = child.stdin.take() {
        standard_input.write_all(b"!")?;
    }
    let mut end = None;
    while !alive.is_empty() {
        let status = match waitpid(None, Some(WaitPidFlag::__WALL)) {
            Ok(status) => status,
            Err(Errno::ECHILD) => break,
            Err(Errno::EINTR) => continue,
            Err(errno) => return Err(errno.into()),
        };
        match status {
            WaitStatus::Exited(pid, code) => {
                alive.remove(&pid);
                if pid == root && end.is_none() {
                    end = Some(End::Exited(code));
                }
            }
            WaitStatus::Signaled(pid, signal, _) => {
                alive.remove(&pid);
                if pid == root && end.is_none() {
                    end = Some(End::Exited(128 + signal as i32));
                }
            }
            WaitStatus::PtraceSyscall(pid) => {
                alive.insert(pid);
                let last = entry(pid).and_then(|call| if end.is_none() { is_last(pid, call) } else { None });
                if let Some(place) = last {
                    end = Some(End::Killed(place));
                    let killed = |other: &&Pid| scope == KillScope::All || **other == pid;
                    for pid in alive.iter().filter(killed) {
                        let _ = kill(*pid, Signal::SIGKILL);
                    }
                }
                go_on(pid, None);
            }
            WaitStatus::PtraceEvent(pid, _, _) => {
                alive.insert(pid);
                if scope == KillScope::All && matches!(end, Some(End::Killed(_))) {
                    let _ = kill(pid, Signal::SIGKILL);
                }
                go_on(pid, None);
            }
            WaitStatus::Stopped(pid, signal) => {
                alive.insert(pid);
                go_on(pid, Some(signal));
            }
            WaitStatus::Continued(_) | WaitStatus::StillAlive => {}
        }
    }
    // The kernel has told already how it ended.
    drop(child);
    end.ok_or_else(|| io::Error::other("the program was lost"))
}

/// The call that a process is about to make; nothing when it comes back from one.
fn entry(pid: Pid) -> Option<Call> {
    let registers = ptrace::getregs(pid).ok()?;
    let is_entry = registers.rax == u64::MAX - u64::try_from(libc::ENOSYS).ok()? + 1;
    let number = i64::try_from(registers.orig_rax).ok()?;
    let arguments = [registers.rdi, registers.rsi, registers.rdx, registers.r10];
    is_entry.then_some(Call { number, arguments })
}

fn go_on(pid: Pid, signal: Option<Signal>) {
    // A process that has been killed meanwhile needs no word any more.
    let _ = ptrace::syscall(pid, signal);
}
