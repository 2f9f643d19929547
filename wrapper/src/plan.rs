//! Decides which instance gets which command, and in which order. Knows nothing of how commands are run.

pub(crate) mod policy;
pub(crate) mod run_settings;
pub(crate) mod schedule;
