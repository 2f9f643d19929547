//! The masters that are children of this process: which run, and how one has ended.
//!
//! Knows nothing of what follows from that.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use nix::sys::signal::Signal;

use crate::multi::system::{InstanceInfo, System};
use crate::os::exit_status::{self, Outcome};
use crate::os::files::file_identity::is_same;
use crate::os::messages::Level;
use crate::os::printable::{printable, shell_word};
use crate::os::processes::orphans::{self, is_child};
use crate::os::signals::{self, Recipient};
use crate::os::time_limits;
use crate::postfix::running::{FoundMaster, masters_among, written_number};
use crate::run::wording;

/// What a master does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It runs as this process, a child of ours.
    Runs(i32),
    /// It was stopped.
    Stopped,
}

#[derive(Debug)]
struct Master {
    directory: PathBuf,
    state: State,
}

/// All of them, in the order in which they were found.
#[derive(Debug, Default)]
pub(crate) struct Masters {
    all: Vec<Master>,
    /// The processes whose start is not over: each will be a master, or end. And when each was seen first.
    starting: Vec<(i32, Instant)>,
    /// The queue directories of starts that have failed: what still works there may become a master.
    failed: Vec<PathBuf>,
}

/// What has become of a master.
#[derive(Debug)]
pub(crate) enum Change {
    /// TERM has ended it, as a stop does.
    Stopped(PathBuf),
    /// It runs, and no command of ours has started it.
    Found(PathBuf, i32),
    /// It runs again.
    Again(PathBuf, i32),
    /// It has ended otherwise: its number, and how, if that is known.
    Ended(PathBuf, i32, Option<Outcome>),
}

impl Masters {
    /// Takes note of those that run and are not known yet, whoever has started them: all that are children of this
    /// process.
    pub(crate) fn find(&mut self, system: &System) -> Vec<Change> {
        let mut changes = Vec::new();
        // One in its end shows nothing of itself, and is a child until it was waited for.
        let mut starting = std::mem::take(&mut self.starting);
        starting.retain(|(process, _)| is_child(*process));
        for found in masters_among(&system.installation.config_directory, &self.failed, is_child) {
            let process = found.process;
            if self.running().any(|(_, known)| known == process) {
                continue;
            }
            let Some(directory) = served(system, found) else {
                if !starting.iter().any(|(known, _)| *known == process) {
                    starting.push((process, Instant::now()));
                }
                continue;
            };
            starting.retain(|(known, _)| *known != process);
            let state = State::Runs(process);
            let stopped =
                |master: &&mut Master| master.directory == directory && master.state == State::Stopped;
            changes.push(if let Some(master) = self.all.iter_mut().find(stopped) {
                master.state = state;
                Change::Again(directory, process)
            } else {
                self.all.push(Master { directory: directory.clone(), state });
                Change::Found(directory, process)
            });
        }
        self.starting = starting;
        changes
    }

    /// Takes note of the end of a start.
    pub(crate) fn note_start(&mut self, queue: &Path, outcome: &Outcome) {
        self.failed.retain(|failed| failed != queue);
        if outcome.status() != exit_status::SUCCESS {
            self.failed.push(queue.to_owned());
        }
    }

    /// Notes what has become of them since the last look. No command of ours may run.
    pub(crate) fn look(&mut self, system: &System) -> Vec<Change> {
        let mut ended = orphans::reap();
        let mut changes = Vec::new();
        for master in &mut self.all {
            let State::Runs(process) = master.state else { continue };
            if is_child(process) {
                continue;
            }
            let place = ended.iter().position(|(number, _)| *number == process);
            let outcome = place.map(|place| ended.swap_remove(place).1);
            master.state = State::Stopped;
            let directory = master.directory.clone();
            changes.push(match outcome {
                Some(Outcome::Killed(signal)) if signal == Signal::SIGTERM as i32 => {
                    Change::Stopped(directory)
                }
                outcome => Change::Ended(directory, process, outcome),
            });
        }
        changes.extend(self.find(system));
        changes
    }

    /// Those that run: the configuration directory, and the process.
    pub(crate) fn running(&self) -> impl Iterator<Item = (&Path, i32)> {
        self.all.iter().filter_map(|master| match master.state {
            State::Runs(process) => Some((master.directory.as_path(), process)),
            State::Stopped => None,
        })
    }

