//! Finds the directories of instances that are not in the list, or whose main.cf postconf(1) cannot read.
//!
//! Knows nothing of what is done about a conflict.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::multi::ownership::claims::{CONFIG, Claim, DATA, QUEUE, of_instance};
use crate::multi::request::selection::NAME_PREFIX;
use crate::multi::system::System;
use crate::os::files::file_identity::{Identity, identity_of};
use crate::postfix::damage::Damage;
use crate::postfix::damaged_main_cf::{self, Written};
use crate::postfix::instance::{MAIN_CF, MASTER_CF};
use crate::postfix::instance_settings::InstanceSettings;
use crate::postfix::query::{Interrupted, QueryError};

/// What belongs to neighbours.
#[derive(Debug, Clone, Default)]
pub(crate) struct Neighbours {
    /// What alternate instances have, and damaged ones as far as their files tell.
    pub(crate) known: Vec<Claim>,
    /// What instances have that are in no list.
    pub(crate) unlisted: Vec<Claim>,
    /// Instances whose directories cannot be found out, and why not.
    pub(crate) unknown: Vec<(PathBuf, String)>,
}

impl Neighbours {
    /// Looks around. `alternates` are as Postfix understands them; `settings_of` asks what a main.cf says.
    pub(crate) fn find(
        system: &System,
        alternates: &[OsString],
        mut settings_of: impl FnMut(&Path) -> Result<InstanceSettings, QueryError<Damage>>,
    ) -> Result<Self, Interrupted> {
        let mut neighbours = Self::default();
        let mut seen: HashSet<Identity> =
            system.instances.iter().filter_map(|instance| identity_of(&instance.directory)).collect();
        for instance in &system.instances {
            if let Err(damage) = &instance.settings {
                neighbours.note_damaged(&instance.directory, damage);
            }
        }
        let alternates = alternates.iter().map(PathBuf::from);
        for directory in alternates.filter(|directory| directory.join(MAIN_CF).exists()) {
            if identity_of(&directory).is_some_and(|identity| seen.insert(identity)) {
                match QueryError::split(settings_of(&directory))? {
                    Ok(settings) => neighbours.known.extend(of_instance(&directory, &settings)),
                    Err(damage) => neighbours.note_damaged(&directory, &damage),
                }
            }
        }
        for directory in beside_listed(system, |_| true) {
            if identity_of(&directory).is_some_and(|identity| seen.insert(identity)) {
                if let Ok(settings) = QueryError::split(settings_of(&directory))? {
                    neighbours.unlisted.extend(of_instance(&directory, &settings));
                }
            }
        }
        Ok(neighbours)
    }

    fn note_damaged(&mut self, directory: &Path, damage: &Damage) {
        // Without a main.cf, nothing says that it has more than its configuration directory.
        if *damage == Damage::NotAbsolute || !directory.join(MAIN_CF).exists() {
            return;
        }
        let claim = |parameter, value| Claim { owner: directory.to_owned(), parameter, value };
        self.known.push(claim(CONFIG, directory.as_os_str().to_owned()));
        match told_by_text(directory) {
            Some(told) => {
                self.known.extend(told.into_iter().map(|(parameter, value)| claim(parameter, value)));
            }
            None => self.unknown.push((directory.to_owned(), damage.to_string())),
        }
    }
}

/// What the text of a damaged main.cf says of its directories, every setting of them; nothing if it cannot be read,
/// or refers to other parameters.
fn told_by_text(directory: &Path) -> Option<Vec<(&'static str, OsString)>> {
    values(damaged_main_cf::settings(directory, &[QUEUE, DATA]).ok()?)
}

fn values(settings: Vec<(&'static str, Written)>) -> Option<Vec<(&'static str, OsString)>> {
    let value = |(name, written)| match written {
        Written::Value(value) => Some((name, value)),
        Written::Reference | Written::NoValue => None,
    };
    settings.into_iter().map(value).collect()
}

/// Directories beside listed ones that have the name and the files of an instance. Those of listed instances may be
/// among them.
pub(crate) fn unlisted(system: &System) -> Vec<PathBuf> {
    beside_listed(system, |name| name.starts_with(NAME_PREFIX))
}

/// Directories beside listed ones that have such a name and the files of an instance.
fn beside_listed(system: &System, has_name: fn(&[u8]) -> bool) -> Vec<PathBuf> {
    let mut parents: Vec<&Path> =
        system.instances.iter().filter_map(|instance| instance.directory.parent()).collect();
    parents.sort();
    parents.dedup();
    let mut found: Vec<PathBuf> = parents.into_iter().flat_map(|parent| beside(parent, has_name)).collect();
    found.sort();
    found
}

fn beside(parent: &Path, has_name: fn(&[u8]) -> bool) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    let entries = entries.filter_map(Result::ok).filter(|entry| {
        let name = entry.file_name();
        // What is hidden is being made ready.
        !name.as_bytes().starts_with(b".")
            && has_name(name.as_bytes())
            && [MAIN_CF, MASTER_CF].iter().all(|name| entry.path().join(name).is_file())
    });
    entries.map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &[u8]) -> Option<Vec<(&'static str, OsString)>> {
        values(damaged_main_cf::settings_in(text, &[QUEUE, DATA]))
    }

    #[test]
    fn a_damaged_file_tells_what_it_plainly_says() {
        let nameless = told(b"nonsense\nqueue_directory = /q\ndata_directory\n # no\n =\n  /d\nx = y\n");
        assert_eq!(nameless, None, "a name without a value");
        let read =
            told(b"queue_directory = /q\n data_directory = /no\ndata_directory =\n\t/d\nqueue_directory=/r");
        let expected: [(&str, OsString); 3] =
            [(QUEUE, "/q\u{20}data_directory = /no".into()), (DATA, "/d".into()), (QUEUE, "/r".into())];
        assert_eq!(read.unwrap(), expected);
        assert_eq!(told(b"queue_directory = $x\n"), None);
        assert_eq!(told(b"x = $y\n"), Some(Vec::new()));
    }
}
