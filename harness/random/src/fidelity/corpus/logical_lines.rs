//! Splits a configuration file into its logical lines, with their continuations.

/// The logical lines of a text, each with its end and with the comments inside of it. Comments and empty lines between
/// logical lines are lines of their own. Together they are the text.
pub(super) fn logical_lines(text: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = Vec::new();
    let (mut start, mut end) = (0, 0);
    // Where comments begin that belong to the logical line before them if a continuation follows.
    let mut between: Vec<&[u8]> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let next = at + line.len();
        if is_nothing(line) {
            between.push(line);
        } else if line[0].is_ascii_whitespace() && end > start {
            between.clear();
            end = next;
        } else {
            lines.extend((end > start).then(|| &text[start..end]));
            lines.append(&mut between);
            (start, end) = (at, next);
        }
        at = next;
    }
    lines.extend((end > start).then(|| &text[start..end]));
    lines.append(&mut between);
    lines
}

/// Whether a line is empty or a comment.
pub(super) fn is_nothing(line: &[u8]) -> bool {
    matches!(line.trim_ascii_start().first(), None | Some(b'#'))
}

/// The text of a logical line without comments, as one line.
pub(super) fn joined(line: &[u8]) -> Vec<u8> {
    let lines = line.split(|byte| *byte == b'\n').filter(|line| !is_nothing(line));
    lines.collect::<Vec<_>>().join(&b' ')
}

#[cfg(test)]
mod tests {
    use super::{joined, logical_lines};

    #[test]
    fn a_continuation_belongs_to_its_line_with_the_comments_before_it() {
        let text = b"# c\n\na = 1\n# inside\n  2\n# after\nb\n";
        let lines = logical_lines(text);
        assert_eq!(lines, [&b"# c\n"[..], b"\n", b"a = 1\n# inside\n  2\n", b"# after\n", b"b\n"]);
        assert_eq!(joined(lines[2]), b"a = 1   2");
        assert_eq!(logical_lines(b"  x\n  y").concat(), b"  x\n  y");
        assert_eq!(logical_lines(b""), [&b""[..]; 0]);
    }
}
