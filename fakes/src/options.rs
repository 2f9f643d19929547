//! Options as getopt(3) takes them, up to the first argument that is none. Knows nothing of what they mean.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

/// A command line taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// The options in order, each with its value where it takes one.
    pub(crate) found: Vec<(u8, Vec<u8>)>,
    /// What getopt says about the first option that is wrong; nothing is taken apart after it.
    pub(crate) complaint: Option<String>,
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
            match takes_value(specification, *letter) {
                None => {
                    self.complaint = Some(format!("invalid option -- '{}'", char::from(*letter)));
                    return false;
                }
                Some(false) => self.found.push((*letter, Vec::new())),
                Some(true) if index + 1 < letters.len() => {
                    self.found.push((*letter, letters[index + 1..].to_vec()));
                    return true;
                }
                Some(true) => {
                    let Some(value) = arguments.get(self.used) else {
                        self.complaint =
                            Some(format!("option requires an argument -- '{}'", char::from(*letter)));
                        return false;
                    };
                    self.found.push((*letter, value.as_bytes().to_vec()));
                    self.used += 1;
                    return true;
                }
            }
        }
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
        assert_eq!(parsed(&["-x"]).complaint.as_deref(), Some("invalid option -- 'x'"));
        assert_eq!(parsed(&["-Dc"]).complaint.as_deref(), Some("option requires an argument -- 'c'"));
    }
}
