//! The manager's own command line: its few options, then the command for the instances.
//!
//! Knows nothing of what commands mean.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::time::Duration;

use crate::cli::option_spec::{Value, describe};
use crate::cli::options;
use crate::cli::options::FORMS;
use crate::os::printable::printable;
use crate::plan::run_settings::Jobs;
use crate::plan::run_settings::Mode;
use crate::plan::run_settings::OutputFormat;
use crate::plan::run_settings::RunSettings;
use crate::plan::run_settings::Verbosity;
use crate::postfix::command::Command;
use crate::postfix::time_value;

/// What the manager was called for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// Describe the program.
    Help,
    /// Name the version.
    Version,
    /// Bring a command to the instances.
    Manage(Invocation),
}

/// A command to bring to the instances, if there is one, and how.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Invocation {
    /// How it is to be done.
    pub(crate) settings: RunSettings,
    /// The command.
    pub(crate) command: Option<Command>,
}

/// A command line that makes no sense.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum UsageError {
    /// An option that does not exist.
    Unknown(OsString),
    /// `--jobs` without a number that makes sense.
    Jobs(Option<OsString>),
    /// `--timeout` or the like without a time that makes sense.
    Timeout(&'static str, Option<OsString>),
    /// `--summary=` with a form that does not exist.
    Summary(OsString),
    /// An option that takes no value, and got one.
    Value(&'static str),
}

impl fmt::Display for UsageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(option) => {
                write!(formatter, "unknown option \"{}\"", printable(option))?;
                let meant = option.to_str().and_then(options::nearest);
                match (meant, option.as_encoded_bytes()) {
                    (Some(meant), _) => write!(formatter, ", did you mean {}?", meant.shown()),
                    (None, b"-v") => write!(formatter, ", did you mean --verbose?"),
                    (None, b"-c") => write!(formatter, ", for one instance use \"postfix -c DIR COMMAND\""),
                    (None, _) => Ok(()),
                }
            }
            Self::Jobs(None) => write!(formatter, "--jobs needs a number, or \"auto\""),
            Self::Jobs(Some(value)) => {
                write!(
                    formatter,
                    "--jobs needs a number from 1 up, or \"auto\", not \"{}\"",
                    printable(value)
                )
            }
            Self::Timeout(option, None) => write!(formatter, "{option} needs a time, such as 90s or 5m"),
            Self::Timeout(option, Some(value)) => {
                write!(formatter, "{option} needs a time, such as 90s or 5m, not \"{}\"", printable(value))
            }
            Self::Summary(form) => {
                let forms = FORMS.join("\" or \"");
                write!(formatter, "--summary can be \"{forms}\", not \"{}\"", printable(form))
            }
            Self::Value(option) => write!(formatter, "{option} takes no value"),
        }
    }
}

/// Reads the arguments that follow the program's name. Options come before the command, and `--` ends them;
/// nothing from the command on is looked at.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Request, UsageError> {
    let mut arguments = arguments.into_iter();
    let mut settings = RunSettings::default();
    while let Some(argument) = arguments.next() {
        match argument.as_encoded_bytes() {
            b"--" => return Ok(manage(settings, arguments)),
            [b'-', ..] => {
                if let Some(request) = take(&mut settings, argument, &mut arguments)? {
                    return Ok(request);
                }
            }
            _ => return Ok(manage(settings, std::iter::once(argument).chain(arguments))),
        }
    }
    Ok(manage(settings, []))
}

fn manage(settings: RunSettings, words: impl IntoIterator<Item = OsString>) -> Request {
    Request::Manage(Invocation { settings, command: Command::new(words) })
}

