//! Reads the services of master.cf, and selects them. Knows nothing of parameters, nor of what is done with services.

pub(super) mod pattern;
pub(super) mod service;
