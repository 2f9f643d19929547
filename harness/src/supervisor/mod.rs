//! The process between the harness and a command in a world. It starts the command, passes on what the
//! harness asks for, collects every orphan, and kills the whole tree when the harness goes, so that nothing
//! outlives a test, not even one that is killed. Knows nothing of Postfix.
//!
//! It reads one line after the other from standard input: `signal N` and `signal-group N` send a signal to
//! the command, end of file means: kill everything. What came of the command goes to the file that the
//! request names.

pub mod request;
pub mod sandbox;
pub mod stopwatch;
mod stragglers;
mod terminal;
mod tree;

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::outcome::Ended;
use request::{Report, Request};
use terminal::Screen;

/// The name this program is linked under in a world.
pub const NAME: &str = "postfix-world-supervisor";
/// The name of the program that makes private namespaces and becomes the supervisor in them.
pub const SANDBOX_NAME: &str = "postfix-world-sandbox";

/// The name of the supervisor whose commands leave daemons, which are none of its business.
pub const LIVE_NAME: &str = "postfix-world-live";

/// How many processes one command may have at a time. The deepest chain of an honest manager is a dozen.
const MOST_PROCESSES: usize = 400;

/// How long processes may outlive the command before they count as left behind, in milliseconds.
const GRACE: u16 = 1000;

/// What becomes of processes that outlive the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Orphans {
    /// They are collected, and killed in the end.
    End,
    /// They are daemons, and stay.
    Stay,
}

/// The supervisor's whole life. The only argument is the request's path.
pub fn run(arguments: &[OsString]) -> u8 {
    run_with(arguments, Orphans::End)
}

/// The same for a command that may leave daemons.
pub fn run_live(arguments: &[OsString]) -> u8 {
    run_with(arguments, Orphans::Stay)
}

fn run_with(arguments: &[OsString], orphans: Orphans) -> u8 {
    let Some(path) = arguments.first() else { return 64 };
    match supervise(Path::new(path), orphans) {
        Ok(()) => 0,
        Err(error) => {
            let _ = std::fs::write(Path::new(path).with_extension("error"), error.to_string());
            70
        }
    }
}

/// The command while it may still be signalled: gone from here before its process id can be used again.
type Running = Arc<Mutex<Option<Pid>>>;

fn supervise(path: &Path, orphans: Orphans) -> io::Result<()> {
    unignore()?;
    let request: Request = serde_json::from_slice(&std::fs::read(path)?)?;
    if orphans == Orphans::End {
        tree::adopt_orphans();
    }
    let ended = match start(&request) {
        Err(error) => Report { ended: Ended::NotStarted(error.raw_os_error().unwrap_or(0)), leftovers: 0 },
        Ok((command, screen)) => {
            let running = Arc::new(Mutex::new(Some(command)));
            obey_standard_input(&running);
            watch_size(&running);
            let ended = wait_for(command, &running)?;
            let leftovers = if orphans == Orphans::End { stragglers::end(GRACE) } else { 0 };
            let report = Report { ended, leftovers };
            screen.into_iter().for_each(Screen::finish);
            report
        }
    };
    std::fs::write(request.report.to_path_buf(), serde_json::to_vec(&ended)?)
}

/// Keeps commands from being born deaf: a shell without job control, or nohup(1), leaves whatever it starts with
/// signals ignored, and whatever that starts. A signal with a handler has its default action after execve(2). And keeps a
/// TERM that is sent to every process (pkill(1), the stop of a service) from ending this one before it has killed the
/// rest.
fn unignore() -> io::Result<()> {
    for signal in [Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM] {
        signal_hook::flag::register(signal as i32, Arc::default())?;
    }
    Ok(())
}

fn start(request: &Request) -> io::Result<(Pid, Option<Screen>)> {
    let output = |path: &Path| File::create(path).map(Stdio::from);
    let stderr = request.stderr.to_path_buf();
    let (stderr, screen) = if request.terminal {
        let (side, screen) = Screen::shown_in(File::create(stderr)?)?;
        (Stdio::from(side), Some(screen))
    } else {
        (output(&stderr)?, None)
    };
    let mut words = request.command.iter();
    let program = words.next().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut command = Command::new(program.as_os_str());
    if let Some(caller) = request.caller {
        command.uid(caller.user).gid(caller.group);
    }
    let child = command
        .args(words.map(postfix_fakes::bytes::ByteString::as_os_str))
        .env_clear()
        .envs(request.environment.iter().map(|(name, value)| (name, value.as_os_str())))
        .current_dir(request.directory.to_path_buf())
        .stdin(File::open(request.stdin.to_path_buf())?)
        .stdout(output(&request.stdout.to_path_buf())?)
        .stderr(stderr)
        .process_group(0)
        .spawn()?;
    let command = i32::try_from(child.id()).map(Pid::from_raw).map_err(io::Error::other)?;
    Ok((command, screen))
}

/// Waits for the command, and for whatever else ends meanwhile.
fn wait_for(command: Pid, running: &Running) -> io::Result<Ended> {
    loop {
        let status = waitpid(None, None).inspect_err(|_| {
            // Another thread may have collected the command while it ended everything.
            let _ended = running.lock();
        })?;
        if status.pid() != Some(command) {
            continue;
        }
        if let Ok(mut running) = running.lock() {
            running.take();
        }
        match status {
            WaitStatus::Exited(_, code) => {
                return Ok(Ended::Exited(u8::try_from(code & 0xff).unwrap_or(u8::MAX)));
            }
            WaitStatus::Signaled(_, signal, _) => return Ok(Ended::Signaled(signal as i32)),
            _ => {}
        }
    }
}

/// Follows what the harness says, on a thread of its own.
fn obey_standard_input(running: &Running) {
    let running = Arc::clone(running);
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            let Ok(running) = running.lock() else { break };
            if let Some(command) = *running {
                obey(&line, command);
            }
        }
        // The harness is gone, or has had enough.
        end_at_once(&running, request::STOPPED);
    });
}

/// Kills everything and exits with `status`. Who holds the command's lock decides what is reported: the other
/// thread, which now sees the command die, waits for it until this process is gone.
fn end_at_once(running: &Running, status: u8) {
    let _held = running.lock();
    tree::kill_everything();
    std::process::exit(i32::from(status));
}

fn obey(line: &str, command: Pid) {
    let mut words = line.split_whitespace();
    let verb = words.next();
    let signal =
        words.next().and_then(|number| number.parse().ok()).and_then(|n: i32| Signal::try_from(n).ok());
    // A command that has just ended is no failure here: the journal will tell.
    let _ = match verb {
        Some("signal") => kill(command, signal),
        Some("signal-group") => killpg(command, signal),
        _ => Ok(()),
    };
}

/// Ends a command whose processes grow without end before the machine suffers.
fn watch_size(running: &Running) {
    let running = Arc::clone(running);
    std::thread::spawn(move || {
        loop {
            std::thread::park_timeout(std::time::Duration::from_millis(200));
            if tree::descendants(nix::unistd::getpid()).len() > MOST_PROCESSES {
                end_at_once(&running, request::RAN_AWAY);
            }
        }
    });
}
