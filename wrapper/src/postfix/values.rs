//! Reads values of parameters: flags, lists, times, versions.

pub(crate) mod enable_flag;
pub(crate) mod list_value;
pub(crate) mod time_value;
pub(crate) mod version;
pub(crate) mod written_value;
