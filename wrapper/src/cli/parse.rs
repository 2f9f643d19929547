//! Reads command lines: options with long names and letters, their values, and the words that are none.
//!
//! Knows nothing of what is done about them.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::time::Duration;

use crate::cli::option_spec::{OptionId, OptionSpec, Value};
use crate::cli::options::{FORMATS, Program};
use crate::os::printable::printable;
use crate::plan::run_settings::{Jobs, Mode, OutputFormat, RunSettings, Verbosity};
use crate::postfix::values::time_value;

/// An option that makes no sense.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum OptionError {
    /// It does not exist.
    Unknown(OsString),
    /// It needs a value, and got none.
    Missing(&'static str),
    /// It takes no value, and got one.
    Superfluous(&'static str),
    /// `--jobs` without a number that makes sense.
    Jobs(Option<OsString>),
    /// `--timeout` or the like without a time that makes sense.
    Time(&'static str, Option<OsString>),
    /// `--summary=` with a form that does not exist.
    Summary(OsString),
}

impl fmt::Display for OptionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(option) => write!(formatter, "unknown option \"{}\"", printable(option)),
            Self::Missing(option) => write!(formatter, "{option} needs a value"),
            Self::Superfluous(option) => write!(formatter, "{option} takes no value"),
            Self::Jobs(None) => write!(formatter, "--jobs needs a number, or \"auto\""),
            Self::Jobs(Some(value)) => {
                write!(
                    formatter,
                    "--jobs needs a number from 1 up, or \"auto\", not \"{}\"",
                    printable(value)
                )
            }
            Self::Time(option, None) => write!(formatter, "{option} needs a time, such as 90s or 5m"),
            Self::Time(option, Some(value)) => {
                write!(formatter, "{option} needs a time, such as 90s or 5m, not \"{}\"", printable(value))
            }
            Self::Summary(format) => {
                let formats = FORMATS.join("\" or \"");
                write!(formatter, "--summary can be \"{formats}\", not \"{}\"", printable(format))
            }
        }
    }
}

/// What stands next on a command line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// An option, with its value if it has one.
    Option(&'static OptionSpec, Option<OsString>),
    /// A word that is no option.
    Operand(OsString),
}

/// The words of a command line, one after the other.
#[derive(Debug)]
pub(crate) struct Words<I> {
    program: Program,
    arguments: I,
    /// Letters behind one dash that have not been read yet.
    letters: Vec<u8>,
}

impl<I: Iterator<Item = OsString>> Words<I> {
    /// The arguments that follow a program's name.
    pub(crate) fn new(program: Program, arguments: impl IntoIterator<IntoIter = I>) -> Self {
        Self { program, arguments: arguments.into_iter(), letters: Vec::new() }
    }

    /// The next word. Nothing at the end, and if `--` ends the options.
    pub(crate) fn next(&mut self) -> Result<Option<Word>, OptionError> {
        if !self.letters.is_empty() {
            return self.letter().map(Some);
        }
        let Some(argument) = self.arguments.next() else { return Ok(None) };
        match argument.as_bytes() {
            b"--" => Ok(None),
            [b'-', b'-', ..] => self.long(argument).map(Some),
            [b'-', letters @ ..] if !letters.is_empty() => {
                self.letters = letters.to_vec();
                self.letter().map(Some)
            }
            _ => Ok(Some(Word::Operand(argument))),
        }
    }

    /// The arguments that have not been looked at.
    pub(crate) fn rest(self) -> I {
        self.arguments
    }

    /// An option with a long name, and its value if it needs one.
    fn long(&mut self, argument: OsString) -> Result<Word, OptionError> {
        let bytes = argument.as_bytes();
        let (name, given) = match bytes.iter().position(|byte| *byte == b'=') {
            Some(at) => (&bytes[..at], Some(OsStr::from_bytes(&bytes[at + 1..]).to_owned())),
            None => (bytes, None),
        };
        let Some(option) = self.program.options().find(|option| option.name.as_bytes() == name) else {
            return Err(OptionError::Unknown(argument));
        };
        let value = match option.value {
            Value::None if given.is_some() => return Err(OptionError::Superfluous(option.name)),
            Value::None | Value::Possible(_) => given,
            Value::Needed(_) => given.or_else(|| self.arguments.next()),
        };
        Ok(Word::Option(option, value))
    }

    /// The next of several letters behind one dash. What follows one that needs a value is its value.
    fn letter(&mut self) -> Result<Word, OptionError> {
        let letters = std::mem::take(&mut self.letters);
        let Some(option) = letters.first().and_then(|letter| self.program.with_letter(*letter)) else {
            return Err(OptionError::Unknown(OsString::from_vec([b"-", &letters[..]].concat())));
        };
        let glued = &letters[1..];
        let value = match option.value {
            Value::Needed(_) if glued.is_empty() => self.arguments.next(),
            Value::Needed(_) => Some(OsStr::from_bytes(glued).to_owned()),
            Value::None | Value::Possible(_) => {
                self.letters = glued.to_vec();
                None
            }
        };
        Ok(Word::Option(option, value))
    }
}

/// Takes an option that says how commands are run; whether it is one.
pub(crate) fn take_setting(
    settings: &mut RunSettings,
    option: &OptionSpec,
    value: Option<OsString>,
) -> Result<bool, OptionError> {
    match option.id {
        OptionId::Jobs => settings.jobs = jobs(value)?,
        OptionId::Timeout => settings.timeout = Some(time(option.name, value)?),
        OptionId::QueryTimeout => settings.query_timeout = time(option.name, value)?,
        OptionId::Summary => settings.summary = Some(format(value)?),
        OptionId::DryRun => settings.mode = Mode::Show,
        OptionId::Verbose => settings.verbosity = Verbosity::Steps,
        _ => return Ok(false),
    }
    Ok(true)
}

/// A number of instances at once.
fn jobs(value: Option<OsString>) -> Result<Jobs, OptionError> {
    match value.as_deref().and_then(OsStr::to_str) {
        Some("auto") => Ok(Jobs::Auto),
        text => text.and_then(|text| text.parse().ok()).map(Jobs::Number).ok_or(OptionError::Jobs(value)),
    }
}

/// A length of time.
pub(crate) fn time(option: &'static str, value: Option<OsString>) -> Result<Duration, OptionError> {
    let time = value.as_deref().and_then(OsStr::to_str).and_then(time_value::parse);
    time.ok_or(OptionError::Time(option, value))
}

/// The form of a summary; a table if none is given.
fn format(value: Option<OsString>) -> Result<OutputFormat, OptionError> {
    let formats = [OutputFormat::Table, OutputFormat::Json];
    let Some(value) = value else { return Ok(OutputFormat::Table) };
    let found = FORMATS.iter().position(|name| OsStr::new(name) == value);
    found.map(|at| formats[at]).ok_or(OptionError::Summary(value))
}
