//! The errors in a command line of postfix-multi, and their messages.
//!
//! Knows nothing of how a command line is read.

use std::ffi::OsString;
use std::fmt;

use crate::cli::misplaced_option::COMMANDS;
use crate::cli::nearest::nearest;
use crate::cli::options::Program;
use crate::cli::parse::OptionError;
use crate::multi::cli::edit_action::EditAction;
use crate::os::messages::MULTI;
use crate::os::printable::printable;

/// What there is to do.
const TASKS: &str = "one of -e, -l, -p, -x, \"check\", \"foreground\" or \"status\" is needed";

/// What is asked for by its name alone.
const TASK_WORDS: [&str; 3] = ["check", "foreground", "status"];

/// A command line that makes no sense.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum UsageError {
    /// An option that makes no sense by itself.
    Option(OptionError),
    /// An action that does not exist.
    Action(OsString),
    /// Nothing to do, or more than one thing.
    Tasks,
    /// A word, and nothing to do.
    NoTask(OsString),
    /// More than one of `-a`, `-g`, `-i`.
    Selections,
    /// An option that can be there once.
    Twice(&'static str),
    /// A word too much.
    Operand(OsString),
    /// `-p` or `-x` without a command.
    NoCommand,
    /// `-R` with an action that has its own order.
    Reverse,
    /// `--json` or `--format` if nothing is listed.
    Json,
    /// A form that does not exist.
    Format(OsString),
    /// A form that only `status` has.
    OpenMetrics,
    /// `--check` without `status`, or with another form.
    Check,
    /// `--warning` or `--critical` without `--check`.
    Thresholds,
    /// A limit that is none, and its option.
    Limit(&'static str, OsString),
    /// An option that goes with `-p` and `-x`.
    OnlyWithCommands(&'static str),
    /// An option that goes with these and `foreground`.
    OnlyWithRuns(&'static str),
    /// `--wait` without `-e`.
    Wait,
    /// `--dry-run` if nothing is run or changed.
    DryRun,
    /// Some instances are chosen, for what is for all.
    IsForAll(&'static str),
    /// A name or a group with an action that takes none, and the action if there is one.
    Assignment(Option<&'static str>),
    /// `-e assign` without a name and a group.
    NoAssignment,
    /// An action that takes no `name=value`.
    Parameters(&'static str),
    /// An action for an instance, without the instance.
    NoTarget(&'static str),
    /// `-e ensure` without the name of the instance.
    NoName,
    /// `-e ensure` with an option that chooses instances.
    NoChoice,
    /// An option that goes with `-e ensure`.
    OnlyWithEnsure(&'static str),
    /// Two options of `-e ensure` that exclude each other.
    Contrary(&'static str, &'static str),
}

impl From<OptionError> for UsageError {
    fn from(error: OptionError) -> Self {
        Self::Option(error)
    }
}

impl fmt::Display for UsageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option(error) => {
                let OptionError::Unknown(option) = error else { return error.fmt(formatter) };
                let name = option.to_str().and_then(|option| option.split('=').next()).unwrap_or_default();
                let known = Program::Multi.options().map(|option| option.name);
                write!(formatter, "{error}{}", did_you_mean(nearest(name, known)))
            }
            Self::Action(action) => {
                let word = action.to_str().unwrap_or_default();
                let names = EditAction::names();
                write!(formatter, "-e can be {}, not \"{}\"", names.join(", "), printable(action))?;
                if TASK_WORDS.contains(&word) {
                    return write!(formatter, "; use \"{MULTI} {word}\"");
                }
                of_postfix(word, formatter, || did_you_mean(nearest(word, names)))
            }
            Self::Tasks => write!(formatter, "{TASKS}"),
            Self::NoTask(word) => {
                let word = word.to_str().unwrap_or_default();
                write!(formatter, "{TASKS}")?;
                of_postfix(word, formatter, || did_you_mean(nearest(word, TASK_WORDS)))
            }
            Self::Selections => write!(formatter, "-a, -g and -i exclude each other"),
            Self::Twice(option) => write!(formatter, "{option} can be given once"),
            Self::Operand(word) => {
                write!(formatter, "no command goes here, but there is \"{}\"", printable(word))
            }
            Self::NoCommand => write!(formatter, "-p and -x need a command"),
            Self::Reverse => write!(formatter, "-R goes with -l, -x and \"status\""),
            Self::Json => {
                write!(
                    formatter,
                    "--json (-j) goes with -l, \"check\", \"status\", -e init and -e ensure, and --format with the \
                     first three"
                )
            }
            Self::Format(form) => {
                write!(formatter, "--format can be table, json or openmetrics, not \"{}\"", printable(form))
            }
            Self::OpenMetrics => write!(formatter, "--format openmetrics goes with \"status\""),
            Self::Check => write!(formatter, "--check goes with \"status\", and with no other form"),
            Self::Thresholds => write!(formatter, "--warning and --critical go with \"status --check\""),
            Self::Limit(option, limit) => write!(
                formatter,
                "{option} needs a number of messages, such as 500 or deferred=100,hold=10, not \"{}\"",
                printable(limit)
            ),
            Self::OnlyWithCommands(option) => write!(formatter, "{option} goes with -p and -x"),
            Self::OnlyWithRuns(option) => {
                write!(formatter, "{option} goes with -p, -x and \"foreground\"")
            }
            Self::Wait => write!(formatter, "--wait goes with -e"),
            Self::DryRun => write!(formatter, "--dry-run goes with -e, -p and -x"),
            Self::IsForAll(task) => {
                write!(formatter, "\"{task}\" is for all instances: no -g and no -i")
            }
            Self::Assignment(None) => {
                write!(formatter, "-G and -I go with -e create, import, assign and ensure")
            }
            Self::Assignment(Some(action)) => {
                write!(formatter, "-G and -I do not go with -e {action}")
            }
            Self::NoAssignment => write!(formatter, "-e assign needs -I NAME or -G GROUP"),
            Self::Parameters(action) => write!(formatter, "-e {action} takes no name=value"),
            Self::NoTarget(action) => write!(formatter, "-e {action} needs an instance: -i NAME"),
            Self::NoName => write!(formatter, "-e ensure needs the name of the instance: -I NAME"),
            Self::NoChoice => {
                write!(formatter, "-e ensure names the instance with -I, not with -a, -g or -i")
            }
            Self::OnlyWithEnsure(option) => write!(formatter, "{option} goes with -e ensure"),
            Self::Contrary(one, other) => write!(formatter, "{one} and {other} exclude each other"),
        }
    }
}

/// How a word is given that is a command of postfix(1), or else what was meant.
fn of_postfix(word: &str, formatter: &mut fmt::Formatter<'_>, meant: impl FnOnce() -> String) -> fmt::Result {
    if COMMANDS.contains(&word) {
        return write!(formatter, "; for a command of postfix(1) use \"{MULTI} -p {word}\"");
    }
    formatter.write_str(&meant())
}

fn did_you_mean(meant: Option<&str>) -> String {
    meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default()
}
