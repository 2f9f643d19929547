//! Records which names and directories belong to which instance, and finds conflicts.
//! A conflict is equal names, equal directories, or a directory inside another one.
//!
//! Knows nothing of what is done about a conflict.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

use crate::multi::ownership::spot::{Key, Spot};
use crate::multi::system::installation::Installation;
use crate::os::printable::printable;
use crate::postfix::instance_settings::InstanceSettings;

/// The parameter that names an instance.
pub(crate) const NAME: &str = "multi_instance_name";

/// The parameters of directories that are each instance's own.
pub(crate) const CONFIG: &str = "config_directory";
pub(crate) const QUEUE: &str = "queue_directory";
pub(crate) const DATA: &str = "data_directory";

/// Directories of the installation that hold programs: no instance can have its own things there. The others, such as
/// `meta_directory`, are often the default instance's own directory as well.
const PROGRAMS: [&str; 3] = ["command_directory", "daemon_directory", "shlib_directory"];

/// Something that belongs to an instance, or to the installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    /// The instance's configuration directory; the default one's for what the installation has.
    pub(crate) owner: PathBuf,
    /// The parameter whose value it is.
    pub(crate) parameter: &'static str,
    /// The value.
    pub(crate) value: OsString,
}

impl Claim {
    /// That of an instance to its configuration directory.
    pub(crate) fn of_directory(config: &Path) -> Self {
        Self { owner: config.to_owned(), parameter: CONFIG, value: config.as_os_str().to_owned() }
    }
}

/// How two claims collide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    /// Both are one.
    Same,
    /// The one that is wanted lies in the one that is held.
    Inside,
    /// The one that is wanted holds the one that is held.
    Around,
}

/// Two want the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conflict {
    /// Who has it.
    pub(crate) holder: Claim,
    /// Who wants it.
    pub(crate) other: Claim,
    /// How they collide.
    pub(crate) relation: Relation,
}

impl Conflict {
    /// The same, as the other one sees it.
    pub(crate) fn reversed(self) -> Self {
        let relation = match self.relation {
            Relation::Same => Relation::Same,
            Relation::Inside => Relation::Around,
            Relation::Around => Relation::Inside,
        };
        Self { holder: self.other, other: self.holder, relation }
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (holder, other) = (&self.holder, &self.other);
        write!(formatter, "{}={} ", other.parameter, printable(&other.value))?;
        // What is not there yet has no owner.
        if !other.owner.as_os_str().is_empty() {
            write!(formatter, "of {} ", printable(&other.owner))?;
        }
        match self.relation {
            Relation::Same => write!(formatter, "is ")?,
            Relation::Inside => write!(formatter, "lies in {}, ", printable(&holder.value))?,
            Relation::Around => write!(formatter, "holds {}, ", printable(&holder.value))?,
        }
        if holder.owner == other.owner {
            write!(formatter, "its {} as well", holder.parameter)
        } else {
            write!(formatter, "{} of the instance in {} already", holder.parameter, printable(&holder.owner))
        }
    }
}

/// Who has what.
pub(crate) struct Claims<'a> {
    held: Vec<Claim>,
    names: HashMap<OsString, Vec<usize>>,
    /// By what a directory is known by.
    dirs: HashMap<Key, Vec<usize>>,
    /// By what the directories above it are known by.
    above: HashMap<Key, Vec<usize>>,
    spot_of: &'a dyn Fn(&Path) -> Spot,
}

impl<'a> Claims<'a> {
    /// What the installation has. `spot_of` finds the place of a directory.
    pub(crate) fn new(installation: &Installation, spot_of: &'a dyn Fn(&Path) -> Spot) -> Self {
        let mut claims = Self::none(spot_of);
        for (parameter, path) in &installation.directories {
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

    /// Nobody has anything.
    pub(crate) fn none(spot_of: &'a dyn Fn(&Path) -> Spot) -> Self {
        let (names, dirs, above) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { held: Vec::new(), names, dirs, above, spot_of }
    }

    /// Who has something already, other than the one who claims it for the same purpose.
    pub(crate) fn conflict(&self, claim: &Claim) -> Option<Conflict> {
        if claim.parameter == NAME {
            let holders = self.names.get(&claim.value).into_iter().flatten();
            return self.first(holders, claim, Relation::Same);
        }
        self.conflict_at(claim, &(self.spot_of)(Path::new(&claim.value)))
    }

    /// The same for a directory whose place is known.
    pub(crate) fn conflict_at(&self, claim: &Claim, spot: &Spot) -> Option<Conflict> {
        let find = |keys: &[Key], among: &'_ HashMap<Key, Vec<usize>>, relation| {
            let holders = keys.iter().filter_map(|key| among.get(key)).flatten();
            self.first(holders, claim, relation)
        };
        find(&spot.own, &self.dirs, Relation::Same)
            .or_else(|| find(&spot.above, &self.dirs, Relation::Inside))
            .or_else(|| find(&spot.own, &self.above, Relation::Around))
    }

    /// The first holder who matters.
    fn first<'i>(
        &self,
        holders: impl Iterator<Item = &'i usize>,
        claim: &Claim,
        relation: Relation,
    ) -> Option<Conflict> {
        let holders = holders.map(|at| (at, &self.held[*at]));
        let (_, holder) =
            holders.filter(|(_, held)| matters(held, claim, relation)).min_by_key(|(at, _)| **at)?;
        Some(Conflict { holder: holder.clone(), other: claim.clone(), relation })
    }

