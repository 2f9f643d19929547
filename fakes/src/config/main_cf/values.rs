//! Splits values into the words of a list.

/// What separates words: blank, tab, carriage return, newline.
pub const SPACE: &[u8] = b" \t\r\n";

/// What separates the members of a list.
pub const COMMA_SPACE: &[u8] = b", \t\r\n";

/// White space as C's `isspace` has it.
pub fn is_space(byte: u8) -> bool {
    byte == b' ' || (b'\t'..=b'\r').contains(&byte)
}

/// The text before the first byte like this, and from there on.
pub(super) fn split_where(text: &[u8], mut is_end: impl FnMut(u8) -> bool) -> (&[u8], &[u8]) {
    text.split_at(text.iter().position(|byte| is_end(*byte)).unwrap_or(text.len()))
}

/// The text without white space before it.
pub(crate) fn trim_start(text: &[u8]) -> &[u8] {
    split_where(text, |byte| !is_space(byte)).1
}

/// The text without white space after it.
pub(crate) fn trim_end(text: &[u8]) -> &[u8] {
    &text[..text.iter().rposition(|byte| !is_space(*byte)).map_or(0, |last| last + 1)]
}

/// The words of a text between any number of separators.
pub fn split<'t>(text: &'t [u8], separators: &[u8]) -> Vec<&'t [u8]> {
    text.split(|byte| separators.contains(byte)).filter(|word| !word.is_empty()).collect()
}

/// The words of a text. Separators within balanced braces do not count. A word that is one braced
/// group loses its braces and the white space inside them.
///
/// # Errors
/// If a word begins with a brace but does not end with its closing brace; in Postfix's words.
pub fn split_braced(text: &[u8]) -> Result<Vec<Vec<u8>>, Vec<u8>> {
    let unbraced = |word: &[u8]| match braced(word) {
        _ if word.first() != Some(&b'{') => Ok(word.to_vec()),
        (_, Some(complaint)) => Err(complaint),
        (inner, None) => Ok(trim_end(trim_start(inner)).to_vec()),
    };
    let mut rest = text;
    let words = std::iter::from_fn(|| {
        let (word, after) = next_word(rest, COMMA_SPACE)?;
        rest = after;
        Some(word)
    });
    words.map(unbraced).collect()
}

/// The first word, and what comes after the separator that ends it. Separators within balanced braces do not count.
pub(crate) fn next_word<'t>(text: &'t [u8], separators: &[u8]) -> Option<(&'t [u8], &'t [u8])> {
    let start = text.iter().position(|byte| !separators.contains(byte))?;
    let mut level = 0_usize;
    let (word, after) = split_where(&text[start..], |byte| {
        match byte {
            b'{' => level += 1,
            b'}' => level = level.saturating_sub(1),
            _ => {}
        }
        level == 0 && separators.contains(&byte)
    });
    Some((word, after.get(1..).unwrap_or_default()))
}

/// What is inside the brace that a word begins with, and Postfix's complaint if the word does not end with
/// the brace that closes it.
pub(crate) fn braced(word: &[u8]) -> (&[u8], Option<Vec<u8>>) {
    let end = closing(word, b'{', b'}');
    let inner = word.get(1..end.unwrap_or(word.len())).unwrap_or_default();
    let complaint: &[u8] = match end {
        Some(end) if end + 1 == word.len() => return (inner, None),
        Some(_) => b"syntax error after '}' in \"",
        None => b"missing '}' in \"",
    };
    (inner, Some([complaint, word, b"\""].concat()))
}

/// Where the bracket is closed that a text begins with.
pub(super) fn closing(text: &[u8], open: u8, close: u8) -> Option<usize> {
    let mut level = 0_usize;
    text.iter().position(|byte| {
        if *byte == open {
            level += 1;
        } else if *byte == close {
            level = level.saturating_sub(1);
        }
        level == 0
    })
}

#[cfg(test)]
mod tests {
    use super::{COMMA_SPACE, split, split_braced};

    #[test]
    fn separators_count_in_any_number() {
        assert_eq!(split(b",, a\t,b\n", COMMA_SPACE), [b"a", b"b"]);
        assert!(split(b" , ,", COMMA_SPACE).is_empty());
    }

    #[test]
    fn braces_hold_a_word_together() {
        assert_eq!(
            split_braced(b"A { B = 1, 2 } C={x y}").unwrap(),
            [b"A".to_vec(), b"B = 1, 2".to_vec(), b"C={x y}".to_vec()]
        );
        assert_eq!(split_braced(b"{A}b").unwrap_err(), b"syntax error after '}' in \"{A}b\"");
        assert_eq!(split_braced(b"{A").unwrap_err(), b"missing '}' in \"{A\"");
    }
}
