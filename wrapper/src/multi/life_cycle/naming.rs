//! Checks the name and the group of a new instance, and derives its directories from the default instance's.
//!
//! Knows nothing of other instances, and of files.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::multi::changing::instance_dirs::is_one_word;
use crate::multi::changing::tools::Settings;
use crate::multi::life_cycle::invalid_argument::InvalidArgument;
use crate::multi::request::selection::NAME_PREFIX;

/// What may be in a name, beside letters and digits.
const SAFE: &[u8] = b"!@%-_=+:./";

/// What a name or a group becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NameChange {
    /// It stays as it is.
    Unchanged,
    /// There is to be none.
    None,
    /// There is to be this one.
    Name(OsString),
}

impl NameChange {
    /// The value that a parameter must get, unless it has it already.
    pub(crate) fn against(&self, current: Option<&OsString>) -> Option<OsString> {
        match self {
            Self::Unchanged => None,
            Self::None => current.map(|_| OsString::new()),
            Self::Name(name) => (current != Some(name)).then(|| name.clone()),
        }
    }

    fn of(given: Option<&OsString>) -> Self {
        match given {
            None => Self::Unchanged,
            Some(name) if name == "-" || name.is_empty() => Self::None,
            Some(name) => Self::Name(name.clone()),
        }
    }
}

/// The name of an instance. Files are called by it, so that it must not lead elsewhere.
pub(crate) fn name(given: Option<&OsString>) -> Result<NameChange, InvalidArgument> {
    let change = NameChange::of(given);
    if let NameChange::Name(name) = &change {
        if !is_safe(name) || name.as_bytes().contains(&b'/') {
            return Err(InvalidArgument::UnsafeName(name.clone()));
        }
        if !name.as_bytes().starts_with(NAME_PREFIX) {
            return Err(InvalidArgument::NoPrefix(name.clone()));
        }
    }
    Ok(change)
}

/// The group of an instance.
pub(crate) fn group(given: Option<&OsString>) -> Result<NameChange, InvalidArgument> {
    let change = NameChange::of(given);
    match &change {
        NameChange::Name(group) if !is_safe(group) => Err(InvalidArgument::UnsafeGroup(group.clone())),
        _ => Ok(change),
    }
}

fn is_safe(name: &OsStr) -> bool {
    name.as_bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || SAFE.contains(byte))
}

/// The directories of a new instance, as far as they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Directories {
    /// `config_directory`
    pub(crate) config: Option<PathBuf>,
    /// `queue_directory`
    pub(crate) queue: Option<PathBuf>,
    /// `data_directory`
    pub(crate) data: Option<PathBuf>,
}

/// Which of them may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allowed {
    /// For a new instance, all.
    All,
    /// For an instance that exists, only its place; its main.cf names the other directories.
    ConfigAlone,
}

/// Reads arguments `name=value`. The last one of a name counts.
pub(crate) fn directories(arguments: &[OsString], allowed: Allowed) -> Result<Directories, InvalidArgument> {
    let mut directories = Directories::default();
    for argument in arguments {
        let bytes = argument.as_bytes();
        let at = bytes.iter().position(|byte| *byte == b'=');
        let (name, value) = match at {
            Some(at) => (bytes[..at].trim_ascii(), bytes[at + 1..].trim_ascii()),
            None => return Err(InvalidArgument::Malformed(argument.clone())),
        };
        let place = match (name, allowed) {
            (b"config_directory", _) => &mut directories.config,
            (b"queue_directory", Allowed::All) => &mut directories.queue,
            (b"data_directory", Allowed::All) => &mut directories.data,
            (b"", _) => return Err(InvalidArgument::Malformed(argument.clone())),
            _ => return Err(InvalidArgument::UnknownParameter(OsStr::from_bytes(name).to_owned())),
        };
        *place = Some(directory(argument, value)?);
    }
    Ok(directories)
}

/// Parameters for which a description has options, and these.
const WITH_OPTIONS: [(&str, &str); 3] = [
    ("multi_instance_name", "-I"),
    ("multi_instance_group", "-G"),
    ("multi_instance_enable", "--enabled or --disabled"),
];

