//! Edits main.cf and master.cf.

pub(super) mod main_cf;
pub(super) mod master_cf;
mod replacement;

use super::request::options::Edit;
use crate::protocol::fault::EditFault;
use crate::protocol::version::PostfixVersion;

/// A request to edit a configuration file.
pub(super) struct EditRequest<'a> {
    pub(super) directory: &'a [u8],
    pub(super) version: PostfixVersion,
    pub(super) kind: Edit,
    /// What keeps the edit from its end.
    pub(super) fault: Option<EditFault>,
    /// `name=value`, or names only.
    pub(super) words: &'a [Vec<u8>],
}
