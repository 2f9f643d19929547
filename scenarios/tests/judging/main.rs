//! Tests how managers are judged: on each testbed, in each order of instances, in parts; and what is left afterwards.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod container;
mod ordering;
mod own_manager;
mod sharding;
#[path = "../suite/mod.rs"]
mod suite;
