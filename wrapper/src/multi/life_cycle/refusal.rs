//! The reasons to refuse a change before anything is changed, and their messages.
//!
//! Knows nothing of how it was found out.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use crate::multi::ownership::claims::{Claim, Conflict};

use crate::multi::life_cycle::invalid_argument::InvalidArgument;
use crate::multi::request::selection::{Ambiguous, Selection};
use crate::os::messages::MULTI;
use crate::os::printable::printable;
use crate::postfix::running::Use;

/// Why nothing is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// What was asked for cannot be meant.
    InvalidArgument(InvalidArgument),
    /// Something belongs to another instance already.
    Conflict(Box<Conflict>),
    /// The configuration directory of a new instance is that of an instance that is listed.
    IsThere(Box<Conflict>),
    /// The same, and there is no main.cf.
    IsGone(PathBuf),
    /// What is to be removed belongs to another instance as well.
    NotAlone {
        /// The first thing that does.
        conflict: Box<Conflict>,
        /// What would part them.
        remedy: Separation,
        /// Whether the other instance is in no list.
        is_unlisted: bool,
    },
    /// What is there may belong to an instance whose main.cf cannot be read.
    UnknownNeighbour(Box<Claim>, PathBuf, String),
    /// There is no such instance. How many cannot be read, and may be meant; what else to know.
    NoInstance(Selection, usize, String),
    /// The name of an instance fits two; the commands that name one by its directory.
    Ambiguous(Box<Ambiguous>, String),
    /// A name that an instance may have that cannot be read.
    NameInDoubt(OsString, PathBuf),
    /// The new instance is to be in front of nobody; what else to know.
    NoPlace(Selection, String),
    /// The default instance cannot be removed.
    Default,
    /// An instance is removed only when it is disabled.
    Enabled(PathBuf),
    /// Whether it is enabled cannot be told.
    Unknown(PathBuf, String),
    /// An instance is removed only when it is stopped; its master.
    Running(PathBuf, i32),
    /// The same, if no command of postfix(1) works because of its master.cf: why.
    RunningForGood(PathBuf, i32, String),
    /// The same, if postfix(1) does not find its master.
    RunningElsewhere(PathBuf, i32, Option<PathBuf>),
    /// Another instance's master uses one of its directories.
    InUse(PathBuf, Use),
    /// Whether it is running cannot be told.
    MayRun(PathBuf, String),
    /// Its queue is not empty.
    Messages(PathBuf, usize),
    /// No manager is in charge yet.
    NotInitialized(&'static str),
    /// There is no such file.
    NoFile(PathBuf),
    /// The queue directory of an instance does not exist, so that postfix(1) cannot run for it.
    NoQueue(PathBuf, PathBuf),
    /// One of main.cf and master.cf is there without the other.
    Half(PathBuf, &'static str, &'static str),
    /// A new name or group would change what a directory's value says.
    WouldMove(PathBuf, &'static str, PathBuf, PathBuf),
    /// A directory that is there belongs to a user who is not Postfix's.
    Anothers(PathBuf, u32),
    /// A directory that is there holds something that is not Postfix's.
    NotPostfixs(PathBuf, OsString),
    /// There is something else in a directory's place.
    NoDirectory(PathBuf),
    /// The default instance is not described.
    NotForDefault(PathBuf),
    /// The instance in a directory has a name; another one was described.
    OtherName(PathBuf, OsString, OsString),
    /// Another directory than an instance has: parameter, what it is, what it was to be.
    Moves(PathBuf, &'static str, PathBuf, PathBuf),
    /// There is an instance that is in no list.
    Unlisted(PathBuf),
    /// An instance that is to be absent is enabled; its name.
    AbsentButEnabled(PathBuf, OsString),
    /// Something else is where main.cf or master.cf belongs.
    NoRegularFile(PathBuf),
    /// A prepared file cannot be used, or must not.
    NotFit(PathBuf, String),
    /// A main.cf cannot be read.
    Unreadable(PathBuf, String),
}

/// What parts two instances, as far as it is known: parameters and directories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Separation {
    /// The instance gets these, one for each that it shares.
    Own(Vec<(&'static str, PathBuf)>),
    /// The other one gets this.
    OfHolder((&'static str, PathBuf)),
    /// Nothing is known.
    None,
}

impl From<InvalidArgument> for Refusal {
    fn from(invalid: InvalidArgument) -> Self {
        Self::InvalidArgument(invalid)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidArgument(invalid) => invalid.fmt(formatter),
            Self::Conflict(conflict) => write!(formatter, "{conflict}; choose another one"),
            Self::IsThere(conflict) => write!(
                formatter,
                "{conflict}; choose another one, or use \"{MULTI} -e ensure\" to change that one"
            ),
            Self::IsGone(directory) => write!(
                formatter,
                "{0} is listed, but has no main.cf; use \"{MULTI} -e deport -i {0}\" first, or \"{MULTI} -e ensure\" in \
                 place of this action",
                printable(directory)
            ),
            Self::NoInstance(selection, unknown, hint) => {
                write!(formatter, "no instance matches {selection}")?;
                if *unknown > 0 {
                    write!(
                        formatter,
                        " ({unknown} cannot be read, and may be meant; name their directories)"
                    )?;
                }
                write!(formatter, "{hint}; \"{MULTI} -l\" lists all")
            }
            Self::Ambiguous(ambiguous, commands) => {
                write!(formatter, "{ambiguous}; nothing was changed; use {commands}")
            }
            Self::NameInDoubt(name, directory) => write!(
                formatter,
                "{1}/main.cf cannot be read, and has multi_instance_name={0}, or one that cannot be told; mend it \
                 first, or choose another name",
                printable(name),
                printable(directory)
            ),
            Self::NoPlace(selection, hint) => write!(
                formatter,
                "no secondary instance matches {selection}, to be in front of{hint}; \"{MULTI} -l\" lists all"
            ),
            Self::Default => write!(formatter, "the default instance cannot be removed; choose another one"),
            Self::Enabled(directory) => write!(
                formatter,
                "the instance in {0} is enabled, and only disabled ones can be removed; use \
                 \"{MULTI} -e disable -i {0}\" first",
                printable(directory)
            ),
            Self::Unknown(directory, reason) => write!(
                formatter,
                "cannot tell whether the instance in {0} is enabled: {reason}; mend {0}/main.cf first",
                printable(directory)
            ),
            Self::Running(directory, process) => write!(
                formatter,
                "the instance in {0} is running (pid {process}); use \"postfix -c {0} stop\" first",
                printable(directory)
            ),
            Self::RunningForGood(directory, process, reason) => write!(
                formatter,
                "the instance in {0} is running (pid {process}), and \"postfix -c {0} stop\" does not work, as postconf \
                 cannot read its master.cf: {reason}; correct that and stop it, or use \"kill {process}\", first",
                printable(directory)
            ),
            Self::RunningElsewhere(directory, process, Some(queue)) => write!(
                formatter,
                "the instance in {0} is running (pid {process}), and its master uses {1}, which is no longer its \
                 queue_directory; use \"postconf -c {0} -e queue_directory={1}\", and then \"postfix -c {0} stop\" first",
                printable(directory),
                printable(queue)
            ),
            Self::RunningElsewhere(directory, process, None) => write!(
                formatter,
                "the instance in {0} is running (pid {process}), and {0}/main.cf or pid/master.pid in its \
                 queue_directory was changed since its start, so that postfix(1) does not find it; use \
                 \"kill {process}\" first",
                printable(directory)
            ),
            Self::InUse(directory, other) => write!(
                formatter,
                "{} {} of the instance in {} is in use by the master of {} (pid {}); give one of them a directory \
                 of its own first",
                other.parameter,
                printable(&other.directory),
                printable(directory),
                printable(&other.owner),
                other.process
            ),
            Self::MayRun(directory, reason) => write!(
                formatter,
                "cannot tell whether the instance in {} is running: {reason}; see to that first",
                printable(directory)
            ),
            Self::Messages(queue, number) => write!(
                formatter,
                "the queue {} holds mail ({number} {}); let it be delivered, or remove it with postsuper -d, \
                 first",
                printable(queue),
                if *number == 1 { "file" } else { "files" }
            ),
            other => other.about_files(formatter),
        }
    }
}

impl Refusal {
    /// What is wrong with files and directories; nothing is said here about the rest.
    fn about_files(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAlone { conflict, remedy, is_unlisted } => {
                write!(formatter, "{conflict}; nothing was changed; ")?;
                if *is_unlisted {
                    let owner = printable(&conflict.holder.owner);
                    return write!(formatter, "it is in no list: if it is a copy, move {owner} away first");
                }
                not_alone(conflict, remedy, formatter)
            }
            Self::UnknownNeighbour(claim, neighbour, reason) => write!(
                formatter,
                "{}={} is there, and may also be a directory of the instance in {2}: {reason}; mend {2}/main.cf first",
                claim.parameter,
                printable(&claim.value),
                printable(neighbour),
            ),
            Self::NotInitialized(what) => {
                write!(formatter, "{what} in the default instance's main.cf; use \"{MULTI} -e init\" first")
            }
            Self::NoFile(path) => {
                write!(formatter, "there is no file {}; see to it, or choose another place", printable(path))
            }
            Self::NoQueue(directory, queue) => write!(
                formatter,
                "queue_directory of {} is {1}, which does not exist; use \"mkdir -p {1}\" first",
                printable(directory),
                printable(queue)
            ),
            Self::Half(directory, present, absent) => write!(
                formatter,
                "{0} has a {present}, but no {absent}; move the {present} away, or add a {absent}, and use the same \
                 command again",
                printable(directory)
            ),
            Self::WouldMove(directory, parameter, before, after) => write!(
                formatter,
                "{1} of {0} is {2} now, and would be {3}, as its value refers to what is changed; use \"postconf -c {0} \
                 -e {1}={2}\" first",
                printable(directory),
                parameter,
                printable(before),
                printable(after)
            ),
            Self::Anothers(path, user) => write!(
                formatter,
                "{0} is there, and belongs to user {user}; choose another place, or use \"chown root {0}\" if it is to \
                 be Postfix's",
                printable(path)
            ),
            Self::NotPostfixs(path, name) => write!(
                formatter,
                "{} is there, and holds what is not Postfix's ({}); choose another place, or an empty directory",
                printable(path),
                printable(name)
            ),
            Self::NoDirectory(path) => {
                write!(
                    formatter,
                    "{} is no directory; move it away, or choose another place",
                    printable(path)
                )
            }
            Self::Unreadable(directory, reason) => {
                write!(formatter, "cannot read {}/main.cf: {reason}; correct it first", printable(directory))
            }
            other => other.about_descriptions(formatter),
        }
    }

    /// What is wrong with a description of an instance.
    fn about_descriptions(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotForDefault(directory) => write!(
                formatter,
                "the instance in {0} is the default one, and \"-e ensure\" is for the others; use \"postconf -c {0} -e \
                 PARAMETER=VALUE\"",
                printable(directory)
            ),
            Self::OtherName(directory, other, name) => write!(
                formatter,
                "the instance in {0} is {1}; if it is the one that you mean, use \"{MULTI} -e ensure -I {2} \
                 config_directory={0}\", else give another config_directory",
                printable(directory),
                printable(other),
                printable(name)
            ),
            Self::Moves(directory, parameter, current, described) => write!(
                formatter,
                "{1} of {0} is {2}, and not {3}; nothing was changed, as what is in there would be left behind; leave \
                 {1} out, or stop the instance, move the directory with \"mv {2} {3}\", and use \"postconf -c {0} -e \
                 {1}={3}\" first",
                printable(directory),
                parameter,
                printable(current),
                printable(described)
            ),
            Self::Unlisted(directory) => write!(
                formatter,
                "{0} has a main.cf, and is in no list, so that it may be somebody's; if it is this instance, use \
                 \"{MULTI} -e import config_directory={0}\" first",
                printable(directory)
            ),
            Self::AbsentButEnabled(directory, name) => write!(
                formatter,
                "the instance in {0} is enabled; if it is to go all the same, use \"{MULTI} -e ensure -I {1} --absent \
                 --disabled config_directory={0}\"",
                printable(directory),
                printable(name)
            ),
            Self::NoRegularFile(path) => {
                write!(formatter, "{} is no regular file; move it away first", printable(path))
            }
            Self::NotFit(path, reason) => {
                write!(formatter, "cannot use {}: {reason}", printable(path))
            }
            _ => Ok(()),
        }
    }
}

/// How two instances are parted.
fn not_alone(conflict: &Conflict, remedy: &Separation, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (directory, dirs) = match remedy {
        Separation::Own(dirs) => (&conflict.other.owner, dirs.as_slice()),
        Separation::OfHolder(place) => (&conflict.holder.owner, std::slice::from_ref(place)),
        Separation::None => {
            let directory = printable(&conflict.other.owner);
            return write!(
                formatter,
                "take the instance off the list with \"{MULTI} -e deport -i {directory}\", and remove by hand what \
                 is its own alone"
            );
        }
    };
    write!(formatter, "use \"postconf -c {} -e", printable(directory))?;
    for (parameter, place) in dirs {
        write!(formatter, " {parameter}={}", printable(place))?;
    }
    write!(formatter, "\" first")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_cannot_be_read_are_counted_where_there_are_any() {
        let told = |unknown| Refusal::NoInstance(Selection::All, unknown, String::new()).to_string();
        assert!(!told(0).contains("cannot be read"), "{}", told(0));
        assert!(told(2).contains("(2 cannot be read, and may be meant"), "{}", told(2));
    }
}
