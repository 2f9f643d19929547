//! Logs lines as Postfix does: to the mail log, which is the journal here, and to standard error if that is a terminal.
//! Knows nothing of what is logged.

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
        say(&messages::line(tag, severity, text, true));
    }
    note(program, tag, severity, text);
}

/// Logs one line as postlog(1) does. Newer versions write it to standard error also if that is no terminal, but then
/// under postlog's own name.
pub(crate) fn log_by_postlog(program: &Program, tag: &[u8], own: &[u8], severity: Severity, text: &[u8]) {
    let has = |feature| program.world.settings.has(feature);
    if !std::io::stderr().is_terminal() && has(Feature::ErrorsWithoutTerminal) {
        let own = if has(Feature::PostlogWithoutPrefix) { b"postlog" } else { own };
        say(&messages::line(own, severity, text, true));
    }
    log(program, tag, severity, text);
}

/// Writes one line to the mail log only.
pub(crate) fn note(program: &Program, tag: &[u8], severity: Severity, text: &[u8]) {
    program.record(What::Log {
        priority: severity.in_journal().to_owned(),
        tag: ByteString(tag.to_vec()),
        text: ByteString(printable(text, true)),
    });
}
