//! Finds instances that share a queue directory or a data directory. Only one of them can run.
//!
//! Directories are compared by device and inode, and by their paths if they are not there. Knows nothing of what runs.

use std::collections::HashMap;
use std::path::Path;

use crate::multi::system::{InstanceInfo, System};
use crate::os::files::file_identity::DirectoryKey;
use crate::os::printable::printable;
use crate::postfix::running::Sharing;

/// Who has which directory.
pub(crate) struct Sharers<'a> {
    by_place: HashMap<DirectoryKey, Vec<(&'static str, &'a Path)>>,
}

/// The directories of an instance that only one may have.
fn directories(instance: &InstanceInfo) -> Vec<(&'static str, &Path)> {
    instance.settings.as_ref().map_or_else(
        |_| Vec::new(),
        |settings| {
            vec![
                ("queue_directory", settings.queue_directory.as_path()),
                ("data_directory", settings.data_directory.as_path()),
            ]
        },
    )
}

impl<'a> Sharers<'a> {
    /// What all instances have.
    pub(crate) fn among(system: &'a System) -> Self {
        let mut by_place: HashMap<DirectoryKey, Vec<_>> = HashMap::new();
        for instance in &system.instances {
            for (parameter, directory) in directories(instance) {
                by_place
                    .entry(DirectoryKey::of(directory))
                    .or_default()
                    .push((parameter, &*instance.directory));
            }
        }
        Self { by_place }
    }

    /// Whether the directories of an instance are its own.
    pub(crate) fn sharing(&self, instance: &InstanceInfo) -> Sharing {
        if self.complaints(instance).is_empty() { Sharing::Own } else { Sharing::Shared }
    }

    /// Which directories of an instance are another one's, too: the parameter, and a sentence.
    pub(crate) fn complaints(&self, instance: &InstanceInfo) -> Vec<(&'static str, String)> {
        let mut complaints = Vec::new();
        for (parameter, directory) in directories(instance) {
            let all = self.by_place.get(&DirectoryKey::of(directory)).map_or(&[][..], Vec::as_slice);
            let other = all.iter().find(|(_, owner)| *owner != instance.directory);
            complaints.extend(other.map(|(other, owner)| {
                let (directory, owner) = (printable(directory), printable(owner));
                (parameter, format!("its {parameter} {directory} is also {other} of {owner}"))
            }));
        }
        complaints
    }
}
