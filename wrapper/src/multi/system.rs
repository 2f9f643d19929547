//! All instances of the system and what their main.cf files say about them. One whose main.cf cannot be read is
//! there as well, with the reason.
//!
//! Knows nothing of what is to be done with the instances.

use std::collections::HashMap;
use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::environment::Environment;
use crate::flag::{Flag, NotBoolean};
use crate::identity_of;
use crate::instance::{self, Duplicate, Instances};
use crate::main_cf::{Doubt, Plain};
use crate::multi::failure::Failure;
use crate::multi::installation::{Installation, SHARED_DIRECTORIES};
use crate::multi::request::Order;
use crate::plan::Damage;
use crate::postconf::{self, Answer, Cause, NoAnswer};
use crate::quick;
use crate::signals::Signals;

/// What a secondary instance's main.cf is asked for.
const WANTED: [&str; 5] = [
    "queue_directory",
    "data_directory",
    "multi_instance_name",
    "multi_instance_group",
    "multi_instance_enable",
];

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
pub(crate) struct Instance {
    /// What kind it is.
    pub(crate) role: Role,
    /// Its configuration directory, as it is listed.
    pub(crate) directory: PathBuf,
    /// What its main.cf says, or why that is not known.
    pub(crate) settings: Result<Settings, Damage>,
}

/// What an instance's main.cf says that is its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// `multi_instance_name`, unless it is empty.
    pub(crate) name: Option<OsString>,
    /// `multi_instance_group`, unless it is empty.
    pub(crate) group: Option<OsString>,
    /// `multi_instance_enable`, or what is there in place of yes and no.
    pub(crate) enable: Result<Flag, NotBoolean>,
    /// `queue_directory`
    pub(crate) queue_directory: PathBuf,
    /// `data_directory`
    pub(crate) data_directory: PathBuf,
    /// Directories that instances usually share, as far as this one has others.
    pub(crate) shared: Vec<(&'static str, PathBuf)>,
}

/// All instances.
#[derive(Debug)]
pub(crate) struct System {
    /// What they share.
    pub(crate) installation: Installation,
    /// Their directories, each once.
    pub(crate) listed: Instances,
    /// The default one, then the others in the order listed, each once.
    pub(crate) instances: Vec<Instance>,
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
            instances.push(Instance { role: Role::Secondary, directory: directory.to_owned(), settings });
        }
        let numbers =
            instances.iter().enumerate().map(|(at, instance)| (instance.directory.clone(), at)).collect();
        Ok(Self { installation, listed, instances, numbers, duplicates, remarks })
    }

    /// Takes an instance for listed, in front of another one or behind all.
    pub(crate) fn assume(&mut self, instance: Instance, before: Option<&Path>) {
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
    pub(crate) fn ordered(&self, order: Order) -> Vec<&Instance> {
        let mut instances: Vec<&Instance> = self.instances.iter().collect();
        if order == Order::Reversed {
            instances.reverse();
        }
        instances
    }

    /// What is known of one of the instances.
    pub(crate) fn of(&self, listed: &instance::Instance) -> &Instance {
        // All that are listed are known.
        &self.instances[self.numbers.get(listed.directory()).copied().unwrap_or(0)]
    }

    /// The others, in the order listed.
    pub(crate) fn secondary(&self) -> &[Instance] {
        &self.instances[1..]
    }
}

#[cfg(test)]
impl System {
    /// One that is nowhere but in a test; all is known of it.
    pub(crate) fn told(installation: Installation, instances: Vec<Instance>) -> Self {
        let (listed, duplicates) =
            Instances::new(installation.config_directory.clone(), installation.listed.clone(), |_| None);
        let numbers =
            instances.iter().enumerate().map(|(at, instance)| (instance.directory.clone(), at)).collect();
        Self { installation, listed, instances, numbers, duplicates, remarks: Vec::new() }
    }
}

impl Instance {
    /// Whether it is enabled, or what is wrong with it.
    pub(crate) fn flag(&self) -> Result<Flag, Damage> {
        match &self.settings {
            Ok(settings) => settings.enable.clone().map_err(Damage::Flag),
            Err(damage) => Err(damage.clone()),
        }
    }
}

/// The default instance. Where it is the only one, its flag does not matter: there is nothing to manage.
fn default_instance(installation: &Installation, is_alone: bool) -> Instance {
    let enable = if is_alone { Ok(Flag::Enabled) } else { Flag::parse(&installation.enable) };
    Instance {
        role: Role::Default,
        directory: installation.config_directory.clone(),
        settings: Ok(Settings {
            name: installation.name.clone(),
            group: installation.group.clone(),
            enable,
            queue_directory: installation.queue_directory.clone(),
            data_directory: installation.data_directory.clone(),
            shared: Vec::new(),
        }),
    }
}

/// What a main.cf says about its instance.
pub(crate) fn own_settings(
    environment: &Environment,
    directory: &Path,
    signals: &Signals,
) -> Result<Result<Answer<Settings>, Damage>, Failure> {
    let mut told = settings_of_each(environment, &[directory], signals)?;
    Ok(told.pop().unwrap_or(Err(Damage::NotAbsolute)))
}

