//! Describes a request to edit a configuration file, and checks its words.

use crate::config::main_cf::trim_start;
use crate::programs::postconf::request::options::Edit;
use crate::programs::postconf::request::stop::Stop;
use crate::protocol::fault::EditFault;
use crate::protocol::version::PostfixVersion;

/// A request to edit a configuration file.
pub(crate) struct EditRequest<'a> {
    pub(crate) directory: &'a [u8],
    pub(crate) version: PostfixVersion,
    pub(crate) kind: Edit,
    /// What keeps the edit from its end.
    pub(crate) fault: Option<EditFault>,
    /// `name=value`, or names only.
    pub(crate) words: &'a [Vec<u8>],
}

/// A word without the white space before it. `accept` is how a message begins of what is refused.
pub(super) fn understood<'w>(word: &'w [u8], accept: &str) -> Result<&'w [u8], Stop> {
    let text = trim_start(word);
    let what = if word.contains(&b'\n') {
        "multi-line"
    } else if text.first() == Some(&b'#') {
        "comment"
    } else {
        return Ok(text);
    };
    Err(Stop::Fatal(format!("{accept} no {what} input").into()))
}
