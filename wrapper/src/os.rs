//! The operating system: signals, processes, streams, files. Knows nothing of Postfix but the names of its files.

pub(crate) mod capture;
pub(crate) mod child;
pub(crate) mod directory;
pub(crate) mod exit_status;
#[cfg(test)]
pub(crate) mod failing;
pub(crate) mod file_identity;
pub(crate) mod file_locks;
pub(crate) mod messages;
pub(crate) mod mounts;
pub(crate) mod open_file;
pub(crate) mod orphans;
pub(crate) mod output_buffer;
pub(crate) mod passing;
pub(crate) mod printable;
pub(crate) mod private;
pub(crate) mod pseudo_terminal;
pub(crate) mod reach;
pub(crate) mod service_manager;
pub(crate) mod settled_file;
pub(crate) mod signals;
pub(crate) mod standard_output;
pub(crate) mod std_streams;
pub(crate) mod trust;
pub(crate) mod unfit;
