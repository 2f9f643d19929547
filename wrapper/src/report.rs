//! Prints the plan, the results and the failures of a run. Knows nothing of how commands are run.

pub(crate) mod columns;
pub(crate) mod failure_summary;
pub(crate) mod in_use;
pub(crate) mod json;
pub(crate) mod mail_log;
pub(crate) mod plan_table;
pub(crate) mod run_summary;
pub(crate) mod unreadable_files;