/// What main.cf files say about their instances: within the process where there is no doubt, else through postconf,
/// which is asked about several at once.
fn settings_of_each(
    environment: &Environment,
    directories: &[&Path],
    signals: &Signals,
) -> Result<Vec<Result<Answer<Settings>, Damage>>, Failure> {
    let mut doubtful = Vec::new();
    let mut settings = Vec::new();
    for (at, directory) in directories.iter().enumerate() {
        let plain = quick::text(directory).and_then(|text| plain_settings(&text).ok());
        settings.push(match plain {
            _ if !directory.is_absolute() => Err(Damage::NotAbsolute),
            Some(value) => Ok(Answer { value, remark: None }),
            None => {
                doubtful.push(at);
                Err(Damage::NotAbsolute)
            }
        });
    }
    let meant: Vec<&Path> = doubtful.iter().map(|at| directories[*at]).collect();
    let answers =
        postconf::ask_each(environment, signals, &meant, "-x", &[&WANTED[..], &SHARED_DIRECTORIES].concat())
            .map_err(|postconf::Interrupted| Failure::Interrupted)?;
    for (at, answer) in doubtful.into_iter().zip(answers) {
        settings[at] = match answer {
            Ok(Answer { value: lines, remark }) => {
                told_settings(&lines).map(|value| Answer { value, remark }).map_err(|name| Damage::Unknown {
                    reason: format!("postconf does not tell {name}"),
                    status: crate::status::CONFIGURATION,
                })
            }
            Err(NoAnswer { reason, cause: Cause::Late, .. }) => Err(Damage::Endless(reason)),
            Err(NoAnswer { reason, status, .. }) => Err(Damage::Unknown { reason, status }),
        };
    }
    Ok(settings)
}

/// What a main.cf says that leaves no doubt. Directories must be there, as Postfix alone knows what they are
/// otherwise.
fn plain_settings(text: &[u8]) -> Result<Settings, Doubt> {
    let plain = Plain::read(text)?;
    let word = |name| match plain.literal(name)? {
        // postconf prints blanks within a value in a way of its own.
        Some(value) if value.iter().any(u8::is_ascii_whitespace) => Err(Doubt),
        value => Ok(value),
    };
    let path = |name| Ok(PathBuf::from(OsStr::from_bytes(word(name)?.ok_or(Doubt)?)));
    Ok(Settings {
        name: word("multi_instance_name")?.and_then(postconf::name_in),
        group: word("multi_instance_group")?.and_then(postconf::name_in),
        enable: Ok(Flag::parse(word("multi_instance_enable")?.unwrap_or(b"no")).map_err(|_| Doubt)?),
        queue_directory: path("queue_directory")?,
        data_directory: path("data_directory")?,
        shared: shared(word)?,
    })
}

/// What lines of `NAME = VALUE` say, or the name of what they lack.
fn told_settings(lines: &[u8]) -> Result<Settings, &'static str> {
    let value = |name: &'static str| postconf::value(lines, name).map(<[u8]>::trim_ascii).ok_or(name);
    let path = |name| value(name).map(|value| PathBuf::from(OsStr::from_bytes(value)));
    Ok(Settings {
        name: postconf::name_in(value("multi_instance_name")?),
        group: postconf::name_in(value("multi_instance_group")?),
        enable: Flag::parse(value("multi_instance_enable")?),
        queue_directory: path("queue_directory")?,
        data_directory: path("data_directory")?,
        shared: shared(|name| Ok::<_, Infallible>(value(name).ok())).unwrap_or_else(|never| match never {}),
    })
}

/// The directories that instances usually share, as far as they are told.
fn shared<'a, E>(
    told: impl Fn(&'static str) -> Result<Option<&'a [u8]>, E>,
) -> Result<Vec<(&'static str, PathBuf)>, E> {
    let mut shared = Vec::new();
    for name in SHARED_DIRECTORIES {
        let path = told(name)?.map(|value| PathBuf::from(OsStr::from_bytes(value)));
        shared.extend(path.filter(|path| path.is_absolute()).map(|path| (name, path)));
    }
    Ok(shared)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_reading_agree() {
        let lines = b"queue_directory = /q\ndata_directory = /d\nmulti_instance_name = postfix-a\n\
            multi_instance_group =\nmulti_instance_enable = yes\n";
        let told = told_settings(lines).unwrap();
        assert_eq!(plain_settings(lines), Ok(told.clone()));
        assert_eq!(told.name, Some("postfix-a".into()));
        assert_eq!(told.group, None);
        assert_eq!(told.enable, Ok(Flag::Enabled));
        assert_eq!(told.queue_directory, Path::new("/q"));
    }

    #[test]
    fn what_is_not_certain_is_asked_for() {
        for text in [
            "queue_directory = /q\n",
            "queue_directory = /q\ndata_directory = /d\nmulti_instance_enable = maybe\n",
            "queue_directory = /q\ndata_directory = /d e\n",
            "queue_directory = /q\ndata_directory = $queue_directory\n",
        ] {
            assert_eq!(plain_settings(text.as_bytes()), Err(Doubt), "{text}");
        }
    }

    #[test]
    fn a_flag_that_is_none_leaves_the_rest_known() {
        let lines = b"queue_directory = /q\ndata_directory = /d\nmulti_instance_name = postfix-a\n\
            multi_instance_group = mx\nmulti_instance_enable = maybe\n";
        let settings = told_settings(lines).unwrap();
        assert_eq!(settings.enable, Err(NotBoolean("maybe".into())));
        assert_eq!(settings.group, Some("mx".into()));
        assert_eq!(told_settings(b"queue_directory = /q\n"), Err("multi_instance_name"));
    }
}
