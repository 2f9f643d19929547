//! Runs one command in a world through a supervisor.
//! It writes the request, watches the journal and the clock, carries out the invocation's actions, and collects the
//! outcome.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use postfix_fakes::bytes::ByteString;
use postfix_fakes::journal::{self, Event, What};
use postfix_fakes::relative_path::RelativePath;

use super::TestbedError;
use super::run_files::{Printed, RunFiles};
use crate::invocation::{Action, Invocation, Program};
use crate::outcome::{Ended, Outcome};
use crate::supervisor::request::{FILLED_DISK, PRINTED_TOO_MUCH, RAN_AWAY, Report, Request, Surroundings};
use crate::world::{World, path_from};

/// How often the journal is looked at while something must happen at a gate.
const TICK: Duration = Duration::from_millis(1);

/// How long a supervisor may take to end a command that took too long.
const PATIENCE: Duration = Duration::from_secs(60);

static NUMBER: AtomicU32 = AtomicU32::new(0);

pub(crate) use crate::container::remote::Started;

/// Where supervisors are started.
pub(crate) trait Launcher {
    /// Starts one with its request's path for an argument. It enters its world by itself.
    fn start(&self, supervisor: &Path, request: &Path) -> io::Result<Started>;

    /// Ends all that has to do with a world, if its supervisor could not.
    fn end_all(&self, _world: &Path) {}
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
    let stem = world.root().join("runs").join(number.to_string());
    let files = RunFiles::make(&stem).map_err(|source| system(stem.display().to_string(), source))?;
    let events_before = world.events()?.len();
    let request = request(world, invocation, &files, surroundings);
    let text = serde_json::to_vec(&request).map_err(|error| system("request", error.into()))?;
    files
        .write("stdin", &invocation.stdin.0)
        .and_then(|()| files.write("request", &text))
        .map_err(|source| system(stem.display().to_string(), source))?;
    let program = world.root().join(supervisor);
    let started = launcher
        .start(&program, &files.at("request"))
        .map_err(|source| system(format!("starting {}", program.display()), source))?;
    let report = follow(world, invocation, started, events_before, &files)
        .and_then(|(status, stopped)| gather(&files, status, stopped))
        .inspect_err(|_| launcher.end_all(world.root()))?;
    let mut events = world.events()?;
    if events.len() < events_before {
        let what = "the command took entries out of its world's event log";
        return Err(TestbedError::Broken(what.to_owned()));
    }
    outcome(&files, &report, events.split_off(events_before))
}

/// What came of it. A command may have ended with too much printed before its supervisor saw it.
fn outcome(files: &RunFiles, report: &Report, events: Vec<Event>) -> Result<Outcome, TestbedError> {
    let mut ended = report.ended;
    let mut text = |printed: io::Result<Printed>| match printed {
        Ok(Printed::Whole(text)) => Ok(text),
        Ok(Printed::TooMuch(text)) => {
            ended = Ended::PrintedTooMuch;
            Ok(text)
        }
        Err(source) => Err(system("reading what the command printed", source)),
    };
    let (stdout, stderr) = (text(files.stdout())?, text(files.stderr())?);
    Ok(Outcome { ended, leftovers: report.leftovers, stdout, stderr, events })
}

fn request(world: &World, invocation: &Invocation, files: &RunFiles, surroundings: Surroundings) -> Request {
    let fill = |text: &ByteString| ByteString(world.fill_in(&text.0));
    let command = |name: &str| world.root().join("usr/sbin").join(name).into();
    let program = match invocation.entry {
        Program::Postfix => command("postfix"),
        Program::Postconf => command("postconf"),
        Program::Postqueue => command("postqueue"),
        Program::Postdrop => command("postdrop"),
        Program::Manager => fill(&ByteString::from("@manager@")),
        Program::Multi => fill(&ByteString::from("@multi@")),
        Program::Other => ByteString::default(),
    };
    let mut command = match invocation.entry {
        // A manager's value may carry arguments.
        Program::Manager => program
            .0
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty())
            .map(|word| ByteString(expand_directories(world, word)))
            .collect(),
        Program::Other => Vec::new(),
        _ => vec![program],
    };
    command.extend(invocation.arguments.iter().map(fill));
    let mut environment = BTreeMap::from([
        ("PATH".to_owned(), search_path(world)),
        ("HOME".to_owned(), world.root().join("home").into()),
        ("TMPDIR".to_owned(), world.root().join("tmp").into()),
        ("TZ".to_owned(), ByteString::from("UTC")),
        ("LC_ALL".to_owned(), ByteString::from("C")),
    ]);
    if matches!(invocation.entry, Program::Postqueue | Program::Postdrop) {
        environment.insert(postfix_fakes::ORDINARY_CALLER.to_owned(), ByteString::from("yes"));
    }
    environment.extend(invocation.environment.iter().map(|(name, value)| (name.clone(), fill(value))));
    let directory =
        invocation.directory.as_ref().map_or_else(ByteString::default, |path| fill(path.as_bytes()));
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

