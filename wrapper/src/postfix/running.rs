//! Finds out whether an instance runs.
//!
//! A master(8) that runs holds two locks for itself: one on `pid/master.pid` below its queue directory, one on
//! `master.lock` in its data directory. Both are looked up in the kernel's list of locks; whose the holder is, its
//! environment tells. A master that holds neither, since main.cf was edited or a file was replaced after its start, is
//! found among the processes. What cannot be told is an answer of its own. Changes nothing, starts nothing.

mod processes;

use std::fmt;
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::sys::signal::kill;
use nix::unistd::Pid;

use crate::os::files::file_identity::{identity_of, is_same};
use crate::os::files::file_locks::{self, Locks};
use crate::os::files::open_file::{without_wait, without_wait_or_link};
use crate::os::printable::{error_text, printable};
use crate::postfix::instance_settings::InstanceSettings;
use crate::postfix::running::processes::{Master, Serves};

/// Where a master's number is, below the queue directory; it is locked.
const NUMBER: &str = "pid/master.pid";

/// What is locked in the data directory.
pub(crate) const DATA_LOCK: &str = "master.lock";

/// More than a number takes.
const LONGEST: u64 = 64;

/// Where the kernel tells of processes and locks.
const PROC: &str = "/proc";

/// Whether an instance runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Running {
    /// It does.
    Yes {
        /// Its master's number.
        process: i32,
        /// When that has written its number, which it does when it starts.
        since: Option<SystemTime>,
    },
    /// It does not.
    No,
    /// It does not, and could not: another instance's master uses one of its directories.
    UsedByAnother(Use),
    /// That cannot be told, for the reason given.
    Unknown(String),
}

/// A directory of an instance that another one's master uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Use {
    /// The parameter whose value the directory is.
    pub(crate) parameter: &'static str,
    /// The directory.
    pub(crate) directory: PathBuf,
    /// The master's number.
    pub(crate) process: i32,
    /// The configuration directory that it was started with.
    pub(crate) owner: PathBuf,
}

impl fmt::Display for Use {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (directory, owner) = (printable(&self.directory), printable(&self.owner));
        let Self { parameter, process, .. } = self;
        write!(formatter, "its {parameter} {directory} is in use by the master of {owner} (pid {process})")
    }
}

/// Whether somebody holds a file for himself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LockState {
    /// This process does; nothing for one that cannot be seen from here.
    Held(Option<i32>),
    /// Nobody does, or there is no file.
    Free,
    /// That cannot be told, for the reason given.
    Unknown(String),
}

/// By what it is known whether an instance runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Evidence {
    /// The lock on the file with the number.
    pub(crate) queue_lock: LockState,
    /// The lock in the data directory.
    pub(crate) data_lock: LockState,
    /// The number in the file, if it holds one.
    pub(crate) written: Option<i32>,
    /// The masters that were started for this instance.
    pub(crate) masters: Vec<i32>,
}

/// The answer, and what it goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Observation {
    /// The answer.
    pub(crate) running: Running,
    /// What it goes by.
    pub(crate) evidence: Evidence,
}

/// The directories of an instance.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InstancePaths<'a> {
    /// `config_directory`
    pub(crate) config: &'a Path,
    /// `queue_directory`
    pub(crate) queue: &'a Path,
    /// `data_directory`
    pub(crate) data: &'a Path,
    /// Whether another instance has one of the last two as well.
    pub(crate) sharing: Sharing,
}

impl<'a> InstancePaths<'a> {
    /// Those of the instance in a directory, as its main.cf names them.
    pub(crate) fn of(config: &'a Path, settings: &'a InstanceSettings, sharing: Sharing) -> Self {
        Self { config, queue: &settings.queue_directory, data: &settings.data_directory, sharing }
    }
}

/// Whether directories are an instance's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// They are, as far as anybody knows.
    Own,
    /// Another instance has one of them, too.
    Shared,
}

