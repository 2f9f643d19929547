//! The front end as a whole, run against small shell stand-ins for Postfix's own commands.
//!
//! Knows nothing of the program's inside.

// All of this is test code, though not every function is marked so.
#![allow(clippy::unwrap_used)]

#[path = "../calls/mod.rs"]
mod calls;
mod check;
mod commands;
mod creation;
mod damage;
#[path = "../fifo/mod.rs"]
mod fifo;
mod killed;
mod life_cycle;
mod listing;
mod manager;
#[path = "../masters/mod.rs"]
mod masters;
#[path = "../../../harness/src/requirement.rs"]
mod requirement;
mod running;
mod usage;
mod which;
mod world;
