//! Finds the instances that a selection means. If only one can be meant and a name fits two, it is refused.
//!
//! Knows nothing of what is to happen to them.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::cli::nearest::nearest;
use crate::multi::request::selection::{Ambiguous, DEFAULT_INSTANCE, Match, NAME_PREFIX, Selection};
use crate::multi::system::damaged_name;
use crate::multi::system::{InstanceInfo, Role, System};
use crate::os::files::file_identity::identity_of;
use crate::os::messages::{Level, Messages};
use crate::os::printable::{printable, shell_word};
use crate::plan::policy::RunOrder;
use crate::postfix::damage::Damage;
use crate::run::wording;

/// How many instances that may be meant are named.
const MOST_NAMED: usize = 5;

impl Selection {
    /// The same selection, with a directory that is spelled in another way than in the list as it is listed there. It
    /// is the same one if device and inode are; one that is not there goes by its path.
    pub(crate) fn as_listed(&self, system: &System) -> Self {
        let Self::Name(name) = self else { return self.clone() };
        let wanted = Path::new(name);
        let mut directories = system.instances.iter().map(|instance| instance.directory.as_path());
        if !wanted.is_absolute() || directories.clone().any(|listed| listed.as_os_str() == name) {
            return self.clone();
        }
        let identity = identity_of(wanted);
        let listed = match identity {
            Some(_) => directories.find(|listed| listed.is_absolute() && identity_of(listed) == identity),
            None => directories.find(|listed| *listed == wanted),
        };
        listed.map_or_else(|| self.clone(), |listed| Self::Name(listed.into()))
    }

    /// The one instance that a name means, for what must not reach a wrong one: nothing if there is none, or if this
    /// is no name. An instance that cannot be read counts if the text of its main.cf gives it that name.
    pub(crate) fn only<'a>(&self, system: &'a System) -> Result<Option<&'a InstanceInfo>, Ambiguous> {
        let Self::Name(wanted) = self else { return Ok(None) };
        let matching =
            |wanted| system.instances.iter().filter(move |instance| self.matches(instance) == wanted);
        let mut found: Vec<&InstanceInfo> = matching(Match::Yes).collect();
        let first = found.first().copied();
        let is_wanted = |name: &OsStr| is_called(wanted, name);
        found.extend(matching(Match::Unknown).filter(|one| damaged_name::may_be(&one.directory, is_wanted)));
        match found[..] {
            [] | [_] => Ok(first),
            _ => Err(Ambiguous {
                selection: self.clone(),
                directories: found.into_iter().map(|instance| instance.directory.clone()).collect(),
            }),
        }
    }

    /// What else to know about a selection that fits nobody: what may have been meant.
    pub(crate) fn hint(&self, system: &System) -> String {
        format!("{}{}", self.in_doubt(system), self.likely(system))
    }

    /// The instances that cannot be read, so that they may be meant, and what chooses one. A relative directory chooses
    /// none.
    fn in_doubt(&self, system: &System) -> String {
        let unknown = unknown(system, self).map(|(instance, _)| instance.directory.as_path());
        let unknown: Vec<&Path> = unknown.filter(|directory| directory.is_absolute()).collect();
        let chosen = match unknown[..] {
            [] => return String::new(),
            [one] => format!("\"-i {}\" chooses it", shell_word(one)),
            _ => "\"-i DIRECTORY\" chooses one".to_owned(),
        };
        let mut named: Vec<String> = unknown.iter().take(MOST_NAMED).map(printable).collect();
        if unknown.len() > MOST_NAMED {
            named.push(format!("{} more", unknown.len() - MOST_NAMED));
        }
        format!("; {} cannot be read, and may be meant; {chosen}", named.join(", "))
    }

    /// What is likely to have been meant.
    fn likely(&self, system: &System) -> String {
        let known = system.instances.iter().filter_map(|instance| instance.settings.as_ref().ok());
        let (word, known): (_, Vec<&OsStr>) = match self {
            Self::All => return String::new(),
            Self::Name(name) if name.as_bytes().contains(&b'/') && !Path::new(name).is_absolute() => {
                return "; a directory begins with a slash".to_owned();
            }
            Self::Name(name) if name.as_bytes().contains(&b'/') => {
                (name, system.instances.iter().map(|instance| instance.directory.as_os_str()).collect())
            }
            Self::Name(name) => (name, known.filter_map(|settings| settings.name.as_deref()).collect()),
            Self::Group(group) => (group, known.filter_map(|settings| settings.group.as_deref()).collect()),
        };
        if let Some(directory) = self.directory_called_so(system) {
            return format!(
                "; an instance goes by its multi_instance_name; use -i {}",
                shell_word(directory)
            );
        }
        let Some(word) = word.to_str() else { return String::new() };
        let known: Vec<&str> = known.into_iter().filter_map(OsStr::to_str).collect();
        let short = known.iter().filter_map(|name| name.strip_prefix("postfix-"));
        match nearest(word, known.iter().copied().chain(short)) {
            Some(meant) => format!("; did you mean {}?", printable(meant)),
            None if matches!(self, Self::Group(_)) => match groups(system)[..] {
                [] => "; no instance is in a group".to_owned(),
                ref groups => format!("; there are the groups {}", groups.join(", ")),
            },
            None => String::new(),
        }
    }

    /// The directory of an instance that is called as the wanted name, while the instance has another name or none.
    fn directory_called_so<'a>(&self, system: &'a System) -> Option<&'a Path> {
        let Self::Name(wanted) = self else { return None };
        let goes_by_another = |instance: &&InstanceInfo| {
            self.matches(instance) == Match::No
                && instance.settings.is_ok()
                && instance.directory.is_absolute()
        };
        let others = system.instances.iter().filter(goes_by_another);
        let directories = others.map(|instance| instance.directory.as_path());
        let mut called =
            directories.filter(|path| path.file_name().is_some_and(|name| is_called(wanted, name)));
        called.next().filter(|_| called.next().is_none())
    }

    /// The instances that are meant, in this order.
    pub(crate) fn among<'a>(&self, system: &'a System, order: RunOrder) -> Vec<&'a InstanceInfo> {
        system.ordered(order).into_iter().filter(|instance| self.matches(instance) == Match::Yes).collect()
    }

    /// Whether an instance is one of those that are meant.
    pub(crate) fn matches(&self, instance: &InstanceInfo) -> Match {
        match self {
            Self::All => Match::Yes,
            Self::Group(group) => match &instance.settings {
                Ok(settings) => told(settings.group.as_ref() == Some(group)),
                Err(_) => Match::Unknown,
            },
            Self::Name(name) => by_name(name, instance),
        }
    }
}

