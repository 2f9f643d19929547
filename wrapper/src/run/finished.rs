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
}
