//! Runs one command in a world through a supervisor: writes the request, follows journal and clock while the
//! command runs, makes happen what the invocation says, and gathers the outcome. Knows nothing of Postfix.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use postfix_fakes::bytes::ByteString;
use postfix_fakes::journal::{self, Event, What};

use super::TestbedError;
use crate::invocation::{Entry, Happening, Invocation};
use crate::outcome::{Ended, Outcome};
use crate::supervisor::request::{RAN_AWAY, Report, Request, Surroundings};
use crate::world::{World, path_from};

/// How often the journal is looked at while something must happen at a gate.
const TICK: Duration = Duration::from_millis(1);

static NUMBER: AtomicU32 = AtomicU32::new(0);

pub(crate) use crate::container::remote::Started;

/// Where supervisors are started.
pub(crate) trait Launcher {
    /// Starts one in a directory, with its request's path for an argument.
    fn start(&self, supervisor: &Path, request: &Path, directory: &Path) -> io::Result<Started>;
}

/// On this machine, as a child of this process, but in a process group of its own: a KILL to our whole group would
/// otherwise take the supervisor too, and leave nobody to end the command.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Here;

impl Launcher for Here {
    fn start(&self, supervisor: &Path, request: &Path, directory: &Path) -> io::Result<Started> {
        let mut child = Command::new(supervisor)
            .arg(request)
            .env_clear()
            .current_dir(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        let control = child.stdin.take().ok_or_else(|| io::Error::from(io::ErrorKind::BrokenPipe))?;
        let (done, ended) = mpsc::channel();
        std::thread::spawn(move || done.send(child.wait()));
        Ok((Box::new(control), ended))
    }
}

/// Runs `invocation` through the supervisor program of that name.
pub(super) fn run(
    world: &World,
    invocation: &Invocation,
    supervisor: &str,
    surroundings: Surroundings,
    launcher: &dyn Launcher,
) -> Result<Outcome, TestbedError> {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let files = Files { stem: world.root().join("runs").join(number.to_string()) };
    let events_before = world.events()?.len();
    let request = request(world, invocation, &files, surroundings);
    write(&files.at("stdin"), &invocation.stdin.0)?;
    write(
        &files.at("request"),
        &serde_json::to_vec(&request).map_err(|error| system("request", error.into()))?,
    )?;
    let program = world.root().join(supervisor);
    let started = launcher
        .start(&program, &files.at("request"), world.root())
        .map_err(|source| system(format!("starting {}", program.display()), source))?;
    let (status, stopped) = follow(world, invocation, started, events_before, &files)?;
    let report = gather(&files, status, stopped)?;
    let events = world.events()?.split_off(events_before);
    Ok(Outcome {
        ended: report.ended,
        leftovers: report.leftovers,
        stdout: fs::read(files.at("stdout")).unwrap_or_default(),
        stderr: fs::read(files.at("stderr")).unwrap_or_default(),
        events,
    })
}

/// The files of one run, beside each other.
struct Files {
    stem: PathBuf,
}

impl Files {
    fn at(&self, extension: &str) -> PathBuf {
        self.stem.with_extension(extension)
    }
}

fn request(world: &World, invocation: &Invocation, files: &Files, surroundings: Surroundings) -> Request {
    let fill = |text: &ByteString| ByteString(world.fill_in(&text.0));
    let command = |name: &str| world.root().join("usr/sbin").join(name).into();
    let program = match invocation.entry {
        Entry::Postfix => command("postfix"),
        Entry::Postconf => command("postconf"),
        Entry::Postqueue => command("postqueue"),
        Entry::Postdrop => command("postdrop"),
        Entry::Manager => fill(&ByteString::from("@manager@")),
        Entry::Multi => fill(&ByteString::from("@multi@")),
        Entry::Program => ByteString::default(),
    };
    let mut command = match invocation.entry {
        // A manager's value may carry arguments.
        Entry::Manager => program
            .0
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty())
            .map(|word| ByteString(expand_directories(world, word)))
            .collect(),
        Entry::Program => Vec::new(),
        _ => vec![program],
    };
    command.extend(invocation.arguments.iter().map(fill));
    let mut environment = BTreeMap::from([
        ("PATH".to_owned(), ByteString::from("/usr/sbin:/usr/bin:/sbin:/bin")),
        ("HOME".to_owned(), world.root().join("home").into()),
        ("TMPDIR".to_owned(), world.root().join("tmp").into()),
        ("TZ".to_owned(), ByteString::from("UTC")),
        ("LC_ALL".to_owned(), ByteString::from("C")),
    ]);
    if matches!(invocation.entry, Entry::Postqueue | Entry::Postdrop) {
        environment.insert(postfix_fakes::ORDINARY_CALLER.to_owned(), ByteString::from("yes"));
    }
    environment.extend(invocation.environment.iter().map(|(name, value)| (name.clone(), fill(value))));
    let directory = invocation.directory.as_ref().map_or_else(ByteString::default, fill);
    Request {
        command,
        environment,
        directory: world.root().join(path_from(directory.0)).into(),
        stdin: files.at("stdin").into(),
        stdout: files.at("stdout").into(),
        stderr: files.at("stderr").into(),
        terminal: invocation.terminal,
        report: files.at("report").into(),
        caller: invocation.caller,
        surroundings,
    }
}

