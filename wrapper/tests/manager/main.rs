//! The program as a whole, run against small shell fakes for Postfix's own commands.
//!
//! Knows nothing of the program's inside.

// All of this is test code, though not every function is marked so.
#![allow(clippy::unwrap_used)]

mod arguments;
mod bounds;
#[path = "../shared/calls.rs"]
mod calls;
mod completions;
mod damage;
mod fast;
#[path = "../shared/fifo.rs"]
mod fifo;
mod killed;
#[path = "../shared/masters.rs"]
mod masters;
mod messages;
mod observed;
mod order;
mod parallel;
mod signals;
mod streams;
mod timeout;
#[path = "../shared/unfit.rs"]
mod unfit;
mod world;
