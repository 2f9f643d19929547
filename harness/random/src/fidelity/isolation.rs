//! Keeps what is measured away from the host: its networks, and files that it could change.

pub(super) mod own_network;
pub(super) mod readonly_sandbox;
