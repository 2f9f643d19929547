//! `run --generate N`: judges drawn cases in place of the written ones, and prints what fails as a case file. Knows
//! nothing of what is drawn, nor of what must come of it; those are the harness's.

mod claims;
pub mod drawn;
pub mod error;
pub mod options;
pub mod progress;
pub mod sampling;
pub mod session;
pub mod shrunk;
pub mod tally;