/// Whether a lock may be tried if the kernel's list does not show that it is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trial {
    /// It may, as before a change: `postfix status` does the same. The list leaves out who is in another container.
    Allowed,
    /// It may not: a try can keep a master from starting.
    Forbidden,
}

/// The processes and locks, as they were at one moment.
pub(crate) struct Snapshot<'a> {
    proc: &'a Path,
    locks: Option<Locks>,
    masters: Vec<Master>,
    /// The default instance's configuration directory: a master that was told of none serves that.
    default: &'a Path,
    /// The program that a master is.
    program: PathBuf,
    trial: Trial,
}

impl<'a> Snapshot<'a> {
    /// What is there now. `default` is the default instance's configuration directory.
    pub(crate) fn now(default: &'a Path, daemon_directory: &Path, trial: Trial) -> Self {
        Self::of(Path::new(PROC), default, daemon_directory, trial)
    }

    fn of(proc: &'a Path, default: &'a Path, daemon_directory: &Path, trial: Trial) -> Self {
        Self {
            proc,
            locks: Locks::read(proc),
            masters: processes::masters(proc, default),
            default,
            program: daemon_directory.join("master"),
            trial,
        }
    }

    /// Leaves out each master whose instance cannot be found, but which holds the file in the queue of a listed
    /// instance: it serves that one.
    pub(crate) fn account_for<'q>(&mut self, queues: impl Iterator<Item = &'q Path>) {
        if !self.masters.iter().any(|master| master.serves == Serves::Unknown) {
            return;
        }
        let holders: Vec<LockState> = queues
            .map(|queue| {
                let file = queue.join(NUMBER);
                self.lock(&file, written_in(&file))
            })
            .collect();
        self.masters.retain(|master| {
            master.serves != Serves::Unknown || !holders.contains(&LockState::Held(Some(master.process)))
        });
    }

    /// Whether an instance runs.
    pub(crate) fn look(&self, paths: InstancePaths<'_>) -> Observation {
        let file = paths.queue.join(NUMBER);
        let written = written_in(&file);
        let masters = self.masters_of(paths.config);
        let evidence = Evidence {
            queue_lock: self.lock(&file, written),
            data_lock: self.lock(&paths.data.join(DATA_LOCK), written),
            written,
            masters,
        };
        Observation { running: self.conclude(paths, &evidence), evidence }
    }

    /// Whether an instance runs whose main.cf is gone or cannot be read, so that nothing tells which directories it has.
    /// Its master was started for its configuration directory, and has written its number into the queue directory in
    /// which it works. Nothing if there is no such master: one that cannot be seen from here may run.
    pub(crate) fn without_main_cf(&self, config: &Path) -> Option<Observation> {
        let masters = self.masters_of(config);
        let has_written = masters.iter().find(|process| self.has_written(**process));
        let running = match (has_written, masters.first()) {
            (Some(process), _) => {
                Running::Yes { process: *process, since: changed(&self.number_of(*process)) }
            }
            (None, Some(process)) => Running::Unknown(format!(
                "there is a master, process {process}, that was started for it, but has not written its number"
            )),
            (None, None) => match self.nobody() {
                Running::No => return None,
                running => running,
            },
        };
        let unknown = || LockState::Unknown("main.cf does not tell where the file is".to_owned());
        let evidence = Evidence { queue_lock: unknown(), data_lock: unknown(), written: None, masters };
        Some(Observation { running, evidence })
    }

    /// The directory of an instance that another one's master uses, whether or not its own master runs.
    pub(crate) fn used_by_another(&self, paths: InstancePaths<'_>) -> Option<Use> {
        let Evidence { queue_lock, data_lock, .. } = self.look(paths).evidence;
        let directories =
            [("queue_directory", paths.queue, queue_lock), ("data_directory", paths.data, data_lock)];
        directories.into_iter().find_map(|(parameter, directory, lock)| {
            let LockState::Held(Some(process)) = lock else { return None };
            match self.owner_of(process) {
                Owner::Known(owner) if !is_owner(&owner, paths) => {
                    Some(Use { parameter, directory: directory.to_owned(), process, owner })
                }
                _ => None,
            }
        })
    }

    /// The masters that serve the instance in a directory.
    fn masters_of(&self, config: &Path) -> Vec<i32> {
        let identity = identity_of(config);
        let is_it =
            |master: &Master, path: &Path| path == config || identity.is_some() && master.config == identity;
        let serves = |master: &&Master| match &master.serves {
            Serves::This(path) => is_it(master, path),
            // Other mail systems, such as Cyrus IMAP, have a program of that name, too. Postfix's has left its number.
            Serves::Unnamed => is_it(master, self.default) && self.has_written(master.process),
            Serves::Nobody | Serves::Unknown => false,
        };
        self.masters.iter().filter(serves).map(|master| master.process).collect()
    }

    /// Whether a file is locked, and by which process. `written` is the process ID in `pid/master.pid`.
    fn lock(&self, path: &Path, written: Option<i32>) -> LockState {
        let metadata = match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => metadata,
            Ok(_) => return LockState::Unknown(format!("{} is not a file", printable(path))),
            Err(error) if error.kind() == ErrorKind::NotFound => return LockState::Free,
            Err(error) => return LockState::Unknown(format!("{}: {}", printable(path), error_text(&error))),
        };
        let Some(locks) = &self.locks else { return self.unlisted(path, written) };
        let holders = locks.holders(metadata.ino());
        match holders.iter().find(|holder| self.is_held(**holder, &metadata, written)) {
            Some(holder) => LockState::Held((holder.process > 0).then_some(holder.process)),
            None if self.trial == Trial::Allowed => tried(path),
            None => LockState::Free,
        }
    }

    /// Whether a line of the list is about this file, and not about one with the same number on another device. Where
    /// the list has other devices than files have, the holder's open files tell, and else the number that it wrote.
    fn is_held(&self, holder: file_locks::Holder, metadata: &Metadata, written: Option<i32>) -> bool {
        holder.is_on_device_of(metadata)
            || (holder.process > 0
                && processes::has_open(self.proc, holder.process, (metadata.dev(), metadata.ino()))
                    .unwrap_or(written == Some(holder.process)))
    }

    /// The same without a list of locks: only the process ID in the file is known, and a trial if that is allowed.
    fn unlisted(&self, path: &Path, written: Option<i32>) -> LockState {
        if self.trial == Trial::Allowed {
            return match tried(path) {
                LockState::Held(None) => LockState::Held(written),
                tried => tried,
            };
        }
        match written {
            Some(process) if kill(Pid::from_raw(process), None) == Err(Errno::ESRCH) => LockState::Free,
            Some(process) => LockState::Held(Some(process)),
            None => LockState::Free,
        }
    }

    /// What follows from the evidence.
    fn conclude(&self, paths: InstancePaths<'_>, evidence: &Evidence) -> Running {
        if let Some(process) = evidence.own_master() {
            return self.runs(paths, evidence, process);
        }
        let directories = [
            ("queue_directory", paths.queue, NUMBER, &evidence.queue_lock),
            ("data_directory", paths.data, DATA_LOCK, &evidence.data_lock),
        ];
        let mut doubts = Vec::new();
        for (parameter, directory, file, lock) in directories {
            let file = printable(directory.join(file));
            match lock {
                // A data directory is closed to others than Postfix and root: then the queue's word counts.
                LockState::Unknown(reason) if parameter == "queue_directory" => doubts.push(reason.clone()),
                LockState::Free | LockState::Unknown(_) => {}
                LockState::Held(None) => {
                    doubts.push(format!("{file} is locked by a process that is not to be seen"));
                }
                LockState::Held(Some(process)) => match self.owner_of(*process) {
                    Owner::Nobody => {}
                    Owner::Unknown => doubts.push(format!(
                        "{file} is locked by process {process}, and which instance that serves, only root with \
                         CAP_SYS_PTRACE can tell"
                    )),
                    Owner::Known(owner) if is_owner(&owner, paths) => {
                        return self.runs(paths, evidence, *process);
                    }
                    Owner::Known(owner) => {
                        return Running::UsedByAnother(Use {
                            parameter,
                            directory: directory.to_owned(),
                            process: *process,
                            owner,
                        });
                    }
                },
            }
        }
        self.in_doubt(paths, evidence, &doubts)
    }

    /// What follows if nobody is known who serves this instance or another one.
    fn in_doubt(&self, paths: InstancePaths<'_>, evidence: &Evidence, doubts: &[String]) -> Running {
        let is_own = paths.sharing == Sharing::Own;
        match (&evidence.queue_lock, &evidence.data_lock) {
            // Who holds both is its master, or that of an instance with the same two directories.
            (LockState::Held(Some(process)), LockState::Held(Some(other))) if process == other && is_own => {
                self.runs(paths, evidence, *process)
            }
            (LockState::Held(Some(process)), LockState::Unknown(_))
                if is_own && evidence.written.is_none_or(|written| written == *process) =>
            {
                self.runs(paths, evidence, *process)
            }
            _ if doubts.is_empty() => self.nobody(),
            _ => Running::Unknown(doubts.join("; ")),
        }
    }

    /// Nobody holds a lock. If there is a master whose instance cannot be found, it may be this instance's.
    fn nobody(&self) -> Running {
        let unknown = |master: &&Master| master.serves == Serves::Unknown && master.program == self.program;
        match self.masters.iter().find(unknown) {
            Some(master) => Running::Unknown(format!(
                "there is a master, process {}, and which instance that serves, only root with CAP_SYS_PTRACE can \
                 tell",
                master.process
            )),
            None => Running::No,
        }
    }

    fn runs(&self, paths: InstancePaths<'_>, evidence: &Evidence, process: i32) -> Running {
        let since = if evidence.has_left_its_queue(process) {
            changed(&self.number_of(process))
        } else {
            changed(&paths.queue.join(NUMBER))
        };
        Running::Yes { process, since }
    }

    fn number_of(&self, process: i32) -> PathBuf {
        number_of(self.proc, process)
    }

    fn has_written(&self, process: i32) -> bool {
        has_written(self.proc, process)
    }

    /// The configuration directory that a master was started with, if it is gone: it was renamed, if an instance has the
    /// master's queue directory.
    pub(crate) fn renamed_from(&self, process: i32) -> Option<PathBuf> {
        match self.owner_of(process) {
            Owner::Known(owner) if is_gone(&owner) => Some(owner),
            _ => None,
        }
    }

    /// Which instance a process serves.
    fn owner_of(&self, process: i32) -> Owner {
        if let Some(master) = self.masters.iter().find(|master| master.process == process) {
            return match &master.serves {
                Serves::This(directory) => Owner::Known(directory.clone()),
                Serves::Unnamed => Owner::Known(self.default.to_owned()),
                Serves::Nobody => Owner::Nobody,
                Serves::Unknown => Owner::Unknown,
            };
        }
        match processes::serves_of(self.proc, process) {
            Serves::This(directory) => Owner::Known(directory),
            Serves::Nobody => Owner::Nobody,
            Serves::Unnamed | Serves::Unknown => Owner::Unknown,
        }
    }
}

