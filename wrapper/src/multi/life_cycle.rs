//! Changes the system: creates, imports, renames, enables, disables, deports and destroys instances.
//!
//! One change after another: take the lock, settle what a killed command left, read the system, validate, apply.
//! postmulti leaves the second half to a script, postmulti-script; here it is part of the program, because each step
//! must be one that can be undone, finished or shown beforehand. Only postconf edits main.cf, so that no other edit
//! is lost; `postfix set-permissions` sets permissions.

mod apply;
mod changes;
mod context;
mod create_files;
mod decide;
mod ensure;
mod error;
mod host_facts;
mod invalid_argument;
mod naming;
mod operation;
mod outcome;
mod preview;
mod recovery;
mod refusal;
mod removal;
mod stopped;
mod unified_diff;
mod validate;
mod verify;

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::multi::changing::journal::{self, JournalEntry};
use crate::multi::changing::lock::Lock;
use crate::multi::changing::tools::Tools;
use crate::multi::failure::Failure;
use crate::multi::life_cycle::context::Context;
use crate::multi::life_cycle::error::ApplyError;
use crate::multi::life_cycle::host_facts::RealHost;
use crate::multi::life_cycle::naming::Allowed;
use crate::multi::life_cycle::operation::Operation;
use crate::multi::life_cycle::recovery::{Assumption, Settled};
use crate::multi::life_cycle::refusal::Refusal;
use crate::multi::life_cycle::validate::HostFacts;
use crate::multi::output::{show, show_done};
use crate::multi::request::canonical_command;
use crate::multi::request::{Change, ChangeRequest, Presence, Typed};
use crate::multi::system::installation::Installation;
use crate::multi::system::{System, read_system};
use crate::os::exit_status;
use crate::os::files::unfit::out_of_the_way;
use crate::os::messages::{Level, MULTI, Messages};
use crate::os::printable::{printable, setting};
use crate::os::signals::Signals;
use crate::plan::run_settings::{Mode, OutputFormat};
use crate::postfix::environment::variable;

/// Changes the system, or shows how. The result is the exit status. Both go the same way up to the first change, so that
/// both refuse the same in the same words.
pub(crate) fn edit(
    request: &ChangeRequest,
    typed: &Typed,
    signals: &Signals,
    messages: &mut Messages<'_>,
) -> Result<u8, Failure> {
    let directory = Installation::default_directory(variable, signals)?;
    let _lock = match request.mode {
        Mode::Show => Lock::look(&directory, request.patience, signals)?,
        Mode::Run => {
            let lock = Lock::take(&directory, request.patience, signals)?;
            // What is run on our behalf may outlive us for a moment; nobody else may come in between.
            lock.hand_down();
            Some(lock)
        }
    };
    let mut system = read_system(signals, messages)?;
    let words = canonical_command::of(&request.change);
    let asked = Asked { change: &request.change, words: &words };
    let before = match request.mode {
        Mode::Run => settle(&system, &asked, signals, messages),
        Mode::Show => outlook(&system, &asked, signals, messages),
    };
    let mut settled = Settling::default();
    match before {
        Ok(Before::Nothing) => {}
        Ok(Before::Other(changes)) => {
            system = read_system(signals, messages)?;
            settled.changes = changes;
        }
        Ok(Before::Assumed(assumption, what)) => {
            if let Some((instance, before)) = assumption.listed {
                system.assume(instance, before.as_deref());
            }
            settled = Settling { gone: assumption.gone, changes: vec![what] };
        }
        Ok(Before::TheSame(what)) => {
            let told = request.told.map(|format| changes::text(&[what], format));
            let made = Made::of(request.mode, 1);
            return Ok(told.map_or(exit_status::SUCCESS, |text| made.tell(&text, messages)));
        }
        // It has been listed, and asked for again: its own message says what is left to do.
        Err(error @ ApplyError::Permissions(_)) => return failed(&error, messages),
        Err(error) => return unsettled(&error, &system, messages),
    }
    let fits = decide::fits_one(&request.change, &system, typed).map_err(ApplyError::from);
    match fits.and_then(|()| change(request, &words, &system, settled, signals, messages)) {
        Ok(None) => Ok(exit_status::SUCCESS),
        Ok(Some((text, made))) => Ok(made.tell(&text, messages)),
        Err(error) => failed(&error, messages),
    }
}

/// Says what has failed. The caller reports a signal.
fn failed(error: &ApplyError, messages: &mut Messages<'_>) -> Result<u8, Failure> {
    if let ApplyError::Interrupted = error {
        return Err(Failure::Interrupted);
    }
    messages.report(Level::Fatal, &error.to_string());
    Ok(exit_status::FAILURE)
}

