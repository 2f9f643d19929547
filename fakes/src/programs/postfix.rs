//! postfix(1): finds the instance, exports its parameters, and executes postfix-script or the multi-instance manager.
//! Does not insist on root; `-v` only sets its variable.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use nix::sys::stat::{Mode, umask};

use crate::config::import_environment::{Environment, cleaned, set_variable};
use crate::config::mail_params::{Configuration, FOR_POSTFIX};
use crate::config::main_cf::{COMMA_SPACE, SPACE, level, split};
use crate::protocol::bytes::path_of;
use crate::protocol::features::Feature;
use crate::protocol::world::World;
use crate::runtime::exec;
use crate::runtime::fatal::Fatal;
use crate::runtime::mail_log::log_aloud;
use crate::runtime::messages::Severity;
use crate::runtime::program::{End, Program};

/// The search path of commands, as Postfix has it.
const SEARCH_PATH: &[u8] = b"/bin:/usr/bin:/sbin:/usr/sbin";

/// The search path in a world.
fn search_path(world: &World) -> Vec<u8> {
    match &world.settings.commands_on_path {
        Some(own) => [&own.0[..], b":", SEARCH_PATH].concat(),
        None => SEARCH_PATH.to_vec(),
    }
}

/// Parameters that are exported, in the order in which they are, before those that postfix(1) alone looks up.
const EXPORTED: &[&str] = &[
    "command_directory",
    "daemon_directory",
    "data_directory",
    "meta_directory",
    "queue_directory",
    "config_directory",
    "shlib_directory",
    "mail_owner",
    "setgid_group",
];

/// Logs a line. In older versions it appears on standard error only if that is a terminal.
fn speak(program: &Program, severity: Severity, text: &[u8]) {
    log_aloud(program, b"postfix", b"postfix", severity, text);
}

/// Does the job. If it executes another program than a fake, it does not return.
pub(crate) fn job(program: &Program) -> End {
    umask(Mode::from_bits_truncate(0o022));
    handed_over(program).unwrap_or_else(|fatal| {
        End::With(program.give_up(&fatal, |text| {
            speak(program, Severity::Fatal, text);
            1
        }))
    })
}

fn handed_over(program: &Program) -> Result<End, Fatal> {
    let options = program.options();
    let mut environment = program.environment.clone();
    for (letter, value) in &options.found {
        let (name, value) = match letter {
            b'c' if !value.starts_with(b"/") => {
                return Err(Fatal::Postfix(b"-c requires absolute pathname".to_vec()));
            }
            b'c' => ("MAIL_CONFIG", value.clone()),
            b'D' => ("MAIL_DEBUG", Vec::new()),
            _ => ("MAIL_VERBOSE", Vec::new()),
        };
        environment.insert(OsString::from(name), OsString::from_vec(value));
    }
    if options.complain_as(b"postfix") {
        return Err(Fatal::Postfix(b"usage: postfix [-c config_dir] [-Dv] command".to_vec()));
    }
    let given = environment.get(&OsString::from("MAIL_CONFIG")).map(|value| value.as_bytes().to_vec());
    let is_single = given.is_some();
    let warn = |text: &[u8]| speak(program, Severity::Warning, text);
    let configuration = Configuration::of_program(program, given, warn)?;
    environment.insert(OsString::from("MAIL_LOGTAG"), OsString::from_vec(configuration.text("syslog_name")?));
    let exported = exported(&program.world, &configuration, &environment)?;
    advise_on_compatibility(program, &configuration)?;
    enter_directories(&configuration)?;
    let arguments = &program.arguments[options.used..];
    let words = command(&configuration, is_single, arguments)?;
    hand_over(program, &words, &exported)
}

/// What the programs below find in their environment.
pub(crate) fn exported(
    world: &World,
    configuration: &Configuration,
    environment: &BTreeMap<OsString, OsString>,
) -> Result<Environment, Fatal> {
    let mut exported = cleaned(configuration, environment)?;
    let service = environment.get(OsStr::new("POSTLOG_SERVICE")).map(|service| service.as_bytes());
    point_to_log(configuration, service, &mut exported)?;
    set_variable(&mut exported, b"PATH", search_path(world));
    set_variable(&mut exported, b"MAIL_CONFIG", configuration.directory.clone());
    for name in EXPORTED.iter().chain(FOR_POSTFIX) {
        let value = match *name {
            "config_directory" => configuration.directory.clone(),
            name => configuration.text(name)?,
        };
        set_variable(&mut exported, name.as_bytes(), value);
    }
    Ok(exported)
}