/// A directory is compared with the directory, a name with the name. Who has no name goes by the directory alone.
fn by_name(wanted: &OsStr, instance: &InstanceInfo) -> Match {
    if instance.role == Role::Default && wanted == DEFAULT_INSTANCE {
        return Match::Yes;
    }
    if wanted.as_bytes().first() == Some(&b'/') {
        return told(instance.directory.as_os_str() == wanted);
    }
    let Ok(settings) = &instance.settings else { return Match::Unknown };
    told(settings.name.as_deref().is_some_and(|name| is_called(wanted, name)))
}

/// Whether a name is meant, with or without its prefix.
fn is_called(wanted: &OsStr, name: &OsStr) -> bool {
    let (wanted, name) = (wanted.as_bytes(), name.as_bytes());
    let without_prefix = if wanted.starts_with(NAME_PREFIX) { None } else { name.strip_prefix(NAME_PREFIX) };
    wanted == without_prefix.unwrap_or(name)
}

fn told(is_meant: bool) -> Match {
    if is_meant { Match::Yes } else { Match::No }
}

/// The groups that instances are in, in the order of their names.
pub(crate) fn groups(system: &System) -> Vec<String> {
    let settings = system.instances.iter().filter_map(|instance| instance.settings.as_ref().ok());
    let groups: BTreeSet<&OsStr> = settings.filter_map(|settings| settings.group.as_deref()).collect();
    groups.into_iter().map(printable).collect()
}

/// The instances of which it is not known whether they are meant.
pub(crate) fn unknown<'a>(
    system: &'a System,
    selection: &'a Selection,
) -> impl Iterator<Item = (&'a InstanceInfo, &'a Damage)> {
    let unknown = system.instances.iter().filter(|instance| selection.matches(instance) == Match::Unknown);
    unknown.filter_map(|instance| Some((instance, instance.settings.as_ref().err()?)))
}

