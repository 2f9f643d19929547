//! The command line of postfix-multi. Knows nothing of what is done about it.

pub(crate) mod help;
mod options;
pub(crate) mod parse;
mod usage;
