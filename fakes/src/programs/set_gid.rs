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
use crate::config::mail_params::Configuration;
use crate::config::main_cf::{COMMA_SPACE, logical_lines, split, split_name_value};
use crate::config::parameters;
use crate::protocol::bytes::path_of;
use crate::protocol::features::Feature;
use crate::runtime::fatal::Fatal;
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

/// The variable that makes an ordinary user of root, for a harness that root runs.
pub const ORDINARY_CALLER: &str = "POSTFIX_WORLD_ORDINARY_CALLER";

/// What queue listings need to see without the mail system.
const SHOWN_DIRECTORIES: [&str; 5] = ["maildrop", "active", "incoming", "deferred", "hold"];

/// Does the job of postqueue(1), postdrop(1), or sendmail(1) and mailq(1).
pub(crate) fn job(program: &Program) -> u8 {
    let (result, status) = match program.name.as_str() {
        "postqueue" => (postqueue(program), UNAVAILABLE),
        "postdrop" => (postdrop(program), 1),
        _ => (sendmail(program), TRY_AGAIN),
    };
    program.finished(result, status)
}

fn postqueue(program: &Program) -> Result<u8, Fatal> {
    let options = program.options();
    let is_wrong = options.complain_as(program.name.as_bytes());
    let modes: Vec<u8> =
        options.found.iter().map(|(letter, _)| *letter).filter(|letter| b"fijps".contains(letter)).collect();
    let usage = || {
        let text =
            "usage: postqueue -f | postqueue -i queueid | postqueue -j | postqueue -p | postqueue -s site";
        Fatal::Postfix(text.into())
    };
    if modes.len() > 1 || is_wrong || options.used < program.arguments.len() {
        return Err(usage());
    }
    let (configuration, queue) = entered(program, &options)?;
    // Only now it is missed.
    let mode = *modes.first().ok_or_else(usage)?;
    let is_running = InstanceState::of(&queue).running().is_some();
    if b"pj".contains(&mode) && !is_running {
        look_directly(program, &configuration, &queue)?;
    }
    match mode {
        b'p' => print(b"Mail queue is empty\n"),
        b'f' if !is_running => {
            program.tell(Severity::Warning, QUEUE_MANAGER_MISSING);
            return Err(Fatal::Postfix("Cannot flush mail queue - mail system is down".into()));
        }
        b'j' | b'f' => {}
        mode => return Ok(program.refuse(&format!("postqueue -{}", char::from(mode)))),
    }
    Ok(0)
}

/// Looks at a queue without the mail system, as only root may.
fn look_directly(program: &Program, configuration: &Configuration, queue: &[u8]) -> Result<(), Fatal> {
    // Which service a listing would come from, and why it does not, if the version says so.
    let why = if program.world.settings.has(Feature::UnreachableReason) {
        let (name, service) = (configuration.text("mail_name")?, configuration.text("showq_service_name")?);
        [b" (Connect to the ", &name[..], b" ", &service, b" service: No such file or directory)"].concat()
    } else {
        Vec::new()
    };
    if !is_root(program) {
        let start = b"Queue report unavailable - mail system is down";
        return Err(Fatal::Postfix([&start[..], &why].concat()));
    }
    let start = b"Mail system is down -- accessing queue directly";
    program.tell(Severity::Warning, &[&start[..], &why].concat());
    if !SHOWN_DIRECTORIES.iter().all(|name| path_of(queue).join(name).is_dir()) {
        return Err(Fatal::Postfix("malformed showq server response".into()));
    }
    Ok(())
}

