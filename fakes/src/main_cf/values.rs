//! Taking values apart: lists. Knows nothing of parameters.

/// What separates words: blank, tab, carriage return, newline.
pub const SPACE: &[u8] = b" \t\r\n";

/// What separates the members of a list.
pub const COMMA_SPACE: &[u8] = b", \t\r\n";

/// White space as C's `isspace` has it.
pub fn is_space(byte: u8) -> bool {
    byte == b' ' || (b'\t'..=b'\r').contains(&byte)
}

/// The words of a text between any number of separators.
pub fn split<'t>(text: &'t [u8], separators: &[u8]) -> Vec<&'t [u8]> {
    text.split(|byte| separators.contains(byte)).filter(|word| !word.is_empty()).collect()
}

/// The words of a text, where separators within balanced braces do not count. A word that is one braced
/// group loses its braces and the white space inside them.
///
/// # Errors
/// When a word that begins with a brace does not end where that brace is closed; in Postfix's words.
pub fn split_braced(text: &[u8]) -> Result<Vec<Vec<u8>>, Vec<u8>> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.iter().position(|byte| !COMMA_SPACE.contains(byte)) {
        let length = word_length(&rest[start..]);
        let word = &rest[start..start + length];
        words.push(if word.first() == Some(&b'{') { inside(word)? } else { word.to_vec() });
        rest = &rest[start + length..];
    }
    Ok(words)
}

fn word_length(text: &[u8]) -> usize {
    let mut level = 0_usize;
    for (index, byte) in text.iter().enumerate() {
        match byte {
            b'{' => level += 1,
            b'}' if level > 0 => level -= 1,
            byte if level == 0 && COMMA_SPACE.contains(byte) => return index,
            _ => {}
        }
    }
    text.len()
}

fn inside(word: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    let mut level = 0_usize;
    for (index, byte) in word.iter().enumerate() {
        match byte {
            b'{' => level += 1,
            b'}' => level -= 1,
            _ => {}
        }
        if level == 0 {
            return if index + 1 == word.len() {
                Ok(super::lines::trim_end(super::lines::trim_start(&word[1..index])).to_vec())
            } else {
                Err([b"syntax error after '}' in \"", word, b"\""].concat())
            };
        }
    }
    Err([b"missing '}' in \"", word, b"\""].concat())
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
