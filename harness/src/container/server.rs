//! Starts programs in a container when the harness outside asks for them, many at a time.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;
use postfix_fakes::bytes::ByteString;
use serde::{Deserialize, Serialize};

/// The argument that makes process 1 of a container this server.
pub const SERVE: &str = "serve";

/// The argument of a process that does nothing until its standard input ends.
pub const HOLD: &str = "hold";

/// Exit status if standard input has ended.
const ABANDONED: i32 = 75;

/// What is asked for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Start a program with one argument, with its standard input a pipe.
    Start {
        /// How the two sides call it.
        id: u64,
        /// The program.
        program: ByteString,
        /// Its argument.
        argument: ByteString,
    },
    /// Pass bytes to a program's standard input.
    Pass {
        /// Which one.
        id: u64,
        /// The bytes.
        bytes: ByteString,
    },
    /// End a program's standard input.
    Close {
        /// Which one.
        id: u64,
    },
}

/// How a program ended.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The server is there.
    Ready,
    /// It has ended: the status as the system gives it.
    Ended {
        /// Which one.
        id: u64,
        /// How.
        status: i32,
    },
    /// It could not be started.
    NotStarted {
        /// Which one.
        id: u64,
        /// Why not.
        errno: i32,
    },
}

#[derive(Default)]
struct Programs {
    by_pid: BTreeMap<i32, u64>,
    inputs: BTreeMap<u64, ChildStdin>,
}

/// The server's whole life, beside the signal dispositions that a process 1 has.
///
/// # Errors
/// When the process that it needs to be able to wait cannot be started.
pub fn run() -> io::Result<u8> {
    let programs = Arc::new(Mutex::new(Programs::default()));
    // Without any child there is nothing to wait for, and orphans of programs come at any time.
    let _held = hold()?;
    say(&Answer::Ready);
    let obeying = Arc::clone(&programs);
    std::thread::Builder::new().spawn(move || {
        for line in io::stdin().lock().lines() {
            let Ok(order) = line.and_then(|line| Ok(serde_json::from_str(&line)?)) else { break };
            obey(order, &obeying);
        }
        std::process::exit(ABANDONED);
    })?;
    loop {
        let Some((pid, status)) = next_end()? else { continue };
        let mut programs = programs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = programs.by_pid.remove(&pid.as_raw()) {
            programs.inputs.remove(&id);
            say(&Answer::Ended { id, status });
        }
    }
}

/// A process that does nothing until its standard input ends.
fn hold() -> io::Result<Child> {
    Command::new(std::env::current_exe()?)
        .arg(HOLD)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

fn next_end() -> io::Result<Option<(Pid, i32)>> {
    Ok(match waitpid(None, None)? {
        WaitStatus::Exited(pid, code) => Some((pid, (code & 0xff) << 8)),
        WaitStatus::Signaled(pid, signal, _) => Some((pid, signal as i32)),
        _ => None,
    })
}

fn obey(order: Order, programs: &Mutex<Programs>) {
    // Held while a program is started: it may end before it is known.
    let mut programs = programs.lock().unwrap_or_else(PoisonError::into_inner);
    match order {
        Order::Start { id, program, argument } => {
            let started = Command::new(program.as_os_str())
                .arg(argument.as_os_str())
                .env_clear()
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn();
            match started {
                Ok(mut child) => {
                    programs.by_pid.insert(i32::try_from(child.id()).unwrap_or(0), id);
                    programs.inputs.extend(child.stdin.take().map(|input| (id, input)));
                }
                Err(error) => {
                    say(&Answer::NotStarted { id, errno: error.raw_os_error().unwrap_or(0) });
                }
            }
        }
        Order::Pass { id, bytes } => {
            if let Some(input) = programs.inputs.get_mut(&id) {
                // A program that has just ended is told of in its own line.
                let _ = input.write_all(&bytes.0);
            }
        }
        Order::Close { id } => drop(programs.inputs.remove(&id)),
    }
}

fn say(answer: &Answer) {
    let mut line = serde_json::to_vec(answer).unwrap_or_default();
    line.push(b'\n');
    let mut out = io::stdout().lock();
    if out.write_all(&line).and_then(|()| out.flush()).is_err() {
        std::process::exit(ABANDONED);
    }
}

/// Reads standard input to its end.
pub fn drain() {
    let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
}
