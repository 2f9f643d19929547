//! The commands of postfix-conformance, a file for each, with its options.

pub mod compare;
pub mod coverage;
pub mod differential;
pub mod error;
pub mod explain;
pub mod fidelity;
pub mod generate;
pub mod replay;
pub mod report;
pub mod requirement;
pub mod run;
pub mod self_test;
pub mod setup;
pub mod sharding;
pub mod work_directory;
