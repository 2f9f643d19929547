//! Edits main.cf and master.cf.

pub(super) mod edit_request;
mod entries;
pub(super) mod main_cf;
pub(super) mod master_cf;
mod replacement;
