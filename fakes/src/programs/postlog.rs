//! postlog(1): logs its arguments, or the lines of standard input.

use std::ffi::OsString;
use std::io::BufRead;
use std::os::unix::ffi::OsStrExt;

use crate::config::import_environment;
use crate::config::mail_params::Configuration;
use crate::protocol::features::Feature;
use crate::runtime::fatal::Fatal;
use crate::runtime::mail_log::{log_aloud, name_in_log, own_name};
use crate::runtime::messages::{Severity, printable};
use crate::runtime::program::Program;

/// Does the job of postlog(1). Its own messages are logged like the lines, under the tag that is known by then.
pub(crate) fn job(program: &Program) -> u8 {
    let name = program.variable("MAIL_LOGTAG").unwrap_or(b"postfix");
    let mut own = own_name(program, name);
    let mut tag = own.clone();
    match attempt(program, &mut tag, &mut own) {
        Ok(()) => 0,
        Err(fatal) => program.give_up(&fatal, |text| {
            log_aloud(program, &tag, &own, Severity::Fatal, text);
            1
        }),
    }
}

/// Lines are logged under `tag`, and appear under the program's `own` name on standard error if that is no terminal.
fn attempt(program: &Program, tag: &mut Vec<u8>, own: &mut Vec<u8>) -> Result<(), Fatal> {
    // A newer one is set-gid, and trusts its caller less.
    let is_plain = !program.world.settings.has(Feature::PostlogSetGid);
    let options = program.options();
    let mut severity = Severity::Info;
    for (_, name) in options.found.iter().filter(|(letter, _)| *letter == b'p') {
        severity = severity_named(name)
            .ok_or_else(|| Fatal::Postfix([b"bad severity: \"", &name[..], b"\""].concat()))?;
    }
    let called = if is_plain { &program.called[..] } else { b"postlog" };
    if options.complain_as(called) {
        let usage = b" [-c config_dir] [-i] [-p priority] [-t tag] [-v] [text]";
        return Err(Fatal::Postfix([b"usage: ", called, usage].concat()));
    }
    let directory = program.given_directory(&options);
    let warn = |text: &[u8]| log_aloud(program, tag, own, Severity::Warning, text);
    let configuration = Configuration::of_program(program, directory, warn)?;
    let name = configuration.text("syslog_name")?;
    *own = own_name(program, &name);
    if !is_plain {
        tag.clone_from(own);
    }
    let file = configuration.log_file(program.variable("POSTLOG_SERVICE"))?;
    import_environment::cleaned(&configuration, &program.environment)?;
    *tag = match options.last(b't') {
        Some(given) if is_plain => given.to_vec(),
        Some(given) => printable(given, program.utf8()),
        None => name_in_log(&name),
    };
    file.open_first()?;
    let words = &program.arguments[options.used..];
    if words.is_empty() {
        for line in std::io::stdin().lock().split(b'\n').map_while(Result::ok) {
            log_aloud(program, tag, own, severity, &line);
            file.open()?;
        }
    } else {
        let words: Vec<&[u8]> = words.iter().map(OsString::as_os_str).map(OsStrExt::as_bytes).collect();
        log_aloud(program, tag, own, severity, &words.join(&b' '));
        file.open()?;
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
