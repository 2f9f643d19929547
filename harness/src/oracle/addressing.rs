//! Reads the command line of postfix(1): which instance it addresses, or all of them (the IND clauses).

use postfix_fakes::bytes::ByteString;

use super::facts::Facts;
use super::unspecified::Unspecified;
use crate::invocation::Invocation;

/// What a command line of postfix(1) comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CommandLine {
    /// postfix(1) refuses its options.
    Refused,
    /// A command.
    Command {
        /// The configuration directory it is limited to, as it was spelled.
        only: Option<Vec<u8>>,
        /// The command and its arguments.
        arguments: Vec<ByteString>,
    },
}

/// Reads an invocation of postfix(1).
pub(super) fn read(facts: &Facts, invocation: &Invocation) -> Result<CommandLine, Unspecified> {
    let words: Vec<Vec<u8>> = invocation.arguments.iter().map(|word| facts.fill_in(&word.0)).collect();
    let Some((option, rest)) = options(&words) else { return Ok(CommandLine::Refused) };
    let arguments = rest.iter().map(|word| ByteString(word.clone())).collect();
    // IND-3: the option wins.
    let only = match (option, invocation.environment.get("MAIL_CONFIG")) {
        (Some(directory), _) => Some(directory),
        (None, Some(value)) => {
            let directory = facts.fill_in(&value.0);
            if !directory.starts_with(b"/") {
                return Err(Unspecified::new("a MAIL_CONFIG that is no absolute path"));
            }
            Some(directory)
        }
        (None, None) => None,
    };
    Ok(CommandLine::Command { only, arguments })
}

/// The directory of the last `-c`, and the words after the options.
type Options<'a> = (Option<Vec<u8>>, &'a [Vec<u8>]);

/// Reads options as getopt(3) does; nothing if postfix(1) refuses them.
fn options(words: &[Vec<u8>]) -> Option<Options<'_>> {
    let mut directory = None;
    let mut rest = words;
    while let Some((word, after)) = rest.split_first() {
        if word.len() < 2 || word[0] != b'-' {
            break;
        }
        rest = after;
        if word == b"--" {
            break;
        }
        let mut letters = &word[1..];
        while let Some((letter, more)) = letters.split_first() {
            letters = more;
            match letter {
                b'v' | b'D' => {}
                b'c' => {
                    let value = if more.is_empty() {
                        let (value, after) = rest.split_first()?;
                        rest = after;
                        value.clone()
                    } else {
                        more.to_vec()
                    };
                    if !value.starts_with(b"/") {
                        return None;
                    }
                    directory = Some(value);
                    letters = &[];
                }
                _ => return None,
            }
        }
    }
    Some((directory, rest))
}

#[cfg(test)]
mod tests {
    use super::options;

    fn read(words: &[&str]) -> Option<(Option<String>, Vec<String>)> {
        let words: Vec<Vec<u8>> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
        let text = |bytes: &Vec<u8>| String::from_utf8(bytes.clone()).unwrap();
        options(&words)
            .map(|(directory, rest)| (directory.as_ref().map(text), rest.iter().map(text).collect()))
    }

    #[test]
    fn options_end_where_posix_says() {
        let found = |directory: Option<&str>, rest: &[&str]| {
            Some((directory.map(str::to_owned), rest.iter().map(|word| (*word).to_owned()).collect()))
        };
        assert_eq!(read(&["start", "-c", "/a"]), found(None, &["start", "-c", "/a"]));
        assert_eq!(read(&["-c", "/a", "-c/b", "stop"]), found(Some("/b"), &["stop"]));
        assert_eq!(read(&["-vc", "/a", "--", "-x"]), found(Some("/a"), &["-x"]));
        assert_eq!(read(&["-vDc/a"]), found(Some("/a"), &[]));
        assert_eq!(read(&["-", "x"]), found(None, &["-", "x"]));
        assert_eq!(read(&["", "x"]), found(None, &["", "x"]));
    }

    #[test]
    fn wrong_options_are_refused() {
        for words in [&["-c"][..], &["-c", "relative"], &["-x", "start"], &["-c", "", "start"]] {
            assert_eq!(read(words), None, "{words:?}");
        }
    }
}
