//! Carries out a plan. Knows nothing of how it was made.

pub(crate) mod executor;
pub(crate) mod finished;
mod listening;
mod ordered_output;
pub(crate) mod wording;
