//! The command line of postfix-multi. Knows nothing of what is done about it.

pub(crate) mod edit_action;
pub(crate) mod help;
pub(crate) mod parse;
mod usage;
