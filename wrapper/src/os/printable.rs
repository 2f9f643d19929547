//! Makes names and values printable: on one line, harmless to a terminal.
//!
//! Knows nothing of where the text is shown.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

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

/// A word of a command that a reader can run: in quotes if a shell would not take it as it is. If some bytes cannot be
/// shown, it is in the quotes of bash and other shells that understand `\` and octal digits.
pub(crate) fn shell_word(word: impl AsRef<OsStr>) -> String {
    let bytes = word.as_ref().as_encoded_bytes();
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(byte);
    let is_shown = |byte: &u8| (b' '..=b'~').contains(byte);
    if !bytes.is_empty() && bytes.iter().all(is_plain) {
        printable_bytes(bytes)
    } else if bytes.iter().all(is_shown) {
        format!("'{}'", String::from_utf8_lossy(bytes).replace('\'', "'\\''"))
    } else {
        format!("$'{}'", printable_bytes(bytes).replace('\'', "\\047"))
    }
}

/// A word of a command for postconf(1) that gives a parameter this value, as it is: nothing in it is a reference.
pub(crate) fn setting(parameter: &str, value: impl AsRef<OsStr>) -> String {
    let mut written = Vec::new();
    for byte in value.as_ref().as_encoded_bytes() {
        written.extend_from_slice(if *byte == b'$' { b"$$" } else { std::slice::from_ref(byte) });
    }
    format!("{parameter}={}", shell_word(OsStr::from_bytes(&written)))
}

/// What the system says of an error, without its number.
pub(crate) fn error_text(error: &io::Error) -> String {
    let text = error.to_string();
    let number = error.raw_os_error().map(|number| format!(" (os error {number})")).unwrap_or_default();
    text.strip_suffix(&number).unwrap_or(&text).to_owned()
}

/// The command that lets somebody edit a file.
pub(crate) fn edit(file: &Path) -> String {
    format!("${{EDITOR:-vi}} {}", shell_word(file))
}

/// A value as a message shows it: like a name, but not more than the beginning of it.
pub(crate) fn value(bytes: &[u8]) -> String {
    match bytes.len().checked_sub(LONGEST_VALUE) {
        None | Some(0) => printable_bytes(bytes),
        Some(more) => format!("{} [... {more} bytes more]", printable_bytes(&bytes[..LONGEST_VALUE])),
    }
}

/// For tests of the commands in messages.
#[cfg(test)]
pub(crate) mod commands {
    use std::ffi::{OsStr, OsString};
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    use std::path::{Path, PathBuf};

    use proptest::prelude::*;

    /// A path that no shell changes.
    const PLAIN: &str = "/plain/place";

    /// Absolute paths with what is special to a shell, to main.cf or to a terminal.
    pub(crate) fn drawn_path() -> impl Strategy<Value = PathBuf> {
        let special = prop::sample::select(b" '\"$`\\\n\t\xff\x80*?!~;&|<>(){}[]#%=-a".to_vec());
        let name = prop::collection::vec(prop_oneof![4 => special, 1 => 1_u8..b'/', 1 => b'0'..], 1..12);
        name.prop_map(|name| PathBuf::from(OsString::from_vec([b"/drawn", &name[..]].concat())))
    }

    /// Whether a message has the same commands for a path as for one that no shell changes. They are in quotes there.
    pub(crate) fn hold(text_about: impl Fn(&Path) -> String, path: &Path) -> Result<(), TestCaseError> {
        let (plain, text) = (text_about(Path::new(PLAIN)), text_about(path));
        let commands: Vec<&str> =
            plain.split('"').skip(1).step_by(2).filter(|command| command.contains(PLAIN)).collect();
        prop_assert!(!commands.is_empty(), "{}", plain);
        for command in commands {
            let expected = for_path(command, path);
            prop_assert!(text.contains(&format!("\"{expected}\"")), "{} in {}", expected, text);
        }
        Ok(())
    }

    /// The command for a path, made from the one for the plain path.
    pub(crate) fn for_path(command: &str, path: &Path) -> String {
        let is_edit = command.starts_with("postconf");
        let word = |word: &str| {
            let Some((before, after)) = word.split_once(PLAIN) else { return word.to_owned() };
            let (parameter, front) = before.rsplit_once('=').unwrap_or(("", before));
            let place = [front.as_bytes(), path.as_os_str().as_bytes(), after.as_bytes()].concat();
            match parameter {
                "" => super::shell_word(OsStr::from_bytes(&place)),
                name if is_edit => super::setting(name, OsStr::from_bytes(&place)),
                name => format!("{name}={}", super::shell_word(OsStr::from_bytes(&place))),
            }
        };
        command.split(' ').map(word).collect::<Vec<_>>().join(" ")
    }

    /// The path that [`for_path`] replaces.
    pub(crate) fn plain() -> &'static Path {
        Path::new(PLAIN)
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
        for (word, shown) in [
            ("", "''"),
            ("a b", "'a b'"),
            ("$x", "'$x'"),
            ("it's", "'it'\\''s'"),
            ("*", "'*'"),
            ("a\\", "'a\\'"),
        ] {
            assert_eq!(shell_word(word), shown);
        }
        assert_eq!(shell_word(OsStr::from_bytes(b"it's\n\xff\\")), "$'it\\047s\\012\\377\\134'");
    }

    #[test]
    fn an_error_is_told_without_its_number() {
        assert_eq!(error_text(&io::Error::from_raw_os_error(2)), "No such file or directory");
        assert_eq!(error_text(&io::Error::other("it is (so)")), "it is (so)");
    }

    #[test]
    fn of_a_long_value_the_beginning_is_shown() {
        assert_eq!(value(&[b'x'; LONGEST_VALUE]), "x".repeat(LONGEST_VALUE));
        let shown = value(&vec![b'x'; 12_000_000]);
        assert_eq!(shown, format!("{} [... 11999900 bytes more]", "x".repeat(LONGEST_VALUE)));
    }

    /// What a shell makes of a word.
    fn read_by_bash(word: &str) -> Vec<u8> {
        let mut shell = std::process::Command::new("bash");
        shell.args(["-c", &format!("printf %s {word}")]).output().unwrap().stdout
    }

    proptest! {
        #[test]
        fn a_shell_reads_a_word_as_it_was(path in commands::drawn_path()) {
            let bytes = path.as_os_str().as_bytes();
            prop_assert_eq!(read_by_bash(&shell_word(&path)), bytes);
            let value = String::from_utf8_lossy(&read_by_bash(&setting("x", &path))).into_owned();
            prop_assert_eq!(value, format!("x={}", String::from_utf8_lossy(bytes).replace('$', "$$")));
        }

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
