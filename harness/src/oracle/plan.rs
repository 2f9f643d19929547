//! Plans what a manager must do for one command (the MGR and ENB clauses).
//! A plan has the instances, their order, and the command of each. Knows nothing of exit statuses, and nothing of any
//! manager's code.

use std::path::{Component, PathBuf};

use postfix_fakes::bytes::ByteString;

use super::facts::{Facts, path};
use super::main_cf::{MainCf, NoValue};
use super::unspecified::Unspecified;
use crate::layout::Instance;

/// Something that a manager does, in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The command, or the one that takes its place, is given to an instance.
    Run {
        /// The instance's name.
        instance: String,
        /// Its directory as listed.
        directory: Vec<u8>,
        /// The command and its arguments.
        arguments: Vec<ByteString>,
    },
    /// An instance that cannot get the command is reported, and counts as failed.
    Damaged {
        /// The instance's name, if the layout has it.
        instance: Option<String>,
        /// Its directory as listed.
        directory: Vec<u8>,
    },
}

/// What a manager does for one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Its steps, in order.
    pub(super) steps: Vec<Step>,
    /// The directories that are listed more than once, as they are spelled when they come again.
    pub(super) repeated: Vec<Vec<u8>>,
}

/// What a command does to instances that are not enabled, and the order it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// Becomes `check` for an instance that is not enabled (ENB-3).
    Start,
    /// Reversed order (MGR-4), and skips instances that are not enabled (ENB-5, ENB-6).
    Stop,
    /// Skips instances that are not enabled (ENB-5).
    Control,
    /// Reaches every instance (ENB-7).
    Any,
}

/// One entry of the list, or the default instance.
struct Entry<'a> {
    spelled: Vec<u8>,
    directory: PathBuf,
    instance: Option<&'a Instance>,
}

/// The entries of the default instance's `multi_instance_directories`. An empty list is single-instance mode.
pub(super) fn list(main_cf: &MainCf) -> Result<Option<Vec<Vec<u8>>>, Unspecified> {
    match main_cf.value("multi_instance_directories") {
        None => Ok(Some(Vec::new())),
        Some(Ok(text)) => Ok(Some(words(&text))),
        Some(Err(NoValue::Refused)) => Ok(None),
        Some(Err(NoValue::BeyondSubset)) => Err(Unspecified::new("macros beyond the oracle's subset")),
    }
}

/// The words of a list: commas and blanks separate them, in any mix and number (MGR-3).
fn words(text: &[u8]) -> Vec<Vec<u8>> {
    text.split(|byte| matches!(byte, b',' | b' ' | b'\t' | b'\r' | b'\n'))
        .filter(|word| !word.is_empty())
        .map(<[u8]>::to_vec)
        .collect()
}

/// Plans `arguments` (the command first) for the default instance and those in `list`.
pub(super) fn plan(
    facts: &Facts,
    main_cf: &MainCf,
    list: Vec<Vec<u8>>,
    arguments: &[ByteString],
) -> Result<Plan, Unspecified> {
    let Some(command) = arguments.first() else {
        return Err(Unspecified::new("several instances and no command"));
    };
    let class = class(main_cf, &command.0)?;
    let (mut entries, repeated) = entries(facts, list)?;
    if class == Class::Stop {
        entries.reverse();
    }
    let mut steps = Vec::new();
    for entry in &entries {
        steps.extend(step(facts, class, entry, arguments)?);
    }
    Ok(Plan { steps, repeated })
}

/// The default instance (MGR-2), then the others in the order listed (MGR-17), each once (MGR-12).
fn entries(facts: &Facts, list: Vec<Vec<u8>>) -> Result<(Vec<Entry<'_>>, Vec<Vec<u8>>), Unspecified> {
    let default = facts.layout.default_instance();
    let directory = facts.config_directory(default);
    let mut entries =
        vec![Entry { spelled: ByteString::from(directory.clone()).0, directory, instance: Some(default) }];
    let mut repeated = Vec::new();
    for spelled in list {
        let directory = path(&spelled);
        if directory.components().any(|part| part == Component::ParentDir) {
            return Err(Unspecified::new("\"..\" in a listed directory"));
        }
        if entries.iter().any(|entry| entry.directory == directory) {
            repeated.push(spelled);
        } else {
            let instance = facts.instance_at(&directory);
            entries.push(Entry { spelled, directory, instance });
        }
    }
    Ok((entries, repeated))
}

