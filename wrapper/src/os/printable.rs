//! Makes names and values printable: on one line, harmless to a terminal.
//!
//! Knows nothing of where the text is shown.

use std::ffi::OsStr;
use std::fmt::Write as _;

/// How many bytes of a value are shown.
const LONGEST_VALUE: usize = 100;

/// A name as a message shows it: plain ASCII as it is, any other byte and the backslash as `\` and its three
/// octal digits, so that a message is one line, harmless to a terminal, and still tells names apart.
pub(crate) fn printable(name: impl AsRef<OsStr>) -> String {
    printable_bytes(name.as_ref().as_encoded_bytes())
}

/// The same for text that is known as bytes.
pub(crate) fn printable_bytes(bytes: &[u8]) -> String {
    let mut shown = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b' '..=b'~' if byte != b'\\' => shown.push(char::from(byte)),
            // Writing to a string cannot fail.
            _ => drop(write!(shown, "\\{byte:03o}")),
        }
    }
    shown
}

/// A word of a command as a message shows it, in quotes if a shell would not take it as it is.
pub(crate) fn shell_word(word: impl AsRef<OsStr>) -> String {
    let shown = printable(word);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(&byte);
    if !shown.is_empty() && shown.bytes().all(is_plain) {
        shown
    } else {
        format!("'{}'", shown.replace('\'', "'\\''"))
    }
}

/// A value as a message shows it: like a name, but not more than the beginning of it.
pub(crate) fn value(bytes: &[u8]) -> String {
    match bytes.len().checked_sub(LONGEST_VALUE) {
        None | Some(0) => printable_bytes(bytes),
        Some(more) => format!("{} [... {more} bytes more]", printable_bytes(&bytes[..LONGEST_VALUE])),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_text_stays_and_the_rest_shows_its_bytes() {
        assert_eq!(printable("/etc/postfix-a \"b\""), "/etc/postfix-a \"b\"");
        assert_eq!(printable_bytes(b"a\n\x1b[\xff\\"), "a\\012\\033[\\377\\134");
    }

    #[test]
    fn a_word_is_quoted_if_a_shell_would_change_it() {
        for plain in ["/etc/postfix-a", "-e", "relayhost=a:25", "auto"] {
            assert_eq!(shell_word(plain), plain);
        }
        for (word, shown) in
            [("", "''"), ("a b", "'a b'"), ("$x", "'$x'"), ("it's", "'it'\\''s'"), ("*", "'*'")]
        {
            assert_eq!(shell_word(word), shown);
        }
    }

    #[test]
    fn of_a_long_value_the_beginning_is_shown() {
        assert_eq!(value(&[b'x'; LONGEST_VALUE]), "x".repeat(LONGEST_VALUE));
        let shown = value(&vec![b'x'; 12_000_000]);
        assert_eq!(shown, format!("{} [... 11999900 bytes more]", "x".repeat(LONGEST_VALUE)));
    }

    proptest! {
        #[test]
        fn different_names_look_different(one: Vec<u8>, other: Vec<u8>) {
            prop_assert_eq!(one == other, printable_bytes(&one) == printable_bytes(&other));
        }

        #[test]
        fn nothing_shown_can_confuse_a_terminal_or_a_log(bytes: Vec<u8>) {
            prop_assert!(printable_bytes(&bytes).bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        }
    }
}
