//! Checks the property *footprint*: a command changes nothing that its target shares with others.
//! Everything that is shared must have the same bytes, mode and owner after the command as before, however the
//! command ends.
//!
//! Exceptions: the two lists, the name, the group and the switch in the default instance's main.cf, by the edit that
//! the command stands for; the lock; the record of an unfinished change.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::owners::{Instance, Owners, Role};
use super::system::{Access, Found, Snapshot};
use super::words::{Action, Call};

/// Files of the tool itself, beside the default instance's main.cf.
const LOCK: &str = "postfix-multi.lock";
const RECORD: &str = "postfix-multi.unfinished";

/// The settings of the default instance's main.cf that a change may edit.
const EDITED: [&str; 6] = [
    "multi_instance_directories",
    "alternate_config_directories",
    "multi_instance_wrapper",
    "multi_instance_enable",
    "multi_instance_name",
    "multi_instance_group",
];

/// What a command may change, found out before it is called.
#[derive(Debug)]
pub struct Footprint {
    default: PathBuf,
    /// Everything in here.
    own: Vec<PathBuf>,
    /// These, if they were not there.
    new: Vec<PathBuf>,
    /// Single files.
    files: Vec<PathBuf>,
    lists: Lists,
    /// Instances that may start or stop; none: whichever.
    started: Option<Vec<PathBuf>>,
}

/// Whether the default instance's main.cf may be edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lists {
    Kept,
    Edited,
}

impl Footprint {
    /// What this call may change on this system.
    pub fn of(call: &Call, owners: &Owners, before: &Snapshot) -> Self {
        let default = owners.instances.first().map(|one| one.config.clone()).unwrap_or_default();
        let lists = if call.action.is_some() { Lists::Edited } else { Lists::Kept };
        let mut footprint = Self {
            default: owners.place(&default),
            own: Vec::new(),
            new: Vec::new(),
            files: Vec::new(),
            lists,
            started: Some(Vec::new()),
        };
        match &call.action {
            Some(Action::Create | Action::Import) => footprint.of_new(call, owners),
            Some(action) => footprint.of_old(*action, call, owners),
            None => footprint.of_iteration(call, owners),
        }
        if call.action.is_some() {
            footprint.of_record(owners, before);
        }
        footprint
    }

    fn take(&mut self, owners: &Owners, config: &Path, directories: &[&Path]) {
        let own = owners.alone(config, directories);
        for place in &own {
            self.new.extend(place.ancestors().map(Path::to_path_buf));
        }
        self.own.extend(own);
    }

    fn of_new(&mut self, call: &Call, owners: &Owners) {
        let Some(config) = call.config_directory(&owners.instances) else { return };
        let there = owners.instances.iter().find(|one| one.place == owners.place(&config));
        if there.is_some_and(|one| one.role <= Role::Listed) {
            return;
        }
        if let Some(stranger) = there.filter(|one| one.says.is_some()) {
            return self.take(owners, &config, &stranger.directories());
        }
        let (queue, data) = call.directories(&owners.instances);
        self.take(owners, &config, &[&config, &queue, &data]);
    }

    fn of_old(&mut self, action: Action, call: &Call, owners: &Owners) {
        let found = call.name.as_deref().map(|name| owners.called(name)).unwrap_or_default();
        // Of two that are meant, neither is.
        let [target] = found.as_slice() else { return };
        match action {
            Action::Destroy if target.role == Role::Listed => {
                self.take(owners, &target.config, &target.directories());
            }
            Action::Enable | Action::Disable | Action::Assign if target.role == Role::Listed => {
                let own = owners.alone(&target.config, &[&target.config]);
                self.files.extend(own.iter().map(|config| config.join("main.cf")));
            }
            _ => {}
        }
    }

    fn of_iteration(&mut self, call: &Call, owners: &Owners) {
        if !call.starts_or_stops() {
            return;
        }
        let selected = |one: &&Instance| one.role <= Role::Listed && call.selects(one);
        let meant: Vec<&Instance> = owners.instances.iter().filter(selected).collect();
        // What Postfix does in the queue of an instance that it starts is its own business.
        for one in &meant {
            self.own.extend(one.directories().into_iter().map(|path| owners.place(path)));
        }
        self.started = Some(meant.iter().map(|one| one.config.clone()).collect());
    }

    /// What an earlier command has left is settled first.
    fn of_record(&mut self, owners: &Owners, before: &Snapshot) {
        let Some(Found::File(Access { user: 0, .. }, text)) = before.get(&self.default.join(RECORD)) else {
            return;
        };
        let text = String::from_utf8_lossy(text);
        let value = |key: &str| {
            text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')).map(PathBuf::from)
        };
        let Some(config) = value("config_directory") else { return };
        let known = owners.instances.iter().find(|one| one.place == owners.place(&config));
        if known.is_some_and(|one| one.role == Role::Default) {
            return;
        }
        let named = ["config_directory", "queue_directory", "data_directory"].map(value);
        let mut directories: Vec<&Path> = named.iter().flatten().map(PathBuf::as_path).collect();
        directories.extend(known.map(Instance::directories).unwrap_or_default());
        self.take(owners, &config, &directories);
    }

