//! Judges cases: runs their steps, compares, and counts the verdicts.

pub mod expected_failures;
pub mod interruption;
pub mod judge_case;
pub mod observation;
pub mod parallel;
pub mod repetition;
pub mod result;
pub mod truncated_bytes;
pub mod verdict;
