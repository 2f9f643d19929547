//! `run --generate N`: judges generated cases instead of the written ones.
//! It prints each failure as a case file. The harness draws the cases, and its oracle says which results they must
//! have.

mod claims;
pub mod drawn;
pub mod error;
pub mod sample;
pub mod sampling;
pub mod session;
pub mod shrunk;
pub mod tally;
