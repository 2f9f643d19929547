//! Parses the command line of postfix-multi, which is postmulti(1)'s with some additions.
//! It refuses options that do not go together.
//!
//! Knows nothing of how anything is done.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use crate::cli::option_spec::{OptionId, OptionSpec, Value};
use crate::cli::options::Program;
use crate::cli::parse::{self, OptionError, Word, Words};
use crate::multi::cli::edit_action::EditAction;
use crate::multi::cli::usage::UsageError;
use crate::multi::request::selection::Selection;
use crate::multi::request::thresholds::Thresholds;
use crate::multi::request::{
    Action, Addition, Assignment, Change, ChangeRequest, Description, Presence, Request, StatusForm,
    StatusRequest, Task, Typed,
};
use crate::os::time_limits;
use crate::plan::policy::RunOrder;
use crate::plan::run_settings::{Mode, OutputFormat, RunSettings};
use crate::postfix::command::Command;
use crate::postfix::values::enable_flag::Flag;

/// What is to be done, as long as the rest of the command line is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TaskName {
    List,
    Postfix,
    Unix,
    Edit(EditAction),
    Check,
    Foreground,
    Status,
}

/// The form of what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Table,
    Json,
    OpenMetrics,
}

/// The names of forms.
pub(crate) const FORMS: [&str; 3] = ["table", "json", "openmetrics"];

impl Form {
    /// The form of a list.
    fn of_list(self) -> Result<OutputFormat, UsageError> {
        match self {
            Self::Table => Ok(OutputFormat::Table),
            Self::Json => Ok(OutputFormat::Json),
            Self::OpenMetrics => Err(UsageError::OpenMetrics),
        }
    }
}

/// Whether a command line, right or wrong, is a monitor's.
pub(crate) fn is_for_a_monitor(arguments: &[OsString]) -> bool {
    // Behind -p and -x, words are another program's.
    arguments.iter().any(|word| word == "status") && arguments.iter().any(|word| word == "--check")
}

/// What the options have said so far.
#[derive(Debug, Default)]
struct ParsedOptions {
    task: Option<TaskName>,
    selection: Option<Selection>,
    assignment: Assignment,
    /// The first option that goes with what runs commands alone.
    only_with_runs: Option<&'static str>,
    order: Option<RunOrder>,
    format: Option<Form>,
    checks: bool,
    thresholds: Thresholds,
    settings: RunSettings,
    wait: Option<Duration>,
    /// The first option that goes with `-e ensure` alone.
    only_with_ensure: Option<&'static str>,
    enable: Option<Flag>,
    is_absent: bool,
    folder: Option<PathBuf>,
    typed: Typed,
}

/// Reads the arguments that follow the program's name. Options come first, and `--` ends them.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Request, UsageError> {
    let mut words = Words::new(Program::Multi, arguments);
    let mut parsed = ParsedOptions::default();
    let mut operands = Vec::new();
    loop {
        match words.next()? {
            Some(Word::Option(OptionSpec { id: OptionId::Help, .. }, _)) => return Ok(Request::Help),
            Some(Word::Option(OptionSpec { id: OptionId::Version, .. }, _)) => return Ok(Request::Version),
            Some(Word::Option(option, value)) => {
                parsed.note(option, value.as_ref());
                parsed.take(option, value)?;
            }
            Some(Word::Operand(word)) => match TaskName::called(&word) {
                Some(task) if parsed.task.is_none() => parsed.set_task(task)?,
                _ => {
                    operands.push(word);
                    break;
                }
            },
            None => break,
        }
    }
    operands.extend(words.rest());
    parsed.typed.operands.clone_from(&operands);
    if parsed.selection.is_none() {
        parsed.typed.before.append(&mut parsed.typed.after);
    }
    parsed.into_request(operands)
}

impl TaskName {
    /// What is called by a word is called by that alone: postmulti has no such operands.
    fn called(word: &OsStr) -> Option<Self> {
        let named = [("check", Self::Check), ("foreground", Self::Foreground), ("status", Self::Status)];
        named.into_iter().find(|(name, _)| *name == word).map(|(_, task)| task)
    }
}

impl ParsedOptions {
    /// Keeps an option as it was typed, unless it chooses instances.
    fn note(&mut self, option: &OptionSpec, value: Option<&OsString>) {
        if matches!(option.id, OptionId::All | OptionId::Group | OptionId::Instance) {
            self.typed.before.append(&mut self.typed.after);
            return;
        }
        let mut name =
            OsString::from(option.letter.map_or(option.name.to_owned(), |letter| format!("-{letter}")));
        let typed = &mut self.typed.after;
        match (option.value, value) {
            (Value::Possible(_), Some(value)) => {
                name.push("=");
                name.push(value);
                typed.push(name);
            }
            (_, value) => typed.extend([Some(name), value.cloned()].into_iter().flatten()),
        }
    }

