//! Reads the settings of an instance from its main.cf: name, group, enabled or not, directories.
//!
//! Knows nothing of the other instances.

use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::os::exit_status;
use crate::os::files::settled_file;
use crate::os::signals::Signals;
use crate::postfix::damage::Damage;
use crate::postfix::environment::Environment;
use crate::postfix::instance::MAIN_CF;
use crate::postfix::literal_main_cf::{LiteralMainCf, NeedsPostconf};
use crate::postfix::postconf;
use crate::postfix::query::{Answer, Cause, Interrupted, NoAnswer, QueryError};
use crate::postfix::values::enable_flag::{Flag, NotBoolean};

/// Directories that all instances usually share.
pub(crate) const SHARED_DIRECTORIES: [&str; 8] = [
    "command_directory",
    "daemon_directory",
    "html_directory",
    "manpage_directory",
    "meta_directory",
    "readme_directory",
    "sample_directory",
    "shlib_directory",
];

/// What a secondary instance's main.cf is asked for.
const WANTED: [&str; 5] = [
    "queue_directory",
    "data_directory",
    "multi_instance_name",
    "multi_instance_group",
    "multi_instance_enable",
];

/// What an instance's main.cf says that is its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InstanceSettings {
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

/// What a main.cf says about its instance.
pub(crate) fn own_settings(
    environment: &Environment,
    directory: &Path,
    signals: &Signals,
) -> Result<Answer<InstanceSettings>, QueryError<Damage>> {
    let mut told = settings_of_each(environment, &[directory], signals)?;
    told.pop().unwrap_or(Err(Damage::NotAbsolute)).map_err(QueryError::Failed)
}

/// What main.cf files say about their instances: in this process if the file is simple, else through postconf,
/// which is asked about several at once.
pub(crate) fn settings_of_each(
    environment: &Environment,
    directories: &[&Path],
    signals: &Signals,
) -> Result<Vec<Result<Answer<InstanceSettings>, Damage>>, Interrupted> {
    let mut doubtful = Vec::new();
    let mut settings = Vec::new();
    for (at, directory) in directories.iter().enumerate() {
        let plain = settled_file::text(&directory.join(MAIN_CF)).and_then(|text| plain_settings(&text).ok());
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
        postconf::ask_each(environment, signals, &meant, "-x", &[&WANTED[..], &SHARED_DIRECTORIES].concat())?;
    for (at, answer) in doubtful.into_iter().zip(answers) {
        settings[at] = match answer {
            Ok(Answer { value: lines, remark }) => {
                told_settings(&lines).map(|value| Answer { value, remark }).map_err(|name| Damage::Unknown {
                    reason: format!("postconf does not tell {name}"),
                    status: exit_status::CONFIGURATION,
                })
            }
            Err(NoAnswer { reason, cause: Cause::Late, .. }) => Err(Damage::Endless(reason)),
            Err(NoAnswer { reason, status, .. }) => Err(Damage::Unknown { reason, status }),
        };
    }
    Ok(settings)
}

/// What a simple main.cf says. Directories must be there, as Postfix alone knows what they are
/// otherwise.
fn plain_settings(text: &[u8]) -> Result<InstanceSettings, NeedsPostconf> {
    let plain = LiteralMainCf::read(text)?;
    let word = |name| match plain.literal(name)? {
        // postconf prints blanks within a value in a way of its own.
        Some(value) if value.iter().any(u8::is_ascii_whitespace) => Err(NeedsPostconf),
        value => Ok(value),
    };
    let path = |name| Ok(PathBuf::from(OsStr::from_bytes(word(name)?.ok_or(NeedsPostconf)?)));
    Ok(InstanceSettings {
        name: word("multi_instance_name")?.and_then(postconf::name_in),
        group: word("multi_instance_group")?.and_then(postconf::name_in),
        enable: Ok(Flag::parse(word("multi_instance_enable")?.unwrap_or(b"no")).map_err(|_| NeedsPostconf)?),
        queue_directory: path("queue_directory")?,
        data_directory: path("data_directory")?,
        shared: shared(word)?,
    })
}

/// What lines of `NAME = VALUE` say, or the name of what they lack.
fn told_settings(lines: &[u8]) -> Result<InstanceSettings, &'static str> {
    let value = |name: &'static str| postconf::value(lines, name).map(<[u8]>::trim_ascii).ok_or(name);
    let path = |name| value(name).map(|value| PathBuf::from(OsStr::from_bytes(value)));
    Ok(InstanceSettings {
        name: postconf::name_in(value("multi_instance_name")?),
        group: postconf::name_in(value("multi_instance_group")?),
        enable: Flag::parse(value("multi_instance_enable")?),
        queue_directory: path("queue_directory")?,
        data_directory: path("data_directory")?,
        shared: shared(|name| Ok::<_, Infallible>(value(name).ok())).unwrap_or_else(|never| match never {}),
    })
}

/// The directories that instances usually share, as far as they are known.
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
            assert_eq!(plain_settings(text.as_bytes()), Err(NeedsPostconf), "{text}");
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