/// Takes one option, and its value if it needs one.
fn take(
    settings: &mut RunSettings,
    argument: OsString,
    rest: &mut impl Iterator<Item = OsString>,
) -> Result<Option<Request>, UsageError> {
    let Some(text) = argument.to_str() else { return Err(UsageError::Unknown(argument)) };
    let (name, given) = match text.split_once('=') {
        Some((name, value)) => (name, Some(OsString::from(value))),
        None => (text, None),
    };
    let Some(known) = options::OPTIONS.iter().find(|option| option.name == name) else {
        return Err(UsageError::Unknown(argument));
    };
    if known.value == Value::None && given.is_some() {
        return Err(UsageError::Value(known.name));
    }
    match known.name {
        "--jobs" => settings.jobs = parse_jobs(given.or_else(|| rest.next()))?,
        "--timeout" => settings.timeout = Some(parse_timeout(known.name, given.or_else(|| rest.next()))?),
        "--query-timeout" => {
            settings.query_timeout = parse_timeout(known.name, given.or_else(|| rest.next()))?;
        }
        "--summary" => settings.summary = Some(parse_format(given)?),
        "--plan" => settings.mode = Mode::Show,
        "--verbose" => settings.verbosity = Verbosity::Steps,
        "--help" => return Ok(Some(Request::Help)),
        "--version" => return Ok(Some(Request::Version)),
        _ => return Err(UsageError::Unknown(argument)),
    }
    Ok(None)
}

/// A number of instances at once.
pub(crate) fn parse_jobs(value: Option<OsString>) -> Result<Jobs, UsageError> {
    match value.as_deref().and_then(OsStr::to_str) {
        Some("auto") => Ok(Jobs::Auto),
        text => text.and_then(|text| text.parse().ok()).map(Jobs::Number).ok_or(UsageError::Jobs(value)),
    }
}

/// A time limit.
pub(crate) fn parse_timeout(option: &'static str, value: Option<OsString>) -> Result<Duration, UsageError> {
    let time = value.as_deref().and_then(OsStr::to_str).and_then(time_value::parse);
    time.ok_or(UsageError::Timeout(option, value))
}

/// The form of a summary; a table where none is given.
pub(crate) fn parse_format(value: Option<OsString>) -> Result<OutputFormat, UsageError> {
    let forms = [OutputFormat::Table, OutputFormat::Json];
    let Some(value) = value else { return Ok(OutputFormat::Table) };
    let found = FORMS.iter().position(|name| OsStr::new(name) == value);
    found.map(|at| forms[at]).ok_or(UsageError::Summary(value))
}

/// What `--help` prints.
pub(crate) fn help() -> String {
    let mut text = HELP_BEFORE_OPTIONS.to_owned();
    for option in options::OPTIONS {
        describe(&mut text, option.shown(), options::WIDTH, option.help);
    }
    text.push_str("  --                    the command follows, even if it begins with a dash\n");
    text.push_str(HELP_AFTER_OPTIONS);
    text
}

const HELP_BEFORE_OPTIONS: &str = "\
postfix-wrapper: brings a postfix(1) command to every instance of a multi-instance Postfix

Usage: postfix-wrapper [OPTION...] [--] COMMAND [ARGUMENT...]

It is meant to be run by postfix(1), not by hand. In main.cf of the default instance:

    multi_instance_wrapper = /usr/libexec/postfix-wrapper
    multi_instance_directories = /etc/postfix-a /etc/postfix-b

Then \"postfix start\" and the like are for all instances, and \"postfix -c DIR start\" for one.

  start                    in the order listed, the default instance first; an instance without
                           \"multi_instance_enable = yes\" gets \"check\" instead
  stop, quick-stop, abort, drain
                           in reverse order, the default instance last; enabled instances only
  flush, reload            the default instance first; enabled instances only
  anything else            the default instance first; every instance

Options:
";

const HELP_AFTER_OPTIONS: &str = "
Exit status:
  0            every command that was run succeeded, and no instance was found damaged
  64           called wrongly, or not by postfix(1), or with a command that makes no sense for
               several instances; nothing was run
  71           the system refused what the manager itself needs; nothing was run
  74           what was asked for could not be written
  78           the list of instances could not be read, and nothing was run; or that is the last
               failure: an instance with a damaged main.cf, or not an absolute path
  124          an instance's command took longer than --timeout allows
  126, 127     postfix or postconf cannot be executed, or is not there
  128+N        signal N ended an instance's command, or the manager
  other        that of the instance's command which failed last, in the order run
