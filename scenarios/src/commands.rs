//! The commands of postfix-conformance, a file for each, with its options.

pub mod compare;
pub mod coverage;
pub mod error;
pub mod explain;
pub mod export;
pub mod failure_list;
pub mod list;
#[cfg(feature = "measures")]
pub mod measures;
pub mod new_case;
pub mod options;
pub mod replay;
pub mod report;
pub mod run;
pub mod selection_options;
pub mod self_test;
pub mod setup;
pub mod work_directory;
