//! The outcome of one step of a plan.

use std::time::Duration;

use crate::os::exit_status::Outcome;

/// What has become of a step, and how long it took.
#[derive(Debug)]
pub(crate) struct Finished {
    /// What has become of it.
    pub(crate) outcome: Outcome,
    /// How long its command ran; nothing if none ran.
    pub(crate) took: Option<Duration>,
    /// Whether its command had a terminal for standard error, so that nothing it said is in the mail log alone.
    pub(crate) had_terminal: bool,
}

impl Finished {
    /// Without a command.
    pub(crate) fn without_command(outcome: Outcome) -> Self {
        Self { outcome, took: None, had_terminal: false }
    }
}
