//! Asks the installed postconf(1) how its Postfix was built.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use postfix_fakes::bytes::ByteString;
use postfix_fakes::version::{Build, Vendor};

use super::error::FidelityError;

/// The Postfix to measure against.
#[derive(Clone, Debug)]
pub struct Installed {
    /// Where its commands are.
    pub command_directory: PathBuf,
    /// Where its daemons are.
    pub daemon_directory: PathBuf,
    /// Its compiled-in configuration directory.
    pub config_directory: PathBuf,
    /// Which Postfix it is.
    pub build: Build,
    /// The TLS library that it was compiled with.
    pub tls_library: Option<ByteString>,
    /// What it was built with, by parameter.
    pub built_with: BTreeMap<String, ByteString>,
}

/// The parameters with the paths that a Postfix is built with.
const PATHS: [&str; 13] = [
    "command_directory",
    "daemon_directory",
    "data_directory",
    "html_directory",
    "mailq_path",
    "manpage_directory",
    "meta_directory",
    "newaliases_path",
    "queue_directory",
    "readme_directory",
    "sample_directory",
    "sendmail_path",
    "shlib_directory",
];

/// The parameters whose defaults are chosen when a Postfix is built.
const CHOICES: [&str; 4] =
    ["alias_maps", "default_cache_db_type", "default_database_type", "mail_release_date"];

/// Those of the paths that a world has a place of its own for.
const IN_A_WORLD: [&str; 5] =
    ["command_directory", "daemon_directory", "data_directory", "queue_directory", "sample_directory"];

impl Installed {
    /// What the postconf(1) in this directory says of its Postfix, without any configuration.
    pub(super) fn in_directory(command_directory: &Path) -> Result<Self, FidelityError> {
        let output = Command::new(command_directory.join("postconf"))
            .env_clear()
            .args(["-d", "config_directory", "mail_version"])
            .args(PATHS.iter().chain(&CHOICES))
            .current_dir("/")
            .output()
            .map_err(|source| FidelityError::System { doing: "asking the installed postconf", source })?;
        let answer = String::from_utf8_lossy(&output.stdout);
        // A parameter that this version does not have has no line.
        let mut values: BTreeMap<String, ByteString> =
            answer.lines().filter_map(|line| line.split_once(" =")).map(setting).collect();
        let mut take = |name: &str| values.remove(name).unwrap_or_default();
        let config_directory = take("config_directory").to_path_buf();
        let mail_version = take("mail_version").to_string();
        let daemon_directory = values.get("daemon_directory").cloned().unwrap_or_default();
        let vendor = Vendor::built_for(&daemon_directory.0);
        Ok(Self {
            command_directory: command_directory.to_path_buf(),
            daemon_directory: daemon_directory.to_path_buf(),
            config_directory,
            build: Build { mail_version, vendor },
            tls_library: tls_library(command_directory),
            built_with: values,
        })
    }

    /// Its directories with programs, each with its place below a world's root.
    pub(super) fn directories(&self) -> [(PathBuf, &'static str); 2] {
        [(self.command_directory.clone(), "usr/sbin"), (self.daemon_directory.clone(), "usr/libexec/postfix")]
    }

    /// What a main.cf must say so that both sides have the same paths and count as built with the same choices.
    pub(super) fn settings(&self) -> Vec<(String, ByteString)> {
        let built_with = self.built_with.iter().filter(|(name, _)| !IN_A_WORLD.contains(&name.as_str()));
        built_with.map(|(name, path)| (name.clone(), path.clone())).collect()
    }
}

/// A line of postconf(1) without the white space.
fn setting((name, value): (&str, &str)) -> (String, ByteString) {
    (name.to_owned(), value.trim().into())
}

/// What `postconf -T compile-version` prints; nothing if the Postfix was built without TLS.
fn tls_library(command_directory: &Path) -> Option<ByteString> {
    let mut command = Command::new(command_directory.join("postconf"));
    let output = command.env_clear().args(["-T", "compile-version"]).current_dir("/").output().ok()?;
    let text = output.stdout.trim_ascii();
    (output.status.success() && !text.is_empty()).then(|| ByteString(text.to_vec()))
}
