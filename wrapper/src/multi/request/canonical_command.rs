//! Writes a change of the system as one canonical command: for messages, and to recognise the same request again.
//!
//! Knows nothing of how a command line is read.

use std::ffi::{OsStr, OsString};

use crate::multi::request::selection::Selection;
use crate::multi::request::{Addition, Assignment, Change, Description, Presence};
use crate::os::messages::MULTI;
use crate::os::printable::shell_word;
use crate::postfix::values::enable_flag::Flag;

/// The words behind the program's name.
pub(crate) fn of(change: &Change) -> Vec<OsString> {
    let mut words = vec![OsString::from("-e")];
    let mut push = |word: &OsStr| words.push(word.to_owned());
    let action = match change {
        Change::Init => "init",
        Change::Create(_) => "create",
        Change::Import(_) => "import",
        Change::Destroy(_) => "destroy",
        Change::Deport(_) => "deport",
        Change::Enable(_) => "enable",
        Change::Disable(_) => "disable",
        Change::Assign(..) => "assign",
        Change::Ensure(_) => "ensure",
    };
    push(OsStr::new(action));
    match change {
        Change::Init => {}
        Change::Create(addition) | Change::Import(addition) => added(addition, &mut words),
        Change::Destroy(name) | Change::Deport(name) | Change::Enable(name) | Change::Disable(name) => {
            words.extend(["-i".into(), name.clone()]);
        }
        Change::Assign(name, assignment) => {
            words.extend(["-i".into(), name.clone()]);
            assigned(assignment, &mut words);
        }
        Change::Ensure(description) => described(description, &mut words),
    }
    words
}

/// The instance that a change is about, or in front of which it puts one, if the request names one.
pub(crate) fn selection(change: &Change) -> Option<Selection> {
    match change {
        Change::Init | Change::Ensure(_) => None,
        Change::Create(addition) | Change::Import(addition) => addition.before.clone(),
        Change::Destroy(name)
        | Change::Deport(name)
        | Change::Enable(name)
        | Change::Disable(name)
        | Change::Assign(name, _) => Some(Selection::Name(name.clone())),
    }
}

/// The whole command, for people.
pub(crate) fn shown(words: &[OsString]) -> String {
    let words: Vec<String> = words.iter().map(shell_word).collect();
    format!("{MULTI} {}", words.join(" "))
}

fn added(addition: &Addition, words: &mut Vec<OsString>) {
    match &addition.before {
        None => {}
        Some(Selection::All) => words.push("-a".into()),
        Some(Selection::Group(group)) => words.extend(["-g".into(), group.clone()]),
        Some(Selection::Name(name)) => words.extend(["-i".into(), name.clone()]),
    }
    assigned(&addition.assignment, words);
    words.extend(addition.parameters.iter().cloned());
}

fn described(description: &Description, words: &mut Vec<OsString>) {
    words.extend(["-I".into(), description.name.clone()]);
    if let Some(group) = &description.group {
        words.extend(["-G".into(), group.clone()]);
    }
    words.extend(description.enable.map(|flag| match flag {
        Flag::Enabled => "--enabled".into(),
        Flag::Disabled => "--disabled".into(),
    }));
    if description.presence == Presence::Absent {
        words.push("--absent".into());
    }
    if let Some(folder) = &description.folder {
        words.extend(["--from".into(), folder.clone().into_os_string()]);
    }
    words.extend(description.parameters.iter().cloned());
}

fn assigned(assignment: &Assignment, words: &mut Vec<OsString>) {
    for (letter, given) in [("-I", &assignment.name), ("-G", &assignment.group)] {
        if let Some(name) = given {
            words.extend([letter.into(), name.clone()]);
        }
    }
}
