//! Edits main.cf and master.cf.

pub(super) mod main_cf;
pub(super) mod master_cf;
mod replacement;

use super::request::options::Edit;
use super::request::stop::Stop;
use crate::config::main_cf::{is_space, trim_start};
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

/// A word without the white space before it. `accept` is how a message begins of what is refused.
fn understood<'w>(word: &'w [u8], accept: &str) -> Result<&'w [u8], Stop> {
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

/// Adds a text, edited, to `edited`. `replacement` is asked what takes the place of the entry that a line begins; `None`
/// if the entry stays, with the lines that continue it. All other lines stay as they are.
fn edit_entries<E>(
    text: &[u8],
    kind: Edit,
    edited: &mut Vec<u8>,
    mut replacement: impl FnMut(usize, &[u8]) -> Result<Option<Vec<u8>>, E>,
) -> Result<(), E> {
    let mut concerned = false;
    for (index, line) in replacement::lines(text).enumerate() {
        let first = line.iter().position(|byte| !is_space(*byte)).filter(|first| line[*first] != b'#');
        if first == Some(0) {
            let replacement = replacement(index + 1, line)?;
            concerned = replacement.is_some();
            edited.extend(replacement.unwrap_or_default());
        }
        if first.is_none() || !concerned {
            edited.extend_from_slice(line);
        } else if kind == Edit::CommentOut {
            edited.push(b'#');
            edited.extend_from_slice(line);
        }
    }
    Ok(())
}
