//! post-install: creates missing directories and looks after permissions. In a world it creates the
//! directories of an instance; of the files that all instances share it only notes that it looked after them.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;

use crate::journal::What;
use crate::program::{Program, path_of, print, say};
use crate::shared_files;

/// The directories below a queue directory, with their modes.
const QUEUE: &[(&str, u32)] = &[
    ("active", 0o700),
    ("bounce", 0o700),
    ("corrupt", 0o700),
    ("defer", 0o700),
    ("deferred", 0o700),
    ("flush", 0o700),
    ("hold", 0o700),
    ("incoming", 0o700),
    ("maildrop", 0o730),
    ("pid", 0o755),
    ("private", 0o700),
    ("public", 0o710),
    ("saved", 0o700),
    ("trace", 0o700),
];

/// How the words begin that it takes for an order, and whether they are to be met in full.
const ORDERS: &[(&str, bool)] = &[
    ("create-missing", true),
    ("set-perm", false),
    ("upgrade-perm", false),
    ("upgrade-conf", false),
    ("upgrade-source", true),
    ("upgrade-package", true),
    ("first-install", false),
];

const USAGE: &str = "[name=value] command
    create-missing          Create missing queue directories.
    upgrade-source          When installing or upgrading from source code.
    upgrade-package         When installing or upgrading from pre-built package.
    first-install-reminder  Remind of mandatory first-time configuration steps.
    name=value              Specify an installation parameter.
";

/// Does the job of the program.
pub(crate) fn job(program: &Program) -> u8 {
    perform(program, &program.arguments)
}

/// Does what the words say, in the environment that postfix(1) exports.
pub(crate) fn perform(program: &Program, words: &[OsString]) -> u8 {
    let variable = |name: &str| program.variable(name).unwrap_or_default().to_vec();
    let (daemons, configuration) = (variable("daemon_directory"), variable("config_directory"));
    if daemons.is_empty() {
        return program.refuse("post-install without the environment that postfix(1) exports");
    }
    let own = [&daemons[..], b"/post-install"].concat();
    let usage = || {
        say(&[&own[..], b": Error: Usage: ", &own, b" ", USAGE.as_bytes()].concat());
        1
    };
    let mut orders = Vec::new();
    for word in words {
        let word = word.as_bytes();
        if word.iter().any(|byte| b" \t".contains(byte)) {
            print(&[&own[..], b": Error: argument contains whitespace: '", word, b"'\n"].concat());
            return 1;
        }
        if word.contains(&b'=') {
            return program.refuse("post-install with settings");
        }
        match ORDERS.iter().find(|(order, in_full)| {
            if *in_full { word == order.as_bytes() } else { word.starts_with(order.as_bytes()) }
        }) {
            Some((order, _)) => orders.push(*order),
            None => return usage(),
        }
    }
    if orders.is_empty() {
        return usage();
    }
    let updates = orders.iter().any(|order| *order != "create-missing" && *order != "first-install");
    if create_missing(&variable("queue_directory"), &variable("data_directory")).is_err() {
        return 1;
    }
    let (list, text) = shared_files::listed(program, &variable("command_directory"));
    say(&text);
    let is_secondary = shared_files::is_listed(&list, &program.default_config_directory(), &configuration);
    if updates && !is_secondary {
        program.record(What::SharedFiles { action: "update".to_owned() });
    }
    0
}

/// Creates the directories of an instance that are missing.
pub(crate) fn create_missing(queue_directory: &[u8], data_directory: &[u8]) -> std::io::Result<()> {
    let create = |path: &std::path::Path, mode: u32| {
        if path.is_dir() {
            Ok(())
        } else {
            std::fs::DirBuilder::new().recursive(true).mode(mode).create(path)
        }
    };
    create(path_of(queue_directory), 0o755)?;
    for (name, mode) in QUEUE {
        create(&path_of(queue_directory).join(name), *mode)?;
    }
    if data_directory.is_empty() { Ok(()) } else { create(path_of(data_directory), 0o700) }
}