    /// The configuration directories of those that were stopped.
    pub(crate) fn stopped(&self) -> impl Iterator<Item = &Path> {
        let stopped = self.all.iter().filter(|master| master.state == State::Stopped);
        stopped.map(|master| master.directory.as_path()).filter(|directory| !self.has(directory))
    }

    /// Whether that of an instance runs.
    pub(crate) fn has(&self, directory: &Path) -> bool {
        self.running().any(|(known, _)| known == directory)
    }

    /// The processes whose start is not over. A start takes a moment: what is no master after a longer time is none that
    /// can be told, and is left alone.
    pub(crate) fn starting(&self) -> impl Iterator<Item = i32> {
        let is_young = |since: &Instant| since.elapsed() < time_limits::MASTER_END;
        self.starting.iter().filter(move |(_, since)| is_young(since)).map(|(process, _)| *process)
    }

    /// Whether there are any.
    pub(crate) fn any_starts(&self) -> bool {
        self.starting().next().is_some()
    }

    /// Whether any runs, or will.
    pub(crate) fn any_left(&self) -> bool {
        self.running().next().is_some() || self.any_starts()
    }

    /// Whether any was stopped.
    pub(crate) fn any_stopped(&self) -> bool {
        self.stopped().next().is_some()
    }

    /// Sends a signal to those that run or will. KILL goes to all that a master has started: it ends itself alone.
    pub(crate) fn send(&self, signal: Signal) {
        let running = self.running().map(|(_, process)| process);
        for process in running.chain(self.starting()).filter_map(|process| process.try_into().ok()) {
            if signal == Signal::SIGKILL {
                signals::send(signal, Recipient::Group(process));
            }
            signals::send(signal, Recipient::Process(process));
        }
    }
}

/// The configuration directory of the instance that a master serves, as it is listed if it is; nothing while its start is
/// not over.
fn served(system: &System, found: FoundMaster) -> Option<PathBuf> {
    let FoundMaster { process, directory, has_written } = found;
    // Without CAP_SYS_PTRACE, nobody is told where a master works.
    let has_its_number = |instance: &InstanceInfo| {
        let settings = instance.settings.as_ref();
        settings.is_ok_and(|settings| written_number(&settings.queue_directory) == Some(process))
    };
    let mut instances = system.instances.iter();
    let Some(directory) = directory else {
        return instances
            .find(|instance| has_its_number(instance))
            .map(|instance| instance.directory.clone());
    };
    match instances.find(|instance| is_same(&directory, &instance.directory)) {
        Some(instance) => (has_written || has_its_number(instance)).then(|| instance.directory.clone()),
        None => has_written.then_some(directory),
    }
}

impl Change {
    /// Whether it ends the program.
    pub(crate) fn is_failure(&self) -> bool {
        matches!(self, Self::Ended(..))
    }

    /// How bad it is.
    pub(crate) fn level(&self) -> Level {
        if self.is_failure() { Level::Fatal } else { Level::Warning }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped(directory) => {
                write!(
                    formatter,
                    "instance {}: its master(8) was ended by TERM, as by a stop; \"postfix -c {} start\" starts it \
                     again",
                    printable(directory),
                    shell_word(directory)
                )
            }
            Self::Found(directory, process) => {
                let directory = printable(directory);
                write!(
                    formatter,
                    "instance {directory}: its master(8) runs (process {process}), and is watched like those that \
                     were started here"
                )
            }
            Self::Again(directory, process) => {
                let directory = printable(directory);
                write!(formatter, "instance {directory}: its master(8) runs again (process {process})")
            }
            Self::Ended(directory, process, outcome) => {
                let directory = printable(directory);
                let how = outcome.as_ref().map(|outcome| format!(" ({})", wording::how(outcome)));
                let is_killed =
                    matches!(outcome, Some(Outcome::Killed(signal)) if *signal == Signal::SIGKILL as i32);
                let hint = if is_killed { " (\"drain\" does this, too: use \"stop\")" } else { "" };
                write!(
                    formatter,
                    "instance {directory}: its master(8) (process {process}) has ended{}; the other instances are \
                     stopped; see the mail log{hint}",
                    how.unwrap_or_default()
                )
            }
        }
    }
}
