//! The commands of postfix-conformance, a file for each, with its options.

pub mod compare;
pub(crate) mod count;
pub mod counted_levels;
pub mod coverage;
#[cfg(feature = "measures")]
pub mod differential;
pub mod error;
pub mod explain;
pub mod export;
pub mod failure_list;
#[cfg(feature = "measures")]
pub mod fidelity;
#[cfg(feature = "measures")]
pub mod generate;
pub mod list;
pub mod measure_options;
pub mod new_case;
pub mod replay;
pub mod report;
pub mod requirement;
pub mod run;
pub mod selection_options;
pub mod self_test;
pub mod setup;
pub mod sharding;
pub mod work_directory;