    /// Takes one option.
    fn take(&mut self, option: &'static OptionSpec, value: Option<OsString>) -> Result<(), UsageError> {
        let needed = |value: Option<OsString>| value.ok_or(OptionError::Missing(option.name));
        match option.id {
            OptionId::List => self.set_task(TaskName::List)?,
            OptionId::Postfix => self.set_task(TaskName::Postfix)?,
            OptionId::Unix => self.set_task(TaskName::Unix)?,
            OptionId::Edit => {
                let name = needed(value)?;
                let action = EditAction::ALL.into_iter().find(|action| action.name() == name);
                self.set_task(TaskName::Edit(action.ok_or(UsageError::Action(name))?))?;
            }
            OptionId::All => self.set_selection(Selection::All)?,
            OptionId::Group => self.set_selection(Selection::Group(needed(value)?))?,
            OptionId::Instance => self.set_selection(Selection::Name(needed(value)?))?,
            OptionId::SetGroup => assign(&mut self.assignment.group, needed(value)?, "-G")?,
            OptionId::SetName => assign(&mut self.assignment.name, needed(value)?, "-I")?,
            OptionId::Reverse => {
                self.order = match self.order {
                    Some(RunOrder::Reversed) => None,
                    _ => Some(RunOrder::Reversed),
                };
            }
            OptionId::Enabled => self.set_enable(Flag::Enabled)?,
            OptionId::Disabled => self.set_enable(Flag::Disabled)?,
            OptionId::Absent => self.is_absent = true,
            OptionId::From => self.folder = Some(needed(value)?.into()),
            OptionId::Json => self.format = Some(Form::Json),
            OptionId::Format => {
                let name = needed(value)?;
                let forms = [Form::Table, Form::Json, Form::OpenMetrics];
                let found = FORMS.iter().position(|known| *known == name);
                self.format = Some(found.map(|at| forms[at]).ok_or(UsageError::Format(name))?);
            }
            OptionId::Check => self.checks = true,
            OptionId::Warning | OptionId::Critical => {
                let limit = needed(value)?;
                let taken = match option.id {
                    OptionId::Warning => self.thresholds.warning.take(&limit),
                    _ => self.thresholds.critical.take(&limit),
                };
                if !taken {
                    return Err(UsageError::Limit(option.name, limit));
                }
            }
            OptionId::Wait => self.wait = Some(parse::time(option.name, value)?),
            _ => {
                parse::take_setting(&mut self.settings, option, value)?;
            }
        }
        match option.id {
            OptionId::Jobs | OptionId::Timeout => {
                self.only_with_runs.get_or_insert(option.name);
            }
            OptionId::Enabled | OptionId::Disabled | OptionId::Absent | OptionId::From => {
                self.only_with_ensure.get_or_insert(option.name);
            }
            _ => {}
        }
        Ok(())
    }

    fn set_enable(&mut self, flag: Flag) -> Result<(), UsageError> {
        match self.enable.replace(flag) {
            Some(other) if other != flag => Err(UsageError::Contrary("--enabled", "--disabled")),
            _ => Ok(()),
        }
    }

