//! What a decision needs to know of the real system, asked of postconf and of the file system.
//!
//! Knows nothing of decisions.

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::identity_of;
use crate::instance::Identity;
use crate::message::Messages;
use crate::multi::life_cycle::decision::{Kind, Outside, SHARED};
use crate::multi::life_cycle::lists::{ALTERNATES, Lists};
use crate::multi::life_cycle::tools::{ToolError, Tools};
use crate::multi::system::{self, Settings, System};
use crate::plan::Damage;
use crate::postconf;
use crate::signals::Signals;
use crate::status;

/// The real system.
pub(crate) struct Real<'a> {
    system: &'a System,
    signals: &'a Signals,
    lists: Lists,
    shared: Vec<(String, OsString)>,
}

impl<'a> Real<'a> {
    /// Asks what the default instance's main.cf says of all this, as it is written there.
    pub(crate) fn new(
        system: &'a System,
        tools: &Tools<'_>,
        signals: &'a Signals,
        messages: &mut Messages<'_>,
    ) -> Result<Self, ToolError> {
        let installation = &system.installation;
        let ask = std::iter::once("-n").chain(SHARED).chain([ALTERNATES]).map(OsString::from);
        let lines = tools.postconf(&installation.config_directory, &ask.collect::<Vec<_>>(), messages)?;
        let value = |name| postconf::value(&lines, name).map(<[u8]>::trim_ascii);
        let shared = SHARED
            .iter()
            .filter_map(|name| Some((String::from(*name), OsStr::from_bytes(value(name)?).to_owned())))
            .collect();
        let lists = Lists::new(&installation.listed, value(ALTERNATES).unwrap_or_default());
        Ok(Self { system, signals, lists, shared })
    }
}

impl Outside for Real<'_> {
    fn lists(&self) -> &Lists {
        &self.lists
    }

    fn shared(&self) -> &[(String, OsString)] {
        &self.shared
    }

    fn settings(&mut self, directory: &Path) -> Result<Settings, Damage> {
        let environment = self.system.installation.environment();
        match system::own_settings(&environment, directory, self.signals) {
            Ok(told) => told.map(|answer| answer.value),
            Err(failure) => Err(Damage::Unknown { reason: failure.to_string(), status: status::FAILURE }),
        }
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn kind(&self, path: &Path) -> Kind {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => Kind::Directory,
            Err(error) if error.kind() == ErrorKind::NotFound => match path.symlink_metadata() {
                // A link that leads nowhere.
                Ok(_) => Kind::Other,
                Err(_) => Kind::Nothing,
            },
            _ => Kind::Other,
        }
    }

    fn identity(&self, path: &Path) -> Option<Identity> {
        identity_of(path)
    }
}
