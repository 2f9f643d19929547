//! Walks through the entries of a configuration file, and puts others in their places.

use crate::config::main_cf::is_space;
use crate::programs::postconf::request::options::Edit;

/// Adds a text, edited, to `edited`. `replace` is asked what takes the place of the entry that a line begins; `None`
/// if the entry stays, with the lines that continue it. All other lines stay as they are.
pub(super) fn edit_entries<E>(
    text: &[u8],
    kind: Edit,
    edited: &mut Vec<u8>,
    mut replace: impl FnMut(usize, &[u8]) -> Result<Option<Vec<u8>>, E>,
) -> Result<(), E> {
    let mut concerned = false;
    for (index, line) in lines(text).enumerate() {
        let first = line.iter().position(|byte| !is_space(*byte)).filter(|first| line[*first] != b'#');
        if first == Some(0) {
            let replacement = replace(index + 1, line)?;
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

/// The lines of a text, each with its end. A line is a C string to Postfix: it, and its end, stop at a NUL.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n')
        .map(|line| line.split(|byte| *byte == 0).next().unwrap_or(line))
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn a_line_stops_at_a_nul() {
        assert_eq!(lines(b"a\0b\nc\n\0\n").collect::<Vec<_>>(), [&b"a"[..], b"c\n", b""]);
    }
}
