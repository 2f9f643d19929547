//! The fakes as programs of a world: what they record, how they carry out faults, and what they do.

#![allow(
    clippy::format_collect,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests fail by panicking, say what they skip, and count no allocations"
)]

mod commands;
mod faults;
mod instances;
mod origins;
mod privileges;
mod record;
mod refusals;
mod releases;
mod series;
mod simulated;
