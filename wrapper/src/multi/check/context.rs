//! The data that every check uses, read once.

use std::ffi::OsString;
use std::path::Path;

use crate::multi::changing::lists::Lists;
use crate::multi::check::times::TIMES;
use crate::multi::system::{InstanceInfo, System};
use crate::os::messages::Messages;
use crate::os::signals::Signals;
use crate::postfix::literal_master_cf::{Datagrams, Service};
use crate::postfix::main_cf_values::{self, Values};
use crate::postfix::master_cf::{self, MasterCf};
use crate::postfix::missing_address::INTERFACES;
use crate::postfix::query::Interrupted;
use crate::postfix::{postconf, startup};

/// Parameters that checks look at.
pub(crate) const DISABLED: &str = "master_service_disable";
pub(crate) const MAIL_OWNER: &str = "mail_owner";
pub(crate) const DAEMONS: &str = "daemon_directory";
pub(crate) const COMMANDS: &str = "command_directory";

const WANTED: [&str; 6] = [INTERFACES, DISABLED, MAIL_OWNER, DAEMONS, COMMANDS, postconf::DIRECTORIES];

/// What the files of an instance say, beside its settings.
pub(crate) struct InstanceFiles {
    /// Its services.
    pub(crate) master_cf: MasterCf,
    /// Values of its main.cf, if they can be had.
    pub(crate) values: Option<Values>,
    /// What keeps Postfix's programs from working with its main.cf.
    pub(crate) fault: Option<String>,
}

/// What a check looks at.
pub(crate) struct CheckContext<'a, 'm> {
    pub(crate) system: &'a System,
    pub(crate) lists: Lists,
    /// `alternate_config_directories` as Postfix understands it, an element each.
    pub(crate) alternates: Vec<OsString>,
    pub(crate) messages: &'a Messages<'m>,
    /// Of each instance of the system, in the same order.
    files: Vec<InstanceFiles>,
}

impl<'a, 'm> CheckContext<'a, 'm> {
    /// Reads the files of all instances.
    pub(crate) fn read(
        system: &'a System,
        lists: Lists,
        alternates: Vec<OsString>,
        messages: &'a Messages<'m>,
    ) -> Result<Self, Interrupted> {
        let files = read(system, messages.signals())?;
        Ok(Self { system, lists, alternates, messages, files })
    }

    /// The instances, with what their files say.
    pub(crate) fn each(&self) -> impl Iterator<Item = (&'a InstanceInfo, &InstanceFiles)> {
        self.system.instances.iter().zip(&self.files)
    }
}

impl InstanceFiles {
    /// The value of a parameter; empty if it is not known.
    pub(crate) fn value(&self, name: &str) -> &[u8] {
        self.values.as_ref().map(|values| values.of(name)).unwrap_or_default()
    }

    /// The services of master.cf, as far as they are known.
    pub(crate) fn services(&self) -> &[Service] {
        match &self.master_cf {
            MasterCf::Read(services) => services,
            MasterCf::Faulty(_) | MasterCf::Unknown => &[],
        }
    }
}

fn read(system: &System, signals: &Signals) -> Result<Vec<InstanceFiles>, Interrupted> {
    let environment = system.installation.environment();
    let is_absolute = |instance: &InstanceInfo| instance.directory.is_absolute();
    // A program that could not read a main.cf, or did not end, is not started for it again.
    let is_readable = |instance: &InstanceInfo| is_absolute(instance) && instance.settings.is_ok();
    let (mut absolute, mut readable): (Vec<&Path>, Vec<&Path>) = Default::default();
    for instance in &system.instances {
        absolute.extend(is_absolute(instance).then_some(instance.directory.as_path()));
        readable.extend(is_readable(instance).then_some(instance.directory.as_path()));
    }
    let datagrams = Datagrams::of_version(&system.installation.version);
    let mut master_cfs = master_cf::of_each(&environment, signals, &absolute, datagrams)?.into_iter();
    let wanted: Vec<&str> = WANTED.into_iter().chain(TIMES).collect();
    let mut values = main_cf_values::of_each(&environment, signals, &readable, &wanted)?.into_iter();
    let mut faults = startup::faults(&environment, signals, &readable)?.into_iter();
    let files = system.instances.iter().map(|instance| InstanceFiles {
        master_cf: if is_absolute(instance) { master_cfs.next() } else { None }.unwrap_or(MasterCf::Unknown),
        values: if is_readable(instance) { values.next().flatten() } else { None },
        fault: if is_readable(instance) { faults.next().flatten() } else { None },
    });
    Ok(files.collect())
}
