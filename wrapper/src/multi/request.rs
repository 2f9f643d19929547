//! The requests that postfix-multi accepts, after the command line has been parsed.
//!
//! Knows nothing of how a command line is written, and nothing of how anything is done.

pub(crate) mod canonical_command;
pub(crate) mod selection;
pub(crate) mod thresholds;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::multi::request::selection::Selection;
use crate::multi::request::thresholds::Thresholds;
use crate::os::messages::MULTI;
use crate::os::printable::shell_word;
use crate::plan::policy::RunOrder;
use crate::plan::run_settings::{Mode, OutputFormat, RunSettings};
use crate::postfix::command::Command;
use crate::postfix::values::enable_flag::Flag;

/// What the program was called for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// Describe the program.
    Help,
    /// Name the version.
    Version,
    /// Do something with the instances, in this way.
    Do(Task, RunSettings, Box<Typed>),
}

/// A command line as it was typed, but for the options that choose instances: for advice that keeps the rest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Typed {
    /// The options in front of that choice; all options if there was none.
    pub(crate) before: Vec<OsString>,
    /// The options behind it.
    pub(crate) after: Vec<OsString>,
    /// What follows the options.
    pub(crate) operands: Vec<OsString>,
}

impl Typed {
    /// The same command for the instance in a directory.
    pub(crate) fn for_directory(&self, directory: &Path) -> String {
        let choice = ["-i".into(), directory.into()];
        let words = self.before.iter().chain(&choice).chain(&self.after).chain(&self.operands);
        words.fold(MULTI.to_owned(), |command, word| format!("{command} {}", shell_word(word)))
    }

    /// The options, without the choice.
    pub(crate) fn options(&self) -> String {
        self.before.iter().chain(&self.after).map(shell_word).collect::<Vec<_>>().join(" ")
    }
}

/// Something to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Change the system.
    Edit(ChangeRequest),
    /// Anything else.
    Act(Action),
}

/// Something to do with the instances that are there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// `-l`
    List(Selection, RunOrder, OutputFormat),
    /// `-p`: a command of postfix(1) for those that are meant.
    Postfix(Selection, Command),
    /// `-x`: any other command for those that are meant.
    Unix(Selection, RunOrder, Command),
    /// `check`: tell what is inconsistent.
    Check(OutputFormat),
    /// `foreground`: start the instances, and stay until they have ended.
    Foreground,
    /// `status`: tell how the instances are.
    Status(StatusRequest),
}

/// A report of how instances are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct StatusRequest {
    /// Which instances are meant.
    pub(crate) selection: Selection,
    /// In which order they come.
    pub(crate) order: RunOrder,
    /// How it is written.
    pub(crate) form: StatusForm,
}

/// The form of a report of how instances are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum StatusForm {
    /// For people.
    Table,
    /// For programs: a line for each instance.
    Json,
    /// For those that collect metrics.
    OpenMetrics,
    /// `--check`: for monitors, which go by the exit status.
    Monitor(Thresholds),
}

/// A change of the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangeRequest {
    /// What is changed.
    pub(crate) change: Change,
    /// Whether it is changed, or only shown.
    pub(crate) mode: Mode,
    /// How long to wait for others who change the same system.
    pub(crate) patience: Duration,
    /// How it is told what was changed; nothing is told if this is not said.
    pub(crate) told: Option<OutputFormat>,
}

/// What can be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// `init`: take over the management of instances.
    Init,
    /// `create`: make a new instance and list it.
    Create(Addition),
    /// `import`: list an instance that is there.
    Import(Addition),
    /// `destroy`: remove an instance and what Postfix made for it.
    Destroy(OsString),
    /// `deport`: remove an instance from the list.
    Deport(OsString),
    /// `enable`
    Enable(OsString),
    /// `disable`
    Disable(OsString),
    /// `assign`: another name or group.
    Assign(OsString, Assignment),
    /// `ensure`: make an instance what a description says, whatever it is now.
    Ensure(Description),
}

/// What an instance is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Description {
    /// `-I NAME`
    pub(crate) name: OsString,
    /// `-G GROUP`, as it was written.
    pub(crate) group: Option<OsString>,
    /// Whether it is to be there.
    pub(crate) presence: Presence,
    /// `--enabled`, `--disabled`
    pub(crate) enable: Option<Flag>,
    /// `--from FOLDER`: where a main.cf, and perhaps a master.cf, are ready.
    pub(crate) folder: Option<PathBuf>,
    /// The arguments `name=value`, as they came.
    pub(crate) parameters: Vec<OsString>,
}

/// Whether an instance is to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// It is.
    Present,
    /// `--absent`
    Absent,
}

/// A new instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Addition {
    /// The instance before which it is placed; it comes last if none is named.
    pub(crate) before: Option<Selection>,
    /// What it is called.
    pub(crate) assignment: Assignment,
    /// The arguments `name=value`, as they came.
    pub(crate) parameters: Vec<OsString>,
}

/// The name and the group that an instance is given, as they were written: `-` takes one away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Assignment {
    /// `-I NAME`
    pub(crate) name: Option<OsString>,
    /// `-G GROUP`
    pub(crate) group: Option<OsString>,
}
