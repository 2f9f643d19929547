//! The manager's command line. Knows nothing of what is done about it.

pub(crate) mod misplaced_option;
pub(crate) mod option_spec;
mod options;
pub(crate) mod parse;
