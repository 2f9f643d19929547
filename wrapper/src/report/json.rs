//! Writes strings of JSON.

use std::fmt::Write as _;

use crate::os::printable::printable_bytes;

/// A string of JSON for any bytes. A text in UTF-8 stays as it is. What is none is shown as in messages, and so is a
/// text that looks like that, so that no two values look the same.
pub(crate) fn quoted(value: &[u8]) -> String {
    match std::str::from_utf8(value) {
        Ok(value) if !has_octal_digits(value.as_bytes()) => quoted_text(value),
        _ => quoted_text(&printable_bytes(value)),
    }
}

/// Whether a backslash and three octal digits are in a value.
fn has_octal_digits(value: &[u8]) -> bool {
    let is_octal = |byte: &u8| (b'0'..=b'7').contains(byte);
    value.windows(4).any(|four| four[0] == b'\\' && four[1..].iter().all(is_octal))
}

/// A string of JSON for a text.
pub(crate) fn quoted_text(value: &str) -> String {
    let mut text = String::from("\"");
    for letter in value.chars() {
        match letter {
            '"' | '\\' => text.extend(['\\', letter]),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            // Writing to a string cannot fail.
            _ if letter.is_ascii_control() => drop(write!(text, "\\u{:04X}", u32::from(letter))),
            _ => text.push(letter),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn parsed(value: &[u8]) -> Result<String, String> {
        let text = quoted(value);
        serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))
    }

    #[test]
    fn what_would_break_a_string_of_json_is_protected_and_no_more() {
        let text = quoted("\u{8}\u{c}\n\r\t\u{1}\u{7f}ü/a\\b\"".as_bytes());
        assert_eq!(text, "\"\\b\\f\\n\\r\\t\\u0001\\u007Fü/a\\\\b\\\"\"");
    }

    #[test]
    fn what_is_no_text_is_shown_as_in_messages() {
        for (value, shown) in [
            (&b"caf\xe9"[..], r"caf\351"),
            (b"\xc3\xbc\xff\\", r"\303\274\377\134"),
            ("ü".as_bytes(), "ü"),
            (br"a\b\12", r"a\b\12"),
            (br"caf\351", r"caf\134351"),
        ] {
            assert_eq!(parsed(value).unwrap(), shown);
        }
    }

    fn drawn() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![any::<u8>(), Just(b'\\'), b'0'..=b'7', Just(0xc3), Just(0xa9), Just(b'"')];
        proptest::collection::vec(byte, 0..12)
    }

    proptest! {
        #[test]
        fn a_parser_takes_whatever_it_is(value in drawn()) {
            let shown = parsed(&value).map_err(TestCaseError::fail)?;
            match std::str::from_utf8(&value) {
                Ok(text) if !value.contains(&b'\\') => prop_assert_eq!(shown, text),
                _ => {}
            }
        }

        #[test]
        fn values_are_told_apart(values in proptest::collection::vec(drawn(), 2..40)) {
            let mut seen = HashMap::new();
            // As text, each looks like one that is none.
            let looks = values.iter().map(|value| printable_bytes(value).into_bytes());
            for value in values.iter().cloned().chain(looks) {
                let shown = parsed(&value).map_err(TestCaseError::fail)?;
                prop_assert_eq!(seen.entry(shown).or_insert_with(|| value.clone()), &value);
            }
        }

        #[test]
        fn a_text_is_what_it_was(text in "\\PC*|[\\x00-\\x7f]*") {
            prop_assert_eq!(serde_json::from_str::<String>(&quoted_text(&text)).unwrap(), text);
        }
    }
}
