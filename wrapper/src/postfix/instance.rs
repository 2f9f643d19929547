//! The list of instances: the default one, then the others in the order listed, each once.
//!
//! Knows nothing of commands, and of the file system only what it is told.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::os::files::file_identity::Identity;

/// The files in an instance's configuration directory.
pub(crate) const MAIN_CF: &str = "main.cf";
pub(crate) const MASTER_CF: &str = "master.cf";

/// An instance, known by its configuration directory as main.cf spells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Instance(PathBuf);

impl Instance {
    /// The configuration directory; not always absolute, as main.cf may hold mistakes.
    pub(crate) fn directory(&self) -> &Path {
        &self.0
    }

    /// Whether postfix(1) can be told to use the directory.
    pub(crate) fn is_addressable(&self) -> bool {
        self.0.is_absolute()
    }
}

/// All instances. By construction there is one default instance, and no instance is there twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Instances {
    default: Instance,
    secondary: Vec<Instance>,
}

/// An element of the list that names an instance which is already there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Duplicate {
    /// The element that was left out.
    pub(crate) listed: PathBuf,
    /// The instance that it names.
    pub(crate) instance: Instance,
}

impl Instances {
    /// The default instance and those listed, with what `identity_of` knows of an existing directory.
    pub(crate) fn new(
        default: PathBuf,
        listed: impl IntoIterator<Item = OsString>,
        identity_of: impl Fn(&Path) -> Option<Identity>,
    ) -> (Self, Vec<Duplicate>) {
        let mut by_path: HashMap<PathBuf, usize> = HashMap::new();
        let mut by_identity: HashMap<Identity, usize> = HashMap::new();
        // Number 0 is the default instance's.
        let mut known = |path: &Path, identity: Option<Identity>, number: usize| {
            let earlier = by_path.get(path).or_else(|| by_identity.get(&identity?)).copied();
            if earlier.is_none() {
                by_path.insert(path.to_owned(), number);
                if let Some(identity) = identity {
                    by_identity.insert(identity, number);
                }
            }
            earlier
        };
        known(&default, identity_of(&default), 0);
        let default = Instance(default);
        let mut secondary: Vec<Instance> = Vec::new();
        let mut duplicates = Vec::new();
        for path in listed.into_iter().map(PathBuf::from) {
            // A relative path means nothing to postfix(1), whatever it happens to name from here.
            let identity = if path.is_absolute() { identity_of(&path) } else { None };
            match known(&path, identity, secondary.len() + 1) {
                Some(earlier) => {
                    let instance = if earlier == 0 { &default } else { &secondary[earlier - 1] };
                    duplicates.push(Duplicate { listed: path, instance: instance.clone() });
                }
                None => secondary.push(Instance(path)),
            }
        }
        (Self { default, secondary }, duplicates)
    }

    /// The default instance.
    pub(crate) fn default_instance(&self) -> &Instance {
        &self.default
    }

    /// The others, in the order listed.
    pub(crate) fn secondary(&self) -> &[Instance] {
        &self.secondary
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directories(listed: &[&str], same: &[&str]) -> (Vec<String>, usize) {
        let (instances, duplicates) =
            Instances::new("/etc/postfix".into(), listed.iter().map(OsString::from), |path| {
                same.iter().any(|other| Path::new(other) == path).then_some((1, 1))
            });
        let all = std::iter::once(instances.default_instance()).chain(instances.secondary());
        (all.map(|instance| instance.directory().display().to_string()).collect(), duplicates.len())
    }

    #[test]
    fn the_default_instance_then_the_list() {
        assert_eq!(
            directories(&["/b", "/a"], &[]),
            (vec!["/etc/postfix".into(), "/b".into(), "/a".into()], 0)
        );
    }

    #[test]
    fn the_first_of_equal_paths_stays() {
        assert_eq!(
            directories(&["/a", "/b", "/a", "/a/", "/etc//postfix"], &[]),
            (vec!["/etc/postfix".into(), "/a".into(), "/b".into()], 3)
        );
    }

    #[test]
    fn two_names_of_one_directory_are_one_instance() {
        assert_eq!(
            directories(&["/a", "/link", "/b"], &["/a", "/link"]),
            (vec!["/etc/postfix".into(), "/a".into(), "/b".into()], 1)
        );
        assert_eq!(directories(&["/link"], &["/etc/postfix", "/link"]), (vec!["/etc/postfix".into()], 1));
    }

    #[test]
    fn a_relative_path_stays_and_is_no_other_instance() {
        let (found, duplicates) = directories(&["a", "/a"], &["a", "/a"]);
        assert_eq!((found, duplicates), (vec!["/etc/postfix".into(), "a".into(), "/a".into()], 0));
    }
}
