//! Parses options as getopt(3) does, up to the first argument that is none, and says what is wrong with them.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use crate::runtime::standard_output::say;

/// A command line taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// The options in order, each with its value if it takes one.
    pub(crate) found: Vec<(u8, Vec<u8>)>,
    /// What getopt says about the first option that is wrong; nothing is taken apart after it.
    pub(crate) complaint: Option<Vec<u8>>,
    /// The letter of that option.
    pub(crate) wrong: Option<u8>,
    /// How many arguments the options took up.
    pub(crate) used: usize,
}

impl Options {
    /// Takes `arguments` apart by a getopt specification: a letter an option, a colon after it for a value.
    pub(crate) fn parse(specification: &str, arguments: &[OsString]) -> Self {
        let mut options = Self::default();
        while let Some(argument) = arguments.get(options.used) {
            let argument = argument.as_bytes();
            if argument == b"--" {
                options.used += 1;
                break;
            }
            let Some(letters) = argument.strip_prefix(b"-").filter(|letters| !letters.is_empty()) else {
                break;
            };
            options.used += 1;
            if !options.take(specification, letters, arguments) {
                break;
            }
        }
        options
    }

    fn take(&mut self, specification: &str, letters: &[u8], arguments: &[OsString]) -> bool {
        for (index, letter) in letters.iter().enumerate() {
            let Some(takes_value) = takes_value(specification, *letter) else {
                return self.complain("invalid option", *letter);
            };
            let value = match (&letters[index + 1..], arguments.get(self.used)) {
                _ if !takes_value => &[],
                ([], None) => return self.complain("option requires an argument", *letter),
                ([], Some(argument)) => {
                    self.used += 1;
                    argument.as_bytes()
                }
                (rest, _) => rest,
            };
            self.found.push((*letter, value.to_vec()));
            if takes_value {
                break;
            }
        }
        true
    }

    /// Notes what is wrong; nothing is taken apart after it.
    fn complain(&mut self, what: &str, letter: u8) -> bool {
        self.complaint = Some([what.as_bytes(), b" -- '", &[letter], b"'"].concat());
        self.wrong = Some(letter);
        false
    }

    /// Says what is wrong in the name of a program, and whether anything is.
    pub(crate) fn complain_as(&self, own: &[u8]) -> bool {
        let Some(complaint) = &self.complaint else { return false };
        say(&[own, b": ", complaint, b"\n"].concat());
        true
    }

    /// The value of the last option of this letter.
    pub(crate) fn last(&self, letter: u8) -> Option<&[u8]> {
        self.found.iter().rev().find(|(found, _)| *found == letter).map(|(_, value)| value.as_slice())
    }
}

fn takes_value(specification: &str, letter: u8) -> Option<bool> {
    let specification = specification.as_bytes();
    let place = specification.iter().position(|known| *known == letter && letter != b':')?;
    Some(specification.get(place + 1) == Some(&b':'))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    use super::Options;

    fn parsed(arguments: &[&str]) -> Options {
        Options::parse("c:Dv", &arguments.iter().map(Into::into).collect::<Vec<_>>())
    }

    #[test]
    fn options_end_at_the_first_other_argument() {
        let options = parsed(&["-Dc", "/x", "-v", "start", "-D"]);
        assert_eq!(options.found, [(b'D', vec![]), (b'c', b"/x".to_vec()), (b'v', vec![])]);
        assert_eq!((options.used, options.complaint), (3, None));
        assert_eq!(parsed(&["--", "-D"]).used, 1);
        assert_eq!(parsed(&["-c/x", "-"]).last(b'c'), Some(&b"/x"[..]));
    }

    #[test]
    fn what_is_wrong_is_said_as_getopt_says_it() {
        for (argument, complaint, letter) in [
            (&b"-x"[..], &b"invalid option -- 'x'"[..], b'x'),
            (b"-Dc", b"option requires an argument -- 'c'", b'c'),
            (b"-D'", b"invalid option -- '''", b'\''),
            (b"-\x80", b"invalid option -- '\x80'", 0x80),
        ] {
            let options = Options::parse("c:Dv", &[OsString::from_vec(argument.to_vec())]);
            assert_eq!((options.complaint.as_deref(), options.wrong), (Some(complaint), Some(letter)));
        }
    }
}
