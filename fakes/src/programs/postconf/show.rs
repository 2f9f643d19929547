//! Prints parameters, services and abilities, and warnings about settings. Changes no file.

pub(super) mod advice;
pub(super) mod entry;
pub(super) mod map_types;
pub(super) mod parameters;
pub(super) mod services;
pub(super) mod tls_support;
