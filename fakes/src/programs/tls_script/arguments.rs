//! The command line behind `postfix tls COMMAND`: options and their values, as the shell's getopts takes them. Knows
//! nothing of what they are for.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use super::{Ended, Script};
use crate::runtime::getopt::Options;

/// A command line taken apart.
pub(super) struct Arguments {
    options: Options,
    /// What follows the options.
    pub(super) others: Vec<Vec<u8>>,
}

impl Arguments {
    /// The value of the last option of this letter.
    pub(super) fn value(&self, letter: u8) -> Option<&[u8]> {
        self.options.last(letter)
    }
}

impl Script<'_> {
    /// Takes `words` apart; `usage` is what is said of them where they are wrong, behind the command's name, which is
    /// the first of them.
    pub(super) fn parse(
        &self,
        specification: &str,
        usage: &str,
        words: &[OsString],
    ) -> Result<Arguments, Ended> {
        let given = words.get(1..).unwrap_or_default();
        let options = Options::parse(specification, given);
        if options.complaint.is_some() {
            return Err(self.usage(usage, words));
        }
        let others = given[options.used..].iter().map(|word| word.as_bytes().to_vec()).collect();
        Ok(Arguments { options, others })
    }

    /// Tells how a command is called.
    pub(super) fn usage(&self, usage: &str, words: &[OsString]) -> Ended {
        let command = words.first().map(|word| word.as_bytes()).unwrap_or_default();
        self.fatal(&[b"usage: postfix tls ", command, usage.as_bytes()].concat())
    }
}
