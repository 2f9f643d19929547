//! The command line of postfix-multi: postmulti(1)'s letters, bundled or not, long names for them, a few options
//! more, and what does not go together.
//!
//! Knows nothing of how anything is done.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::time::Duration;

use crate::cli::option_spec::Value;
use crate::cli::parse;
use crate::multi::cli::options::{ACTIONS, OPTIONS, OptionId, OptionSpec};
use crate::multi::cli::usage::UsageError;
use crate::multi::order::ListOrder;
use crate::multi::request::{Action, Addition, Assignment, Change, Edit, Invocation, NameArgument, Request};
use crate::multi::selection::Selection;
use crate::plan::run_settings;
use crate::plan::run_settings::{Mode, OutputFormat, Verbosity};
use crate::postfix::command::Command;
use crate::postfix::time_value;

/// How long a change of the system waits for another one.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is to be done, as long as the rest of the command line is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    List,
    Postfix,
    Unix,
    /// An action of `-e`, by its number.
    Edit(usize),
    Check,
    Status,
}

/// What the options have said so far.
#[derive(Debug, Default)]
struct ParsedOptions {
    task: Option<Task>,
    selection: Option<Selection>,
    assignment: Assignment,
    /// The options that not every task takes.
    special: Vec<OptionId>,
    order: Option<ListOrder>,
    json: Option<OutputFormat>,
    settings: run_settings::RunSettings,
    dry_run: Option<Mode>,
    wait: Option<Duration>,
    verbosity: u8,
}

/// Reads the arguments that follow the program's name. Options come first, and `--` ends them.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Request, UsageError> {
    let mut rest = arguments.into_iter();
    let mut parsed = ParsedOptions::default();
    let mut operands = Vec::new();
    while let Some(argument) = rest.next() {
        match argument.as_bytes() {
            b"--" => break,
            [b'-', b'-', ..] => {
                if let Some(request) = parsed.take_long(argument, &mut rest)? {
                    return Ok(request);
                }
            }
            [b'-', letters @ ..] if !letters.is_empty() => parsed.take_letters(letters, &mut rest)?,
            // What it is called is enough: postmulti has no such operands.
            b"check" if parsed.task.is_none() => parsed.set_task(Task::Check)?,
            b"status" if parsed.task.is_none() => parsed.set_task(Task::Status)?,
            _ => {
                operands.push(argument);
                break;
            }
        }
    }
    operands.extend(rest);
    parsed.into_invocation(operands).map(Request::Do)
}

impl ParsedOptions {
    /// Takes an option with a long name, and its value if it needs one.
    fn take_long(
        &mut self,
        argument: OsString,
        rest: &mut impl Iterator<Item = OsString>,
    ) -> Result<Option<Request>, UsageError> {
        let bytes = argument.as_bytes();
        let (name, given) = match bytes.iter().position(|byte| *byte == b'=') {
            Some(at) => (&bytes[..at], Some(OsString::from_vec(bytes[at + 1..].to_vec()))),
            None => (bytes, None),
        };
        let Some(known) = OPTIONS.iter().find(|option| option.name.as_bytes() == name) else {
            return Err(UsageError::Unknown(argument));
        };
        let value = match known.value {
            Value::None if given.is_some() => return Err(UsageError::Superfluous(known.name)),
            Value::None | Value::Possible(_) => given,
            Value::Needed(_) => given.or_else(|| rest.next()),
        };
        match known.option {
            OptionId::Help => return Ok(Some(Request::Help)),
            OptionId::Version => return Ok(Some(Request::Version)),
            _ => self.take(known, value)?,
        }
        Ok(None)
    }

    /// Takes letters behind one dash. What follows one that needs a value is its value.
    fn take_letters(
        &mut self,
        letters: &[u8],
        rest: &mut impl Iterator<Item = OsString>,
    ) -> Result<(), UsageError> {
        for (at, letter) in letters.iter().enumerate() {
            let letter = char::from(*letter);
            let Some(known) = OPTIONS.iter().find(|option| option.letter == Some(letter)) else {
                return Err(UsageError::Unknown(OsString::from_vec([b"-", &letters[at..]].concat())));
            };
            if let Value::Needed(_) = known.value {
                let glued = &letters[at + 1..];
                let value =
                    if glued.is_empty() { rest.next() } else { Some(OsStr::from_bytes(glued).into()) };
                return self.take(known, value);
            }
            self.take(known, None)?;
        }
        Ok(())
    }

