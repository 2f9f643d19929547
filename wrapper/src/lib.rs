//! Contains a multi-instance manager for Postfix, and a front end for people.
//! There are two programs: [`run`] is the manager, which postfix(1) runs in place of its own script; [`multi::run`]
//! is `postfix-multi`.
//!
//! The rooms, each of which may use only those named before it:
//!
//! - `os`: signals, processes, streams and files.
//! - `postfix`: what Postfix's files and programs say.
//! - `plan`: which instance gets which command, and in which order.
//! - `run`: carries out a plan.
//! - `report`: what is printed about a run.
//! - `cli`: the command line.
//! - `manager`: the whole manager.
//! - `multi`: the front end.

mod cli;
#[cfg(any(test, fuzzing))]
pub mod fuzzed;
mod manager;
pub mod multi;
mod os;
mod plan;
mod postfix;
mod report;
mod run;

pub use manager::run;
