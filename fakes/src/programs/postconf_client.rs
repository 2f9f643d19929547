//! Asks postconf(1) on behalf of a script, in the same process, and reads unchanged files only once.

use std::ffi::OsString;

use crate::config::main_cf::ExpansionLimit;
use crate::programs::postconf::{Call, Output, ParameterCache};
use crate::runtime::program::Program;
use crate::runtime::standard_output::say;

/// A script that asks, with what earlier questions found out.
pub(crate) struct PostconfClient<'a> {
    pub(crate) program: &'a Program,
    cache: ParameterCache,
}

impl<'a> PostconfClient<'a> {
    /// A script that has asked nothing yet.
    pub(crate) fn of(program: &'a Program) -> Self {
        Self { program, cache: ParameterCache::default() }
    }

    /// The value of an environment variable of the script; empty if it is not set.
    pub(crate) fn variable(&self, name: &str) -> &'a [u8] {
        self.program.variable(name).unwrap_or_default()
    }

    /// Asks a question. If it is not simulated, the script ends with the exit status in the error, whatever it would do
    /// without an answer.
    pub(crate) fn ask(&self, arguments: impl IntoIterator<Item: Into<OsString>>) -> Result<Output, u8> {
        let output = Call {
            world: &self.program.world,
            called: [self.variable("command_directory"), b"/postconf"].concat(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            mail_config: self.program.variable("MAIL_CONFIG").map(<[u8]>::to_vec),
            edit_fault: None,
            limit: ExpansionLimit::default(),
            cache: Some(&self.cache),
        }
        .answer();
        match output.unsupported {
            Some(request) => {
                say(&output.stderr);
                Err(self.program.refuse(&request))
            }
            None => Ok(output),
        }
    }

    /// Asks a question, and passes on what postconf(1) writes to standard error.
    pub(crate) fn ask_aloud(&self, words: impl IntoIterator<Item: Into<OsString>>) -> Result<Output, u8> {
        let answer = self.ask(words)?;
        say(&answer.stderr);
        Ok(answer)
    }
}