    /// Takes one option.
    fn take(&mut self, known: &'static OptionSpec, value: Option<OsString>) -> Result<(), UsageError> {
        let needed = |value: Option<OsString>| value.ok_or(UsageError::Missing(known.name));
        match known.option {
            OptionId::List => self.set_task(Task::List)?,
            OptionId::Postfix => self.set_task(Task::Postfix)?,
            OptionId::Unix => self.set_task(Task::Unix)?,
            OptionId::Edit => {
                let action = needed(value)?;
                let at = ACTIONS.iter().position(|known| *known == action);
                self.set_task(Task::Edit(at.ok_or(UsageError::Action(action))?))?;
            }
            OptionId::All => self.set_selection(Selection::All)?,
            OptionId::Group => self.set_selection(Selection::Group(needed(value)?))?,
            OptionId::Instance => self.set_selection(Selection::Name(needed(value)?))?,
            OptionId::SetGroup => assign(&mut self.assignment.group, needed(value)?, "-G")?,
            OptionId::SetName => assign(&mut self.assignment.name, needed(value)?, "-I")?,
            OptionId::Reverse => {
                self.order = match self.order {
                    Some(ListOrder::Reversed) => None,
                    _ => Some(ListOrder::Reversed),
                };
            }
            OptionId::Json => self.json = Some(OutputFormat::Json),
            OptionId::Verbose => {
                self.settings.verbosity = Verbosity::Steps;
                self.verbosity = self.verbosity.saturating_add(1);
            }
            OptionId::DryRun => self.dry_run = Some(Mode::Show),
            OptionId::Wait => {
                let time = value.as_deref().and_then(OsStr::to_str).and_then(time_value::parse);
                self.wait = Some(time.ok_or(UsageError::Wait(value))?);
            }
            OptionId::Jobs => self.settings.jobs = parse::parse_jobs(value)?,
            OptionId::Timeout => self.settings.timeout = Some(parse::parse_timeout(known.name, value)?),
            OptionId::QueryTimeout => {
                self.settings.query_timeout = parse::parse_timeout(known.name, value)?;
            }
            OptionId::Summary => self.settings.summary = Some(parse::parse_format(value)?),
            OptionId::Plan => self.settings.mode = Mode::Show,
            OptionId::Help | OptionId::Version => {}
        }
        if matches!(known.option, OptionId::Jobs | OptionId::Timeout | OptionId::Summary | OptionId::Plan) {
            self.special.push(known.option);
        }
        Ok(())
    }

    fn set_task(&mut self, task: Task) -> Result<(), UsageError> {
        match self.task.replace(task) {
            Some(other) if other != task => Err(UsageError::Tasks),
            _ => Ok(()),
        }
    }

    fn set_selection(&mut self, selection: Selection) -> Result<(), UsageError> {
        let again = selection == Selection::All;
        match self.selection.replace(selection) {
            Some(Selection::All) if again => Ok(()),
            Some(_) => Err(UsageError::Selections),
            None => Ok(()),
        }
    }