/// Where programs below find the service that writes the log file, if there is one. `given` is where the caller has it.
fn point_to_log(
    configuration: &Configuration,
    given: Option<&[u8]>,
    environment: &mut Environment,
) -> Result<(), Fatal> {
    let file = configuration.log_file(given)?;
    if file.is_none() {
        environment.retain(|(name, _)| name != b"POSTLOG_SERVICE" && name != b"POSTLOG_HOSTNAME");
        return Ok(());
    }
    file.open_first()?;
    let service = [configuration.text("queue_directory")?, configuration.text("postlog_service_name")?];
    set_variable(environment, b"POSTLOG_SERVICE", service.join(&b"/public/"[..]));
    set_variable(environment, b"POSTLOG_HOSTNAME", configuration.text("myhostname")?);
    Ok(())
}

fn advise_on_compatibility(program: &Program, configuration: &Configuration) -> Result<(), Fatal> {
    let version = program.world.settings.version();
    let is_doing = if version.has(Feature::UsingDefaults) { "using" } else { "running with" };
    let scheme = if version.has(Feature::Https) { "https" } else { "http" };
    let last = version.series.latest_compatibility_level;
    if level(&configuration.text("compatibility_level")?) < level(last.as_bytes()) {
        let file = configuration.log_file(program.variable("POSTLOG_SERVICE"))?;
        for text in [
            format!("Postfix is {is_doing} backwards-compatible default settings"),
            format!("See {scheme}://www.postfix.org/COMPATIBILITY_README.html for details"),
            format!(
                "To disable backwards compatibility use \"postconf compatibility_level={last}\" and \"postfix \
                 reload\""
            ),
        ] {
            speak(program, Severity::Info, text.as_bytes());
            file.open()?;
        }
    }
    Ok(())
}

/// Enters the directories that must be there, in the order in which postfix(1) finds out.
fn enter_directories(configuration: &Configuration) -> Result<(), Fatal> {
    for name in ["command_directory", "daemon_directory", "queue_directory"] {
        let directory = configuration.text(name)?;
        std::env::set_current_dir(path_of(&directory))
            .map_err(|error| Fatal::because(&[b"chdir(", &directory, b")"], &error))?;
    }
    Ok(())
}

/// What is run: the script of one instance or the manager, and the arguments.
pub(crate) fn command(
    configuration: &Configuration,
    is_single: bool,
    arguments: &[OsString],
) -> Result<Vec<Vec<u8>>, Fatal> {
    let secondary = configuration.text("multi_instance_directories")?;
    let mut words: Vec<Vec<u8>> = Vec::new();
    if is_single || split(&secondary, COMMA_SPACE).is_empty() {
        words.push([&configuration.text("daemon_directory")?[..], b"/postfix-script"].concat());
    } else {
        let wrapper = configuration.text("multi_instance_wrapper")?;
        if wrapper.is_empty() {
            return Err(Fatal::Postfix(
                b"multi-instance support is requested, but multi_instance_wrapper is empty".to_vec(),
            ));
        }
        words.extend(split(&wrapper, SPACE).into_iter().map(<[u8]>::to_vec));
    }
    words.extend(arguments.iter().map(|argument| argument.as_bytes().to_vec()));
    Ok(words)
}

fn hand_over(program: &Program, words: &[Vec<u8>], environment: &Environment) -> Result<End, Fatal> {
    let Some((command, arguments)) = words.split_first() else {
        return Err(Fatal::Postfix(b"(null): Bad address".to_vec()));
    };
    // Not for a manager: the recursion guard counts processes, and would not see one that calls itself.
    if command.ends_with(b"/postfix-script") {
        if let Some(script) = exec::in_this_process(program, path_of(command), arguments, environment) {
            return Ok(End::Exec(Box::new(script)));
        }
    }
    let error = exec::replace_process(words, environment, &search_path(&program.world));
    Err(Fatal::because(&[command], &error))
}
