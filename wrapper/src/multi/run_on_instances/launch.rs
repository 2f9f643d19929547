//! Builds the command for an instance, with the environment that postmulti(1) gives it.
//!
//! Knows nothing of which instance gets which command.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use crate::multi::system::InstanceInfo;
use crate::multi::system::installation::{Installation, MAIL_LOGTAG};
use crate::plan::run_settings::Verbosity;
use crate::postfix::environment::{MAIL_CONFIG, MAIL_VERBOSE};
use crate::postfix::instance_settings::InstanceSettings;
use crate::postfix::values::enable_flag::Flag;

/// Where programs are looked for behind Postfix's own, when the environment does not say.
const SEARCHED: &str = "/bin:/usr/bin:/sbin:/usr/sbin";

/// A command of postfix(1) for an instance.
pub(crate) fn postfix(
    installation: &Installation,
    instance: &InstanceInfo,
    words: &[&OsStr],
    verbosity: Verbosity,
) -> Command {
    let mut command = Command::new(installation.program("postfix"));
    command.arg("-c").arg(&instance.directory);
    if words.first().is_some_and(|word| word.as_bytes().first() == Some(&b'-')) {
        // It is no option of postfix(1), even if it looks like one.
        command.arg("--");
    }
    command.args(words);
    for_postfix(&mut command, installation, instance, verbosity);
    command
}

/// Any other command for an instance: a program and its arguments. It finds Postfix's commands first.
pub(crate) fn program(
    installation: &Installation,
    instance: &InstanceInfo,
    settings: &InstanceSettings,
    words: &[&OsStr],
    verbosity: Verbosity,
    path: Option<OsString>,
) -> Command {
    let (name, arguments) = words.split_first().map_or((OsStr::new(""), words), |(name, rest)| (*name, rest));
    let mut command = Command::new(name);
    command.args(arguments);
    for_postfix(&mut command, installation, instance, verbosity);
    let mut search = installation.command_directory.clone().into_os_string();
    search.push(":");
    search.push(path.filter(|path| !path.is_empty()).unwrap_or_else(|| SEARCHED.into()));
    let enable = match &settings.enable {
        Ok(Flag::Enabled) => OsStr::new("yes"),
        Ok(Flag::Disabled) => OsStr::new("no"),
        Err(other) => &other.0,
    };
    command
        .env("PATH", search)
        .env("daemon_directory", &installation.daemon_directory)
        .env("command_directory", &installation.command_directory)
        .env("config_directory", &instance.directory)
        .env("queue_directory", &settings.queue_directory)
        .env("data_directory", &settings.data_directory)
        .env("multi_instance_name", settings.name.as_deref().unwrap_or_default())
        .env("multi_instance_group", settings.group.as_deref().unwrap_or_default())
        .env("multi_instance_enable", enable);
    command
}

fn for_postfix(
    command: &mut Command,
    installation: &Installation,
    instance: &InstanceInfo,
    verbosity: Verbosity,
) {
    command.env(MAIL_CONFIG, &instance.directory).env(MAIL_LOGTAG, &installation.syslog_name);
    if verbosity == Verbosity::Steps {
        command.env(MAIL_VERBOSE, "");
    }
}
