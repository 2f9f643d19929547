//! The command line as a whole, its completions for shells, and its page of the manual.

pub mod command_line;
pub mod completions;
pub mod manual;
