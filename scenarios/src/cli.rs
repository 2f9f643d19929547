//! The command line as a whole, and its completions for shells.

pub mod command_line;
pub mod completions;
