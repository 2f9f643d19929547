//! What this crate shares with the harness: the formats of a world, its journal and its faults. Uses no other room.

pub mod bytes;
pub mod fault;
pub mod journal;
pub mod regular;
pub mod version;
pub mod world;
