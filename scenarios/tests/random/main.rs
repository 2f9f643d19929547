//! Tests what is generated at random: cases, whole systems, and sequences of commands.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod differential;
mod drawn;
mod generated;
#[path = "../suite/mod.rs"]
mod suite;
