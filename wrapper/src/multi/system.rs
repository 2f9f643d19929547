//! Reads all instances and their settings. An instance whose main.cf cannot be read is included, with the reason.
//!
//! Knows nothing of what is to be done with the instances.

pub(crate) mod damaged_name;
pub(crate) mod installation;
pub(crate) mod masters;
pub(crate) mod matching;
pub(crate) mod sharers;

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::multi::failure::Failure;
use crate::multi::system::installation::Installation;
use crate::os::files::file_identity::identity_of;
use crate::os::messages::{Level, Messages};
use crate::os::signals::Signals;
use crate::plan::policy::RunOrder;
use crate::postfix::damage::Damage;
use crate::postfix::environment::variable;
use crate::postfix::instance::{self, Duplicate, Instances};
use crate::postfix::instance_settings::{InstanceSettings, settings_of_each};
use crate::postfix::query::Answer;
use crate::postfix::values::enable_flag::Flag;
use crate::run::wording;

/// What kind of instance it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Its main.cf has the list of the others.
    Default,
    /// It is one of those listed.
    Secondary,
}

/// An instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InstanceInfo {
    /// What kind it is.
    pub(crate) role: Role,
    /// Its configuration directory, as it is listed.
    pub(crate) directory: PathBuf,
    /// What its main.cf says, or why that is not known.
    pub(crate) settings: Result<InstanceSettings, Damage>,
}

/// All instances.
#[derive(Debug)]
pub(crate) struct System {
    /// What they share.
    pub(crate) installation: Installation,
    /// Their directories, each once.
    pub(crate) listed: Instances,
    /// The default one, then the others in the order listed, each once.
    pub(crate) instances: Vec<InstanceInfo>,
    /// Where each of them is in that order.
    numbers: HashMap<PathBuf, usize>,
    /// Elements of the list that name an instance which is there already.
    pub(crate) duplicates: Vec<Duplicate>,
    /// What postconf had to remark, and about which directory.
    pub(crate) remarks: Vec<(PathBuf, String)>,
}

impl System {
    /// Reads all main.cf files. Only trouble with the default instance's is a failure.
    pub(crate) fn read(
        lookup: impl Fn(&str) -> Option<OsString>,
        signals: &Signals,
    ) -> Result<Self, Failure> {
        let Answer { value: installation, remark } = Installation::read(lookup, signals)?;
        let environment = installation.environment();
        let mut remarks: Vec<_> =
            remark.map(|remark| (installation.config_directory.clone(), remark)).into_iter().collect();
        let (listed, duplicates) =
            Instances::new(installation.config_directory.clone(), installation.listed.clone(), identity_of);
        let mut instances = vec![default_instance(&installation, listed.secondary().is_empty())];
        let directories: Vec<&Path> = listed.secondary().iter().map(instance::Instance::directory).collect();
        let told = settings_of_each(&environment, &directories, signals)?;
        for (directory, told) in directories.into_iter().zip(told) {
            let settings = told.map(|Answer { mut value, remark }| {
                remarks.extend(remark.map(|remark| (directory.to_owned(), remark)));
                value.shared.retain(|shared| !installation.directories.contains(shared));
                value
            });
            instances.push(InstanceInfo { role: Role::Secondary, directory: directory.to_owned(), settings });
        }
        let numbers =
            instances.iter().enumerate().map(|(at, instance)| (instance.directory.clone(), at)).collect();
        Ok(Self { installation, listed, instances, numbers, duplicates, remarks })
    }

    /// Takes an instance for listed, in front of another one or behind all.
    pub(crate) fn assume(&mut self, instance: InstanceInfo, before: Option<&Path>) {
        if self.instances.iter().any(|known| known.directory == instance.directory) {
            return;
        }
        let listed = &mut self.installation.listed;
        let at = before.and_then(|before| listed.iter().position(|element| element == before));
        listed.insert(at.unwrap_or(listed.len()), instance.directory.clone().into());
        let at = before.and_then(|before| self.instances.iter().position(|known| known.directory == before));
        self.instances.insert(at.unwrap_or(self.instances.len()), instance);
    }

    /// The instances, one way or the other.
    pub(crate) fn ordered(&self, order: RunOrder) -> Vec<&InstanceInfo> {
        let mut instances: Vec<&InstanceInfo> = self.instances.iter().collect();
        if order == RunOrder::Reversed {
            instances.reverse();
        }
        instances
    }

    /// What is known of one of the instances.
    pub(crate) fn of(&self, listed: &instance::Instance) -> &InstanceInfo {
        // All that are listed are known.
        &self.instances[self.numbers.get(listed.directory()).copied().unwrap_or(0)]
    }

    /// The queue directories, as far as they are known.
    pub(crate) fn queue_directories(&self) -> impl Iterator<Item = &Path> {
        let known = self.instances.iter().filter_map(|instance| instance.settings.as_ref().ok());
        known.map(|settings| settings.queue_directory.as_path())
    }

    /// The others, in the order listed.
    pub(crate) fn secondary(&self) -> &[InstanceInfo] {
        &self.instances[1..]
    }
}

#[cfg(test)]
impl System {
    /// One that is nowhere but in a test; all is known of it.
    pub(crate) fn told(installation: Installation, instances: Vec<InstanceInfo>) -> Self {
        let (listed, duplicates) =
            Instances::new(installation.config_directory.clone(), installation.listed.clone(), |_| None);
        let numbers =
            instances.iter().enumerate().map(|(at, instance)| (instance.directory.clone(), at)).collect();
        Self { installation, listed, instances, numbers, duplicates, remarks: Vec::new() }
    }
}

impl InstanceInfo {
    /// Whether it is enabled, or what is wrong with it.
    pub(crate) fn flag(&self) -> Result<Flag, Damage> {
        match &self.settings {
            Ok(settings) => settings.enable.clone().map_err(Damage::Flag),
            Err(damage) => Err(damage.clone()),
        }
    }
}

/// The default instance. If it is the only one, its flag does not matter: there is nothing to manage.
fn default_instance(installation: &Installation, is_alone: bool) -> InstanceInfo {
    let enable = if is_alone { Ok(Flag::Enabled) } else { Flag::parse(&installation.enable) };
    InstanceInfo {
        role: Role::Default,
        directory: installation.config_directory.clone(),
        settings: Ok(InstanceSettings {
            name: installation.name.clone(),
            group: installation.group.clone(),
            enable,
            queue_directory: installation.queue_directory.clone(),
            data_directory: installation.data_directory.clone(),
            shared: Vec::new(),
        }),
    }
}

/// Reads all instances, and warns about what is odd but does no harm.
pub(crate) fn read_system(signals: &Signals, messages: &mut Messages<'_>) -> Result<System, Failure> {
    let system = System::read(variable, signals)?;
    let environment = system.installation.environment();
    messages.enable_mail_log(environment.program("postlog"), environment.log_tag.clone());
    for (directory, remark) in &system.remarks {
        messages.report(Level::Warning, &wording::remark(directory, remark));
    }
    for duplicate in &system.duplicates {
        messages.report(Level::Warning, &wording::duplicate(&environment, duplicate));
    }
    Ok(system)
}
