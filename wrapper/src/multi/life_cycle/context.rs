//! What the steps of a change use: Postfix's programs, messages, signals, and the default instance's directory.
//!
//! Knows nothing of any particular change.

use std::path::Path;

use crate::multi::changing::instance_dirs::InstanceDirs;
use crate::multi::changing::lists::{ALTERNATES, Lists};
use crate::multi::changing::tools::Tools;
use crate::multi::life_cycle::error::ApplyError;
use crate::multi::life_cycle::host_facts::RealHost;
use crate::multi::life_cycle::removal::OwnedDirs;
use crate::multi::life_cycle::validate::{Among, HostFacts, all_claims};
use crate::multi::ownership::claims::{Claim, Claims};
use crate::multi::ownership::owned::{Denial, Owned, Purpose, prove};
use crate::multi::system::System;
use crate::multi::system::installation::Installation;
use crate::os::messages::{Level, Messages};
use crate::os::signals::Signals;
use crate::postfix::{list_value, postconf};

/// A workbench.
pub(crate) struct Context<'a, 'm> {
    /// Postfix's programs.
    pub(crate) tools: Tools<'a>,
    /// The instances there are.
    pub(crate) system: &'a System,
    /// What must be known beside them.
    pub(crate) host: RealHost<'a>,
    /// Where messages go.
    pub(crate) messages: &'a mut Messages<'m>,
    /// Who may ask the program to end.
    pub(crate) signals: &'a Signals,
}

impl<'a> Context<'a, '_> {
    /// What the programs belong to.
    pub(crate) fn installation(&self) -> &'a Installation {
        &self.system.installation
    }

    /// The default instance's configuration directory.
    pub(crate) fn default(&self) -> &'a Path {
        &self.installation().config_directory
    }

    /// Proves that a directory of the instance in `config` is its alone.
    pub(crate) fn prove(&self, claim: Claim, config: &Path, purpose: Purpose) -> Result<Owned, Denial> {
        self.with_claims(config, purpose, |claims| prove(claim, purpose, claims, self.host.mounts()))
    }

    /// The same for all directories of an instance, in the order of the claims.
    pub(crate) fn prove_all(&self, dirs: &InstanceDirs, purpose: Purpose) -> Result<OwnedDirs, Denial> {
        self.with_claims(&dirs.config, purpose, |claims| {
            let prove = |claim| prove(claim, purpose, claims, self.host.mounts());
            let [config, queue, data] = dirs.claims();
            Ok(OwnedDirs { config: prove(config)?, queue: prove(queue)?, data: prove(data)? })
        })
    }

    /// Collects what all others have, once: every directory of every instance is looked up for that.
    fn with_claims<T>(&self, config: &Path, purpose: Purpose, prove: impl FnOnce(&Claims<'_>) -> T) -> T {
        let spot_of = |path: &Path| self.host.spot(path);
        let among = match purpose {
            Purpose::Removal => Among::All,
            Purpose::ByPath => Among::Listed,
        };
        prove(&all_claims(config, self.system, &self.host, among, &spot_of))
    }

    /// Says something that somebody should look after.
    pub(crate) fn warn(&mut self, text: &str) {
        self.messages.report(Level::Warning, text);
    }

    /// Ends what has begun, if somebody asked for that.
    pub(crate) fn step(&self) -> Result<(), ApplyError> {
        self.signals.collect();
        if self.signals.ending().is_some() { Err(ApplyError::Interrupted) } else { Ok(()) }
    }

    /// Both lists, as they are now.
    pub(crate) fn lists(&mut self) -> Result<Lists, ApplyError> {
        let directory = self.default().to_owned();
        let ask = |form: &str, name: &str| [form, name].map(Into::into).to_vec();
        let managed = self.tools.postconf(&directory, &ask("-xh", postconf::DIRECTORIES), self.messages)?;
        let alternates = self.tools.postconf(&directory, &ask("-h", ALTERNATES), self.messages)?;
        Ok(Lists::new(&list_value::split(&managed).collect::<Vec<_>>(), &alternates))
    }
}
