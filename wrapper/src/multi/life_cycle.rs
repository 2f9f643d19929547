//! The life of instances: they are made, taken in, named, enabled and disabled, let go, destroyed.
//!
//! One change after another: take the lock, settle what a predecessor that was killed has left, read the system,
//! decide, carry it out. postmulti leaves the second half to a script, postmulti-script; here it is part of the
//! program, because each step must be known to be undone, finished or shown beforehand. main.cf files are edited by
//! postconf alone, so that nobody else's edit is lost, and permissions are set by postfix set-permissions.

mod carry_out;
pub(crate) mod claims;
pub(crate) mod decision;
mod difference;
pub(crate) mod lists;
mod making;
mod naming;
pub(crate) mod operation;
mod outside;
mod preview;
pub(crate) mod record;
mod recovery;
pub(crate) mod refusal;
pub(crate) mod removal;
pub(crate) mod tools;
mod trouble;
mod unusable;
pub(crate) mod words;
mod work;

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use crate::command_line::Mode;
use crate::message::{Level, Messages, printable};
use crate::multi::failure::Failure;
use crate::multi::installation::Installation;
use crate::multi::life_cycle::outside::Real;
use crate::multi::life_cycle::record::Record;
use crate::multi::life_cycle::recovery::Settled;
use crate::multi::life_cycle::tools::Tools;
use crate::multi::life_cycle::trouble::Trouble;
use crate::multi::life_cycle::work::Bench;
use crate::multi::lock::Lock;
use crate::multi::request::Edit;
use crate::multi::stopped::can_be_done;
use crate::multi::system::System;
use crate::multi::{read_system, variable};
use crate::signals::Signals;
use crate::{show, status};

/// Changes the system, or shows how. The result is the exit status.
pub(crate) fn edit(
    edit: &Edit,
    patience: Duration,
    signals: &Signals,
    messages: &mut Messages<'_>,
) -> Result<u8, Failure> {
    if edit.mode == Mode::Show {
        let system = read_system(signals, messages)?;
        return show_change(edit, &system, signals, messages);
    }
    let directory = Installation::default_directory(variable, signals)?;
    let lock = Lock::take(&directory, patience, signals)?;
    // What is run on our behalf may outlive us for a moment; nobody else may come in between.
    lock.hand_down();
    let mut system = read_system(signals, messages)?;
    let words = words::of(&edit.change);
    match settle(&system, &words, signals, messages) {
        Ok(Before::Nothing) => {}
        Ok(Before::Other) => system = read_system(signals, messages)?,
        Ok(Before::TheSame) => return Ok(status::SUCCESS),
        Err(trouble) => {
            let file = system.installation.config_directory.join(record::FILE);
            let what = format!(
                "cannot settle what an earlier command has left unfinished: {trouble}; nothing else was done; see \
                 to that, or look into {0} and remove it",
                printable(&file)
            );
            messages.say(Level::Fatal, &what);
            return Ok(status::FAILURE);
        }
    }
    match change(edit, &words, &system, signals, messages) {
        Ok(()) => Ok(status::SUCCESS),
        Err(trouble) => failed(&trouble, messages),
    }
}

/// Says what has failed. A signal is told by who called.
fn failed(trouble: &Trouble, messages: &mut Messages<'_>) -> Result<u8, Failure> {
    if let Trouble::Interrupted = trouble {
        return Err(Failure::Interrupted);
    }
    messages.say(Level::Fatal, &trouble.to_string());
    Ok(status::FAILURE)
}

fn change(
    edit: &Edit,
    words: &[OsString],
    system: &System,
    signals: &Signals,
    messages: &mut Messages<'_>,
) -> Result<(), Trouble> {
    let mut bench = bench(system, signals, messages);
    let operation = decide(edit, system, &mut bench)?;
    can_be_done(&operation, system)?;
    carry_out::carry_out(&operation, words, &mut bench)
}

fn show_change(
    edit: &Edit,
    system: &System,
    signals: &Signals,
    messages: &mut Messages<'_>,
) -> Result<u8, Failure> {
    let outlook = outlook(system, &words::of(&edit.change), signals, messages);
    match outlook {
        Ok(None) => {}
        Ok(Some(what)) => messages.say(Level::Warning, &what),
        Err(trouble) => {
            let what = format!(
                "an earlier command was killed before its end, and the change would be refused because of that: \
                 {trouble}; what follows is without that"
            );
            messages.say(Level::Warning, &what);
        }
    }
    let mut bench = bench(system, signals, messages);
    let text = decide(edit, system, &mut bench).and_then(|operation| {
        can_be_done(&operation, system)?;
        preview::text(&operation, &mut bench)
    });
    match text {
        Ok(text) => Ok(show(&text)),
        Err(trouble) => failed(&trouble, messages),
    }
}