/// Says why nothing can be changed before what an earlier command has left is seen to.
fn unsettled(error: &ApplyError, system: &System, messages: &mut Messages<'_>) -> Result<u8, Failure> {
    if let ApplyError::Interrupted = error {
        return Err(Failure::Interrupted);
    }
    let file = system.installation.config_directory.join(journal::FILE);
    let what = format!(
        "cannot settle what an earlier command has left unfinished: {error}; nothing else was done; correct that, or \
         look into {} and remove it with \"{}\"",
        printable(&file),
        out_of_the_way(&file)
    );
    messages.report(Level::Fatal, &what);
    Ok(exit_status::FAILURE)
}

/// Changes the system, or tells how it would be changed.
fn change(
    request: &ChangeRequest,
    words: &[OsString],
    system: &System,
    settled: Settling,
    signals: &Signals,
    messages: &mut Messages<'_>,
) -> Result<Option<(String, Made)>, ApplyError> {
    let mut context = context(system, signals, messages)?;
    context.host.assume_gone(settled.gone);
    let wrapper = wrapper(&system.installation.command_directory, std::env::current_exe().ok().as_deref());
    let operation = decide::decide(&request.change, system, &mut context.host, &wrapper)?;
    let operation = match &request.change {
        Change::Ensure(_) => outcome::checked(operation, &mut context)?,
        _ => operation,
    };
    let mut changes = settled.changes;
    changes.extend(changes::of(&operation));
    let told = request.told.map(|format| changes::text(&changes, format));
    let made = Made::of(request.mode, changes.len());
    let text = match request.mode {
        Mode::Run => {
            apply::carry_out(&operation, words, &mut context)?;
            if sets_manager(&operation) {
                note_former_manager(&wrapper, &mut context);
            }
            told
        }
        Mode::Show => {
            verify::verify(&operation, &mut context)?;
            match request.told {
                Some(OutputFormat::Json) => told,
                _ => Some(preview::text(&operation, &mut context)?),
            }
        }
    };
    warn_of_kept_directories(&request.change, &operation, &mut context)?;
    Ok(text.map(|text| (text, made)))
}

/// Says which directories stay others than those that were asked for with an instance that turned out to be there.
fn warn_of_kept_directories(
    change: &Change,
    operation: &Operation,
    context: &mut Context<'_, '_>,
) -> Result<(), ApplyError> {
    let (Change::Create(addition), Operation::Import(adoption)) = (change, operation) else { return Ok(()) };
    let asked = naming::directories(&addition.parameters, Allowed::All).map_err(Refusal::from)?;
    let (queue, data) = (asked.queue.as_deref(), asked.data.as_deref());
    for kept in ensure::kept(queue, data, &adoption.dirs, &context.host) {
        context.warn(&kept.warning());
    }
    Ok(())
}

/// What has become of a change that is told.
#[derive(Debug, Clone, Copy)]
enum Made {
    Yes,
    Nothing,
    OnlyShown,
}

impl Made {
    fn of(mode: Mode, changes: usize) -> Self {
        match mode {
            Mode::Show => Self::OnlyShown,
            Mode::Run if changes == 0 => Self::Nothing,
            Mode::Run => Self::Yes,
        }
    }

    /// Prints the text that tells it. The result is the exit status.
    fn tell(self, text: &str, messages: &mut Messages<'_>) -> u8 {
        match self {
            Self::Yes => show_done(text, "what was changed", "; the change was made all the same", messages),
            Self::Nothing => show(text, "that nothing had to be changed", messages),
            Self::OnlyShown => show(text, "what would be changed", messages),
        }
    }
}

/// Whether another program becomes the manager.
fn sets_manager(operation: &Operation) -> bool {
    let Operation::Edit(edit) = operation else { return false };
    edit.calls.iter().flatten().any(|word| word.as_bytes().starts_with(b"multi_instance_wrapper"))
}

/// Says which manager was in charge before, with its options: it is not written anywhere any more.
fn note_former_manager(wrapper: &OsStr, context: &mut Context<'_, '_>) {
    let former = &context.installation().wrapper;
    if former.is_empty() {
        return;
    }
    let what = format!(
        "multi_instance_wrapper was \"{}\", and is now \"{}\"; to go back, use \"postconf -e {}\"",
        printable(OsStr::from_bytes(former)),
        printable(wrapper),
        setting("multi_instance_wrapper", OsStr::from_bytes(former))
    );
    context.warn(&what);
}

fn context<'a, 'm>(
    system: &'a System,
    signals: &'a Signals,
    messages: &'a mut Messages<'m>,
) -> Result<Context<'a, 'm>, ApplyError> {
    let tools = Tools::new(&system.installation, variable);
    let host = RealHost::new(system, &tools, signals, messages)?;
    Ok(Context { tools, system, host, messages, signals })
}