impl Evidence {
    /// The master that was started for the instance, the one that holds its locks before others.
    fn own_master(&self) -> Option<i32> {
        let holds =
            |process: &&i32| [&self.queue_lock, &self.data_lock].contains(&&LockState::Held(Some(**process)));
        self.masters.iter().find(holds).or(self.masters.first()).copied()
    }

    /// Whether the instance's master does not hold the file in the queue directory that main.cf names, or is not the
    /// process that the file names: postfix-script does not find it then, and cannot stop it.
    pub(crate) fn has_left_its_queue(&self, master: i32) -> bool {
        match self.queue_lock {
            LockState::Unknown(_) | LockState::Held(None) => false,
            // Only root can read the file, and a master that has just begun has not written to it.
            LockState::Held(Some(holder)) if holder == master => {
                self.written.is_some_and(|written| written != master)
            }
            LockState::Held(_) | LockState::Free => true,
        }
    }
}

/// Which instance a process serves.
enum Owner {
    Known(PathBuf),
    Nobody,
    Unknown,
}

/// Whether what was started for a configuration directory serves an instance: that one, or it was renamed.
fn is_owner(owner: &Path, paths: InstancePaths<'_>) -> bool {
    is_same(owner, paths.config) || (paths.sharing == Sharing::Own && is_gone(owner))
}

