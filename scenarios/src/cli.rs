//! The command line as a whole.

pub mod command_line;
pub mod completions;
