//! post-install: creates missing directories and sets permissions.
//! Creates the directories of an instance with their modes, but not their owners, and nothing outside of its world.
//! For files that all instances share, it only records that it was asked.

use std::ffi::{OsStr, OsString};
use std::fs::Permissions;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::programs::debian::configure_instance;
use crate::programs::postconf_client::PostconfClient;
use crate::programs::shared_files;
use crate::protocol::bytes::path_of;
use crate::protocol::features::Feature;
use crate::protocol::journal::What;
use crate::runtime::fatal::say_because;
use crate::runtime::program::Program;
use crate::runtime::standard_output::{print, say};
use crate::runtime::world_boundary;

/// The directories below a queue directory, in the order of postfix-files.
const QUEUE: [&str; 15] = [
    "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "maildrop",
    "public", "pid", "saved", "tlstrace", "trace",
];

/// The orders, and whether a word must be the whole order or may only begin with it.
const ORDERS: &[(&str, bool)] = &[
    ("create-missing", true),
    ("set-perm", false),
    ("upgrade-perm", false),
    ("upgrade-conf", false),
    ("upgrade-source", true),
    ("upgrade-package", true),
    ("first-install", false),
];

/// Those among them that look into the configuration.
const UPGRADING: [&str; 3] = ["upgrade-conf", "upgrade-source", "upgrade-package"];

/// How many settings it asks for by name.
const SETTINGS: usize = 15;

const USAGE: &str = "[name=value] command
    create-missing          Create missing queue directories.
    upgrade-source          When installing or upgrading from source code.
    upgrade-package         When installing or upgrading from pre-built package.
    first-install-reminder  Remind of mandatory first-time configuration steps.
    name=value              Specify an installation parameter.
";

/// Does the job of the program.
pub(crate) fn job(program: &Program) -> u8 {
    perform(&PostconfClient::of(program), &program.arguments).err().unwrap_or(0)
}

/// Does what the words say, in the environment that postfix(1) exports: the exit status if it ends early.
pub(crate) fn perform(client: &PostconfClient, words: &[OsString]) -> Result<(), u8> {
    let program = client.program;
    let configuration = client.variable("config_directory");
    let orders = orders(client, words)?;
    let is_any = |wanted: &[&str]| orders.iter().any(|order| wanted.contains(order));
    let upgrades = is_any(&UPGRADING);
    if upgrades && !path_of(configuration).join("master.cf").is_file() {
        return Err(program.refuse("to upgrade services that are not there"));
    }
    let list = look_around(client)?;
    if orders.iter().any(|order| *order != "upgrade-conf") {
        let sets_all = is_any(&["set-perm", "upgrade-package"]);
        // An upgrade sets those that had another mode in an older version: of all directories.
        let sets = sets_all || is_any(&["upgrade-perm", "upgrade-source"]);
        if sets {
            set_mode(program, path_of(configuration), 0o755)?;
        }
        create_directories(client, sets)?;
        if sets_all {
            set_modes_of_files(program, configuration)?;
        }
        configure_instance::perform(client)?;
    }
    if upgrades {
        // It looks for what an older configuration lacks; nothing is written. It is taken for a new one.
        say(&asked(client, ["-h", "hash_queue_names"])?);
        say(&shared_files::asked_for_default(client)?.stderr);
        say(&asked(client, ["-n", "inet_protocols"])?);
    }
    let updates = orders.iter().any(|order| *order != "create-missing");
    let is_secondary = shared_files::is_listed(&list, &program.default_config_directory(), configuration);
    if updates && !is_secondary {
        program.record(What::SharedFiles { action: "update".to_owned() });
    }
    Ok(())
}

/// The orders that the words are: the exit status if one is none.
fn orders(client: &PostconfClient, words: &[OsString]) -> Result<Vec<&'static str>, u8> {
    let program = client.program;
    if client.variable("daemon_directory").is_empty() {
        return Err(program.refuse("post-install without the environment that postfix(1) exports"));
    }
    let own = own_path(client);
    let usage = || {
        say(&[&own[..], b": Error: Usage: ", &own, b" ", USAGE.as_bytes()].concat());
        1
    };
    let mut orders = Vec::new();
    for word in words {
        let word = word.as_bytes();
        if word.iter().any(|byte| b" \t".contains(byte)) {
            print(&[&own[..], b": Error: argument contains whitespace: '", word, b"'\n"].concat());
            return Err(1);
        }
        if word.contains(&b'=') {
            return Err(program.refuse("post-install with settings"));
        }
        let is_meant = |(order, in_full): &&(&str, bool)| {
            if *in_full { word == order.as_bytes() } else { word.starts_with(order.as_bytes()) }
        };
        orders.push(ORDERS.iter().find(is_meant).ok_or_else(usage)?.0);
    }
    if orders.is_empty() {
        return Err(usage());
    }
    if orders.contains(&"first-install") {
        return Err(program.refuse("post-install first-install-reminder"));
    }
    Ok(orders)
}

