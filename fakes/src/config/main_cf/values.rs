//! Splits values into the words of a list.

/// What separates words: blank, tab, carriage return, newline.
pub const SPACE: &[u8] = b" \t\r\n";

/// What separates the members of a list.
pub const COMMA_SPACE: &[u8] = b", \t\r\n";

/// White space as C's `isspace` has it.
pub fn is_space(byte: u8) -> bool {
    byte == b' ' || (b'\t'..=b'\r').contains(&byte)
}

/// The text without white space before it.
pub(crate) fn trim_start(text: &[u8]) -> &[u8] {
    &text[text.iter().position(|byte| !is_space(*byte)).unwrap_or(text.len())..]
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
    words_with_braces(text).into_iter().map(unbraced).collect()
}

/// The words of a text. Separators within balanced braces do not count.
fn words_with_braces(text: &[u8]) -> Vec<&[u8]> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some((word, after)) = next_word(rest) {
        words.push(word);
        rest = after;
    }
    words
}

/// The first word, and what comes after the separator that ends it. Separators within balanced braces do not count.
pub(crate) fn next_word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    next_word_between(text, COMMA_SPACE)
}

/// The first word between separators of one's own, as [`next_word`] finds it.
pub(crate) fn next_word_between<'t>(text: &'t [u8], separators: &[u8]) -> Option<(&'t [u8], &'t [u8])> {
    let start = text.iter().position(|byte| !separators.contains(byte))?;
    let (word, after) = text[start..].split_at(word_length(&text[start..], separators));
    Some((word, after.get(1..).unwrap_or_default()))
}

fn word_length(text: &[u8], separators: &[u8]) -> usize {
    let mut level = 0_usize;
    for (index, byte) in text.iter().enumerate() {
        match byte {
            b'{' => level += 1,
            b'}' if level > 0 => level -= 1,
            byte if level == 0 && separators.contains(byte) => return index,
            _ => {}
        }
    }
    text.len()
}

/// What is inside the brace that a word begins with, and Postfix's complaint if the word does not end with
/// the brace that closes it.
pub(crate) fn braced(word: &[u8]) -> (&[u8], Option<Vec<u8>>) {
    let mut level = 0_usize;
    for (index, byte) in word.iter().enumerate() {
        match byte {
            b'{' => level += 1,
            b'}' => level = level.saturating_sub(1),
            _ => {}
        }
        if level == 0 {
            let complaint = [b"syntax error after '}' in \"", word, b"\""].concat();
            let inner = word.get(1..index).unwrap_or_default();
            return (inner, (index + 1 < word.len()).then_some(complaint));
        }
    }
    (word.get(1..).unwrap_or_default(), Some([b"missing '}' in \"", word, b"\""].concat()))
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
