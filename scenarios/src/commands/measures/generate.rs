//! `run --generate N`: judges generated cases instead of the written ones, and prints each failure as a case file. The
//! harness draws them, and its oracle says what must come of them.

mod claims;
pub mod drawn;
pub mod error;
pub mod sample;
pub mod sampling;
pub mod session;
pub mod shrunk;
pub mod tally;
