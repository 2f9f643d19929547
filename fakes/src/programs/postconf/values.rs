//! Finds which parameters exist, and their values. Knows nothing of what is shown.

mod client_files;
mod host;
pub(super) mod lookup;
pub(super) mod namespace;
pub(super) mod parameter_set;
pub(super) mod service_parameters;
mod tables;
