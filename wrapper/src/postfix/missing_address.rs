//! Recognizes that Postfix's programs refuse a main.cf only because this machine lacks an address of `inet_interfaces`.
//! The file is intact then: an interface may be down. postconf(1) fails, too, unless `mynetworks` is set: it computes the
//! networks of the machine from the addresses.
//!
//! Knows nothing of instances and commands.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::net::{IpAddr, UdpSocket};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::os::printable::{printable, setting, shell_word};
use crate::postfix::damaged_main_cf::{self, Written};
use crate::postfix::values::list_value;

/// The parameter with the addresses.
pub(crate) const INTERFACES: &str = "inet_interfaces";

/// What stands before the address in a program's words.
const WORDS: &str = "inet_interfaces: no local interface found for ";

/// An address that this machine lacks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MissingAddress<'a>(&'a str);

impl<'a> MissingAddress<'a> {
    /// The one that is named in what a program says, or in a text that quotes it.
    pub(crate) fn named_in(said: &'a str) -> Option<Self> {
        let rest = &said[said.find(WORDS)? + WORDS.len()..];
        rest.split(|letter: char| letter == ')' || letter.is_whitespace()).next().map(Self)
    }

    /// What is wrong, in words.
    pub(crate) fn what(&self) -> String {
        format!("this machine has no address {}, which its {INTERFACES} names", self.0)
    }

    /// Both ways out for the main.cf in a directory.
    pub(crate) fn cure(&self, directory: &Path) -> String {
        format!("bring up the interface with that address, or use \"{}\"", self.mend(directory))
    }

    /// The command that takes the address out of the main.cf in a directory. It works while other programs fail.
    pub(crate) fn mend(&self, directory: &Path) -> String {
        let mut settings = damaged_main_cf::settings(directory, &[INTERFACES]).unwrap_or_default();
        match settings.pop() {
            Some((_, Written::Value(value))) => without_address(directory, value.as_bytes(), self.0),
            _ => without_address(directory, b"", self.0),
        }
    }
}

/// The command that leaves an address out of a value of `inet_interfaces`, and each other that this machine lacks.
pub(crate) fn without_address(directory: &Path, value: &[u8], address: &str) -> String {
    let is_kept = |word: &OsStr| printable(bare(word)) != address && !is_elsewhere(word.as_bytes());
    let kept: Vec<_> = list_value::split(value).filter(|word| is_kept(word)).collect();
    // All addresses, the default, would be those of others, too.
    let kept = if kept.is_empty() { "loopback-only".into() } else { kept.join(OsStr::new(" ")) };
    format!("postconf -c {} -e {}", shell_word(directory), setting(INTERFACES, kept))
}

/// Whether a word is an address that this machine does not have. The names of hosts are not looked up.
pub(crate) fn is_elsewhere(word: &[u8]) -> bool {
    let address = bare(OsStr::from_bytes(word)).to_str().and_then(|text| text.parse::<IpAddr>().ok());
    // No port is taken, and nothing is sent.
    let taken = address.map(|address| UdpSocket::bind((address, 0)));
    matches!(taken, Some(Err(error)) if error.kind() == ErrorKind::AddrNotAvailable)
}

/// An address without the brackets that it may be written in.
fn bare(word: &OsStr) -> &OsStr {
    let word = word.as_bytes();
    OsStr::from_bytes(word.strip_prefix(b"[").and_then(|word| word.strip_suffix(b"]")).unwrap_or(word))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::os::printable::commands::{drawn_path, hold};

    #[test]
    fn the_address_is_found_in_what_programs_say() {
        let words = "parameter inet_interfaces: no local interface found for 192.0.2.77";
        for said in [
            words.to_owned(),
            format!("/usr/sbin/postconf failed with status 1 (postconf: fatal: {words})"),
            format!("postconf: fatal: {words} / and more"),
        ] {
            assert_eq!(MissingAddress::named_in(&said), Some(MissingAddress("192.0.2.77")), "{said}");
        }
        assert_eq!(MissingAddress::named_in("variable inet_interfaces: host not found: x"), None);
    }

    #[test]
    fn what_remains_of_the_value_is_kept() {
        let without = |value: &str| without_address(Path::new("/x"), value.as_bytes(), "192.0.2.77");
        assert_eq!(without("127.0.0.1, [192.0.2.77]"), "postconf -c /x -e inet_interfaces=127.0.0.1");
        for value in ["", "192.0.2.77", "192.0.2.77 192.0.2.78"] {
            assert_eq!(without(value), "postconf -c /x -e inet_interfaces=loopback-only", "{value}");
        }
        let two = without("192.0.2.77 mx.example 127.0.0.1");
        assert_eq!(two, "postconf -c /x -e inet_interfaces='mx.example 127.0.0.1'");
    }

    proptest! {
        #[test]
        fn the_command_can_be_run_whatever_the_path_is(path in drawn_path()) {
            hold(|path| MissingAddress("192.0.2.77").cure(path), &path)?;
        }
    }
}
