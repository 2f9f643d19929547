//! Tests that the simulated postconf(1) does what the installed one does.
//! Both get the same main.cf and the same arguments. They must give the same output, messages and status, byte for
//! byte.
//!
//! Real postconf reports unused and undefined parameters in random order, so lines of standard error are
//! compared sorted. If no Postfix 3.7 is installed, the tests say that they were skipped.

#![allow(
    clippy::format_collect,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests fail by panicking, say what they skip, and count no allocations"
)]

mod abilities;
mod bounds;
mod known;
mod pair;
mod services;
