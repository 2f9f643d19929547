//! The masters that were started here: which run, and how one has ended.
//!
//! Knows nothing of what follows from that.

use std::fmt;
use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;

use crate::multi::system::System;
use crate::os::exit_status::Outcome;
use crate::os::messages::Level;
use crate::os::printable::{printable, shell_word};
use crate::os::processes::orphans::{self, is_child};
use crate::os::signals::{self, Recipient};
use crate::postfix::running::written_number;
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
    queue: PathBuf,
    state: State,
}

/// All of them, in the order in which they were started.
#[derive(Debug, Default)]
pub(crate) struct Masters {
    all: Vec<Master>,
}

/// What has become of a master.
#[derive(Debug)]
pub(crate) enum Change {
    /// TERM has ended it, as a stop does.
    Stopped(PathBuf),
    /// It runs again.
    Again(PathBuf, i32),
    /// It has ended otherwise: its number, and how, if that is known.
    Ended(PathBuf, i32, Option<Outcome>),
}

impl Masters {
    /// Takes note of those that a start has made: each has written its number, and is a child of this process.
    pub(crate) fn note(&mut self, system: &System) {
        for instance in &system.instances {
            let Ok(settings) = &instance.settings else { continue };
            let queue = &settings.queue_directory;
            let Some(process) = self.new_master(queue) else { continue };
            let state = State::Runs(process);
            let (directory, queue) = (instance.directory.clone(), queue.clone());
            self.all.retain(|master| master.directory != directory);
            self.all.push(Master { directory, queue, state });
        }
    }

    /// The master of a queue directory that is a child of ours and not known yet.
    fn new_master(&self, queue: &Path) -> Option<i32> {
        let process = written_number(queue).filter(|process| is_child(*process))?;
        self.running().all(|(_, known)| known != process).then_some(process)
    }

    /// Notes what has become of them since the last look. No command of ours may run.
    pub(crate) fn look(&mut self) -> Vec<Change> {
        let mut ended = orphans::reap();
        let mut changes = Vec::new();
        for at in 0..self.all.len() {
            let directory = self.all[at].directory.clone();
            match self.all[at].state {
                State::Runs(process) if is_child(process) => {}
                State::Runs(process) => {
                    let place = ended.iter().position(|(number, _)| *number == process);
                    let outcome = place.map(|place| ended.swap_remove(place).1);
                    self.all[at].state = State::Stopped;
                    changes.push(match outcome {
                        Some(Outcome::Killed(signal)) if signal == Signal::SIGTERM as i32 => {
                            Change::Stopped(directory)
                        }
                        outcome => Change::Ended(directory, process, outcome),
                    });
                }
                State::Stopped => {
                    if let Some(process) = self.new_master(&self.all[at].queue) {
                        self.all[at].state = State::Runs(process);
                        changes.push(Change::Again(directory, process));
                    }
                }
            }
        }
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
        stopped.map(|master| master.directory.as_path())
    }

    /// Whether that of an instance runs.
    pub(crate) fn has(&self, directory: &Path) -> bool {
        self.running().any(|(known, _)| known == directory)
    }

    /// Whether any runs.
    pub(crate) fn any_runs(&self) -> bool {
        self.running().next().is_some()
    }

    /// Whether any was stopped.
    pub(crate) fn any_stopped(&self) -> bool {
        self.stopped().next().is_some()
    }

    /// Sends a signal to those that run. KILL goes to all that a master has started: it ends itself alone.
    pub(crate) fn send(&self, signal: Signal) {
        for process in self.running().filter_map(|(_, process)| u32::try_from(process).ok()) {
            if signal == Signal::SIGKILL {
                signals::send(signal, Recipient::Group(process));
            }
            signals::send(signal, Recipient::Process(process));
        }
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
            Self::Again(directory, process) => {
                let directory = printable(directory);
                write!(formatter, "instance {directory}: its master(8) runs again (process {process})")
            }
            Self::Ended(directory, process, outcome) => {
                let directory = printable(directory);
                let how = outcome.as_ref().map(|outcome| format!(" ({})", wording::how(outcome)));
                write!(
                    formatter,
                    "instance {directory}: its master(8) (process {process}) has ended{}; the other instances are \
                     stopped; see the mail log",
                    how.unwrap_or_default()
                )
            }
        }
    }
}