fn postdrop(program: &Program) -> Result<u8, Fatal> {
    let options = program.options();
    if options.complain_as(program.name.as_bytes()) {
        return Err(Fatal::Postfix("usage: postdrop [-c config_dir] [-v]".into()));
    }
    entered(program, &options)?;
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

fn sendmail(program: &Program) -> Result<u8, Fatal> {
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
    // The environment is trusted: this program is not set-gid.
    let mut directory = None;
    for (_, value) in options.found.iter().filter(|(letter, _)| *letter == b'C') {
        let given = directory_of_main_cf(value);
        authorize(program, given)?;
        directory = Some(given);
    }
    options.complain_as(program.name.as_bytes());
    let read = directory.or_else(|| program.variable("MAIL_CONFIG")).map(<[u8]>::to_vec);
    let configuration = read_configuration(program, read)?;
    let updates = import_environment::updates(&configuration)?;
    enter_queue(&configuration)?;
    if options.last(b'n').is_some() {
        return Err(Fatal::Postfix("-n option not supported".into()));
    }
    if options.complain_as(program.name.as_bytes()) {
        return Err(Fatal::Postfix(format!("usage: {} [options]", program.name).into()));
    }
    if options.last(b't').is_some() {
        return Err(Fatal::Postfix("-t can be used only in delivery mode".into()));
    }
    if options.used < program.arguments.len() {
        return Err(Fatal::Postfix("display queue mode requires no recipient".into()));
    }
    let command = [configuration.text("command_directory")?, b"postqueue".to_vec()].join(&b'/');
    let mut listing = Command::new(path_of(&command));
    if let Some(directory) = directory {
        listing.env("MAIL_CONFIG", OsStr::from_bytes(directory));
    }
    listing.envs(updates.iter().map(|(name, value)| (OsStr::from_bytes(name), OsStr::from_bytes(value))));
    let error = listing.arg(OsString::from("-p")).exec();
    Err(Fatal::because(&[b"execv ", &command], &error))
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

/// The configuration of the instance that is asked for, if the caller may ask for it, and its queue, which is entered.
fn entered(program: &Program, options: &Options) -> Result<(Configuration, Vec<u8>), Fatal> {
    let directory = program.given_directory(options);
    if let Some(directory) = &directory {
        authorize(program, directory)?;
    }
    let configuration = read_configuration(program, directory)?;
    import_environment::cleaned(&configuration, &program.environment)?;
    let queue = enter_queue(&configuration)?;
    Ok((configuration, queue))
}

fn read_configuration(program: &Program, directory: Option<Vec<u8>>) -> Result<Configuration, Fatal> {
    let warn = |text: &[u8]| program.tell(Severity::Warning, text);
    let configuration = Configuration::of_program(program, directory, warn)?;
    configuration.log_file(None)?;
    Ok(configuration)
}

fn enter_queue(configuration: &Configuration) -> Result<Vec<u8>, Fatal> {
    let queue = configuration.text("queue_directory")?;
    std::env::set_current_dir(path_of(&queue))
        .map_err(|error| Fatal::because(&[b"chdir ", &queue], &error))?;
    Ok(queue)
}

fn is_root(program: &Program) -> bool {
    let is_root = nix::unistd::getuid().is_root() && nix::unistd::geteuid().is_root();
    is_root && program.variable(ORDINARY_CALLER).is_none()
}

/// Looks for the directory in the default main.cf, as it is written there: any setting of either parameter
/// counts, and nothing is expanded. Root may ask for any, and everybody for the default one.
fn authorize(program: &Program, directory: &[u8]) -> Result<(), Fatal> {
    if is_root(program) || directory == program.default_config_directory() {
        return Ok(());
    }
    let path = parameters::file(&program.default_config_directory(), "main.cf");
    let shown = path.as_os_str().as_bytes();
    let main_cf = std::fs::read(&path).map_err(|error| {
        let attempt: &[u8] = if error.kind() == ErrorKind::IsADirectory { b"read" } else { b"open" };
        Fatal::because(&[attempt, b" file ", shown], &error)
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
        program.tell(Severity::Warning, &text);
    }
    if is_listed {
        return Ok(());
    }
    let text = [b"unauthorized configuration directory name: ", directory].concat();
    say(&messages::line(program.name.as_bytes(), Severity::Error, &text, Utf8::Masked));
    let first = b"specify \"alternate_config_directories = ";
    let second = b"\" or \"multi_instance_directories = ";
    Err(Fatal::Postfix([&first[..], directory, second, directory, b"\" in ", shown].concat()))
}