    /// Adds what an instance has. The result is what of that is taken already, by another instance or by itself.
    pub(crate) fn add(&mut self, directory: &Path, settings: &InstanceSettings) -> Vec<Conflict> {
        let mut conflicts = Vec::new();
        for claim in of_instance(directory, settings) {
            conflicts.extend(self.conflict(&claim));
            self.hold(claim);
        }
        for (parameter, path) in &settings.shared {
            let value = path.clone().into_os_string();
            self.hold(Claim { owner: directory.to_owned(), parameter, value });
        }
        conflicts
    }

    /// The configuration directories of all.
    pub(crate) fn configurations(&self) -> impl Iterator<Item = &Path> {
        self.held.iter().filter(|claim| claim.parameter == CONFIG).map(|claim| Path::new(&claim.value))
    }

    /// Adds one thing that somebody has.
    pub(crate) fn hold(&mut self, claim: Claim) {
        let at = self.held.len();
        if claim.parameter == NAME {
            self.names.entry(claim.value.clone()).or_default().push(at);
        } else {
            let Spot { own, above } = (self.spot_of)(Path::new(&claim.value));
            for key in own {
                self.dirs.entry(key).or_default().push(at);
            }
            for key in above {
                self.above.entry(key).or_default().push(at);
            }
        }
        self.held.push(claim);
    }
}

/// Whether it matters that somebody holds what is claimed. An instance's own directories may lie in one another, and
/// what it shares with all others may be anywhere but among the programs.
fn matters(held: &Claim, claim: &Claim, relation: Relation) -> bool {
    if held.owner != claim.owner {
        return true;
    }
    let is_own = matches!(held.parameter, NAME | CONFIG | QUEUE | DATA);
    held.parameter != claim.parameter
        && relation == Relation::Same
        && (is_own || PROGRAMS.contains(&held.parameter))
}

/// What belongs to one instance.
pub(crate) fn of_instance(directory: &Path, settings: &InstanceSettings) -> Vec<Claim> {
    let claim =
        |parameter, value: &OsStr| Claim { owner: directory.to_owned(), parameter, value: value.to_owned() };
    let mut claims: Vec<Claim> = settings.name.iter().map(|name| claim(NAME, name)).collect();
    claims.push(claim(CONFIG, directory.as_os_str()));
    claims.push(claim(QUEUE, settings.queue_directory.as_os_str()));
    claims.push(claim(DATA, settings.data_directory.as_os_str()));
    claims
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postfix::values::enable_flag::Flag;

    fn settings(name: Option<&str>, queue: &str, data: &str) -> InstanceSettings {
        InstanceSettings {
            name: name.map(OsString::from),
            group: None,
            enable: Ok(Flag::Disabled),
            queue_directory: queue.into(),
            data_directory: data.into(),
            shared: Vec::new(),
        }
    }

    #[test]
    fn each_name_and_directory_has_one_owner() {
        let mut claims = Claims::none(&Spot::written);
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
        let same = |path: &Path| {
            let mut spot = Spot::written(path);
            if ["/qa", "/link"].iter().any(|one| Path::new(one) == path) {
                spot.own.push(Key::Identity((1, 1)));
            }
            spot
        };
        let mut claims = Claims::none(&same);
        assert!(claims.add(Path::new("/a"), &settings(None, "/qa", "/da")).is_empty());
        let conflicts = claims.add(Path::new("/b"), &settings(None, "/link", "/db"));
        let said: Vec<String> = conflicts.iter().map(ToString::to_string).collect();
        assert_eq!(said, ["queue_directory=/link of /b is queue_directory of the instance in /a already"]);
    }

    #[test]
    fn what_lies_in_another_ones_directory_is_not_free_and_nor_is_what_holds_one() {
        let mut claims = Claims::none(&Spot::written);
        assert!(claims.add(Path::new("/a"), &settings(None, "/a/queue", "/a/data")).is_empty(), "its own");
        let said = |conflicts: Vec<Conflict>| conflicts.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            said(claims.add(Path::new("/b"), &settings(None, "/a/queue/b", "/d"))),
            ["queue_directory=/a/queue/b of /b lies in /a, config_directory of the instance in /a already"]
        );
        assert!(
            claims.add(Path::new("/ab"), &settings(None, "/a-queue", "/a-data")).is_empty(),
            "no part of a name"
        );
        assert_eq!(
            said(claims.add(Path::new("/c"), &settings(None, "/c/queue", "/"))).last().unwrap(),
            "data_directory=/ of /c holds /a, config_directory of the instance in /a already"
        );
    }
}
