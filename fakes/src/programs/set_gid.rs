//! Simulates the commands that any user may run with the group of the mail system.
//! These are postqueue(1), postdrop(1), and sendmail(1) as far as it calls them. They accept a caller's configuration
//! directory only if the default main.cf lists it.
//!
//! A world has no such group. Root is trusted, as by the real programs; any other user counts as an ordinary one, and
//! so does root if [`ORDINARY_CALLER`] is set. There is no mail: the queue is empty, and submission is refused.

use std::ffi::{OsStr, OsString};
use std::io::{ErrorKind, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::config::import_environment;
use crate::config::log_file::LogFile;
use crate::config::mail_params::Configuration;
use crate::config::main_cf::{COMMA_SPACE, logical_lines, split, split_name_value};
use crate::config::parameters;
use crate::protocol::bytes::path_of;
use crate::protocol::features::Feature;
use crate::runtime::fatal::{Fatal, system_message};
use crate::runtime::getopt::Options;
use crate::runtime::instance_state::InstanceState;
use crate::runtime::messages::{self, Severity, Utf8};
use crate::runtime::program::Program;
use crate::runtime::standard_output::{print, say};

/// postqueue's status for whatever goes wrong, and sendmail's; both from sysexits(3).
const UNAVAILABLE: u8 = 69;
const TRY_AGAIN: u8 = 75;

/// What postqueue says if no queue manager runs.
const QUEUE_MANAGER_MISSING: &[u8] = b"unable to look up public/qmgr: No such file or directory";
const CANNOT_FLUSH: &[u8] = b"Cannot flush mail queue - mail system is down";

/// The variable that makes an ordinary user of root, for a harness that root runs.
pub const ORDINARY_CALLER: &str = "POSTFIX_WORLD_ORDINARY_CALLER";

/// What queue listings need to see without the mail system.
const SHOWN_DIRECTORIES: [&str; 5] = ["maildrop", "active", "incoming", "deferred", "hold"];

/// Who runs a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    Root,
    Ordinary,
}

impl Caller {
    fn of(program: &Program) -> Self {
        let is_root = nix::unistd::getuid().is_root() && nix::unistd::geteuid().is_root();
        if is_root && program.variable(ORDINARY_CALLER).is_none() { Self::Root } else { Self::Ordinary }
    }
}

/// Why a command ended early: its message and its status.
struct Failure(Fatal, u8);

impl Failure {
    fn with(text: impl Into<Vec<u8>>, status: u8) -> Self {
        Self(Fatal::Postfix(text.into()), status)
    }
}

/// postqueue(1).
pub(crate) fn postqueue(program: &Program) -> u8 {
    finished(program, attempt_postqueue(program))
}

/// postdrop(1).
pub(crate) fn postdrop(program: &Program) -> u8 {
    finished(program, attempt_postdrop(program))
}

/// sendmail(1) and mailq(1).
pub(crate) fn sendmail(program: &Program) -> u8 {
    finished(program, attempt_sendmail(program))
}

fn finished(program: &Program, result: Result<u8, Failure>) -> u8 {
    result.unwrap_or_else(|Failure(fatal, status)| {
        program.give_up(&fatal, |text| {
            say(&messages::line(program.name.as_bytes(), Severity::Fatal, text, program.utf8()));
            status
        })
    })
}

fn attempt_postqueue(program: &Program) -> Result<u8, Failure> {
    let options = parsed(program);
    let modes: Vec<u8> =
        options.found.iter().map(|(letter, _)| *letter).filter(|letter| b"fijps".contains(letter)).collect();
    let usage = || {
        let usage =
            "usage: postqueue -f | postqueue -i queueid | postqueue -j | postqueue -p | postqueue -s site";
        Failure::with(usage.as_bytes().to_vec(), UNAVAILABLE)
    };
    if modes.len() > 1 || options.complaint.is_some() || options.used < program.arguments.len() {
        return Err(usage());
    }
    let configuration = configured(program, &options, UNAVAILABLE)?;
    import_environment::cleaned(&configuration, &program.environment)
        .map_err(|fatal| Failure(fatal, UNAVAILABLE))?;
    let queue = enter_queue(&configuration, UNAVAILABLE)?;
    // Only now it is missed.
    let mode = *modes.first().ok_or_else(usage)?;
    let is_running = InstanceState::of(&queue).running().is_some();
    match mode {
        b'p' | b'j' if !is_running => {
            let why = why_unreachable(program, &configuration)?;
            if Caller::of(program) == Caller::Ordinary {
                let start = b"Queue report unavailable - mail system is down";
                return Err(Failure::with([&start[..], &why].concat(), UNAVAILABLE));
            }
            let start = b"Mail system is down -- accessing queue directly";
            warn(program, &[&start[..], &why].concat());
            look_directly(&queue, mode)
        }
        b'p' => {
            print(b"Mail queue is empty\n");
            Ok(0)
        }
        b'f' if !is_running => {
            warn(program, QUEUE_MANAGER_MISSING);
            Err(Failure::with(CANNOT_FLUSH.to_vec(), UNAVAILABLE))
        }
        b'j' | b'f' => Ok(0),
        mode => Ok(program.refuse(&format!("postqueue -{}", char::from(mode)))),
    }
}