";

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Request, UsageError> {
        parse(arguments.iter().map(OsString::from))
    }

    fn managed(settings: RunSettings, words: &[&str]) -> Request {
        manage(settings, words.iter().map(OsString::from))
    }

    fn jobs(number: usize) -> RunSettings {
        RunSettings { jobs: Jobs::Number(NonZeroUsize::new(number).unwrap()), ..RunSettings::default() }
    }

    #[test]
    fn options_end_where_the_command_begins() {
        assert_eq!(
            parsed(&["start", "--help", "-c", "--"]),
            Ok(managed(jobs(1), &["start", "--help", "-c", "--"]))
        );
        assert_eq!(parsed(&["--", "--help"]), Ok(managed(jobs(1), &["--help"])));
        assert_eq!(parsed(&["--help", "start"]), Ok(Request::Help));
        assert_eq!(parsed(&["--jobs", "3", "--version"]), Ok(Request::Version));
        assert_eq!(parsed(&["", "-x"]), Ok(managed(jobs(1), &["", "-x"])));
        assert_eq!(parsed(&[]), Ok(managed(jobs(1), &[])));
    }

    #[test]
    fn jobs_is_a_positive_number_or_left_to_the_machine() {
        assert_eq!(parsed(&["--jobs", "4", "stop"]), Ok(managed(jobs(4), &["stop"])));
        assert_eq!(parsed(&["--jobs=2", "stop"]), Ok(managed(jobs(2), &["stop"])));
        let auto = RunSettings { jobs: Jobs::Auto, ..RunSettings::default() };
        assert_eq!(parsed(&["--jobs=auto", "stop"]), Ok(managed(auto, &["stop"])));
        assert_eq!(parsed(&["--jobs"]), Err(UsageError::Jobs(None)));
        for wrong in ["0", "", "-1", "many", "stop", "Auto"] {
            assert_eq!(parsed(&["--jobs", wrong]), Err(UsageError::Jobs(Some(wrong.into()))));
        }
        let three = NonZeroUsize::new(3).unwrap();
        assert_eq!(Jobs::Auto.number(three).get(), 6);
        assert_eq!(Jobs::Number(three).number(NonZeroUsize::MIN), three);
    }

    #[test]
    fn the_other_options_say_what_they_say() {
        let all = ["--timeout", "5m", "--query-timeout=7s", "--summary", "--plan", "--verbose", "stop"];
        let expected = RunSettings {
            timeout: Some(Duration::from_secs(300)),
            query_timeout: Duration::from_secs(7),
            summary: Some(OutputFormat::Table),
            mode: Mode::Show,
            verbosity: Verbosity::Steps,
            ..RunSettings::default()
        };
        assert_eq!(parsed(&all), Ok(managed(expected, &["stop"])));
        let json = RunSettings { summary: Some(OutputFormat::Json), ..RunSettings::default() };
        assert_eq!(parsed(&["--summary=table", "--summary=json", "x"]), Ok(managed(json, &["x"])));
        assert_eq!(parsed(&["--summary=", "x"]), Err(UsageError::Summary("".into())));
        assert_eq!(parsed(&["--timeout"]), Err(UsageError::Timeout("--timeout", None)));
        assert_eq!(
            parsed(&["--timeout=soon", "x"]),
            Err(UsageError::Timeout("--timeout", Some("soon".into())))
        );
        assert_eq!(parsed(&["--plan=x", "x"]), Err(UsageError::Value("--plan")));
    }

    #[test]
    fn any_other_option_is_refused() {
        for option in ["-c", "-v", "-", "--job", "--jobsx", "-h", "--Plan"] {
            assert_eq!(parsed(&[option, "start"]), Err(UsageError::Unknown(option.into())));
        }
    }

    #[test]
    fn every_option_of_the_table_is_understood() {
        for option in options::OPTIONS {
            let value = match option.name {
                "--jobs" => &["3"][..],
                "--timeout" | "--query-timeout" => &["3"],
                _ => &[],
            };
            assert!(parsed(&[&[option.name], value].concat()).is_ok(), "{}", option.name);
        }
    }
}
