//! The commands that draw at random. Only a suite with the feature `measures` has them.

pub mod differential;
pub mod fidelity;
pub mod generate;