/// The path that the scripts call it by.
fn own_path(client: &PostconfClient) -> Vec<u8> {
    [client.variable("daemon_directory"), b"/post-install"].concat()
}

/// Reads its settings and the list of instances, one after the other. Returns the instances.
pub(crate) fn look_around(client: &PostconfClient) -> Result<Vec<Vec<u8>>, u8> {
    let default = shared_files::asked_for_default(client)?;
    if default.status != 0 {
        // It has asked for the version before, and takes any failure for a postconf that is not there.
        let (own, directory) = (own_path(client), client.variable("command_directory"));
        say(&[&own[..], b": Error: no ", directory, b"/postconf command found.\n"].concat());
        say(&[b"Re-run this command as ", &own[..], b" command_directory=/some/where.\n"].concat());
        return Err(1);
    }
    let default = default.stderr;
    say(&default);
    let list = shared_files::listed(client)?;
    // Its version, and then what each of its settings is.
    say(&default);
    say(&asked(client, ["-h", "mail_owner"])?.repeat(SETTINGS));
    Ok(list)
}

/// What postconf(1) writes to standard error when it is asked about this instance.
fn asked(client: &PostconfClient, words: [&str; 2]) -> Result<Vec<u8>, u8> {
    let option = shared_files::directory_option(client.program);
    let start = [OsStr::new(option), OsStr::from_bytes(client.variable("config_directory"))];
    Ok(client.ask(start.into_iter().chain(words.map(OsStr::new)))?.stderr)
}

/// Creates the missing directories of an instance. If one cannot be created, reports it and returns the exit status.
pub(crate) fn create_missing(client: &PostconfClient) -> Result<(), u8> {
    create_directories(client, false)?;
    configure_instance::perform(client)
}

/// Creates what is missing; `sets` says whether what is there already gets its mode.
fn create_directories(client: &PostconfClient, sets: bool) -> Result<(), u8> {
    let program = client.program;
    let data_directory = client.variable("data_directory");
    if !data_directory.is_empty() {
        create(program, path_of(data_directory), 0o700, sets)?;
    }
    let queue = path_of(client.variable("queue_directory"));
    create(program, queue, 0o755, sets)?;
    let has_tlstrace = program.world.settings.has(Feature::TlsTrace);
    for name in QUEUE.iter().filter(|name| has_tlstrace || **name != "tlstrace") {
        let mode = match *name {
            "maildrop" => 0o730,
            "public" => 0o710,
            "pid" => 0o755,
            _ => 0o700,
        };
        create(program, &queue.join(name), mode, sets)?;
    }
    Ok(())
}

fn set_mode(program: &Program, path: &Path, mode: u32) -> Result<(), u8> {
    world_boundary::may_change(program, path)?;
    let _ = std::fs::set_permissions(path, Permissions::from_mode(mode));
    Ok(())
}

fn set_modes_of_files(program: &Program, configuration: &[u8]) -> Result<(), u8> {
    for name in ["main.cf", "master.cf"] {
        let path = path_of(configuration).join(name);
        let shown = path.as_os_str().as_bytes();
        std::fs::metadata(&path)
            .map_err(|error| say_because(&[b"chown: cannot access '", shown, b"'"], &error))?;
        set_mode(program, &path, 0o644)?;
    }
    Ok(())
}

fn create(program: &Program, path: &Path, mode: u32, sets: bool) -> Result<(), u8> {
    if path.is_dir() {
        return if sets { set_mode(program, path, mode) } else { Ok(()) };
    }
    if !world_boundary::is_within(&program.world, path) {
        return Err(program.refuse(&format!("to create {}, outside of the world", path.display())));
    }
    let shown = path.as_os_str().as_bytes();
    std::fs::create_dir(path)
        .and_then(|()| std::fs::set_permissions(path, Permissions::from_mode(mode)))
        .map_err(|error| say_because(&[b"mkdir: cannot create directory '", shown, b"'"], &error))
}