/// What an earlier command has left, and what has become of it, or would.
enum Before {
    /// Nothing.
    Nothing,
    /// A change was settled, or all but its permissions; this is what was changed.
    Other(Vec<String>),
    /// A change would be settled.
    Assumed(Box<Assumption>, String),
    /// What is asked for now was asked for then, and has been finished, or would be.
    TheSame(String),
}

/// What is asked for now.
struct Asked<'a> {
    change: &'a Change,
    words: &'a [OsString],
}

impl Asked<'_> {
    /// Whether an earlier command that is finished was all of it. What a description asks for now may be more.
    fn is_all_of(&self, entry: &JournalEntry) -> bool {
        !matches!(self.change, Change::Ensure(_)) && self.words == entry.words
    }

    /// Whether it succeeds only if what an earlier command has begun is complete: it is the same, or describes the same
    /// instance.
    fn needs(&self, entry: &JournalEntry, context: &mut Context<'_, '_>) -> bool {
        let describes = match self.change {
            Change::Ensure(wanted) if wanted.presence == Presence::Present => {
                let settings = context.host.settings(entry.work.config());
                settings.is_ok_and(|settings| settings.name.as_ref() == Some(&wanted.name))
            }
            _ => false,
        };
        describes || self.words == entry.words
    }
}

/// What settling an earlier change has done, or would do.
#[derive(Default)]
struct Settling {
    /// What would not be there any more.
    gone: Vec<PathBuf>,
    /// A sentence, if there was anything.
    changes: Vec<String>,
}

/// What an earlier command has left, if anything.
fn left_by_another(system: &System) -> Result<Option<JournalEntry>, ApplyError> {
    let directory = &system.installation.config_directory;
    JournalEntry::read(directory).map_err(ApplyError::with("read", &directory.join(journal::FILE)))
}

/// Settles what an earlier command has left, and says what became of it. If permissions cannot be set, the record stays
/// until another change is made, so that one damaged instance does not keep the others from being managed.
fn settle(
    system: &System,
    asked: &Asked<'_>,
    signals: &Signals,
    messages: &mut Messages<'_>,
) -> Result<Before, ApplyError> {
    JournalEntry::sweep(&system.installation.config_directory);
    let Some(entry) = left_by_another(system)? else { return Ok(Before::Nothing) };
    let mut context = context(system, signals, messages)?;
    let command = canonical_command::shown(&entry.words);
    let was_listed = system.instances.iter().any(|instance| instance.directory == entry.work.config());
    let (what, changes) = match recovery::settle(&entry, &mut context) {
        Err(ApplyError::Permissions(error)) if !asked.needs(&entry, &mut context) => {
            let what = format!(
                "\"{command}\" has listed its instance, and is not finished: {error}; see to the cause, and use that \
                 command by hand"
            );
            let changes = if was_listed { Vec::new() } else { vec![what.clone()] };
            (what, changes)
        }
        Err(error) => return Err(error),
        Ok(settled) => {
            let what = became(&command, settled);
            if settled == Settled::Finished && asked.is_all_of(&entry) {
                messages.report(Level::Warning, &what);
                return Ok(Before::TheSame(what));
            }
            (what.clone(), vec![what])
        }
    };
    messages.report(Level::Warning, &what);
    Ok(Before::Other(changes))
}

/// What became of a command that did not end.
fn became(command: &str, settled: Settled) -> String {
    match settled {
        Settled::Finished => format!("\"{command}\" was killed before its end; it has been finished now"),
        Settled::Undone => {
            format!("\"{command}\" was killed before its end; what it had done has been undone")
        }
        Settled::LeftAlone => format!(
            "\"{command}\" was killed before its end, and its instance has been listed since; nothing more was done; use \
             \"{MULTI} check\""
        ),
    }
}

/// Says what a change would do first about what an earlier command has left, if there is anything.
fn outlook(
    system: &System,
    asked: &Asked<'_>,
    signals: &Signals,
    messages: &mut Messages<'_>,
) -> Result<Before, ApplyError> {
    let Some(entry) = left_by_another(system)? else { return Ok(Before::Nothing) };
    let mut context = context(system, signals, messages)?;
    let remedy = recovery::remedy(&entry, &mut context)?;
    let is_the_same = remedy.settled() == Settled::Finished && asked.is_all_of(&entry);
    let would = match remedy.settled() {
        Settled::Finished if is_the_same => "this command would finish it, and do nothing else",
        Settled::Finished => "it would be finished first",
        Settled::Undone => "what it had done would be undone first",
        Settled::LeftAlone => "its instance has been listed since, and would be left to you",
    };
    let assumption = recovery::assume(&entry, &remedy, &mut context)?;
    let command = canonical_command::shown(&entry.words);
    let what = format!("\"{command}\" was killed before its end; {would}; what follows is without that");
    messages.report(Level::Warning, &what);
    Ok(if is_the_same { Before::TheSame(what) } else { Before::Assumed(Box::new(assumption), what) })
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
