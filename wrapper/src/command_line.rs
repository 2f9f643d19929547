//! The manager's own command line: its few options, then the command for the instances.
//!
//! Knows nothing of what commands mean.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::num::NonZeroUsize;

use crate::command::Command;
use crate::message::printable;

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

/// A command to bring to the instances, if there is one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Invocation {
    /// How many secondary instances may be busy at once.
    pub(crate) jobs: NonZeroUsize,
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
}

impl fmt::Display for UsageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(option) => write!(formatter, "unknown option \"{}\"", printable(option)),
            Self::Jobs(None) => write!(formatter, "--jobs needs a number"),
            Self::Jobs(Some(value)) => {
                write!(formatter, "--jobs needs a number from 1 up, not \"{}\"", printable(value))
            }
        }
    }
}

/// Reads the arguments that follow the program's name. Options come before the command, and `--` ends them;
/// nothing from the command on is looked at.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Request, UsageError> {
    let mut arguments = arguments.into_iter();
    let mut jobs = NonZeroUsize::MIN;
    while let Some(argument) = arguments.next() {
        match argument.as_encoded_bytes() {
            b"--help" => return Ok(Request::Help),
            b"--version" => return Ok(Request::Version),
            b"--" => return Ok(manage(jobs, arguments)),
            b"--jobs" => jobs = parse_jobs(arguments.next())?,
            [b'-', ..] => match argument.to_str().and_then(|option| option.strip_prefix("--jobs=")) {
                Some(value) => jobs = parse_jobs(Some(value.into()))?,
                None => return Err(UsageError::Unknown(argument)),
            },
            _ => return Ok(manage(jobs, std::iter::once(argument).chain(arguments))),
        }
    }
    Ok(manage(jobs, []))
}

fn manage(jobs: NonZeroUsize, words: impl IntoIterator<Item = OsString>) -> Request {
    Request::Manage(Invocation { jobs, command: Command::new(words) })
}

fn parse_jobs(value: Option<OsString>) -> Result<NonZeroUsize, UsageError> {
    let number = value.as_deref().and_then(OsStr::to_str).and_then(|value| value.parse().ok());
    number.ok_or(UsageError::Jobs(value))
}

/// What `--help` prints.
pub(crate) const HELP: &str = "\
postfix-wrapper: brings a postfix(1) command to every instance of a multi-instance Postfix

Usage: postfix-wrapper [--jobs N] [--] COMMAND [ARGUMENT...]
       postfix-wrapper --help | --version

It is meant to be run by postfix(1), not by hand. In main.cf of the default instance:

    multi_instance_wrapper = $daemon_directory/postfix-wrapper
    multi_instance_directories = /etc/postfix-a /etc/postfix-b

Then \"postfix start\" and the like are for all instances, and \"postfix -c DIR start\" for one.

  start                    in the order listed, the default instance first; an instance without
                           \"multi_instance_enable = yes\" gets \"check\" instead
  stop, quick-stop, abort, drain
                           in reverse order, the default instance last; enabled instances only
  flush, reload            the default instance first; enabled instances only
  anything else            the default instance first; every instance

Options:
  --jobs N     let up to N secondary instances be busy at once; the default instance keeps its
               place before or after all others, and the default for N is 1
  --           the command follows, even if it begins with a dash
  --help       show this text
  --version    show the version

Exit status:
  0            every command that was run succeeded, and no instance was found damaged
  64           called wrongly, or not by postfix(1); nothing was run
  71           the system refused what the manager itself needs; nothing was run
  74           this text or the version could not be written
  78           the list of instances could not be read, and nothing was run; or that is the last
               failure: an instance with a damaged main.cf, or not an absolute path
  126, 127     postfix or postconf cannot be executed, or is not there
  128+N        signal N ended an instance's command, or the manager
  other        that of the instance's command which failed last, in the order run
";

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Request, UsageError> {
        parse(arguments.iter().map(OsString::from))
    }

    fn managed(jobs: usize, words: &[&str]) -> Request {
        manage(NonZeroUsize::new(jobs).unwrap(), words.iter().map(OsString::from))
    }

    #[test]
    fn options_end_where_the_command_begins() {
        assert_eq!(
            parsed(&["start", "--help", "-c", "--"]),
            Ok(managed(1, &["start", "--help", "-c", "--"]))
        );
        assert_eq!(parsed(&["--", "--help"]), Ok(managed(1, &["--help"])));
        assert_eq!(parsed(&["--help", "start"]), Ok(Request::Help));
        assert_eq!(parsed(&["--jobs", "3", "--version"]), Ok(Request::Version));
        assert_eq!(parsed(&["", "-x"]), Ok(managed(1, &["", "-x"])));
        assert_eq!(parsed(&[]), Ok(managed(1, &[])));
    }

    #[test]
    fn jobs_is_a_positive_number() {
        assert_eq!(parsed(&["--jobs", "4", "stop"]), Ok(managed(4, &["stop"])));
        assert_eq!(parsed(&["--jobs=2", "stop"]), Ok(managed(2, &["stop"])));
        assert_eq!(parsed(&["--jobs"]), Err(UsageError::Jobs(None)));
        for wrong in ["0", "", "-1", "many", "stop"] {
            assert_eq!(parsed(&["--jobs", wrong]), Err(UsageError::Jobs(Some(wrong.into()))));
        }
    }

    #[test]
    fn any_other_option_is_refused() {
        for option in ["-c", "-v", "-", "--job", "--jobsx", "-h"] {
            assert_eq!(parsed(&[option, "start"]), Err(UsageError::Unknown(option.into())));
        }
    }
}
