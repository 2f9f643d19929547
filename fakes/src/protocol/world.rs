//! Finds the world of a fake: the directory above its own path that holds `world.json`.
//! The environment cannot tell it, because postfix(1) cleans it. Knows the names of the files in a world, not their
//! use.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::protocol::bytes::ByteString;
use crate::protocol::fault::Fault;
use crate::protocol::features::Feature;
use crate::protocol::regular::{self, Links};
use crate::protocol::relative_path::RelativePath;
use crate::protocol::version::{PostfixVersion, Vendor};

/// Name of the file that marks the root of a world.
pub const MARKER: &str = "world.json";

/// The largest size of the files that configure the fakes of a world, in bytes.
const MOST: u64 = 64 << 20;

/// The contents of `world.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The configuration directory that counts as compiled in: `ROOT/etc/postfix` in the simulation,
    /// the real one if a real postfix(1) runs with a recording postfix-script.
    pub default_config_directory: ByteString,
    /// What the simulated Postfix calls itself, such as `3.7.11`; [`Settings::version`] is how it is simulated.
    pub postfix_version: String,
    /// Who built it.
    #[serde(default)]
    pub postfix_vendor: Vendor,
    /// Real programs that a fake replaces itself with once it has journalled and obeyed its faults, by
    /// fake name; one that is absent does the simulated job.
    #[serde(default)]
    pub real_programs: std::collections::BTreeMap<String, ByteString>,
    /// What parameters default to in place of what they do in a world, as in a Postfix that was built for other
    /// directories.
    #[serde(default)]
    pub built_with: std::collections::BTreeMap<String, ByteString>,
    /// The TLS library that it was compiled with, as `postconf -T compile-version` gives it. None: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_library: Option<ByteString>,
    /// A directory that programs below postfix(1) look into before those that a real one names in PATH: the world's
    /// commands, so that nobody finds the machine's there. None: PATH is a real one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commands_on_path: Option<ByteString>,
    /// Where the root directory is of the machine whose files scripts copy into a queue directory, or compare with
    /// what is there. None: a machine that has none of them, so that nothing depends on the one at hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<ByteString>,
    /// Which addresses the host has, as far as `inet_interfaces` names some.
    #[serde(default)]
    pub addresses: HostAddresses,
}

/// The addresses of a host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostAddresses {
    /// Any that a main.cf names.
    #[default]
    Any,
    /// Those of a host that has no network but itself.
    Loopback,
}

impl Settings {
    /// The version that is simulated.
    pub fn version(&self) -> PostfixVersion {
        PostfixVersion::simulating(&self.postfix_version, self.postfix_vendor)
    }

    /// Whether it behaves so.
    pub(crate) fn has(&self, feature: Feature) -> bool {
        self.version().has(feature)
    }
}

/// A world, seen from a program that runs in it.
#[derive(Clone, Debug)]
pub struct World {
    /// Its root directory, absolute.
    pub root: PathBuf,
    /// Its settings.
    pub settings: Settings,
}

impl World {
    /// Finds the world that `program` (an absolute path) lies in. Fails when no directory above it has a readable,
    /// well-formed `world.json`.
    pub(crate) fn around(program: &Path) -> io::Result<Self> {
        for root in program.ancestors().skip(1) {
            match regular::read(&root.join(MARKER), MOST, Links::Refused) {
                Ok(text) => {
                    return Ok(Self { root: root.to_path_buf(), settings: serde_json::from_slice(&text)? });
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::new(io::ErrorKind::NotFound, format!("no {MARKER} above {}", program.display())))
    }

    /// `command_directory` unless main.cf says otherwise: postfix, postconf, postlog and their like.
    pub fn command_directory(&self) -> PathBuf {
        self.root.join("usr/sbin")
    }

    /// `daemon_directory` unless main.cf says otherwise: postfix-script, master, post-install.
    pub fn daemon_directory(&self) -> PathBuf {
        self.root.join("usr/libexec/postfix")
    }

    /// The journal.
    pub fn journal(&self) -> PathBuf {
        self.root.join("journal.jsonl")
    }

    /// A regular file of the machine, or what a link there leads to; `below` is its path without the first slash.
    pub(crate) fn host_file(&self, below: &Path) -> Option<PathBuf> {
        self.host_path(below).filter(|path| path.is_file())
    }

    /// The path of a file of the host, if there is one.
    pub(crate) fn host_path(&self, below: &Path) -> Option<PathBuf> {
        Some(self.settings.host.as_ref()?.to_path_buf().join(below))
    }

    /// The FIFO of a gate.
    pub fn gate(&self, name: &RelativePath) -> PathBuf {
        self.root.join("gates").join(name.as_bytes().as_os_str())
    }

    /// The faults: `faults.json`, none if there is no such file. Fails when it cannot be read or is not well-formed.
    pub(crate) fn faults(&self) -> io::Result<Vec<Fault>> {
        match regular::read(&self.root.join("faults.json"), MOST, Links::Refused) {
            Ok(text) => Ok(serde_json::from_slice(&text)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}