/// Which service a listing would come from, and why it does not, if the version says so.
fn why_unreachable(program: &Program, configuration: &Configuration) -> Result<Vec<u8>, Failure> {
    if !program.world.settings.has(Feature::UnreachableReason) {
        return Ok(Vec::new());
    }
    let (name, service) = (text(configuration, "mail_name")?, text(configuration, "showq_service_name")?);
    Ok([b" (Connect to the ", &name[..], b" ", &service, b" service: No such file or directory)"].concat())
}

/// What root sees of a queue without the mail system.
fn look_directly(queue: &[u8], mode: u8) -> Result<u8, Failure> {
    if !SHOWN_DIRECTORIES.iter().all(|name| path_of(queue).join(name).is_dir()) {
        return Err(Failure::with(b"malformed showq server response".to_vec(), UNAVAILABLE));
    }
    if mode == b'p' {
        print(b"Mail queue is empty\n");
    }
    Ok(0)
}

fn attempt_postdrop(program: &Program) -> Result<u8, Failure> {
    let options = parsed(program);
    if options.complaint.is_some() {
        return Err(Failure::with(b"usage: postdrop [-c config_dir] [-v]".to_vec(), 1));
    }
    let configuration = configured(program, &options, 1)?;
    import_environment::cleaned(&configuration, &program.environment).map_err(|fatal| Failure(fatal, 1))?;
    enter_queue(&configuration, 1)?;
    let mut input = Vec::new();
    let _ = std::io::stdin().lock().read_to_end(&mut input);
    if !input.is_empty() {
        return Ok(program.refuse("to queue a message"));
    }
    // An empty submission only asks for a place in the queue.
    if program.world.settings.has(Feature::ProtocolNames) {
        print(b"protocol\0postdrop_protocol\0");
    }
    print(b"queue_id\0NOMAIL\0\0");
    Ok(0)
}

fn attempt_sendmail(program: &Program) -> Result<u8, Failure> {
    // The arguments are gone through twice: for the configuration first.
    let options = program.options();
    let lists = program.name == "mailq" || options.last(b'b') == Some(b"p");
    let asks_for_more = options
        .found
        .iter()
        .any(|(letter, value)| b"ABFGINRVXoqrv".contains(letter) || (*letter == b'b' && value != b"p"));
    if !lists || asks_for_more {
        return Ok(program.refuse("sendmail other than -bp"));
    }
    let given: Vec<&[u8]> = options
        .found
        .iter()
        .filter(|(letter, _)| *letter == b'C')
        .map(|(_, value)| directory_of_main_cf(value))
        .collect();
    // The environment is trusted: this program is not set-gid.
    for directory in &given {
        authorize(program, directory, TRY_AGAIN)?;
    }
    complain(program, &options);
    let directory = given.last().copied();
    let read = directory.or_else(|| program.variable("MAIL_CONFIG")).map(<[u8]>::to_vec);
    let configuration = read_configuration(program, read, TRY_AGAIN)?;
    let updates = import_environment::updates(&configuration).map_err(|fatal| Failure(fatal, TRY_AGAIN))?;
    enter_queue(&configuration, TRY_AGAIN)?;
    let wrong = |text: &[u8]| Err(Failure::with(text.to_vec(), TRY_AGAIN));
    if options.found.iter().any(|(letter, _)| *letter == b'n') {
        return wrong(b"-n option not supported");
    }
    if options.complaint.is_some() {
        complain(program, &options);
        return wrong(format!("usage: {} [options]", program.name).as_bytes());
    }
    if options.found.iter().any(|(letter, _)| *letter == b't') {
        return wrong(b"-t can be used only in delivery mode");
    }
    if options.used < program.arguments.len() {
        return wrong(b"display queue mode requires no recipient");
    }
    let command = [text(&configuration, "command_directory")?, b"postqueue".to_vec()].join(&b'/');
    let mut listing = Command::new(path_of(&command));
    if let Some(directory) = directory {
        listing.env("MAIL_CONFIG", OsStr::from_bytes(directory));
    }
    listing.envs(updates.iter().map(|(name, value)| (OsStr::from_bytes(name), OsStr::from_bytes(value))));
    let error = listing.arg(OsString::from("-p")).exec();
    Err(Failure::with(
        [b"execv ", &command[..], b": ", system_message(&error).as_bytes()].concat(),
        TRY_AGAIN,
    ))
}

