//! Runs between the harness and a command in a world.
//! It starts the command, passes signals on, and collects orphans. It kills the whole process tree when the harness
//! ends, even if the harness is killed. Knows nothing of Postfix.
//!
//! It reads one line after the other from standard input: `signal N` and `signal-group N` send a signal to
//! the command, end of file means: kill everything. What came of the command goes to the file that the
//! request names.

mod leftovers;
pub mod limits;
pub mod request;
pub mod sandbox;
mod terminal;
pub mod timing;

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;
use postfix_fakes::bytes::ByteString;
use postfix_fakes::regular::{self, Links};
use postfix_process::process_tree;

use crate::outcome::Ended;
use limits::Meter;
use request::{Report, Request};
use terminal::Screen;

/// The name this program is linked under in a world.
pub const NAME: &str = "postfix-world-supervisor";
/// The name of the program that makes private namespaces and becomes the supervisor in them.
pub const SANDBOX_NAME: &str = "postfix-world-sandbox";

/// The name of the supervisor whose commands leave daemons, which are none of its business.
pub const LIVE_NAME: &str = "postfix-world-live";

/// How often is looked at what a command uses up.
const PAUSE: Duration = Duration::from_millis(10);

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
            complain(Path::new(path), &error.to_string());
            70
        }
    }
}

/// Tells the harness what went wrong.
fn complain(request: &Path, error: &str) {
    let _ = answer(&request.with_extension("error")).and_then(|mut file| file.write_all(error.as_bytes()));
}

/// Opens a file that the harness reads. It is opened before the command runs: later, it may be somebody else's.
fn answer(path: &Path) -> io::Result<File> {
    regular::open(path, File::options().write(true).create(true).truncate(true), Links::Refused)
}

/// The command while it may still be signalled: gone from here before its process id can be used again.
type Running = Arc<Mutex<Option<Pid>>>;

fn supervise(path: &Path, orphans: Orphans) -> io::Result<()> {
    unignore()?;
    let world = world_of(path);
    std::env::set_current_dir(world)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", world.display())))?;
    let request: Request = serde_json::from_slice(&std::fs::read(path)?)?;
    let mut report = answer(&request.report.to_path_buf())?;
    if orphans == Orphans::End {
        process_tree::adopt_orphans();
    }
    let outputs = Outputs::open(&request)?;
    let running = Running::default();
    // Threads first: where the system has none left, nothing is started.
    obey_standard_input(&running)?;
    watch(&running, Meter::new(world_of(path), outputs.watched()?))?;
    if orphans == Orphans::End {
        limits::impose();
    }
    let told = match start(&request, outputs, &running) {
        Err(error) => Report { ended: Ended::NotStarted(error.raw_os_error().unwrap_or(0)), leftovers: 0 },
        Ok((command, screen)) => {
            let ended = wait_for(command, &running)?;
            let leftovers = if orphans == Orphans::End { leftovers::end(GRACE, command) } else { 0 };
            screen.into_iter().for_each(Screen::finish);
            Report { ended, leftovers }
        }
    };
    report.write_all(&serde_json::to_vec(&told)?)
}

/// The world that a request is for: its file lies in a folder of the world.
fn world_of(request: &Path) -> &Path {
    request.parent().and_then(Path::parent).unwrap_or(request)
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

/// Where the output of a command goes.
struct Outputs {
    stdout: File,
    stderr: File,
}

impl Outputs {
    fn open(request: &Request) -> io::Result<Self> {
        let open = |path: &ByteString| File::create(path.to_path_buf());
        Ok(Self { stdout: open(&request.stdout)?, stderr: open(&request.stderr)? })
    }

    fn watched(&self) -> io::Result<Vec<File>> {
        Ok(vec![self.stdout.try_clone()?, self.stderr.try_clone()?])
    }
}

fn start(request: &Request, outputs: Outputs, running: &Running) -> io::Result<(Pid, Option<Screen>)> {
    let (stderr, screen) = if request.terminal {
        let (side, screen) = Screen::shown_in(outputs.stderr)?;
        (Stdio::from(side), Some(screen))
    } else {
        (Stdio::from(outputs.stderr), None)
    };
    let mut words = request.command.iter();
    let program = words.next().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut command = Command::new(program.as_os_str());
    if let Some(caller) = request.caller {
        command.uid(caller.user).gid(caller.group);
    }
    command
        .args(words.map(ByteString::as_os_str))
        .env_clear()
        .envs(request.environment.iter().map(|(name, value)| (name, value.as_os_str())))
        .current_dir(request.directory.to_path_buf())
        .stdin(File::open(request.stdin.to_path_buf())?)
        .stdout(outputs.stdout)
        .stderr(stderr)
        .process_group(0);
    // Held while it is started: the thread that is to end it must know of it.
    let mut running = running.lock().map_err(|_| io::Error::other("a thread has died"))?;
    let child = command.spawn()?;
    let command = i32::try_from(child.id()).map(Pid::from_raw).map_err(io::Error::other)?;
    *running = Some(command);
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
fn obey_standard_input(running: &Running) -> io::Result<()> {
    let running = Arc::clone(running);
    let obeying = thread::Builder::new().spawn(move || {
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
    obeying.map(drop)
}

/// Kills everything and exits with `status`. Who holds the command's lock decides what is reported: the other
/// thread, which now sees the command die, waits for it until this process is gone.
fn end_at_once(running: &Running, status: u8) {
    let held = running.lock();
    process_tree::kill_everything(held.as_ref().ok().and_then(|running| **running));
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

/// Ends a command that uses up too much before the machine suffers.
fn watch(running: &Running, mut meter: Meter) -> io::Result<()> {
    let running = Arc::clone(running);
    let watching = thread::Builder::new().spawn(move || {
        loop {
            thread::park_timeout(PAUSE);
            if let Some(excess) = meter.look() {
                end_at_once(&running, excess.status());
            }
        }
    });
    watching.map(drop)
}