/// What becomes of the command for one instance; nothing if it is skipped.
fn step(
    facts: &Facts,
    class: Class,
    entry: &Entry<'_>,
    arguments: &[ByteString],
) -> Result<Option<Step>, Unspecified> {
    let enabled = match entry.instance {
        Some(instance) => enabled(facts, instance)?,
        None => None,
    };
    let (Some(instance), Some(enabled)) = (entry.instance, enabled) else {
        return Ok(Some(Step::Damaged {
            instance: entry.instance.map(|instance| instance.name.clone()),
            directory: entry.spelled.clone(),
        }));
    };
    let arguments = match class {
        Class::Start if !enabled => vec![ByteString::from("check")],
        Class::Stop | Class::Control if !enabled => return Ok(None),
        _ => arguments.to_vec(),
    };
    Ok(Some(Step::Run { instance: instance.name.clone(), directory: entry.spelled.clone(), arguments }))
}

/// The value of an instance's `multi_instance_enable`, read as Postfix reads a boolean (ENB-10); nothing if
/// Postfix cannot use the instance's main.cf: every program of Postfix reads this parameter, and gives up when
/// it is neither yes nor no.
pub(super) fn enabled(facts: &Facts, instance: &Instance) -> Result<Option<bool>, Unspecified> {
    let Some(main_cf) = facts.main_cf(instance) else { return Ok(None) };
    known_directories(facts, instance, &main_cf)?;
    Ok(match main_cf.value("multi_instance_enable") {
        // ENB-2: the default.
        None => Some(false),
        Some(Ok(value)) if value.eq_ignore_ascii_case(b"yes") => Some(true),
        Some(Ok(value)) if value.eq_ignore_ascii_case(b"no") => Some(false),
        Some(Ok(_) | Err(NoValue::Refused)) => None,
        Some(Err(NoValue::BeyondSubset)) => {
            return Err(Unspecified::new("macros beyond the oracle's subset"));
        }
    })
}

/// The oracle speaks of instances whose directories are where a world puts them.
fn known_directories(facts: &Facts, instance: &Instance, main_cf: &MainCf) -> Result<(), Unspecified> {
    let spool = format!("var/spool/{}", instance.spool_name());
    let known = [
        ("command_directory", facts.root.join("usr/sbin")),
        ("daemon_directory", facts.root.join("usr/libexec/postfix")),
        ("queue_directory", facts.root.join(spool)),
        ("config_directory", facts.config_directory(instance)),
    ];
    for (name, directory) in known {
        let value = main_cf.value(name).and_then(Result::ok);
        if value.is_none_or(|value| path(&value) != directory) {
            return Err(Unspecified::new("an instance with programs or queues of its own"));
        }
    }
    Ok(())
}

/// How the default instance's main.cf classifies a command (ENB-11, and the defaults of postconf(5)).
fn class(main_cf: &MainCf, command: &[u8]) -> Result<Class, Unspecified> {
    let classes = [
        ("postmulti_start_commands", "start", Class::Start),
        ("postmulti_stop_commands", "stop quick-stop abort drain", Class::Stop),
        ("postmulti_control_commands", "reload flush", Class::Control),
    ];
    for (parameter, default, class) in classes {
        let commands = match main_cf.value(parameter) {
            None => default.as_bytes().to_vec(),
            Some(Ok(value)) => value,
            Some(Err(_)) => return Err(Unspecified::new("command lists that cannot be expanded")),
        };
        if words(&commands).iter().any(|word| word == command) {
            return Ok(class);
        }
    }
    Ok(Class::Any)
}