/// Names the instances of which it is not known whether they are meant; whether there are any that matter. Of a
/// name there is one bearer, so that once it is found, others do not matter.
pub(crate) fn report_unknown(system: &System, selection: &Selection, messages: &mut Messages<'_>) -> bool {
    let is_found = system.instances.iter().any(|instance| selection.matches(instance) == Match::Yes);
    if matches!(selection, Selection::Name(_)) && is_found {
        return false;
    }
    let environment = system.installation.environment();
    let mut any = false;
    for (instance, damage) in unknown(system, selection) {
        let directory = printable(&instance.directory);
        let cure = wording::cure(&environment, &instance.directory, damage);
        messages.report(
            Level::Error,
            &format!("instance {directory}: cannot tell whether {selection} means it: {damage}; {cure}"),
        );
        any = true;
    }
    any
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::postfix::damage::Damage;
    use crate::postfix::instance_settings::InstanceSettings;
    use crate::postfix::values::enable_flag::Flag;

    fn instance(role: Role, directory: &str, name: Option<&str>, group: Option<&str>) -> InstanceInfo {
        InstanceInfo {
            role,
            directory: directory.into(),
            settings: Ok(InstanceSettings {
                name: name.map(OsString::from),
                group: group.map(OsString::from),
                enable: Ok(Flag::Enabled),
                queue_directory: "/q".into(),
                data_directory: "/d".into(),
                shared: Vec::new(),
            }),
        }
    }

    fn by(name: &str, instance: &InstanceInfo) -> Match {
        Selection::Name(name.into()).matches(instance)
    }

    #[test]
    fn a_name_with_and_without_its_prefix_and_the_directory() {
        let one = instance(Role::Secondary, "/etc/postfix-out", Some("postfix-out"), None);
        for name in ["postfix-out", "out", "/etc/postfix-out"] {
            assert_eq!(by(name, &one), Match::Yes, "{name}");
        }
        for name in ["-", "", "postfix-", "etc/postfix-out", "/etc/postfix-out/", "Out"] {
            assert_eq!(by(name, &one), Match::No, "{name}");
        }
    }

    #[test]
    fn a_name_that_lacks_the_prefix_is_compared_as_it_is() {
        let one = instance(Role::Secondary, "/etc/b", Some("out"), None);
        assert_eq!(by("out", &one), Match::Yes);
        assert_eq!(by("postfix-out", &one), Match::No);
    }

    #[test]
    fn the_default_instance_is_the_dash_too() {
        let named = instance(Role::Default, "/etc/postfix", Some("postfix-main"), None);
        let nameless = instance(Role::Default, "/etc/postfix", None, None);
        assert_eq!(by("-", &named), Match::Yes);
        assert_eq!(by("main", &named), Match::Yes);
        assert_eq!(by("-", &nameless), Match::Yes);
        assert_eq!(by("postfix", &nameless), Match::No);
    }

    #[test]
    fn who_is_in_no_group_is_in_none() {
        let one = instance(Role::Secondary, "/etc/b", None, Some("mx"));
        let other = instance(Role::Secondary, "/etc/c", None, None);
        assert_eq!(Selection::Group("mx".into()).matches(&one), Match::Yes);
        for group in ["", "m", "mx "] {
            assert_eq!(Selection::Group(group.into()).matches(&one), Match::No);
            assert_eq!(Selection::Group(group.into()).matches(&other), Match::No);
        }
    }

    #[test]
    fn of_an_unreadable_one_only_the_directory_is_known() {
        let damage = Damage::Unknown { reason: "torn".into(), status: 78 };
        let one = InstanceInfo { role: Role::Secondary, directory: "/etc/b".into(), settings: Err(damage) };
        assert_eq!(Selection::All.matches(&one), Match::Yes);
        assert_eq!(by("/etc/b", &one), Match::Yes);
        assert_eq!(by("/etc/c", &one), Match::No);
        assert_eq!(by("b", &one), Match::Unknown);
        assert_eq!(Selection::Group("mx".into()).matches(&one), Match::Unknown);
    }
}
