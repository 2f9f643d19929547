//! The reasons to refuse a change before anything is changed, and their messages.
//!
//! Knows nothing of how it was found out.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use crate::multi::changing::queue_disk::anew;
use crate::multi::ownership::claims::{Claim, Conflict, QUEUE};

use crate::multi::life_cycle::invalid_argument::InvalidArgument;
use crate::multi::request::Presence;
use crate::multi::request::selection::{Ambiguous, Selection};
use crate::os::files::fixed::Fixed;
use crate::os::messages::MULTI;
use crate::os::printable::{printable, setting, shell_word};
use crate::postfix::missing_address::MissingAddress;
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
    /// There is no such instance; what else to know.
    NoInstance(Selection, String),
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
    /// A master runs for the configuration directory of an instance that is to be made.
    RunsWithoutMainCf(PathBuf, i32),
    /// Another instance's master uses one of its directories.
    InUse(PathBuf, Use),
    /// Whether it is running cannot be told.
    MayRun(PathBuf, String),
    /// Its queue is not empty: the configuration directory, the queue, the number of files.
    Messages(PathBuf, PathBuf, usize),
    /// No manager is in charge yet.
    NotInitialized(&'static str),
    /// There is no such file.
    NoFile(PathBuf),
    /// The queue directory of an instance does not exist, so that postfix(1) cannot run for it.
    NoQueue(PathBuf, PathBuf),
    /// The instance in a directory has run, and there is no queue in its queue directory.
    QueueAway(PathBuf, PathBuf),
    /// Somebody has changed a list of instances in this file since it was read.
    ListChanged(PathBuf),
    /// One of main.cf and master.cf is there without the other.
    Half(PathBuf, &'static str, &'static str),
    /// A new name or group would change what a directory's value says.
    WouldMove(PathBuf, &'static str, PathBuf, PathBuf),
    /// A directory that is there belongs to a user who is not Postfix's.
    Anothers(PathBuf, u32),
    /// A directory that is there holds something that is not Postfix's.
    NotPostfixs(PathBuf, OsString),
    /// A file whose owner and mode Postfix would set is not the instance's alone: what it is, and what gives it one of
    /// its own.
    SetElsewhere(PathBuf, String, String),
    /// Nobody can change what is to be changed.
    Fixed(Fixed),
    /// There is something else in a directory's place.
    NoDirectory(PathBuf),
    /// The default instance is not described.
    NotForDefault(PathBuf),
    /// The instance in a directory has a name; another one was described, to be there or not.
    OtherName(PathBuf, OsString, OsString, Presence),
    /// An instance in one directory has the name that was described for another directory, whose instance may have a
    /// name, too.
    NameElsewhere(PathBuf, OsString, PathBuf, Option<OsString>),
    /// Another directory than an instance has.
    Moves(Kept),
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
    /// No setting does.
    None,
    /// No setting does, and the instance is to go.
    OffTheList,
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
                "{} is listed, but has no main.cf; use \"{MULTI} -e deport -i {}\" first, or \"{MULTI} -e ensure\" in \
                 place of this action",
                printable(directory),
                shell_word(directory)
            ),
            Self::NoInstance(selection, hint) => {
                write!(formatter, "no instance matches {selection}{hint}; \"{MULTI} -l\" lists all")
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
                "the instance in {} is enabled, and only disabled ones can be removed; use \
                 \"{MULTI} -e disable -i {}\" first",
                printable(directory),
                shell_word(directory)
            ),
            Self::Unknown(directory, reason) => write!(
                formatter,
                "cannot tell whether the instance in {0} is enabled: {reason}; mend {0}/main.cf first",
                printable(directory)
            ),
            other => other.about_masters(formatter),
        }
    }
}