/// Outside postfix(1) nobody expands `$daemon_directory` in a manager's value.
fn expand_directories(at: &World, value: &[u8]) -> Vec<u8> {
    let seen = at.as_seen_inside();
    let mut word = value.to_vec();
    for (name, directory) in
        [("$daemon_directory", seen.daemon_directory()), ("$command_directory", seen.command_directory())]
    {
        if let Some(rest) = word.strip_prefix(name.as_bytes()) {
            word = [directory.as_os_str().as_bytes(), rest].concat();
        }
    }
    word
}

/// Waits for the supervisor, and lets happen what must. Tells why it was stopped, where it was.
fn follow(
    world: &World,
    invocation: &Invocation,
    (control, ended): Started,
    events_before: usize,
    files: &Files,
) -> Result<(ExitStatus, Option<Ended>), TestbedError> {
    let deadline = Instant::now() + invocation.deadline;
    let mut control = Some(control);
    let mut happenings = invocation.events.iter().peekable();
    let mut stopped = None;
    loop {
        let tick = if happenings.peek().is_some() {
            TICK
        } else {
            deadline.saturating_duration_since(Instant::now())
        };
        match ended.recv_timeout(if stopped.is_some() { Duration::from_secs(60) } else { tick }) {
            Ok(status) => {
                return Ok((status.map_err(|source| system("waiting for the supervisor", source))?, stopped));
            }
            Err(RecvTimeoutError::Timeout) if stopped.is_none() => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(TestbedError::Broken("what supervisors run in has gone".to_owned()));
            }
            Err(_) => return Err(TestbedError::Broken("a supervisor does not end".to_owned())),
        }
        if Instant::now() >= deadline {
            // End of file tells the supervisor to kill everything.
            control.take();
            stopped = Some(Ended::DeadlineExceeded);
        } else if let (Some(next), Some(control)) = (happenings.peek(), control.as_mut()) {
            let events = world.events()?;
            if reached(&events[events_before.min(events.len())..], &next.gate)
                && printed(next, files)
                && happen(world, next, control)?
            {
                happenings.next();
            }
        }
    }
}

fn reached(events: &[Event], name: &str) -> bool {
    events.iter().any(|event| matches!(&event.what, What::Gate { gate } if gate == name))
}

/// Whether the command has printed what a happening waits for.
fn printed(happening: &Happening, files: &Files) -> bool {
    happening.printed.as_ref().is_none_or(|text| {
        let stdout = fs::read(files.at("stdout")).unwrap_or_default();
        text.0.is_empty() || stdout.windows(text.0.len()).any(|part| part == text.0)
    })
}

/// Tells whether it happened: a program that has journalled its gate may not have opened it yet.
fn happen(world: &World, happening: &Happening, control: &mut impl Write) -> Result<bool, TestbedError> {
    if happening.release {
        match world.open_gate(&happening.gate) {
            Ok(()) => {}
            Err(error) if error.raw_os_error() == Some(nix::errno::Errno::ENXIO as i32) => return Ok(false),
            Err(source) => return Err(system(format!("opening the gate {}", happening.gate), source)),
        }
    }
    if let Some(name) = &happening.signal {
        let signal = Signal::from_str(&format!("SIG{}", name.trim_start_matches("SIG")))
            .map_err(|_| TestbedError::Broken(format!("there is no signal {name:?}")))?;
        let verb = if happening.to_group { "signal-group" } else { "signal" };
        writeln!(control, "{verb} {}", signal as i32)
            .map_err(|source| system("asking for a signal", source))?;
    }
    Ok(true)
}

fn gather(files: &Files, status: ExitStatus, stopped: Option<Ended>) -> Result<Report, TestbedError> {
    if let Some(ended) = stopped {
        return Ok(Report { ended, leftovers: 0 });
    }
    if let Ok(reason) = fs::read_to_string(files.at("error")) {
        return Err(TestbedError::Broken(reason));
    }
    match fs::read(files.at("report")) {
        Ok(text) => {
            serde_json::from_slice(&text).map_err(|error| system("the supervisor's report", error.into()))
        }
        Err(_) if status.code() == Some(i32::from(RAN_AWAY)) => {
            Ok(Report { ended: Ended::RanAway, leftovers: 0 })
        }
        Err(source) => Err(system(format!("the supervisor ended ({status}) without a report"), source)),
    }
}

fn write(path: &Path, text: &[u8]) -> Result<(), TestbedError> {
    fs::write(path, text).map_err(|source| system(path.display().to_string(), source))
}

fn system(doing: impl Into<String>, source: io::Error) -> TestbedError {
    TestbedError::System { doing: doing.into(), source }
}

impl World {
    /// The journal so far.
    ///
    /// # Errors
    /// When it cannot be read, or holds a line that is no event.
    pub fn events(&self) -> Result<Vec<Event>, TestbedError> {
        journal::read(&self.as_seen_inside().journal()).map_err(|source| system("the journal", source))
    }
}
