//! Parses the manager's command line: its few options, then the command for the instances.
//!
//! Knows nothing of what commands mean.

use std::ffi::OsString;

use crate::cli::nearest;
use crate::cli::option_spec::{OptionId, OptionSpec};
use crate::cli::options::Program;
use crate::cli::parse::{OptionError, Word, Words, take_setting};
use crate::plan::run_settings::RunSettings;
use crate::postfix::command::Command;

/// What the manager was called for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ManagerRequest {
    /// Describe the program.
    Help,
    /// Name the version.
    Version,
    /// Bring a command to the instances, if there is one.
    Manage(RunSettings, Option<Command>),
}

/// Reads the arguments that follow the program's name. Options come before the command, and `--` ends them;
/// nothing from the command on is looked at.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<ManagerRequest, OptionError> {
    let mut words = Words::new(Program::Manager, arguments);
    let mut settings = RunSettings::default();
    let first = loop {
        match words.next()? {
            Some(Word::Option(OptionSpec { id: OptionId::Help, .. }, _)) => return Ok(ManagerRequest::Help),
            Some(Word::Option(OptionSpec { id: OptionId::Version, .. }, _)) => {
                return Ok(ManagerRequest::Version);
            }
            Some(Word::Option(option, value)) => {
                take_setting(&mut settings, option, value)?;
            }
            Some(Word::Operand(dash)) if dash == "-" => return Err(OptionError::Unknown(dash)),
            Some(Word::Operand(word)) => break Some(word),
            None => break None,
        }
    };
    Ok(ManagerRequest::Manage(settings, Command::new(first.into_iter().chain(words.rest()))))
}

/// What is wrong with a command line, and what may have been meant.
pub(crate) fn advice(error: &OptionError) -> String {
    let OptionError::Unknown(option) = error else { return error.to_string() };
    let meant = option.to_str().and_then(nearest);
    match (meant, option.as_encoded_bytes()) {
        (Some(meant), _) => format!("{error}, did you mean {}?", Program::Manager.shown(meant)),
        (None, b"-v") => format!("{error}, did you mean --verbose?"),
        (None, b"-c") => format!("{error}, for one instance use \"postfix -c DIR COMMAND\""),
        (None, _) => error.to_string(),
    }
}

/// The option that somebody may have meant.
fn nearest(word: &str) -> Option<&'static OptionSpec> {
    let name = word.split('=').next().unwrap_or(word);
    let meant = nearest::nearest(name, Program::Manager.options().map(|option| option.name))?;
    Program::Manager.options().find(|option| option.name == meant)
}

