//! Tests the commands of postfix-conformance, from outside: what each prints, how it ends, and what it leaves.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod command_line;
mod interrupted;
mod killed;
mod others;
mod own_cases;
#[path = "../suite/mod.rs"]
mod suite;
mod tools;
