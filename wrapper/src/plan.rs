//! What each instance gets, and in which order. Knows nothing of how it is carried out.

pub(crate) mod policy;
pub(crate) mod run_settings;
pub(crate) mod schedule;
