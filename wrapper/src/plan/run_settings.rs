//! The settings of a run: parallel jobs, time limits, summary, dry run, verbosity.
//!
//! Knows nothing of how options are written.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::os::time_limits;

/// What the options say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunSettings {
    /// How many instances may be busy at once.
    pub(crate) jobs: Jobs,
    /// How long the command of one instance may take.
    pub(crate) timeout: Option<Duration>,
    /// How long postconf may take to answer a question.
    pub(crate) query_timeout: Duration,
    /// What is printed at the end.
    pub(crate) summary: Option<OutputFormat>,
    /// Whether anything is run.
    pub(crate) mode: Mode,
    /// Whether each step is reported.
    pub(crate) verbosity: Verbosity,
}

/// A number of instances at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Jobs {
    /// This many.
    Number(NonZeroUsize),
    /// As many as suit the machine.
    Auto,
}

/// The form of a summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutputFormat {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// Whether a plan is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It is.
    Run,
    /// It is shown.
    Show,
}

/// How much is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verbosity {
    /// What is wrong.
    Problems,
    /// Each step.
    Steps,
}

impl Default for RunSettings {
    fn default() -> Self {
        Self {
            jobs: Jobs::Number(NonZeroUsize::MIN),
            timeout: None,
            query_timeout: time_limits::QUERY,
            summary: None,
            mode: Mode::Run,
            verbosity: Verbosity::Problems,
        }
    }
}

impl Jobs {
    /// The number on this machine.
    pub(crate) fn here(self) -> NonZeroUsize {
        self.number(std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
    }

    /// The number, given how many processors there are.
    pub(crate) fn number(self, processors: NonZeroUsize) -> NonZeroUsize {
        match self {
            Self::Number(number) => number,
            // A start waits about as much as it computes.
            Self::Auto => processors.saturating_add(processors.get()),
        }
    }
}