/// Parameters that only the default instance has, and what changes them there.
pub(crate) const OF_DEFAULT: [(&str, &str); 3] = [
    ("multi_instance_directories", "-e create, import, deport or destroy"),
    ("multi_instance_wrapper", "-e init"),
    ("alternate_config_directories", "-e deport"),
];

/// Reads arguments `name=value` with any parameter. The last one of a name counts.
pub(crate) fn parameters(arguments: &[OsString]) -> Result<(Directories, Settings), InvalidArgument> {
    let mut own = Vec::new();
    let mut settings = Settings::new();
    for argument in arguments {
        let bytes = argument.as_bytes();
        let at = bytes.iter().position(|byte| *byte == b'=');
        let at = at.ok_or_else(|| InvalidArgument::Malformed(argument.clone()))?;
        let (name, value) = (bytes[..at].trim_ascii(), bytes[at + 1..].trim_ascii());
        if matches!(name, b"config_directory" | b"queue_directory" | b"data_directory") {
            own.push(argument.clone());
            continue;
        }
        if name.is_empty() || !name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
            return Err(InvalidArgument::Malformed(argument.clone()));
        }
        let name = OsStr::from_bytes(name).to_owned();
        let mut reserved = WITH_OPTIONS.iter().chain(&OF_DEFAULT);
        if let Some((_, instead)) = reserved.find(|(reserved, _)| name == *reserved) {
            return Err(InvalidArgument::Reserved(name, instead));
        }
        if value.iter().any(u8::is_ascii_control) {
            return Err(InvalidArgument::UnwritableValue(name));
        }
        settings.retain(|(known, _)| *known != name);
        settings.push((name, OsStr::from_bytes(value).to_owned()));
    }
    Ok((directories(&own, Allowed::All)?, settings))
}

/// A directory that was given: absolute, not the root, without slashes at its end.
fn directory(argument: &OsStr, value: &[u8]) -> Result<PathBuf, InvalidArgument> {
    if value.first() != Some(&b'/') {
        return Err(InvalidArgument::NotAbsolute(argument.to_owned()));
    }
    let length = value.iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1);
    if length == 0 {
        return Err(InvalidArgument::Root(argument.to_owned()));
    }
    let value = &value[..length];
    if !is_one_word(OsStr::from_bytes(value)) || value.contains(&b'$') {
        return Err(InvalidArgument::Unwritable(argument.to_owned()));
    }
    Ok(PathBuf::from(OsStr::from_bytes(value)))
}