/// A configuration directory may be given by the main.cf in it.
fn directory_of_main_cf(given: &[u8]) -> &[u8] {
    let path = path_of(given);
    if path.file_name() != Some(OsStr::new("main.cf")) {
        return given;
    }
    match path.parent().map(|parent| parent.as_os_str().as_bytes()) {
        Some(b"") | None => b".",
        Some(parent) => parent,
    }
}

fn enter_queue(configuration: &Configuration, status: u8) -> Result<Vec<u8>, Failure> {
    let queue = text(configuration, "queue_directory")?;
    match std::env::set_current_dir(path_of(&queue)) {
        Ok(()) => Ok(queue),
        Err(error) => {
            let text = [b"chdir ", &queue[..], b": ", system_message(&error).as_bytes()].concat();
            Err(Failure::with(text, status))
        }
    }
}

fn parsed(program: &Program) -> Options {
    let options = program.options();
    complain(program, &options);
    options
}

fn complain(program: &Program, options: &Options) {
    if let Some(complaint) = &options.complaint {
        say(&[program.name.as_bytes(), b": ", complaint, b"\n"].concat());
    }
}

fn text(configuration: &Configuration, name: &str) -> Result<Vec<u8>, Failure> {
    configuration.text(name).map_err(|fatal| Failure(fatal, 1))
}

/// The configuration of the instance that is asked for, if the caller may ask for it.
fn configured(program: &Program, options: &Options, status: u8) -> Result<Configuration, Failure> {
    let directory = program.given_directory(options);
    if let Some(directory) = &directory {
        authorize(program, directory, status)?;
    }
    read_configuration(program, directory, status)
}

fn read_configuration(
    program: &Program,
    directory: Option<Vec<u8>>,
    status: u8,
) -> Result<Configuration, Failure> {
    let warn = |text: &[u8]| warn(program, text);
    let read = Configuration::of_program(program, directory, warn)
        .and_then(|configuration| LogFile::of(&configuration).map(|_| configuration));
    read.map_err(|fatal| Failure(fatal, status))
}

/// Looks for the directory in the default main.cf, as it is written there: any setting of either parameter
/// counts, and nothing is expanded. Root may ask for any, and everybody for the default one.
fn authorize(program: &Program, directory: &[u8], status: u8) -> Result<(), Failure> {
    if Caller::of(program) == Caller::Root || directory == program.default_config_directory() {
        return Ok(());
    }
    let path = parameters::file(&program.default_config_directory(), "main.cf");
    let shown = path.as_os_str().as_bytes();
    let main_cf = std::fs::read(&path).map_err(|error| {
        let attempt: &[u8] = if error.kind() == ErrorKind::IsADirectory { b"read" } else { b"open" };
        Failure::with([attempt, b" file ", shown, b": ", system_message(&error).as_bytes()].concat(), status)
    })?;
    let mut warnings = Vec::new();
    let version = program.world.settings.version();
    let is_listed = logical_lines(&main_cf, shown, version, &mut warnings).iter().any(|line| {
        split_name_value(&line.text, version).is_ok_and(|(name, value)| {
            (name == b"alternate_config_directories" || name == b"multi_instance_directories")
                && split(value, COMMA_SPACE).contains(&directory)
        })
    });
    for text in warnings {
        warn(program, &text);
    }
    if is_listed {
        return Ok(());
    }
    let text = [b"unauthorized configuration directory name: ", directory].concat();
    say(&messages::line(program.name.as_bytes(), Severity::Error, &text, Utf8::Masked));
    let first = b"specify \"alternate_config_directories = ";
    let second = b"\" or \"multi_instance_directories = ";
    Err(Failure::with([&first[..], directory, second, directory, b"\" in ", shown].concat(), status))
}

fn warn(program: &Program, text: &[u8]) {
    say(&messages::line(program.name.as_bytes(), Severity::Warning, text, program.utf8()));
}
