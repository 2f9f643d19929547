//! Finds which parameters exist, and their values. Knows nothing of what is shown.

pub(super) mod call;
mod client_files;
pub(super) mod collection;
mod host;
pub(super) mod lookup;
mod namespace;
pub(super) mod parameter_set;
pub(super) mod service_parameters;
pub(super) mod service_settings;
mod tables;