    /// What changed that should not have.
    pub fn broken(&self, before: &Snapshot, after: &Snapshot) -> Vec<(PathBuf, String)> {
        let paths: BTreeSet<&PathBuf> = before.keys().chain(after.keys()).collect();
        let mut broken = Vec::new();
        for path in paths {
            let (was, is) = (before.get(path), after.get(path));
            if was != is && !self.allows(path, was, is) {
                broken.push((path.clone(), told(was, is)));
            }
        }
        broken
    }

    fn allows(&self, path: &Path, was: Option<&Found>, is: Option<&Found>) -> bool {
        if let Some(Found::Runs(running)) = was.or(is) {
            return self.started.as_ref().is_none_or(|may| may.contains(&running.config));
        }
        if self.own.iter().any(|own| path.starts_with(own)) || self.files.iter().any(|file| file == path) {
            return true;
        }
        if was.is_none() && self.new.iter().any(|new| new == path) {
            return true;
        }
        if path.parent() != Some(&self.default) {
            return false;
        }
        let mine = |found: Option<&Found>| match found {
            None => true,
            Some(Found::File(access, _)) => (access.user, access.mode & 0o077) == (0, 0),
            Some(_) => false,
        };
        match path.file_name().and_then(|name| name.to_str()) {
            Some(LOCK | RECORD) => mine(was) && mine(is) && self.lists == Lists::Edited,
            Some("main.cf") => self.lists == Lists::Edited && same_beside_lists(was, is),
            _ => false,
        }
    }
}

/// Whether two main.cf files differ in nothing but the settings that a change edits, and the order of lines.
fn same_beside_lists(was: Option<&Found>, is: Option<&Found>) -> bool {
    let (Some(Found::File(one, left)), Some(Found::File(other, right))) = (was, is) else { return false };
    one == other && beside_lists(left) == beside_lists(right)
}

fn beside_lists(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text);
    let mut lines = Vec::new();
    let mut is_edited = false;
    for line in text.lines() {
        let comment = line.trim_start().starts_with('#') || line.trim().is_empty();
        if !line.starts_with([' ', '\t']) && !comment {
            let name = line.split('=').next().unwrap_or_default().trim();
            is_edited = EDITED.contains(&name);
        }
        if !is_edited || comment {
            lines.push(line.to_owned());
        }
    }
    lines.sort();
    lines
}

fn told(was: Option<&Found>, is: Option<&Found>) -> String {
    match (was, is) {
        (Some(was), None) => format!("{was} is gone"),
        (None, Some(is)) => format!("{is} is new"),
        (Some(was), Some(is)) if was.to_string() == is.to_string() => format!("{was} holds something else"),
        (Some(was), Some(is)) => format!("{was} is now {is}"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Footprint, Lists};
    use crate::differential::system::{Access, Found, Snapshot};

    fn file(text: &str) -> Found {
        Found::File(Access { mode: 0o644, user: 0, group: 0 }, text.as_bytes().into())
    }

    fn snapshot(files: &[(&str, &str)]) -> Snapshot {
        files.iter().map(|(path, text)| (PathBuf::from(path), file(text))).collect()
    }

    fn footprint() -> Footprint {
        Footprint {
            default: "/etc/postfix".into(),
            own: vec!["/etc/postfix-a".into()],
            new: vec!["/srv/new".into()],
            files: vec!["/etc/postfix-b/main.cf".into()],
            lists: Lists::Edited,
            started: Some(Vec::new()),
        }
    }

    fn broken(before: &[(&str, &str)], after: &[(&str, &str)]) -> Vec<String> {
        let broken = footprint().broken(&snapshot(before), &snapshot(after));
        broken.into_iter().map(|(path, what)| format!("{} {what}", path.display())).collect()
    }

    #[test]
    fn what_a_target_has_to_itself_may_change_and_nothing_beside_it() {
        assert!(broken(&[("/etc/postfix-a/x", "1")], &[]).is_empty());
        assert!(broken(&[], &[("/srv/new", "1")]).is_empty());
        assert!(broken(&[("/etc/postfix-b/main.cf", "1")], &[("/etc/postfix-b/main.cf", "2")]).is_empty());
        assert_eq!(broken(&[("/etc/postfix-ab/x", "1")], &[]), ["/etc/postfix-ab/x file 644 0:0 is gone"]);
        assert_eq!(broken(&[("/srv/new", "1")], &[]).len(), 1);
        assert_eq!(
            broken(&[("/srv/x", "1")], &[("/srv/x", "2")]),
            ["/srv/x file 644 0:0 holds something else"]
        );
    }

    #[test]
    fn the_default_instance_keeps_all_but_the_lists() {
        let main_cf = "/etc/postfix/main.cf";
        let before = "# x\nrelayhost = a\nmulti_instance_directories = /a\n  /b\nmyhostname = b\n";
        let edited = "# x\nrelayhost = a\nmyhostname = b\nmulti_instance_directories = /a\n";
        assert!(broken(&[(main_cf, before)], &[(main_cf, edited)]).is_empty());
        assert_eq!(broken(&[(main_cf, before)], &[(main_cf, "relayhost = b\n")]).len(), 1);
        assert_eq!(broken(&[(main_cf, before)], &[]).len(), 1);
        let kept = Footprint { lists: Lists::Kept, ..footprint() };
        assert_eq!(kept.broken(&snapshot(&[(main_cf, before)]), &snapshot(&[(main_cf, edited)])).len(), 1);
    }
}