    fn set_task(&mut self, task: TaskName) -> Result<(), UsageError> {
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
    fn into_request(mut self, operands: Vec<OsString>) -> Result<Request, UsageError> {
        let task = match (self.task, operands.first()) {
            (Some(task), _) => task,
            (None, Some(word)) => return Err(UsageError::NoTask(word.clone())),
            (None, None) => return Err(UsageError::Tasks),
        };
        self.check(task, &operands)?;
        let selection = |selection: Option<Selection>| selection.unwrap_or(Selection::All);
        let order = self.order.unwrap_or(RunOrder::DefaultFirst);
        let form = self.format.unwrap_or(Form::Table);
        let command = |operands| Command::new(operands).ok_or(UsageError::NoCommand);
        let task = match task {
            TaskName::List => Task::Act(Action::List(selection(self.selection), order, form.of_list()?)),
            TaskName::Status => Task::Act(Action::Status(StatusRequest {
                selection: selection(self.selection),
                order,
                form: match form {
                    _ if self.checks => StatusForm::Monitor(self.thresholds),
                    Form::Table => StatusForm::Table,
                    Form::Json => StatusForm::Json,
                    Form::OpenMetrics => StatusForm::OpenMetrics,
                },
            })),
            TaskName::Check => Task::Act(Action::Check(form.of_list()?)),
            TaskName::Foreground => Task::Act(Action::Foreground),
            TaskName::Postfix => Task::Act(Action::Postfix(selection(self.selection), command(operands)?)),
            TaskName::Unix => Task::Act(Action::Unix(selection(self.selection), order, command(operands)?)),
            TaskName::Edit(action) => Task::Edit(ChangeRequest {
                change: self.change(action, operands)?,
                mode: self.settings.mode,
                patience: self.wait.unwrap_or(time_limits::OTHER_CHANGE),
                told: match self.format {
                    Some(form) => Some(form.of_list()?),
                    None => (action == EditAction::Ensure).then_some(OutputFormat::Table),
                },
            }),
        };
        Ok(Request::Do(task, self.settings, Box::new(self.typed)))
    }

    /// Checks what does not depend on values.
    fn check(&self, task: TaskName, operands: &[OsString]) -> Result<(), UsageError> {
        let (runs, edits) =
            (matches!(task, TaskName::Postfix | TaskName::Unix), matches!(task, TaskName::Edit(_)));
        let stays = task == TaskName::Foreground;
        let lists = !runs && !edits && !stays;
        if (lists || stays) && !operands.is_empty() {
            return Err(UsageError::Operand(operands[0].clone()));
        }
        if runs && operands.is_empty() {
            return Err(UsageError::NoCommand);
        }
        if self.order.is_some() && !matches!(task, TaskName::List | TaskName::Status | TaskName::Unix) {
            return Err(UsageError::Reverse);
        }
        let tells = matches!(task, TaskName::Edit(EditAction::Init | EditAction::Ensure));
        if self.format.is_some() && !lists && !tells {
            return Err(UsageError::Json);
        }
        match self.only_with_ensure {
            Some(option) if task != TaskName::Edit(EditAction::Ensure) => {
                return Err(UsageError::OnlyWithEnsure(option));
            }
            _ => {}
        }
        if self.checks && (task != TaskName::Status || self.format.is_some()) {
            return Err(UsageError::Check);
        }
        if self.thresholds != Thresholds::default() && !self.checks {
            return Err(UsageError::Thresholds);
        }
        match self.only_with_runs {
            Some(option) if !runs && !stays => return Err(UsageError::OnlyWithRuns(option)),
            _ => {}
        }
        if self.settings.summary.is_some() && !runs {
            return Err(UsageError::OnlyWithCommands("--summary"));
        }
        if (lists || stays) && self.settings.mode == Mode::Show {
            return Err(UsageError::DryRun);
        }
        if !edits && self.wait.is_some() {
            return Err(UsageError::Wait);
        }
        let is_for_all = match task {
            TaskName::Check => Some("check"),
            TaskName::Foreground => Some("foreground"),
            _ => None,
        };
        match is_for_all {
            Some(name) if !matches!(self.selection, None | Some(Selection::All)) => {
                return Err(UsageError::IsForAll(name));
            }
            _ => {}
        }
        if !edits && self.assignment != Assignment::default() {
            return Err(UsageError::Assignment(None));
        }
        Ok(())
    }

    /// A change of the system.
    fn change(&mut self, action: EditAction, operands: Vec<OsString>) -> Result<Change, UsageError> {
        let assignment = std::mem::take(&mut self.assignment);
        let selection = self.selection.take();
        let assigns = assignment != Assignment::default();
        if !matches!(action, EditAction::Create | EditAction::Import | EditAction::Ensure) {
            if !operands.is_empty() {
                return Err(UsageError::Parameters(action.name()));
            }
            match action {
                EditAction::Assign if !assigns => return Err(UsageError::NoAssignment),
                EditAction::Assign => {}
                _ if assigns => return Err(UsageError::Assignment(Some(action.name()))),
                _ => {}
            }
        }
        let target = |selection| match selection {
            Some(Selection::Name(target)) => Ok(target),
            _ => Err(UsageError::NoTarget(action.name())),
        };
        let addition = |before, parameters| Addition { before, assignment: assignment.clone(), parameters };
        Ok(match action {
            EditAction::Init => Change::Init,
            EditAction::Create => Change::Create(addition(selection, operands)),
            EditAction::Import => Change::Import(addition(selection, operands)),
            EditAction::Destroy => Change::Destroy(target(selection)?),
            EditAction::Deport => Change::Deport(target(selection)?),
            EditAction::Enable => Change::Enable(target(selection)?),
            EditAction::Disable => Change::Disable(target(selection)?),
            EditAction::Assign => Change::Assign(target(selection)?, assignment.clone()),
            EditAction::Ensure => {
                Change::Ensure(self.description(assignment, selection.as_ref(), operands)?)
            }
        })
    }

    /// What an instance is to be.
    fn description(
        &mut self,
        assignment: Assignment,
        selection: Option<&Selection>,
        parameters: Vec<OsString>,
    ) -> Result<Description, UsageError> {
        if selection.is_some() {
            return Err(UsageError::NoChoice);
        }
        let Assignment { name, group } = assignment;
        let name = name.filter(|name| !name.is_empty() && name != "-").ok_or(UsageError::NoName)?;
        let presence = if self.is_absent { Presence::Absent } else { Presence::Present };
        if self.is_absent {
            for (is_given, other) in [
                (self.enable == Some(Flag::Enabled), "--enabled"),
                (self.folder.is_some(), "--from"),
                (group.is_some(), "-G"),
            ] {
                if is_given {
                    return Err(UsageError::Contrary("--absent", other));
                }
            }
        }
        Ok(Description { name, group, presence, enable: self.enable, folder: self.folder.take(), parameters })
    }
}

/// Notes a name that is given once.
fn assign(place: &mut Option<OsString>, value: OsString, letter: &'static str) -> Result<(), UsageError> {
    match place.replace(value) {
        Some(_) => Err(UsageError::Twice(letter)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
