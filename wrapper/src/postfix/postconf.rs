//! Asks postconf(1) for parameters. It expands main.cf exactly as Postfix does.
//!
//! Knows nothing of commands and plans.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::os::files::unfit;
use crate::os::processes::capture::Captured;
use crate::os::signals::Signals;
use crate::postfix::command::Classes;
use crate::postfix::environment::Environment;
use crate::postfix::postconf_without_master_cf;
use crate::postfix::query::{Answer, Interrupted, NoAnswer, QueryError, Told, captured_for_each, told};
use crate::postfix::values::list_value;

/// The names of the parameters that the manager knows.
pub(crate) const DIRECTORIES: &str = "multi_instance_directories";
pub(crate) const ENABLE: &str = "multi_instance_enable";
pub(crate) const GROUP: &str = "multi_instance_group";
pub(crate) const START_COMMANDS: &str = "postmulti_start_commands";
pub(crate) const STOP_COMMANDS: &str = "postmulti_stop_commands";
pub(crate) const CONTROL_COMMANDS: &str = "postmulti_control_commands";

/// What the default instance's main.cf says about all instances.
#[derive(Debug)]
pub(crate) struct Overview {
    /// The elements of `multi_instance_directories`.
    pub(crate) directories: Vec<OsString>,
    /// Which commands are of which class.
    pub(crate) classes: Classes,
}

impl Overview {
    /// What lists of elements say; nothing without the one of directories. Commands of which there is no list are
    /// of the classes that Postfix has them in by itself.
    pub(crate) fn new(mut elements: impl FnMut(&str) -> Option<Vec<OsString>>) -> Option<Self> {
        let directories = elements(DIRECTORIES)?;
        let defaults = Classes::default();
        let classes = Classes {
            start: elements(START_COMMANDS).unwrap_or(defaults.start),
            stop: elements(STOP_COMMANDS).unwrap_or(defaults.stop),
            control: elements(CONTROL_COMMANDS).unwrap_or(defaults.control),
        };
        Some(Self { directories, classes })
    }
}

/// Reads what the default instance's main.cf says about all instances, with one postconf.
pub(crate) fn overview(
    environment: &Environment,
    signals: &Signals,
) -> Result<Answer<Overview>, QueryError<NoAnswer>> {
    let asked = [DIRECTORIES, START_COMMANDS, STOP_COMMANDS, CONTROL_COMMANDS];
    let Answer { value, remark } = ask(environment, signals, &environment.config_directory, "-x", &asked)?;
    // A Postfix that does not know a list of commands has no such line; it must know the directories.
    let overview = Overview::new(|name| elements(&value, name)).ok_or_else(|| {
        QueryError::Failed(NoAnswer::about_main_cf(format!("postconf does not tell {DIRECTORIES}")))
    })?;
    Ok(Answer { value: overview, remark })
}

/// The elements of a list in lines of `NAME = VALUE`; nothing if no line has that name.
pub(crate) fn elements(lines: &[u8], name: &str) -> Option<Vec<OsString>> {
    Some(list_value::split(value(lines, name)?).collect())
}

/// The value in lines of `NAME = VALUE`; nothing if no line has that name.
pub(crate) fn value<'a>(lines: &'a [u8], name: &str) -> Option<&'a [u8]> {
    lines
        .split(|byte| *byte == b'\n')
        .find_map(|line| line.strip_prefix(name.as_bytes())?.trim_ascii_start().strip_prefix(b"="))
}

/// What an instance's own main.cf says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnSettings {
    /// The value of `multi_instance_enable`, as it is written.
    pub(crate) enable: Vec<u8>,
    /// The value of `multi_instance_group`, if that was asked for and is not empty.
    pub(crate) group: Option<OsString>,
}

/// Which settings of an instance are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Whether it is enabled.
    Flag,
    /// That, and its group.
    FlagAndGroup,
}

