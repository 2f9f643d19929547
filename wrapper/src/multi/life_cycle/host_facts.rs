//! Reads what validation needs to know about the real system, from postconf and the file system.
//!
//! Knows nothing of decisions.

use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::multi::changing::lists::{ALTERNATES, Lists};
use crate::multi::changing::tools::Tools;
use crate::multi::failure::Failure;
use crate::multi::life_cycle::error::ApplyError;
use crate::multi::life_cycle::validate::{HostFacts, PathKind, SHARED};
use crate::multi::ownership::neighbours::Neighbours;
use crate::multi::ownership::spot::Spot;
use crate::multi::system::System;
use crate::os::exit_status;
use crate::os::files::mounts::Mounts;
use crate::os::files::unfit;
use crate::os::messages::Messages;
use crate::os::signals::Signals;
use crate::postfix::damage::Damage;
use crate::postfix::instance::MAIN_CF;
use crate::postfix::instance_settings::{self, InstanceSettings};
use crate::postfix::postconf;
use crate::postfix::query::{Interrupted, QueryError};

/// The real system.
pub(crate) struct RealHost<'a> {
    system: &'a System,
    signals: &'a Signals,
    lists: Lists,
    shared: Vec<(String, OsString)>,
    neighbours: Neighbours,
    mounts: Mounts,
    gone: Vec<PathBuf>,
}

impl<'a> RealHost<'a> {
    /// Asks what the default instance's main.cf says of all this, as it is written there.
    pub(crate) fn new(
        system: &'a System,
        tools: &Tools<'_>,
        signals: &'a Signals,
        messages: &mut Messages<'_>,
    ) -> Result<Self, ApplyError> {
        let installation = &system.installation;
        let ask = std::iter::once("-n").chain(SHARED).chain([ALTERNATES]).map(OsString::from);
        let lines = tools.postconf(&installation.config_directory, &ask.collect::<Vec<_>>(), messages)?;
        let value = |name| postconf::value(&lines, name).map(<[u8]>::trim_ascii);
        let shared = SHARED
            .iter()
            .filter_map(|name| Some((String::from(*name), OsStr::from_bytes(value(name)?).to_owned())))
            .collect();
        let lists = Lists::new(&installation.listed, value(ALTERNATES).unwrap_or_default());
        let environment = installation.environment();
        let settings_of = |directory: &Path| {
            instance_settings::own_settings(&environment, directory, signals).map(|answer| answer.value)
        };
        let alternates = lists.alternates_expanded(|| {
            let question = ["-xh", ALTERNATES].map(OsString::from);
            tools.postconf(&installation.config_directory, &question, messages)
        })?;
        let neighbours = Neighbours::find(system, &alternates, settings_of)
            .map_err(|Interrupted| ApplyError::Interrupted)?;
        Ok(Self { system, signals, lists, shared, neighbours, mounts: Mounts::read(), gone: Vec::new() })
    }

    /// From now on, takes these paths, and all below them, as missing.
    pub(crate) fn assume_gone(&mut self, gone: Vec<PathBuf>) {
        self.gone = gone;
    }

    fn is_gone(&self, path: &Path) -> bool {
        self.gone.iter().any(|gone| path.starts_with(gone))
    }

    /// The mounts, as they were at the beginning.
    pub(crate) fn mounts(&self) -> &Mounts {
        &self.mounts
    }
}

impl HostFacts for RealHost<'_> {
    fn lists(&self) -> &Lists {
        &self.lists
    }

    fn shared(&self) -> &[(String, OsString)] {
        &self.shared
    }

    fn settings(&mut self, directory: &Path) -> Result<InstanceSettings, Damage> {
        let environment = self.system.installation.environment();
        match instance_settings::own_settings(&environment, directory, self.signals) {
            Ok(answer) => Ok(answer.value),
            Err(QueryError::Failed(damage)) => Err(damage),
            Err(QueryError::Interrupted) => {
                let reason = Failure::Interrupted.to_string();
                Err(Damage::Unknown { reason, status: exit_status::FAILURE })
            }
        }
    }

    fn is_file(&self, path: &Path) -> bool {
        !self.is_gone(path) && path.is_file()
    }

    fn kind(&self, path: &Path) -> PathKind {
        match std::fs::metadata(path) {
            _ if self.is_gone(path) => PathKind::Nothing,
            Ok(metadata) if metadata.is_dir() => PathKind::Directory,
            Err(error) if error.kind() == ErrorKind::NotFound => match path.symlink_metadata() {
                // A link that leads nowhere.
                Ok(_) => PathKind::Other,
                Err(_) => PathKind::Nothing,
            },
            _ => PathKind::Other,
        }
    }

    fn spot(&self, path: &Path) -> Spot {
        Spot::of_path(path, &self.mounts)
    }

    fn text(&self, directory: &Path) -> io::Result<Vec<u8>> {
        unfit::read(&directory.join(MAIN_CF))
    }

    fn neighbours(&self) -> &Neighbours {
        &self.neighbours
    }
}
