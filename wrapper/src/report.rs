//! What is printed about a run. Knows nothing of how it is carried out.

pub(crate) mod columns;
pub(crate) mod failure_summary;
pub(crate) mod in_use;
pub(crate) mod json;
pub(crate) mod mail_log;
pub(crate) mod plan_table;
pub(crate) mod run_summary;
pub(crate) mod unreadable_master_cf;
