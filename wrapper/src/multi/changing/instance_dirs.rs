//! The directories of an instance, and the names of what Postfix creates in them.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::multi::ownership::claims::{CONFIG, Claim, DATA, QUEUE as QUEUE_PARAMETER};
use crate::os::files::trust::is_trusted_owner;
use crate::postfix::instance::{MAIN_CF, MASTER_CF};
use crate::postfix::instance_settings::InstanceSettings;
use crate::postfix::running::{self, DATA_LOCK, Sharing};

/// The directories of a queue, of all versions.
pub(crate) const QUEUE: [&str; 15] = [
    "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop", "pid",
    "private", "public", "saved", "tlstrace", "trace",
];

/// The files of a configuration directory that are removed.
pub(crate) const FILES: [&str; 4] = [MASTER_CF, MAIN_CF, "main.cf.tmp", "master.cf.tmp"];

/// The files of a configuration directory whose owner and mode Postfix sets, of all versions; not each installation has
/// all.
pub(crate) const SET: [&str; 14] = [
    MAIN_CF,
    MASTER_CF,
    "LICENSE",
    "TLS_LICENSE",
    "access",
    "aliases",
    "bounce.cf.default",
    "canonical",
    "generic",
    "header_checks",
    "main.cf.default",
    "relocated",
    "transport",
    "virtual",
];

/// What is in a configuration directory, a queue and a data directory, and hardly in a user's directory.
const TELLING: [&str; 3] = [MAIN_CF, "maildrop", DATA_LOCK];

/// Files that are to be removed, each with what tells it from another one that somebody puts in its place.
pub(crate) type Stamps = Vec<(&'static str, OsString)>;

/// Whether a path stays itself in Postfix's scripts, where a shell divides it into words that can be patterns.
pub(crate) fn is_one_word(path: &OsStr) -> bool {
    let forbidden =
        |byte: &u8| byte.is_ascii_whitespace() || byte.is_ascii_control() || b"*?[\\'\"".contains(byte);
    !path.as_bytes().iter().any(forbidden)
}

/// Whether a directory that main.cf names is Postfix's to have: something in it shows that Postfix has it, or it is empty
/// and root's. Another one can be a user's home, or a place for everybody.
pub(crate) fn is_postfixs(directory: &Path) -> bool {
    let is_there = |name: &&str| directory.join(name).symlink_metadata().is_ok();
    if TELLING.iter().any(is_there) {
        return true;
    }
    let is_nobodys = |name: &OsStr| name == "lost+found";
    let is_empty = fs::read_dir(directory)
        .is_ok_and(|mut names| names.all(|entry| entry.is_ok_and(|entry| is_nobodys(&entry.file_name()))));
    is_empty && directory.metadata().is_ok_and(|metadata| is_trusted_owner(metadata.uid()))
}

/// The directories that are an instance's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InstanceDirs {
    /// `config_directory`
    pub(crate) config: PathBuf,
    /// `queue_directory`
    pub(crate) queue: PathBuf,
    /// `data_directory`
    pub(crate) data: PathBuf,
}

impl InstanceDirs {
    /// Those of the instance in a directory.
    pub(crate) fn of(config: &Path, settings: &InstanceSettings) -> Self {
        Self {
            config: config.to_owned(),
            queue: settings.queue_directory.clone(),
            data: settings.data_directory.clone(),
        }
    }

    /// Whether one of them lies in a directory, or is that one.
    pub(crate) fn lie_in(&self, directory: &Path) -> bool {
        [&self.config, &self.queue, &self.data].into_iter().any(|own| own.starts_with(directory))
    }

    /// Them, for a look whether the instance runs.
    pub(crate) fn to_be_looked_at(&self) -> running::InstancePaths<'_> {
        running::InstancePaths {
            config: &self.config,
            queue: &self.queue,
            data: &self.data,
            sharing: Sharing::Own,
        }
    }

    /// What is claimed for the instance.
    pub(crate) fn claims(&self) -> [Claim; 3] {
        let claim = |parameter, path: &PathBuf| Claim {
            owner: self.config.clone(),
            parameter,
            value: path.clone().into_os_string(),
        };
        [claim(CONFIG, &self.config), claim(QUEUE_PARAMETER, &self.queue), claim(DATA, &self.data)]
    }
}