/// What `--help` prints.
pub(crate) fn help() -> String {
    format!("{HELP_BEFORE_OPTIONS}{}{HELP_AFTER_OPTIONS}", Program::Manager.described())
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
    use std::time::Duration;

    use super::*;
    use crate::os::exit_status;
    use crate::plan::run_settings::{Jobs, Mode, OutputFormat, Verbosity};

    fn parsed(arguments: &[&str]) -> Result<ManagerRequest, OptionError> {
        parse(arguments.iter().map(OsString::from))
    }

    fn managed(settings: RunSettings, words: &[&str]) -> ManagerRequest {
        ManagerRequest::Manage(settings, Command::new(words.iter().map(OsString::from)))
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
        assert_eq!(parsed(&["--help", "start"]), Ok(ManagerRequest::Help));
        assert_eq!(parsed(&["--jobs", "3", "--version"]), Ok(ManagerRequest::Version));
        assert_eq!(parsed(&["", "-x"]), Ok(managed(jobs(1), &["", "-x"])));
        assert_eq!(parsed(&[]), Ok(managed(jobs(1), &[])));
    }

    #[test]
    fn jobs_is_a_positive_number_or_left_to_the_machine() {
        assert_eq!(parsed(&["--jobs", "4", "stop"]), Ok(managed(jobs(4), &["stop"])));
        assert_eq!(parsed(&["--jobs=2", "stop"]), Ok(managed(jobs(2), &["stop"])));
        let auto = RunSettings { jobs: Jobs::Auto, ..RunSettings::default() };
        assert_eq!(parsed(&["--jobs=auto", "stop"]), Ok(managed(auto, &["stop"])));
        assert_eq!(parsed(&["--jobs"]), Err(OptionError::Jobs(None)));
        for wrong in ["0", "", "-1", "many", "stop", "Auto"] {
            assert_eq!(parsed(&["--jobs", wrong]), Err(OptionError::Jobs(Some(wrong.into()))));
        }
        let three = NonZeroUsize::new(3).unwrap();
        assert_eq!(Jobs::Auto.number(three).get(), 6);
        assert_eq!(Jobs::Number(three).number(NonZeroUsize::MIN), three);
    }

    #[test]
    fn the_other_options_say_what_they_say() {
        let all = ["--timeout", "5m", "--query-timeout=7s", "--summary", "--dry-run", "--verbose", "stop"];
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
        assert_eq!(parsed(&["--summary=", "x"]), Err(OptionError::Summary("".into())));
        assert_eq!(parsed(&["--timeout"]), Err(OptionError::Time("--timeout", None)));
        assert_eq!(
            parsed(&["--timeout=soon", "x"]),
            Err(OptionError::Time("--timeout", Some("soon".into())))
        );
        assert_eq!(parsed(&["--dry-run=x", "x"]), Err(OptionError::Superfluous("--dry-run")));
    }

    #[test]
    fn any_other_option_is_refused() {
        for option in ["-c", "-v", "-", "--job", "--jobsx", "-h", "--Help"] {
            assert_eq!(parsed(&[option, "start"]), Err(OptionError::Unknown(option.into())));
        }
    }

    #[test]
    fn every_option_of_the_table_is_understood() {
        for option in Program::Manager.options() {
            let value = match option.name {
                "--jobs" => &["3"][..],
                "--timeout" | "--query-timeout" => &["3"],
                _ => &[],
            };
            assert!(parsed(&[&[option.name], value].concat()).is_ok(), "{}", option.name);
        }
    }

    #[test]
    fn the_manual_and_the_help_know_the_same_exit_statuses() {
        let (_, statuses) =
            include_str!("../../man/postfix-wrapper.1").split_once(".Sh EXIT STATUS").unwrap();
        let (statuses, _) = statuses.split_once(".Sh EXAMPLES").unwrap();
        let manual: Vec<String> = statuses
            .lines()
            .filter_map(|line| line.strip_prefix(".It "))
            .map(|item| item.replace(' ', ""))
            .collect();
        let help = help();
        let (_, statuses) = help.split_once("Exit status:\n").unwrap();
        let help: Vec<String> = statuses
            .lines()
            .map(|line| line.get(2..15).unwrap_or_default().replace(' ', ""))
            .filter(|status| !status.is_empty())
            .collect();
        assert_eq!(manual, help);
        for constant in [
            exit_status::USAGE,
            exit_status::SYSTEM,
            exit_status::OUTPUT,
            exit_status::CONFIGURATION,
            exit_status::TIMED_OUT,
        ] {
            assert!(manual.contains(&constant.to_string()), "{constant}");
        }
    }

    #[test]
    fn a_slip_is_understood_and_nonsense_is_not() {
        let meant = |word| nearest(word).map(|option| option.name);
        assert_eq!(meant("--job"), Some("--jobs"));
        assert_eq!(meant("--jbos=3"), Some("--jobs"));
        assert_eq!(meant("-jobs"), Some("--jobs"));
        assert_eq!(meant("--timout"), Some("--timeout"));
        assert_eq!(meant("--summery=json"), Some("--summary"));
        assert_eq!(meant("--dry-ran"), Some("--dry-run"));
        assert_eq!(meant("--postfix"), None);
        assert_eq!(meant("-c"), None);
        assert_eq!(meant("-"), None);
    }

    #[test]
    fn every_documented_command_is_understood() {
        let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        for call in postfix_process::documented_commands::calls_of(root, &["postfix-wrapper"]).unwrap() {
            let parsed = parse(call.arguments.iter().map(OsString::from));
            assert!(parsed.is_ok(), "{}: {:?}: {:?}", call.place, call.arguments, parsed.err());
        }
    }
}
