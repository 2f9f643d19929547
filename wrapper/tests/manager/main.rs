//! The program as a whole, run against small shell stand-ins for Postfix's own commands.
//!
//! Knows nothing of the program's inside.

// All of this is test code, though not every function is marked so.
#![allow(clippy::unwrap_used)]

mod arguments;
mod bounds;
#[path = "../calls/mod.rs"]
mod calls;
mod completions;
mod damage;
mod fast;
#[path = "../fifo/mod.rs"]
mod fifo;
mod killed;
#[path = "../masters/mod.rs"]
mod masters;
mod messages;
mod observed;
mod order;
mod parallel;
mod signals;
mod streams;
mod timeout;
#[path = "../unfit/mod.rs"]
mod unfit;
mod world;
