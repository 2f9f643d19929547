//! The formats that this crate shares with the harness: worlds, journals and faults. Uses no other room.

pub mod account_files;
pub mod bytes;
pub mod fault;
pub(crate) mod features;
pub mod journal;
pub mod regular;
pub mod relative_path;
pub mod releases;
pub mod version;
pub mod world;
