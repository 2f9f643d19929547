//! What belongs to whom: names and directories that no two instances may share, nor share with the installation.
//!
//! Knows nothing of what is done about a conflict.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

use crate::instance::Identity;
use crate::message::printable;
use crate::multi::installation::Installation;
use crate::multi::system::Settings;

/// Something that belongs to an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    /// The instance's configuration directory.
    pub(crate) owner: PathBuf,
    /// The parameter whose value it is.
    pub(crate) parameter: &'static str,
    /// The value.
    pub(crate) value: OsString,
}

/// Two want the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conflict {
    /// Who has it.
    pub(crate) holder: Claim,
    /// Who wants it.
    pub(crate) other: Claim,
}

impl fmt::Display for Conflict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}={} ", self.other.parameter, printable(&self.other.value))?;
        // What is not there yet has no owner.
        if !self.other.owner.as_os_str().is_empty() {
            write!(formatter, "of {} ", printable(&self.other.owner))?;
        }
        write!(formatter, "is ")?;
        if self.holder.owner == self.other.owner {
            write!(formatter, "its {} as well; choose another one", self.holder.parameter)
        } else {
            write!(
                formatter,
                "{} of the instance in {} already; choose another one",
                self.holder.parameter,
                printable(&self.holder.owner)
            )
        }
    }
}

/// Who has what.
pub(crate) struct Claims<'a> {
    held: Vec<(Claim, Option<Identity>)>,
    identity_of: &'a dyn Fn(&Path) -> Option<Identity>,
}

impl<'a> Claims<'a> {
    /// What the installation has. `identity_of` tells directories that are one under two names.
    ///
    /// `meta_directory` is left out: it is often another one, too.
    pub(crate) fn new(
        installation: &Installation,
        identity_of: &'a dyn Fn(&Path) -> Option<Identity>,
    ) -> Self {
        let mut claims = Self { held: Vec::new(), identity_of };
        let shared = [
            ("command_directory", &installation.command_directory),
            ("daemon_directory", &installation.daemon_directory),
            ("shlib_directory", &installation.shlib_directory),
        ];
        for (parameter, path) in shared {
            if path.is_absolute() {
                claims.hold(Claim {
                    owner: installation.config_directory.clone(),
                    parameter,
                    value: path.clone().into_os_string(),
                });
            }
        }
        claims
    }

    /// Who has something already, other than the one who claims it for the same purpose.
    pub(crate) fn conflict(&self, claim: &Claim) -> Option<Conflict> {
        let identity = self.identity(claim);
        let is_same = |held: &Claim, known: Option<Identity>| {
            held.value == claim.value || (identity.is_some() && known == identity)
        };
        let is_own = |held: &Claim| held.owner == claim.owner && held.parameter == claim.parameter;
        self.held
            .iter()
            .find(|(held, known)| is_same(held, *known) && !is_own(held))
            .map(|(held, _)| Conflict { holder: held.clone(), other: claim.clone() })
    }

    /// Notes what an instance has, and tells what of that is somebody's already, be it its own.
    pub(crate) fn add(&mut self, directory: &Path, settings: &Settings) -> Vec<Conflict> {
        let mut conflicts = Vec::new();
        for claim in of_instance(directory, settings) {
            conflicts.extend(self.conflict(&claim));
            self.hold(claim);
        }
        conflicts
    }

    /// Notes one thing that somebody has.
    pub(crate) fn hold(&mut self, claim: Claim) {
        let identity = self.identity(&claim);
        self.held.push((claim, identity));
    }

    /// What makes a directory the same under another name. A name is none.
    fn identity(&self, claim: &Claim) -> Option<Identity> {
        (claim.parameter != NAME).then(|| (self.identity_of)(Path::new(&claim.value))).flatten()
    }
}

const NAME: &str = "multi_instance_name";

/// What belongs to one instance.
fn of_instance(directory: &Path, settings: &Settings) -> Vec<Claim> {
    let claim =
        |parameter, value: &OsStr| Claim { owner: directory.to_owned(), parameter, value: value.to_owned() };
    let mut claims: Vec<Claim> = settings.name.iter().map(|name| claim(NAME, name)).collect();
    claims.push(claim("config_directory", directory.as_os_str()));
    claims.push(claim("queue_directory", settings.queue_directory.as_os_str()));
    claims.push(claim("data_directory", settings.data_directory.as_os_str()));
    claims
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flag::Flag;

    fn settings(name: Option<&str>, queue: &str, data: &str) -> Settings {
        Settings {
            name: name.map(OsString::from),
            group: None,
            enable: Ok(Flag::Disabled),
            queue_directory: queue.into(),
            data_directory: data.into(),
        }
    }

    fn nobody(identity_of: &dyn Fn(&Path) -> Option<Identity>) -> Claims<'_> {
        Claims { held: Vec::new(), identity_of }
    }

    #[test]
    fn each_name_and_directory_has_one_owner() {
        let mut claims = nobody(&|_| None);
        let mut add = |directory: &str, name, queue, data| {
            let conflicts = claims.add(Path::new(directory), &settings(name, queue, data));
            conflicts.iter().map(|conflict| conflict.other.parameter).collect::<Vec<_>>()
        };
        assert!(add("/a", Some("postfix-a"), "/qa", "/da").is_empty());
        assert!(add("/a", Some("postfix-a"), "/qa", "/da").is_empty(), "the same instance again");
        assert_eq!(add("/b", Some("postfix-a"), "/qb", "/db"), ["multi_instance_name"]);
        assert_eq!(add("/c", None, "/qa", "/da"), ["queue_directory", "data_directory"]);
        assert_eq!(add("/d", None, "/dd", "/dd"), ["data_directory"], "its own");
        assert_eq!(add("/e", None, "/a", "/b"), ["queue_directory", "data_directory"]);
    }

    #[test]
    fn another_name_for_a_directory_is_no_other_directory() {
        let same = |path: &Path| ["/qa", "/link"].iter().any(|one| Path::new(one) == path).then_some((1, 1));
        let mut claims = nobody(&same);
        assert!(claims.add(Path::new("/a"), &settings(None, "/qa", "/da")).is_empty());
        let conflicts = claims.add(Path::new("/b"), &settings(None, "/link", "/db"));
        let said: Vec<String> = conflicts.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "queue_directory=/link of /b is queue_directory of the instance in /a already; choose another one"
            ]
        );
    }
}
