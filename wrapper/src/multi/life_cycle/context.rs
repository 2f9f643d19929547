//! Holds the context that all steps of a change use.
//! It has Postfix's programs, messages, signals, and the default instance's directory.
//!
//! Knows nothing of any particular change.

use std::path::Path;

use crate::multi::changing::instance_dirs::InstanceDirs;
use crate::multi::changing::journal::JournalEntry;
use crate::multi::changing::lists::{ALTERNATES, Lists, is_found};
use crate::multi::changing::tools::{Arguments, Edit, Tools, make_old};
use crate::multi::life_cycle::error::ApplyError;
use crate::multi::life_cycle::host_facts::RealHost;
use crate::multi::life_cycle::refusal::Refusal;
use crate::multi::life_cycle::removal::OwnedDirs;
use crate::multi::life_cycle::validate::{Among, HostFacts, all_claims};
use crate::multi::ownership::claims::{Claim, Claims};
use crate::multi::ownership::owned::{Denial, Owned, Purpose, prove, prove_files};
use crate::multi::system::System;
use crate::multi::system::installation::Installation;
use crate::os::files::private::Private;
use crate::os::files::unfit;
use crate::os::messages::{Level, Messages};
use crate::os::signals::Signals;
use crate::postfix::instance::MAIN_CF;
use crate::postfix::postconf;
use crate::postfix::values::list_value;

/// What the steps of a change use.
pub(crate) struct Context<'a, 'm> {
    /// Postfix's programs.
    pub(crate) tools: Tools<'a>,
    /// The instances there are.
    pub(crate) system: &'a System,
    /// What must be known beside them.
    pub(crate) host: RealHost<'a>,
    /// Where messages go.
    pub(crate) messages: &'a mut Messages<'m>,
    /// The signals that may ask the program to end.
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
            let dirs = OwnedDirs { config: prove(config)?, queue: prove(queue)?, data: prove(data)? };
            if purpose == Purpose::Removal {
                prove_files(&dirs.config, claims)?;
            }
            Ok(dirs)
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

    /// Reports something that an operator should look at.
    pub(crate) fn warn(&mut self, text: &str) {
        self.messages.report(Level::Warning, text);
    }

    /// Fails if the program has been asked to end.
    pub(crate) fn step(&self) -> Result<(), ApplyError> {
        self.signals.collect();
        if self.signals.ending().is_some() { Err(ApplyError::Interrupted) } else { Ok(()) }
    }

    /// Removes the record of the change: there is nothing to finish or to undo any more.
    pub(crate) fn forget(&self) -> Result<(), ApplyError> {
        let default = self.default();
        JournalEntry::remove(default).map_err(ApplyError::with("remove the record in", default))
    }

    /// A copy of a main.cf in a directory of its own, edited there; and the text before the edit.
    pub(crate) fn edited_copy(
        &mut self,
        main_cf: &Path,
        calls: &[Arguments],
    ) -> Result<(Private, Vec<u8>), ApplyError> {
        let text = unfit::read(main_cf).map_err(ApplyError::with("read", main_cf))?;
        // postconf leaves the second one behind if it is killed.
        let copy = Private::new(&[MAIN_CF, "main.cf.tmp"])
            .map_err(ApplyError::with("make a directory in", &std::env::temp_dir()))?;
        copy.write(MAIN_CF, &text).map_err(ApplyError::with("write", &copy.path().join(MAIN_CF)))?;
        self.tools.edit_own_copy(copy.path(), calls, self.messages)?;
        make_old(copy.path());
        Ok((copy, text))
    }

    /// Edits the two lists of instances. An edit writes a list whole, so that it is refused if somebody has changed one
    /// since it was read.
    pub(crate) fn edit_lists(&mut self, edit: &Edit) -> Result<(), ApplyError> {
        if self.lists()? != *self.host.lists() {
            return Err(Refusal::ListChanged(self.default().join(MAIN_CF)).into());
        }
        Ok(self.tools.edit(edit, self.messages)?)
    }

    /// The edit that lets `postfix set-permissions` find a listed instance in the list, if it does not. It would take what
    /// all instances share for this one's.
    pub(crate) fn plain_listing(&mut self, directory: &Path) -> Result<Option<Edit>, ApplyError> {
        let ask = ["-h", postconf::DIRECTORIES].map(Into::into);
        let written = self.tools.postconf(self.default(), &ask, self.messages)?;
        if is_found(&written, directory) {
            return Ok(None);
        }
        let calls = vec![self.host.lists().unchanged()];
        Ok(Some(Edit { directory: self.default().to_owned(), calls }))
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
