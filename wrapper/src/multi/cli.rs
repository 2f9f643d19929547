//! The command line of postfix-multi.

pub(crate) mod edit_action;
pub(crate) mod help;
pub(crate) mod parse;
pub(crate) mod usage;
