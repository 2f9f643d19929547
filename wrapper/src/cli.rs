//! The command lines of both programs.

pub(crate) mod manager_request;
pub(crate) mod misplaced_option;
pub(crate) mod nearest;
pub(crate) mod option_spec;
pub(crate) mod options;
pub(crate) mod parse;
