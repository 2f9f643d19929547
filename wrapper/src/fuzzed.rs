//! The functions that fuzzing calls: each parser of foreign text, with a limit for the memory that it may use.
//! Compiled for fuzzing and for tests only.
//!
//! Knows nothing of what calls it.

#[cfg(test)]
mod replay;

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use crate::cli::manager_request::{self, ManagerRequest, advice};
use crate::os::printable::{printable, printable_bytes};
use crate::postfix::command::Classes;
use crate::postfix::environment::Environment;
use crate::postfix::instance::Instances;
use crate::postfix::literal_main_cf::LiteralMainCf;
use crate::postfix::literal_master_cf::{self, Datagrams};
use crate::postfix::values::enable_flag::{Flag, NotBoolean};
use crate::postfix::values::list_value;
use crate::postfix::{postconf, query};

/// Something that reads what the manager did not write.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    /// The name of the fuzz target, and of the folders of its inputs.
    pub name: &'static str,
    /// Reads one input.
    pub run: fn(&[u8]),
    /// How many bytes of memory it may hold at once while it reads this input.
    pub most_memory: fn(&[u8]) -> usize,
}

/// What postconf(1) tells: lists, a flag, complaints.
pub const MANAGER_ANSWERS: Subject = Subject {
    name: "manager_answers",
    run: read_answers,
    // A list of one-letter words: for each of its two bytes a string and its descriptor, in a vector that doubles.
    most_memory: |input| 4096 + 64 * input.len(),
};

/// The arguments, one a line; behind a line `---` the environment, `NAME=VALUE` a line.
pub const MANAGER_COMMAND_LINE: Subject = Subject {
    name: "manager_command_line",
    run: read_command_line,
    most_memory: |input| 4096 + 128 * input.len(),
};

/// A main.cf, as the manager reads it without Postfix.
pub const MANAGER_MAIN_CF: Subject = Subject {
    name: "manager_main_cf",
    run: |input| drop(told(input)),
    most_memory: |input| 4096 + 128 * input.len(),
};

/// A master.cf, as postfix-multi reads it without Postfix.
pub const MANAGER_MASTER_CF: Subject = Subject {
    name: "manager_master_cf",
    run: read_master_cf,
    // A line of one letter is a list of words, which has room for four.
    most_memory: |input| 4096 + 256 * input.len(),
};

/// All subjects of this crate.
pub const SUBJECTS: [Subject; 4] =
    [MANAGER_ANSWERS, MANAGER_COMMAND_LINE, MANAGER_MAIN_CF, MANAGER_MASTER_CF];

/// The settings that the manager needs.
const NEEDED: [&str; 6] = [
    "multi_instance_directories",
    "multi_instance_enable",
    "multi_instance_group",
    "postmulti_start_commands",
    "postmulti_stop_commands",
    "postmulti_control_commands",
];

/// A name, and its value if it is set.
pub type Setting = (&'static str, Option<Vec<u8>>);

/// What the manager takes the settings that it needs to be in a main.cf, and nothing if it would rather ask
/// Postfix.
pub fn told(main_cf: &[u8]) -> Option<Vec<Setting>> {
    let plain = LiteralMainCf::read(main_cf).ok()?;
    let value = |name| Some((name, plain.literal(name).ok()?.map(<[u8]>::to_vec)));
    NEEDED.into_iter().map(value).collect()
}

fn read_master_cf(text: &[u8]) {
    if let Ok(services) = literal_master_cf::read(text, Datagrams::Known) {
        assert!(services.len() * 15 <= text.len(), "services out of nothing");
        for service in services {
            let words = [&service.name, &service.kind, &service.command];
            assert!(words.iter().all(|word| !word.is_empty() && word.is_ascii()), "a word that is none");
        }
    }
}

fn read_answers(output: &[u8]) {
    if let Some(directories) = postconf::elements(output, "multi_instance_directories") {
        assert!(directories.iter().all(|directory| !directory.is_empty()), "an empty element");
    }
    assert!(
        list_value::split(output).all(|element| !element.as_bytes().contains(&b',')),
        "an element with a comma"
    );
    if let Err(NotBoolean(value)) = Flag::parse(output) {
        assert!(is_plain(&printable(&value)), "a message that is not plain");
    }
    if let Some(line) = query::last_lines(output) {
        assert!(is_plain(&line), "a remark that is not plain");
    }
    assert!(is_plain(&printable_bytes(output)), "a text that is not plain");
}

fn read_command_line(input: &[u8]) {
    const DIVIDER: &[u8] = b"\n---\n";
    let end = input.windows(DIVIDER.len()).position(|window| window == DIVIDER);
    let (arguments, environment) = end.map_or((input, &b""[..]), |end| (&input[..end], &input[end + 5..]));
    match manager_request::parse(lines(arguments).map(OsStr::to_owned)) {
        Ok(ManagerRequest::Manage(_, command)) => {
            if let Some(command) = command {
                let _ = Classes::default().of(&command);
                assert_eq!(command.words().next(), Some(command.name()), "a command without its name");
            }
        }
        Ok(ManagerRequest::Help | ManagerRequest::Version) => {}
        Err(error) => assert!(is_plain(&advice(&error)), "a message that is not plain"),
    }
    let variables: Vec<&OsStr> = lines(environment).collect();
    let found = Environment::read(|name| variable(&variables, name));
    match found {
        Err(error) => assert!(is_plain(&error.to_string()), "a message that is not plain"),
        Ok(environment) => {
            let list = variable(&variables, "multi_instance_directories").unwrap_or_default();
            let listed = list_value::split(list.as_bytes());
            let (instances, duplicates) = Instances::new(environment.config_directory, listed, |_| None);
            assert!(
                instances.secondary().len() + duplicates.len() <= input.len(),
                "instances out of nothing"
            );
        }
    }
}

fn lines(text: &[u8]) -> impl Iterator<Item = &OsStr> {
    text.split(|byte| *byte == b'\n').filter(|_| !text.is_empty()).map(OsStr::from_bytes)
}

fn variable(variables: &[&OsStr], name: &str) -> Option<OsString> {
    let mut values = variables
        .iter()
        .filter_map(|variable| variable.as_bytes().strip_prefix(name.as_bytes())?.strip_prefix(b"="));
    values.next().map(|value| OsStr::from_bytes(value).to_owned())
}

/// Whether a message is harmless to a terminal and a log.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}
