//! Draws multi-instance systems and commands at random, and measures with them.
//! It compares the simulated Postfix with the installed one ([`fidelity`]), and our multi-instance tool with
//! postmulti(1) ([`differential`]). The oracle judges the cases that [`generate`] draws. The suite is built without
//! this crate unless it is asked to measure.

mod accepted_file;
pub mod differential;
pub mod fidelity;
pub mod generate;
mod seeded_draw;

use std::ffi::{OsStr, OsString};

/// Does the job of the program called `name`, if it is one that a measure needs in its worlds: a further one to those of
/// [`postfix_harness::run_program`].
pub fn run_program(name: &OsStr, arguments: &[OsString]) -> Option<u8> {
    (name == differential::running::NAME).then(|| differential::running::run(arguments))
}
