//! Logs lines as Postfix does: to the mail log, which is the journal here, and to standard error if that is a terminal.

use std::io::IsTerminal;

use crate::protocol::bytes::ByteString;
use crate::protocol::features::Feature;
use crate::protocol::journal::What;
use crate::runtime::messages::{self, Severity, printable};
use crate::runtime::program::Program;
use crate::runtime::standard_output::say;

/// Logs one line.
pub(crate) fn log(program: &Program, tag: &[u8], severity: Severity, text: &[u8]) {
    if std::io::stderr().is_terminal() {
        say(&messages::line(tag, severity, text, program.utf8()));
    }
    program.record(What::Log {
        priority: if severity == Severity::Warning { "warn" } else { severity.word() }.to_owned(),
        tag: ByteString(tag.to_vec()),
        text: ByteString(printable(text, program.utf8())),
    });
}

/// Logs one line as postfix(1) and postlog(1) do. Newer versions write it to standard error also if that is no terminal,
/// but then under the program's own name.
pub(crate) fn log_aloud(program: &Program, tag: &[u8], own: &[u8], severity: Severity, text: &[u8]) {
    if !std::io::stderr().is_terminal() && program.world.settings.has(Feature::ErrorsWithoutTerminal) {
        say(&messages::line(own, severity, text, program.utf8()));
    }
    log(program, tag, severity, text);
}

/// What postlog(1) calls itself in its own messages, if the instance's name in the log is `name`.
pub(crate) fn own_name(program: &Program, name: &[u8]) -> Vec<u8> {
    let is_alone = program.world.settings.has(Feature::PostlogWithoutPrefix);
    if is_alone { b"postlog".to_vec() } else { name_in_log(name) }
}

/// What lines of postlog(1) are logged under, if the instance's name in the log is `name`.
pub(crate) fn name_in_log(name: &[u8]) -> Vec<u8> {
    [name, b"/postlog"].concat()
}