/// Whether there is certainly no such directory, so that no instance is there.
fn is_gone(directory: &Path) -> bool {
    directory.is_absolute() && matches!(directory.try_exists(), Ok(false))
}

/// Tries to have a part in a lock, and lets go of it at once.
fn tried(path: &Path) -> LockState {
    let unknown =
        |error: io::Error| LockState::Unknown(format!("{}: {}", printable(path), error_text(&error)));
    match without_wait_or_link(path) {
        Ok(file) => match Flock::lock(file, FlockArg::LockSharedNonblock) {
            Ok(_) => LockState::Free,
            Err((_, Errno::EWOULDBLOCK)) => LockState::Held(None),
            Err((_, error)) => unknown(error.into()),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => LockState::Free,
        Err(error) => unknown(error),
    }
}

/// The file with a master's number: it works in the queue directory that it was started with.
fn number_of(proc: &Path, process: i32) -> PathBuf {
    proc.join(process.to_string()).join("cwd").join(NUMBER)
}

/// Whether a process has written its number where it works, as a master does soon after its start.
fn has_written(proc: &Path, process: i32) -> bool {
    written_in(&number_of(proc, process)) == Some(process)
}

/// A master, and whether its start is over.
pub(crate) struct FoundMaster {
    /// Its number.
    pub(crate) process: i32,
    /// The configuration directory that it was started with, if that can be told.
    pub(crate) directory: Option<PathBuf>,
    /// Whether it has written its number into the queue directory in which it works, which ends its start.
    pub(crate) has_written: bool,
}

/// The masters among the processes that are meant, and what may become one: whatever works in one of some queue
/// directories. `default` is the default instance's configuration directory.
pub(crate) fn masters_among(
    default: &Path,
    queues: &[PathBuf],
    is_meant: impl Fn(i32) -> bool,
) -> Vec<FoundMaster> {
    let proc = Path::new(PROC);
    let found = |process: i32| {
        let has_written = has_written(proc, process);
        let cwd = proc.join(process.to_string()).join("cwd");
        let works_there = || queues.iter().any(|queue| is_same(&cwd, queue));
        let master = processes::master_at(proc, process, default);
        // That of another mail system is told none, and writes no number.
        let may_be_one = master.as_ref().is_some_and(|master| master.serves != Serves::Unnamed);
        if !has_written && !may_be_one && !works_there() {
            return None;
        }
        let serves = master.map_or_else(|| processes::serves_of(proc, process), |master| master.serves);
        let directory = match serves {
            Serves::This(directory) => Some(directory),
            Serves::Unnamed => Some(default.to_owned()),
            Serves::Nobody | Serves::Unknown => None,
        };
        Some(FoundMaster { process, directory, has_written })
    };
    processes::numbers(proc).filter(|process| is_meant(*process)).filter_map(found).collect()
}

/// When a file was written; nothing if that cannot be told.
fn changed(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|metadata| metadata.modified()).ok()
}

/// The number that the last master of a queue directory has written there.
pub(crate) fn written_number(queue: &Path) -> Option<i32> {
    written_in(&queue.join(NUMBER))
}

/// The number in a regular file, if it holds one.
fn written_in(path: &Path) -> Option<i32> {
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut text = Vec::new();
    without_wait(path).ok()?.take(LONGEST).read_to_end(&mut text).ok()?;
    let number = std::str::from_utf8(&text).ok().and_then(|text| text.trim().parse().ok());
    number.filter(|number| *number > 0)
}

#[cfg(test)]
mod tests;
