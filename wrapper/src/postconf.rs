//! Asks Postfix's own postconf(1) for the few parameters that matter. Whatever main.cf may contain is expanded
//! there, exactly as Postfix does it.
//!
//! Knows nothing of commands and plans, except what damage is called there.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use crate::capture::{CaptureError, Captured, capture};
use crate::command::Classes;
use crate::environment::Environment;
use crate::flag::Flag;
use crate::list;
use crate::message::{printable, printable_bytes};
use crate::plan::Damage;
use crate::signals::{self, Signals};
use crate::status::{self, Outcome};

const DIRECTORIES: &str = "multi_instance_directories";
const START_COMMANDS: &str = "postmulti_start_commands";
const STOP_COMMANDS: &str = "postmulti_stop_commands";
const CONTROL_COMMANDS: &str = "postmulti_control_commands";

/// How much of what postconf complains about is shown: the last line says what was fatal, those before it often
/// where.
const LINES_SHOWN: usize = 3;

/// The manager has been asked to end.
#[derive(Debug)]
pub(crate) struct Interrupted;

/// A parameter's value, and what postconf remarked besides.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    /// The value.
    pub(crate) value: T,
    /// Remarks, if any, readable and on one line.
    pub(crate) remark: Option<String>,
}

/// Why a parameter's value cannot be had.
#[derive(Debug)]
pub(crate) struct NoAnswer {
    /// What happened, readable and on one line.
    pub(crate) reason: String,
    /// The exit status that this failure stands for.
    pub(crate) status: u8,
}

/// What the default instance's main.cf says about all instances.
#[derive(Debug)]
pub(crate) struct Overview {
    /// The elements of `multi_instance_directories`.
    pub(crate) directories: Vec<OsString>,
    /// Which commands are of which class.
    pub(crate) classes: Classes,
}

/// Reads what the default instance's main.cf says about all instances, with one postconf.
pub(crate) fn overview(
    environment: &Environment,
    signals: &Signals,
) -> Result<Result<Answer<Overview>, NoAnswer>, Interrupted> {
    let asked = [DIRECTORIES, START_COMMANDS, STOP_COMMANDS, CONTROL_COMMANDS];
    let answer = ask(environment, signals, &environment.config_directory, "-x", &asked)?;
    Ok(answer.and_then(|Answer { value, remark }| {
        // A Postfix that does not know a list of commands has no such line; it must know the directories.
        let directories = elements(&value, DIRECTORIES).ok_or_else(|| NoAnswer {
            reason: format!("postconf does not tell {DIRECTORIES}"),
            status: status::CONFIGURATION,
        })?;
        let defaults = Classes::default();
        let classes = Classes {
            start: elements(&value, START_COMMANDS).unwrap_or(defaults.start),
            stop: elements(&value, STOP_COMMANDS).unwrap_or(defaults.stop),
            control: elements(&value, CONTROL_COMMANDS).unwrap_or(defaults.control),
        };
        Ok(Answer { value: Overview { directories, classes }, remark })
    }))
}

/// The elements of a list in lines of `NAME = VALUE`; nothing where no line has that name.
fn elements(lines: &[u8], name: &str) -> Option<Vec<OsString>> {
    let value = lines
        .split(|byte| *byte == b'\n')
        .find_map(|line| line.strip_prefix(name.as_bytes())?.trim_ascii_start().strip_prefix(b"="))?;
    Some(list::split(value).collect())
}

/// The flag of an instance.
pub(crate) fn flag(
    environment: &Environment,
    signals: &Signals,
    directory: &Path,
) -> Result<Result<Answer<Flag>, Damage>, Interrupted> {
    Ok(match ask(environment, signals, directory, "-xh", &["multi_instance_enable"])? {
        Ok(answer) => Flag::parse(&answer.value)
            .map(|value| Answer { value, remark: answer.remark })
            .map_err(Damage::Flag),
        Err(NoAnswer { reason, status }) => Err(Damage::Unreadable { reason, status }),
    })
}

fn ask(
    environment: &Environment,
    signals: &Signals,
    directory: &Path,
    form: &str,
    parameters: &[&str],
) -> Result<Result<Answer<Vec<u8>>, NoAnswer>, Interrupted> {
    let program = environment.program("postconf");
    let mut command = Command::new(&program);
    command.arg("-c").arg(directory).arg(form).args(parameters);
    let no_answer = |reason, status| Ok(Err(NoAnswer { reason, status }));
    match capture(&mut command, signals) {
        Ok(Captured { status, output, complaints }) if status.success() => {
            Ok(Ok(Answer { value: output, remark: last_lines(&complaints) }))
        }
        Ok(Captured { status, complaints, .. }) => {
            let end = match Outcome::of(status) {
                Outcome::Killed(signal) => format!("was ended by signal {}", signals::name(signal)),
                other => format!("failed with status {}", other.status()),
            };
            let said = last_lines(&complaints).map(|said| format!(" ({said})")).unwrap_or_default();
            no_answer(format!("{} {end}{said}", printable(&program)), status::CONFIGURATION)
        }
        Err(CaptureError::NotRun(error)) => {
            no_answer(format!("cannot run {}: {error}", printable(&program)), status::not_run(&error))
        }
        Err(CaptureError::Endless) => {
            no_answer(format!("{} prints without end", printable(&program)), status::CONFIGURATION)
        }
        Err(CaptureError::Interrupted) => Err(Interrupted),
    }
}

/// The last few lines of a text, as one.
fn last_lines(text: &[u8]) -> Option<String> {
    let lines: Vec<&[u8]> =
        text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()).collect();
    let shown = &lines[lines.len().saturating_sub(LINES_SHOWN)..];
    let shown: Vec<String> = shown.iter().map(|line| printable_bytes(line)).collect();
    (!shown.is_empty()).then(|| shown.join(" / "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_found_by_its_whole_name_and_may_be_empty() {
        let lines = b"b = x, y\nbb =\nc =  z = 1 \n";
        let words = |words: &[&str]| Some(words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(elements(lines, "b"), words(&["x", "y"]));
        assert_eq!(elements(lines, "bb"), words(&[]));
        assert_eq!(elements(lines, "c"), words(&["z", "=", "1"]));
        assert_eq!(elements(lines, "a"), None);
    }

    #[test]
    fn complaints_become_one_line() {
        assert_eq!(last_lines(b"\n \n"), None);
        assert_eq!(last_lines(b"one\ntwo\n\nthree\x07\nfour\n").as_deref(), Some("two / three\\007 / four"));
    }
}
