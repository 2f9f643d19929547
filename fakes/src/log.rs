//! Logging, as postlog(1) does it: to the mail log, which is the journal here, and to standard error where that
//! is a terminal. Knows nothing of who has something to log.

use std::ffi::OsString;
use std::io::{BufRead, IsTerminal};
use std::os::unix::ffi::OsStrExt;

use crate::bytes::ByteString;
use crate::configuration::Configuration;
use crate::journal::What;
use crate::main_cf::Fatal;
use crate::messages::{self, Severity, printable};
use crate::obedience::specification;
use crate::options::Options;
use crate::postfix;
use crate::program::{Program, say};

/// Logs one line.
pub(crate) fn log(program: &Program, tag: &[u8], severity: Severity, text: &[u8]) {
    if std::io::stderr().is_terminal() {
        say(&messages::line(tag, severity, text, true));
    }
    note(program, tag, severity, text);
}

/// Writes one line to the mail log only.
pub(crate) fn note(program: &Program, tag: &[u8], severity: Severity, text: &[u8]) {
    program.record(What::Log {
        priority: severity.in_journal().to_owned(),
        tag: ByteString(tag.to_vec()),
        text: ByteString(printable(text, true)),
    });
}

/// Does the job of postlog(1). What it has to say for itself goes where the lines go, with the tag that it has by then.
pub(crate) fn job(program: &Program) -> u8 {
    let name = program.variable("MAIL_LOGTAG").unwrap_or(b"postfix");
    let mut tag = [name, b"/postlog"].concat();
    match attempt(program, &mut tag) {
        Ok(()) => 0,
        Err(fatal) => program.give_up(&fatal, |text| {
            log(program, &tag, Severity::Fatal, text);
            1
        }),
    }
}

fn attempt(program: &Program, tag: &mut Vec<u8>) -> Result<(), Fatal> {
    // As of 3.6 it is made for a group of its own, and believes less of what its caller says.
    let is_plain = program.world.settings.is_oldest();
    let options = Options::parse(
        specification("postlog", program.world.settings.version()).unwrap_or_default(),
        &program.arguments,
    );
    let mut severity = Severity::Info;
    for (_, name) in options.found.iter().filter(|(letter, _)| *letter == b'p') {
        severity = severity_named(name)
            .ok_or_else(|| Fatal::Postfix([b"bad severity: \"", &name[..], b"\""].concat()))?;
    }
    if let Some(complaint) = &options.complaint {
        let own = if is_plain { &program.called[..] } else { b"postlog" };
        say(&[own, b": ", complaint, b"\n"].concat());
        let usage = b" [-c config_dir] [-i] [-p priority] [-t tag] [-v] [text]";
        return Err(Fatal::Postfix([b"usage: ", own, usage].concat()));
    }
    let directory = options.last(b'c').or_else(|| program.variable("MAIL_CONFIG")).map(<[u8]>::to_vec);
    let mut warnings = Vec::new();
    let read = Configuration::read(&program.world, "postlog", directory, &mut warnings);
    for warning in warnings {
        log(program, tag, Severity::Warning, &warning);
    }
    let configuration = read?;
    let own = [&configuration.text("syslog_name")?[..], b"/postlog"].concat();
    if !is_plain {
        tag.clone_from(&own);
    }
    postfix::cleaned(&configuration, &program.environment)?;
    *tag = match options.last(b't') {
        Some(given) if is_plain => given.to_vec(),
        Some(given) => printable(given, true),
        None => own,
    };
    let words = &program.arguments[options.used..];
    if words.is_empty() {
        for line in std::io::stdin().lock().split(b'\n').map_while(Result::ok) {
            log(program, tag, severity, &line);
        }
    } else {
        let words: Vec<&[u8]> = words.iter().map(OsString::as_os_str).map(OsStrExt::as_bytes).collect();
        log(program, tag, severity, &words.join(&b' '));
    }
    Ok(())
}

fn severity_named(name: &[u8]) -> Option<Severity> {
    Some(match name.to_ascii_lowercase().as_slice() {
        b"info" => Severity::Info,
        b"warn" | b"warning" => Severity::Warning,
        b"error" | b"err" => Severity::Error,
        b"fatal" | b"crit" => Severity::Fatal,
        b"panic" => Severity::Panic,
        _ => return None,
    })
}