/// Reads what instances' own main.cf files say, with one postconf each, some of them at once.
pub(crate) fn own_settings(
    environment: &Environment,
    signals: &Signals,
    directories: &[&Path],
    wanted: Wanted,
) -> Result<Vec<Result<Answer<OwnSettings>, NoAnswer>>, Interrupted> {
    let (form, parameters) = wanted.asked();
    let answers = ask_each(environment, signals, directories, form, parameters)?;
    Ok(answers.into_iter().map(|answer| answer.map(|answer| wanted.settings_in(answer))).collect())
}

impl Wanted {
    /// The form in which postconf is asked, and the parameters.
    fn asked(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Flag => ("-xh", &[ENABLE]),
            Self::FlagAndGroup => ("-x", &[ENABLE, GROUP]),
        }
    }

    /// The settings in what postconf prints.
    fn settings_in(self, Answer { value: lines, remark }: Answer<Vec<u8>>) -> Answer<OwnSettings> {
        let settings = match self {
            Self::Flag => OwnSettings { enable: lines, group: None },
            Self::FlagAndGroup => OwnSettings {
                enable: value(&lines, ENABLE).unwrap_or_default().to_vec(),
                group: value(&lines, GROUP).and_then(name_in),
            },
        };
        Answer { value: settings, remark }
    }
}

/// A name, unless it is empty: an instance in no group is with nobody.
pub(crate) fn name_in(value: &[u8]) -> Option<OsString> {
    let value = value.trim_ascii();
    (!value.is_empty()).then(|| OsStr::from_bytes(value).to_owned())
}

/// Asks for parameters of the main.cf in a directory, in one of postconf's forms.
pub(crate) fn ask(
    environment: &Environment,
    signals: &Signals,
    directory: &Path,
    form: &str,
    parameters: &[&str],
) -> Result<Answer<Vec<u8>>, QueryError<NoAnswer>> {
    let mut answers = ask_each(environment, signals, &[directory], form, parameters)?;
    let answer = answers.pop().unwrap_or_else(|| Err(NoAnswer::about_main_cf("nobody was asked".to_owned())));
    answer.map_err(QueryError::Failed)
}

/// Asks for parameters of the main.cf in each of some directories, several at once; once more without its master.cf
/// if there is no answer and a master.cf that may be the reason. About a main.cf that might be read without end,
/// nobody is asked.
pub(crate) fn ask_each(
    environment: &Environment,
    signals: &Signals,
    directories: &[&Path],
    form: &str,
    parameters: &[&str],
) -> Result<Vec<Told>, Interrupted> {
    let program = environment.program("postconf");
    let mut answers: Vec<Told> = Vec::new();
    let (mut asked, mut without_master) = (Vec::new(), Vec::new());
    for (at, directory) in directories.iter().enumerate() {
        let main_cf = unfit::told(directory, "main.cf");
        let master_cf = unfit::told(directory, "master.cf");
        match (&main_cf, &master_cf) {
            (Some(_), _) => {}
            (None, Some(_)) => without_master.push(at),
            (None, None) => asked.push(at),
        }
        answers.push(Err(NoAnswer::about_main_cf(main_cf.or(master_cf).unwrap_or_default())));
    }
    let words = [&[form], parameters].concat();
    let meant: Vec<&Path> = asked.iter().map(|at| directories[*at]).collect();
    for (at, captured) in asked.into_iter().zip(captured_for_each(&meant, &program, &words, signals)?) {
        // A postconf that fails may have found an error in master.cf.
        let has_complained = matches!(captured, Ok(Captured { status, .. }) if !status.success());
        answers[at] = told(&program, captured);
        if has_complained && directories[at].join("master.cf").symlink_metadata().is_ok() {
            without_master.push(at);
        }
    }
    let question = postconf_without_master_cf::Question { program: &program, form, parameters, signals };
    let meant: Vec<&Path> = without_master.iter().map(|at| directories[*at]).collect();
    for (at, value) in without_master.into_iter().zip(question.about_each(&meant)?) {
        if let (Err(no_answer), Some(value)) = (&answers[at], value) {
            answers[at] = Ok(Answer { value, remark: Some(no_answer.reason.clone()) });
        }
    }
    Ok(answers)
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
    fn an_empty_name_is_none() {
        assert_eq!(name_in(b" mx \n"), Some("mx".into()));
        assert_eq!(name_in(b" \n"), None);
    }
}
