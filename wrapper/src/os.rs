//! The operating system: signals, processes, streams, files. Knows nothing of Postfix but the names of its files.

pub(crate) mod exit_status;
#[cfg(test)]
pub(crate) mod failing;
pub(crate) mod files;
pub(crate) mod messages;
pub(crate) mod printable;
pub(crate) mod processes;
pub(crate) mod service_manager;
pub(crate) mod signals;
pub(crate) mod streams;
pub(crate) mod temporary_error;
pub(crate) mod time_limits;