/// The place beside the default instance's directory.
pub(crate) fn beside(
    parameter: &'static str,
    default: &Path,
    name: &NameChange,
) -> Result<PathBuf, InvalidArgument> {
    let NameChange::Name(name) = name else { return Err(InvalidArgument::Missing(parameter)) };
    let bytes = default.as_os_str().as_bytes();
    if bytes.first() != Some(&b'/') {
        return Err(InvalidArgument::DefaultNotAbsolute(parameter, default.to_owned()));
    }
    let last = bytes.iter().rposition(|byte| *byte != b'/').unwrap_or(0);
    let parent = bytes[..last].iter().rposition(|byte| *byte == b'/').unwrap_or(0);
    let parent = bytes[..parent].iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1);
    let path = [&bytes[..parent], b"/", name.as_bytes()].concat();
    Ok(PathBuf::from(OsStr::from_bytes(&path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(name: &str) -> OsString {
        name.into()
    }

    #[test]
    fn a_name_is_safe_and_has_the_prefix() {
        assert_eq!(name(Some(&given("postfix-a.b+c"))), Ok(NameChange::Name("postfix-a.b+c".into())));
        assert_eq!(name(Some(&given(""))), Ok(NameChange::None));
        assert_eq!(name(Some(&given("-"))), Ok(NameChange::None));
        assert_eq!(name(None), Ok(NameChange::Unchanged));
        assert_eq!(name(Some(&given("mail"))), Err(InvalidArgument::NoPrefix("mail".into())));
        for unsafe_name in ["postfix-a b", "postfix-a/b", "postfix-$a", "postfix-é"] {
            assert_eq!(name(Some(&given(unsafe_name))), Err(InvalidArgument::UnsafeName(unsafe_name.into())));
        }
        assert_eq!(group(Some(&given("a/b"))), Ok(NameChange::Name("a/b".into())));
        assert_eq!(group(Some(&given("a b"))), Err(InvalidArgument::UnsafeGroup("a b".into())));
    }

    #[test]
    fn a_wish_that_is_fulfilled_changes_nothing() {
        let current = OsString::from("postfix-a");
        assert_eq!(NameChange::Unchanged.against(Some(&current)), None);
        assert_eq!(NameChange::None.against(Some(&current)), Some(OsString::new()));
        assert_eq!(NameChange::None.against(None), None);
        assert_eq!(NameChange::Name(current.clone()).against(Some(&current)), None);
        assert_eq!(NameChange::Name(current.clone()).against(None), Some(current));
    }

    #[test]
    fn directories_are_absolute_and_not_the_root() {
        let read = |argument: &str| directories(&[argument.into()], Allowed::All).map(|found| found.config);
        assert_eq!(read(" config_directory = /a/b// "), Ok(Some("/a/b".into())));
        assert_eq!(read("config_directory"), Err(InvalidArgument::Malformed("config_directory".into())));
        assert_eq!(read("=/a"), Err(InvalidArgument::Malformed("=/a".into())));
        assert_eq!(
            read("config_directory=a"),
            Err(InvalidArgument::NotAbsolute("config_directory=a".into()))
        );
        assert_eq!(read("config_directory=//"), Err(InvalidArgument::Root("config_directory=//".into())));
        for unfit in ["/$a", "/a b", "/a*", "/a?", "/[a", "/a\\b", "/a'", "/a\"", "/a\tb"] {
            let argument = format!("config_directory={unfit}");
            assert_eq!(read(&argument), Err(InvalidArgument::Unwritable(argument.into())));
        }
        assert_eq!(read("mail_owner=/a"), Err(InvalidArgument::UnknownParameter("mail_owner".into())));
        let imported = directories(&["queue_directory=/q".into()], Allowed::ConfigAlone);
        assert_eq!(imported, Err(InvalidArgument::UnknownParameter("queue_directory".into())));
    }

    #[test]
    fn any_parameter_can_be_described_but_what_has_an_option_of_its_own() {
        let read = |words: &[&str]| parameters(&words.iter().map(OsString::from).collect::<Vec<_>>());
        let (given, settings) =
            read(&["relayhost = a", "queue_directory=/q", "x=1 = 2", "relayhost=b"]).unwrap();
        assert_eq!(given, Directories { queue: Some("/q".into()), ..Directories::default() });
        assert_eq!(settings, [("x".into(), "1 = 2".into()), ("relayhost".into(), "b".into())]);
        for malformed in ["relayhost", "=x", "a b=c", "-e=x"] {
            assert_eq!(read(&[malformed]), Err(InvalidArgument::Malformed(malformed.into())));
        }
        for (reserved, instead) in WITH_OPTIONS.into_iter().chain(OF_DEFAULT) {
            let argument = format!("{reserved}=x");
            assert_eq!(read(&[&argument]), Err(InvalidArgument::Reserved(reserved.into(), instead)));
        }
        assert_eq!(read(&["x=a\nb"]), Err(InvalidArgument::UnwritableValue("x".into())));
    }

    #[test]
    fn what_is_not_said_is_beside_the_default_instances() {
        let name = NameChange::Name("postfix-a".into());
        let place = |default: &str| beside("queue_directory", Path::new(default), &name).unwrap();
        assert_eq!(place("/var/spool/postfix"), Path::new("/var/spool/postfix-a"));
        assert_eq!(place("/var/spool//postfix//"), Path::new("/var/spool/postfix-a"));
        assert_eq!(place("/postfix"), Path::new("/postfix-a"));
        let nameless = beside("queue_directory", Path::new("/q"), &NameChange::None);
        assert_eq!(nameless, Err(InvalidArgument::Missing("queue_directory")));
    }
}