fn bench<'a, 'm>(system: &'a System, signals: &'a Signals, messages: &'a mut Messages<'m>) -> Bench<'a, 'm> {
    let installation = &system.installation;
    Bench { tools: Tools::new(installation, variable), installation, messages, signals }
}

fn decide(edit: &Edit, system: &System, bench: &mut Bench<'_, '_>) -> Result<operation::Operation, Trouble> {
    let mut outside = Real::new(system, &bench.tools, bench.signals, bench.messages)?;
    let wrapper = wrapper(&system.installation.command_directory, std::env::current_exe().ok().as_deref());
    Ok(decision::decide(&edit.change, system, &mut outside, &wrapper)?)
}

/// What was found from before.
enum Before {
    /// Nothing.
    Nothing,
    /// Another change was settled.
    Other,
    /// What is asked for now was asked for then, and has been finished.
    TheSame,
}

/// Settles what an earlier command has left, and says what became of it.
fn settle(
    system: &System,
    words: &[OsString],
    signals: &Signals,
    messages: &mut Messages<'_>,
) -> Result<Before, Trouble> {
    let directory = &system.installation.config_directory;
    Record::sweep(directory);
    let record = Record::read(directory).map_err(Trouble::with("read", &directory.join(record::FILE)))?;
    let Some(record) = record else { return Ok(Before::Nothing) };
    let settled = recovery::settle(&record, &mut bench(system, signals, messages))?;
    let command = words::shown(&record.words);
    let what = match settled {
        Settled::Finished => format!("\"{command}\" was killed before its end; it has been finished now"),
        Settled::Undone => {
            format!("\"{command}\" was killed before its end; what it had done has been undone")
        }
    };
    messages.say(Level::Warning, &what);
    Ok(if settled == Settled::Finished && record.words == words { Before::TheSame } else { Before::Other })
}

/// What a change would do first about what an earlier command has left, if there is anything.
fn outlook(
    system: &System,
    words: &[OsString],
    signals: &Signals,
    messages: &mut Messages<'_>,
) -> Result<Option<String>, Trouble> {
    let directory = &system.installation.config_directory;
    let record = Record::read(directory).map_err(Trouble::with("read", &directory.join(record::FILE)))?;
    let Some(record) = record else { return Ok(None) };
    let would = match recovery::outlook(&record, &mut bench(system, signals, messages))? {
        Settled::Finished if record.words == words => "this command would finish it, and do nothing else",
        Settled::Finished => "it would be finished first",
        Settled::Undone => "what it had done would be undone first",
    };
    let command = words::shown(&record.words);
    Ok(Some(format!("\"{command}\" was killed before its end; {would}; what follows is without that")))
}

/// The value that makes this program the manager: by its place among Postfix's commands, if it is there.
fn wrapper(command_directory: &Path, program: Option<&Path>) -> OsString {
    let place = match program {
        Some(program) if program.parent() == Some(command_directory) => None,
        Some(program) if can_be_run(program) => Some(program),
        _ => None,
    };
    let mut value = match place {
        Some(program) => program.as_os_str().to_owned(),
        None => OsString::from("${command_directory}/postfix-multi"),
    };
    value.push(" -p --");
    value
}

/// Whether the shell that postfix(1) has its manager run by takes a path as it is.
fn can_be_run(program: &Path) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+".contains(byte);
    OsStr::as_bytes(program.as_os_str()).iter().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manager_is_named_by_its_place_where_a_shell_can_read_that() {
        let named = |program: Option<&str>| wrapper(Path::new("/usr/sbin"), program.map(Path::new));
        let usual = "${command_directory}/postfix-multi -p --";
        assert_eq!(named(Some("/usr/sbin/postfix-multi")), usual);
        assert_eq!(named(Some("/opt/mail_1.0/postfix-multi")), "/opt/mail_1.0/postfix-multi -p --");
        assert_eq!(named(Some("/opt/my mail/postfix-multi")), usual);
        assert_eq!(named(None), usual);
    }
}
