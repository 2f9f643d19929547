//! Asks the installed postconf(1) how its Postfix was built.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use postfix_fakes::bytes::ByteString;

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
    /// Its version.
    pub version: String,
    /// The paths it was built with, by parameter.
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

/// Those of them that a world has a place of its own for.
const IN_A_WORLD: [&str; 5] =
    ["command_directory", "daemon_directory", "data_directory", "queue_directory", "sample_directory"];

impl Installed {
    /// What the postconf(1) in this directory says of its Postfix, without any configuration.
    pub(super) fn in_directory(command_directory: &Path) -> Result<Self, FidelityError> {
        let output = Command::new(command_directory.join("postconf"))
            .env_clear()
            .args(["-dh", "config_directory", "mail_version"])
            .args(PATHS)
            .current_dir("/")
            .output()
            .map_err(|source| FidelityError::System { doing: "asking the installed postconf", source })?;
        let answer = String::from_utf8_lossy(&output.stdout);
        // One line for each, in the order in which they are asked for.
        let mut values = answer.lines().map(str::trim_end);
        let mut next = || values.next().unwrap_or_default().to_owned();
        let (config_directory, version) = (next().into(), next());
        let built_with: BTreeMap<String, ByteString> =
            PATHS.iter().map(|name| ((*name).to_owned(), next().as_str().into())).collect();
        let daemon_directory = built_with["daemon_directory"].to_path_buf();
        let command_directory = command_directory.to_path_buf();
        Ok(Self { command_directory, daemon_directory, config_directory, version, built_with })
    }

    /// Its directories with programs, each with its place below a world's root.
    pub(super) fn directories(&self) -> [(PathBuf, &'static str); 2] {
        [(self.command_directory.clone(), "usr/sbin"), (self.daemon_directory.clone(), "usr/libexec/postfix")]
    }

    /// What a main.cf must say so that both sides have the same paths.
    pub(super) fn settings(&self) -> Vec<(String, ByteString)> {
        let built_with = self.built_with.iter().filter(|(name, _)| !IN_A_WORLD.contains(&name.as_str()));
        built_with.map(|(name, path)| (name.clone(), path.clone())).collect()
    }
}