    /// What is to be done, if everything goes together.
    fn into_invocation(mut self, operands: Vec<OsString>) -> Result<Invocation, UsageError> {
        let task = self.task.ok_or(UsageError::Tasks)?;
        self.check(task, &operands)?;
        let all_or_selected = |selection: Option<Selection>| selection.unwrap_or(Selection::All);
        let order = self.order.unwrap_or(ListOrder::Listed);
        let format = self.json.unwrap_or(OutputFormat::Table);
        let action = match task {
            Task::List => Action::List(all_or_selected(self.selection), order, format),
            Task::Status => Action::Status(all_or_selected(self.selection), order, format),
            Task::Check => Action::Check(format),
            Task::Postfix => {
                let command = Command::new(operands).ok_or(UsageError::NoCommand)?;
                Action::Postfix(all_or_selected(self.selection), command)
            }
            Task::Unix => {
                let command = Command::new(operands).ok_or(UsageError::NoCommand)?;
                Action::Unix(all_or_selected(self.selection), order, command)
            }
            Task::Edit(at) => Action::Edit(Edit {
                mode: self.dry_run.take().unwrap_or(Mode::Run),
                change: self.change(at, operands)?,
            }),
        };
        Ok(Invocation {
            action,
            settings: self.settings,
            verbosity: self.verbosity,
            patience: self.wait.unwrap_or(PATIENCE),
        })
    }

    /// Checks what does not depend on values.
    fn check(&self, task: Task, operands: &[OsString]) -> Result<(), UsageError> {
        let (runs, edits) = (matches!(task, Task::Postfix | Task::Unix), matches!(task, Task::Edit(_)));
        let lists = matches!(task, Task::List | Task::Status | Task::Check);
        if lists && !operands.is_empty() {
            return Err(UsageError::Operand(operands[0].clone()));
        }
        if runs && operands.is_empty() {
            return Err(UsageError::NoCommand);
        }
        if self.order.is_some() && !matches!(task, Task::List | Task::Status | Task::Unix) {
            return Err(UsageError::Reverse);
        }
        if self.json.is_some() && !lists {
            return Err(UsageError::Json);
        }
        if !runs && !self.special.is_empty() {
            return Err(UsageError::OnlyWithCommands(long(self.special[0])));
        }
        if !edits && self.dry_run.is_some() {
            return Err(UsageError::OnlyWithEdit("--dry-run"));
        }
        if !edits && self.wait.is_some() {
            return Err(UsageError::OnlyWithEdit("--wait"));
        }
        if task == Task::Check && !matches!(self.selection, None | Some(Selection::All)) {
            return Err(UsageError::CheckIsForAll);
        }
        let assigns = self.assignment != Assignment::default();
        if assigns && !edits {
            return Err(UsageError::Assignment(None));
        }
        Ok(())
    }

    /// A change of the system.
    fn change(&mut self, at: usize, operands: Vec<OsString>) -> Result<Change, UsageError> {
        let action = ACTIONS[at];
        let assignment = std::mem::take(&mut self.assignment);
        let selection = self.selection.take();
        if matches!(action, "create" | "import") {
            let addition = Addition { before: selection, assignment, parameters: operands };
            return Ok(if action == "create" { Change::Create(addition) } else { Change::Import(addition) });
        }
        if !operands.is_empty() {
            return Err(UsageError::Parameters(action));
        }
        if action == "init" {
            return if assignment == Assignment::default() {
                Ok(Change::Init)
            } else {
                Err(UsageError::Assignment(Some(action)))
            };
        }
        match (action, assignment == Assignment::default()) {
            ("assign", true) => return Err(UsageError::NoAssignment),
            ("assign", false) | (_, true) => {}
            (_, false) => return Err(UsageError::Assignment(Some(action))),
        }
        let Some(Selection::Name(target)) = selection else { return Err(UsageError::NoTarget(action)) };
        Ok(match action {
            "destroy" => Change::Destroy(target),
            "deport" => Change::Deport(target),
            "enable" => Change::Enable(target),
            "disable" => Change::Disable(target),
            _ => Change::Assign(target, assignment),
        })
    }
}

/// Notes a name that is given, or taken away with `-`.
fn assign(place: &mut Option<NameArgument>, value: OsString, letter: &'static str) -> Result<(), UsageError> {
    let given = if value == "-" { NameArgument::None } else { NameArgument::Name(value) };
    match place.replace(given) {
        Some(_) => Err(UsageError::Twice(letter)),
        None => Ok(()),
    }
}

/// The long name of an option.
fn long(name: OptionId) -> &'static str {
    OPTIONS.iter().find(|option| option.option == name).map_or("", |option| option.name)
}

#[cfg(test)]
mod tests;
