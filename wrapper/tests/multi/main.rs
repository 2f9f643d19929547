//! The front end as a whole, run against small shell fakes for Postfix's own commands.
//!
//! Knows nothing of the program's inside.

// All of this is test code, though not every function is marked so.
#![allow(clippy::unwrap_used)]

mod bounds;
#[path = "../shared/calls.rs"]
mod calls;
mod check;
mod commands;
mod damage;
#[path = "../shared/fifo.rs"]
mod fifo;
mod foreground;
mod life_cycle;
mod listing;
mod management;
mod manager;
#[path = "../shared/masters.rs"]
mod masters;
mod monitoring;
mod running;
#[path = "../shared/unfit.rs"]
mod unfit;
mod unheard;
mod usage;
mod which;
mod world;