impl Refusal {
    /// What is wrong with an instance that runs, or has mail; nothing is said here about the rest.
    fn about_masters(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running(directory, process) => write!(
                formatter,
                "the instance in {} is running (pid {process}); use \"postfix -c {} stop\" first",
                printable(directory),
                shell_word(directory)
            ),
            Self::RunningForGood(directory, process, reason) => write!(
                formatter,
                "the instance in {} is running (pid {process}), and \"postfix -c {} stop\" does not work, as postconf \
                 cannot read its master.cf: {reason}; correct that and stop it, or use \"kill {process}\", first",
                printable(directory),
                shell_word(directory)
            ),
            Self::RunningElsewhere(directory, process, Some(queue)) => write!(
                formatter,
                "the instance in {} is running (pid {process}), and its master uses {}, which is no longer its \
                 queue_directory, so that postfix(1) does not find it; use \"kill {process}\" first",
                printable(directory),
                printable(queue)
            ),
            Self::RunningElsewhere(directory, process, None) => write!(
                formatter,
                "the instance in {0} is running (pid {process}), and postfix(1) does not find it: {0}/main.cf or \
                 pid/master.pid in its queue_directory was changed since its start, or it was started in a container; \
                 use \"kill {process}\" first",
                printable(directory)
            ),
            Self::RunsWithoutMainCf(directory, process) => write!(
                formatter,
                "a master (pid {process}) that was started for {0} runs, and {0}/main.cf is gone; put it back, or use \
                 \"kill {process}\" if the instance is to be made anew",
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
            Self::Messages(directory, queue, number) => write!(
                formatter,
                "the queue {} holds mail ({number} {}); let it be delivered with \"postfix -c {2} start && postfix -c {2} \
                 flush\", and stop the instance again, or remove the mail with \"postsuper -c {2} -d ALL\", first",
                printable(queue),
                if *number == 1 { "file" } else { "files" },
                shell_word(directory)
            ),
            other => other.about_files(formatter),
        }
    }

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
            Self::ListChanged(main_cf) => write!(
                formatter,
                "somebody has changed the list of instances in {} meanwhile; it is left as it is now; repeat the \
                 command",
                printable(main_cf)
            ),
            Self::NoQueue(directory, queue) => write!(
                formatter,
                "queue_directory of {} is {}, which does not exist; use \"mkdir -p {}\" first",
                printable(directory),
                printable(queue),
                shell_word(queue)
            ),
            Self::QueueAway(directory, queue) => write!(
                formatter,
                "the instance in {} has run, and there is no queue in its queue_directory {}, which may be on a disk that \
                 is not mounted; nothing was changed; mount it; or, only if the queue is lost for good, use \"{}\" first",
                printable(directory),
                printable(queue),
                anew(queue)
            ),
            Self::Half(directory, present, absent) => write!(
                formatter,
                "{0} has a {present}, but no {absent}; move the {present} away, or add a {absent}, and use the same \
                 command again",
                printable(directory)
            ),
            Self::WouldMove(directory, parameter, before, after) => write!(
                formatter,
                "{parameter} of {} is {} now, and would be {}, as its value refers to what is changed; use \"postconf -c {} \
                 -e {}\" first",
                printable(directory),
                printable(before),
                printable(after),
                shell_word(directory),
                setting(parameter, before)
            ),
            Self::Anothers(path, user) => write!(
                formatter,
                "{} is there, and belongs to user {user}; choose another place, or use \"chown root {}\" if it is to \
                 be Postfix's",
                printable(path),
                shell_word(path)
            ),
            Self::NotPostfixs(path, name) => write!(
                formatter,
                "{} is there, and holds what is not Postfix's ({}); choose another place, or an empty directory",
                printable(path),
                printable(name)
            ),
            Self::SetElsewhere(path, what, mend) => write!(
                formatter,
                "{} {what}, and \"postfix set-permissions\" would give that to root, with mode 0644; look at it, and use \
                 \"{mend}\" first",
                printable(path)
            ),
            Self::Fixed(fixed) => write!(formatter, "nothing was changed, as {fixed} first"),
            Self::NoDirectory(path) => {
                write!(
                    formatter,
                    "{} is no directory; move it away, or choose another place",
                    printable(path)
                )
            }
            Self::Unreadable(directory, reason) => match MissingAddress::named_in(reason) {
                Some(missing) => {
                    write!(formatter, "{}: {reason}; {} first", printable(directory), missing.cure(directory))
                }
                None => {
                    write!(
                        formatter,
                        "cannot read {}/main.cf: {reason}; correct it first",
                        printable(directory)
                    )
                }
            },
            other => other.about_descriptions(formatter),
        }
    }

    /// What is wrong with a description of an instance.
    fn about_descriptions(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotForDefault(directory) => write!(
                formatter,
                "the instance in {} is the default one, and \"-e ensure\" is for the others; use \"postconf -c {} -e \
                 PARAMETER=VALUE\"",
                printable(directory),
                shell_word(directory)
            ),
            Self::OtherName(directory, other, name, Presence::Present) => write!(
                formatter,
                "the instance in {} is {}; if it is the one that you mean, use \"{MULTI} -e ensure -I {} \
                 config_directory={}\", else give another config_directory",
                printable(directory),
                printable(other),
                shell_word(name),
                shell_word(directory)
            ),
            Self::OtherName(directory, other, name, Presence::Absent) => write!(
                formatter,
                "the instance in {} is {}, and not {}; nothing was changed; if it is the one that is to go, use \
                 \"{MULTI} -e ensure -I {} --absent config_directory={}\", else give another config_directory",
                printable(directory),
                printable(other),
                printable(name),
                shell_word(other),
                shell_word(directory)
            ),
            Self::NameElsewhere(holder, name, directory, other) => write!(
                formatter,
                "{} is the name of the instance in {} already, and not of {} in {}; nothing was changed; use \
                 config_directory={} if you mean that one, else choose another name",
                printable(name),
                printable(holder),
                other.as_ref().map_or_else(|| "an instance".to_owned(), printable),
                printable(directory),
                shell_word(holder)
            ),
            Self::Moves(Kept { config: directory, parameter, current, asked: described }) => write!(
                formatter,
                "{parameter} of {} is {}, and not {}; nothing was changed, as what is in there would be left behind; \
                 leave {parameter} out, or stop the instance, move the directory with \"mv {} {}\", and use \
                 \"postconf -c {} -e {}\" first",
                printable(directory),
                printable(current),
                printable(described),
                shell_word(current),
                shell_word(described),
                shell_word(directory),
                setting(parameter, described)
            ),
            Self::Unlisted(directory) => write!(
                formatter,
                "{} has a main.cf, and is in no list, so that it may be somebody's; if it is this instance, use \
                 \"{MULTI} -e import config_directory={}\" first",
                printable(directory),
                shell_word(directory)
            ),
            Self::AbsentButEnabled(directory, name) => write!(
                formatter,
                "the instance in {} is enabled; if it is to go all the same, use \"{MULTI} -e ensure -I {} --absent \
                 --disabled config_directory={}\"",
                printable(directory),
                shell_word(name),
                shell_word(directory)
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

/// A directory that an instance keeps, though another one was asked for: refused, or told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Whose it is.
    pub(crate) config: PathBuf,
    /// What it is to the instance.
    pub(crate) parameter: &'static str,
    /// The directory.
    pub(crate) current: PathBuf,
    /// The one that was asked for.
    pub(crate) asked: PathBuf,
}

impl Kept {
    /// What to know about it, and how to move it.
    pub(crate) fn warning(&self) -> String {
        let Self { config, parameter, current, asked } = self;
        format!(
            "{parameter} of {} stays {}, as its main.cf says, and is not {}; to move it, stop the instance, move the \
             directory with \"mv {} {}\", and use \"postconf -c {} -e {}\"",
            printable(config),
            printable(current),
            printable(asked),
            shell_word(current),
            shell_word(asked),
            shell_word(config),
            setting(parameter, asked)
        )
    }
}

/// How two instances are parted.
fn not_alone(conflict: &Conflict, remedy: &Separation, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (directory, dirs) = match remedy {
        Separation::Own(dirs) => (&conflict.other.owner, dirs.as_slice()),
        Separation::OfHolder(place) => (&conflict.holder.owner, std::slice::from_ref(place)),
        Separation::None => return write!(formatter, "give one of them another directory first"),
        Separation::OffTheList => {
            let directory = shell_word(&conflict.other.owner);
            return write!(
                formatter,
                "take the instance off the list with \"{MULTI} -e deport -i {directory}\", and remove by hand what \
                 is its own alone"
            );
        }
    };
    write!(formatter, "use \"postconf -c {} -e", shell_word(directory))?;
    for (parameter, place) in dirs {
        write!(formatter, " {}", setting(parameter, place))?;
    }
    // One that has run would seem to have left its queue elsewhere.
    for (_, queue) in dirs.iter().filter(|(parameter, _)| *parameter == QUEUE) {
        write!(formatter, " && {}", anew(queue))?;
    }
    write!(formatter, "\" first")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::multi::ownership::claims::{Claim, Relation};
    use crate::multi::ownership::linked_files::LinkedFile;
    use crate::os::printable::commands::{drawn_path, hold};

    fn conflict(path: &Path) -> Box<Conflict> {
        let claim = Claim { owner: path.to_owned(), parameter: "queue_directory", value: path.into() };
        Box::new(Conflict { holder: claim.clone(), other: claim, relation: Relation::Same })
    }

    /// Those that print a command with a path.
    fn with_commands(path: &Path) -> Vec<Refusal> {
        let (path, name) = (path.to_owned(), OsString::from(path));
        let own = vec![("queue_directory", path.clone())];
        let linked = LinkedFile { link: path.clone(), file: path.clone() };
        let not_alone = |remedy| Refusal::NotAlone { conflict: conflict(&path), remedy, is_unlisted: false };
        vec![
            Refusal::IsGone(path.clone()),
            Refusal::Enabled(path.clone()),
            Refusal::Running(path.clone(), 7),
            Refusal::RunningForGood(path.clone(), 7, "why".to_owned()),
            Refusal::Messages(path.clone(), path.clone(), 7),
            not_alone(Separation::Own(own)),
            not_alone(Separation::OfHolder(("queue_directory", path.clone()))),
            not_alone(Separation::OffTheList),
            Refusal::NoQueue(path.clone(), path.clone()),
            Refusal::QueueAway(path.clone(), path.clone()),
            Refusal::WouldMove(path.clone(), "queue_directory", path.clone(), path.clone()),
            Refusal::Anothers(path.clone(), 7),
            Refusal::SetElsewhere(path.clone(), "is".to_owned(), linked.mend()),
            Refusal::NotForDefault(path.clone()),
            Refusal::OtherName(path.clone(), name.clone(), name.clone(), Presence::Present),
            Refusal::OtherName(path.clone(), name.clone(), name.clone(), Presence::Absent),
            Refusal::Moves(Kept {
                config: path.clone(),
                parameter: "queue_directory",
                current: path.clone(),
                asked: path.clone(),
            }),
            Refusal::Unlisted(path.clone()),
            Refusal::AbsentButEnabled(path.clone(), name),
        ]
    }

    proptest! {
        #[test]
        fn each_command_can_be_run_whatever_the_path_is(path in drawn_path()) {
            for at in 0..with_commands(&path).len() {
                hold(|path| with_commands(path)[at].to_string(), &path)?;
            }
        }
    }
}