/// The world's commands come first, so that nobody finds the machine's Postfix by its name.
fn search_path(world: &World) -> ByteString {
    let own = world.as_seen_inside().command_directory();
    ByteString([own.as_os_str().as_bytes(), b":/usr/sbin:/usr/bin:/sbin:/bin"].concat())
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

/// Waits for the supervisor, and lets happen what must. Says why it was stopped, if it was.
fn follow(
    world: &World,
    invocation: &Invocation,
    (control, ended): Started,
    events_before: usize,
    files: &RunFiles,
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
        match ended.recv_timeout(if stopped.is_some() { PATIENCE } else { tick }) {
            Ok(status) => {
                return Ok((status.map_err(|source| system("waiting for the supervisor", source))?, stopped));
            }
            Err(RecvTimeoutError::Timeout) if stopped.is_none() => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(TestbedError::Broken("what supervisors run in has gone".to_owned()));
            }
            Err(_) => {
                let what = "the supervisor of a command that took too long does not end the command";
                return Err(TestbedError::Broken(what.to_owned()));
            }
        }
        if Instant::now() >= deadline {
            // End of file tells the supervisor to kill everything.
            control.take();
            stopped = Some(Ended::DeadlineExceeded);
        } else if let (Some(next), Some(control)) = (happenings.peek(), control.as_mut()) {
            let events = world.events()?;
            if reached(&events[events_before.min(events.len())..], &next.gate)
                && has_printed(next, files)
                && happen(world, next, control)?
            {
                happenings.next();
            }
        }
    }
}

fn reached(events: &[Event], name: &RelativePath) -> bool {
    let name = name.to_string();
    events.iter().any(|event| matches!(&event.what, What::Gate { gate } if *gate == name))
}

/// Whether the command has printed what a happening waits for.
fn has_printed(happening: &Action, files: &RunFiles) -> bool {
    happening.printed.as_ref().is_none_or(|text| match files.stdout() {
        Ok(Printed::Whole(stdout)) => {
            text.0.is_empty() || stdout.windows(text.0.len()).any(|part| part == text.0)
        }
        _ => false,
    })
}

/// Tells whether it happened: a program that has journalled its gate may not have opened it yet.
fn happen(world: &World, happening: &Action, control: &mut impl Write) -> Result<bool, TestbedError> {
    if happening.release {
        match world.open_gate(&happening.gate) {
            Ok(()) => {}
            Err(error) if error.raw_os_error() == Some(nix::errno::Errno::ENXIO as i32) => return Ok(false),
            Err(source) => return Err(system(format!("opening the gate {}", happening.gate), source)),
        }
    }
    if let Some(signal) = happening.signal {
        let verb = if happening.to_group { "signal-group" } else { "signal" };
        writeln!(control, "{verb} {}", signal.signal() as i32)
            .map_err(|source| system("asking for a signal", source))?;
    }
    Ok(true)
}

fn gather(files: &RunFiles, status: ExitStatus, stopped: Option<Ended>) -> Result<Report, TestbedError> {
    let unread = |source| system("the supervisor's answer", source);
    if let Some(ended) = stopped {
        return Ok(Report { ended, leftovers: 0 });
    }
    let reason = files.error().map_err(unread)?;
    if !reason.trim().is_empty() {
        return Err(TestbedError::Broken(reason));
    }
    let text = files.report().map_err(unread)?;
    if !text.is_empty() {
        return serde_json::from_slice(&text)
            .map_err(|error| system("the supervisor's report", error.into()));
    }
    let excess = status.code().and_then(|code| u8::try_from(code).ok()).and_then(|code| match code {
        RAN_AWAY => Some(Ended::RanAway),
        PRINTED_TOO_MUCH => Some(Ended::PrintedTooMuch),
        FILLED_DISK => Some(Ended::FilledDisk),
        _ => None,
    });
    match excess {
        Some(ended) => Ok(Report { ended, leftovers: 0 }),
        None => Err(TestbedError::Broken(format!(
            "the supervisor of a command ended ({status}) without a report; unless somebody else has killed it, the \
             command has, or there was no room for the report"
        ))),
    }
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
