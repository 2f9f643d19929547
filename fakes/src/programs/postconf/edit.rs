//! Edits main.cf and master.cf.

pub(super) mod main_cf;
pub(super) mod master_cf;
mod replacement;
