//! Checks whether the lists in main.cf and the directories on disk agree.
//!
//! Knows nothing of what instances share.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use crate::multi::changing::lists::ALTERNATES;
use crate::multi::changing::queue_disk;
use crate::multi::check::context::{CheckContext, InstanceFiles};
use crate::multi::check::finding::{Finding, FindingKind};
use crate::multi::check::startup::missing_address;
use crate::multi::system::masters::left_queue;
use crate::multi::system::{InstanceInfo, Role};
use crate::os::files::file_identity::is_same;
use crate::os::files::unfit;
use crate::os::messages::MULTI;
use crate::os::printable::{edit, printable, setting, shell_word};
use crate::postfix::damage::{Damage, reason};
use crate::postfix::instance::{MAIN_CF, MASTER_CF};
use crate::postfix::missing_address::MissingAddress;
use crate::postfix::postconf;
use crate::postfix::running::{InstancePaths, Running, Sharing, Snapshot};

/// All disagreements.
pub(crate) fn findings(context: &CheckContext<'_, '_>, snapshot: &Snapshot<'_>) -> Vec<Finding> {
    let secondary = context.system.secondary().iter();
    let mut findings: Vec<Finding> = secondary
        .flat_map(|instance| [missing(instance, snapshot), unreadable(instance)])
        .flatten()
        .collect();
    findings.extend(context.system.instances.iter().filter_map(flag));
    findings.extend(not_absolute(context));
    findings.extend(context.system.instances.iter().filter_map(|instance| relative(instance, snapshot)));
    findings.extend(context.system.instances.iter().filter_map(no_queue));
    findings.extend(context.each().skip(1).filter_map(|(instance, files)| own_list(instance, files)));
    let duplicates = context.system.duplicates.iter();
    findings.extend(duplicates.filter(|duplicate| is_plain(Path::new(&duplicate.listed))).map(|duplicate| {
        let what = format!("it is listed more than once, as {}", printable(&duplicate.listed));
        Finding::new(FindingKind::Shared, duplicate.instance.directory(), what, list_again(context))
    }));
    findings.extend(dangling(context));
    findings
}

/// What there is not of an instance that is listed.
fn missing(instance: &InstanceInfo, snapshot: &Snapshot<'_>) -> Option<Finding> {
    let directory = &instance.directory;
    let deport = || format!("{MULTI} -e deport -i {}", shell_word(directory));
    if !is_plain(directory) {
        return None;
    }
    let (what, mend) = if let Some(process) = master_without_main_cf(directory, snapshot) {
        let gone = if directory.is_dir() { "it has no main.cf" } else { "there is no such directory" };
        let what =
            format!("{gone}, while its master (pid {process}) runs; put it back, or stop the instance");
        (what, format!("kill {process}"))
    } else if !directory.is_dir() {
        ("there is no such directory".to_owned(), deport())
    } else if !directory.join(MAIN_CF).exists() {
        // It can be a link that leads nowhere.
        let why = instance.settings.as_ref().err().map(|damage| format!(": {}", reason(damage)));
        (format!("it has no main.cf{}", why.unwrap_or_default()), deport())
    } else if !directory.join(MASTER_CF).is_file() {
        let file = directory.join(MASTER_CF);
        let copy = format!("cp -p \"$(postconf -xh meta_directory)/master.cf.proto\" {}", shell_word(&file));
        let away = format!("{} && {copy}", unfit::move_away(&file));
        match unfit::find(&file) {
            // That it has no end is told elsewhere.
            Some(unfit) if !unfit.ends_at_once() => return None,
            Some(unfit) => (format!("its master.cf {unfit}"), away),
            None if file.is_symlink() => {
                ("its master.cf is a symbolic link that leads nowhere".to_owned(), away)
            }
            None => ("it has no master.cf".to_owned(), copy),
        }
    } else {
        return None;
    };
    Some(Finding::new(FindingKind::Missing, directory, format!("it is listed, but {what}"), mend))
}

/// The master of an instance that has no main.cf any more.
fn master_without_main_cf(directory: &Path, snapshot: &Snapshot<'_>) -> Option<i32> {
    if !matches!(directory.join(MAIN_CF).try_exists(), Ok(false)) {
        return None;
    }
    match snapshot.without_main_cf(directory)?.running {
        Running::Yes { process, .. } => Some(process),
        _ => None,
    }
}

/// A main.cf that is there and cannot be read.
fn unreadable(instance: &InstanceInfo) -> Option<Finding> {
    let directory = &instance.directory;
    let damage = instance.settings.as_ref().err()?;
    // Of one that is not there, that is told.
    if !directory.is_absolute() || !directory.join(MAIN_CF).exists() {
        return None;
    }
    let file = directory.join(MAIN_CF);
    let reason = reason(damage);
    if let Some(missing) = MissingAddress::named_in(&reason) {
        let (what, mend) = (missing_address(&missing), missing.mend(directory));
        return Some(Finding::new(FindingKind::Damaged, directory, what, mend));
    }
    let what = format!("its main.cf cannot be read: {reason}");
    // An editor would wait for it as well.
    let mend = match unfit::find(&file) {
        Some(_) => unfit::move_away(&file),
        None => edit(&file),
    };
    Some(Finding::new(FindingKind::Damaged, directory, what, mend))
}

/// Words of the list that are no absolute paths: postfix(1) takes absolute ones only, and so do `-i` and `-e`.
fn not_absolute(context: &CheckContext<'_, '_>) -> Option<Finding> {
    let directories = context.system.secondary().iter().map(|instance| &instance.directory);
    let words: Vec<String> = directories.filter(|directory| !is_plain(directory)).map(printable).collect();
    if words.is_empty() {
        return None;
    }
    let what = format!(
        "its {} lists {}; only absolute paths can stand there, without quotes, and without a comment behind them",
        postconf::DIRECTORIES,
        words.join(" ")
    );
    Some(Finding::new(
        FindingKind::Missing,
        &context.system.installation.config_directory,
        what,
        list_again(context),
    ))
}

/// Whether a word of the list is an absolute path as it stands, and not with a quote at its end.
fn is_plain(word: &Path) -> bool {
    word.is_absolute() && (word.exists() || !unquoted(word).join(MAIN_CF).exists())
}

/// A word without quotes at its ends.
fn unquoted(word: &Path) -> &Path {
    let is_quote = |byte: &u8| b"'\"".contains(byte);
    let mut bytes = word.as_os_str().as_bytes();
    while let Some((_, rest)) = bytes.split_first().filter(|(first, _)| is_quote(first)) {
        bytes = rest;
    }
    while let Some((_, rest)) = bytes.split_last().filter(|(last, _)| is_quote(last)) {
        bytes = rest;
    }
    Path::new(OsStr::from_bytes(bytes))
}

/// The instances that the words of the list mean. A word can be in quotes, or lack the slash or the directory in front;
/// behind a comment's sign it means something only to Postfix.
pub(crate) fn meant(context: &CheckContext<'_, '_>) -> Vec<PathBuf> {
    let default = &context.system.installation.config_directory;
    let mut meant: Vec<PathBuf> = Vec::new();
    let mut is_comment = false;
    for word in context.system.secondary().iter().map(|instance| instance.directory.as_path()) {
        is_comment |= word.as_os_str().as_bytes().starts_with(b"#");
        let path = match unquoted(word) {
            _ if is_plain(word) => Some(word.to_owned()),
            _ if is_comment => None,
            path if path.is_absolute() => Some(path.to_owned()),
            path => {
                let places = [Some(Path::new("/")), default.parent()].into_iter().flatten();
                places.map(|place| place.join(path)).find(|place| place.join(MAIN_CF).exists())
            }
        };
        let is_new = |path: &PathBuf| ![default].into_iter().chain(&meant).any(|known| is_same(known, path));
        let new = path.filter(is_new);
        meant.extend(new);
    }
    meant
}

/// A queue directory that is not absolute. Postfix's scripts refuse it. An empty one its programs refuse, too, which is
/// told elsewhere.
fn relative(instance: &InstanceInfo, snapshot: &Snapshot<'_>) -> Option<Finding> {
    let (directory, settings) = (&instance.directory, instance.settings.as_ref().ok()?);
    let queue = &settings.queue_directory;
    if queue.is_absolute() || queue.as_os_str().is_empty() {
        return None;
    }
    let used = match snapshot.look(InstancePaths::of(directory, settings, Sharing::Own)).running {
        Running::Yes { process, .. } => left_queue(process, Path::new("")),
        _ => None,
    };
    // What it was meant to be is only clear if it is there.
    let below_root = Path::new("/").join(queue);
    let is_plain = queue.components().all(|part| matches!(part, Component::Normal(_)));
    let absolute = used.or_else(|| (is_plain && below_root.is_dir()).then_some(below_root));
    let mend = match absolute {
        Some(path) => {
            format!("postconf -c {} -e {}", shell_word(directory), setting("queue_directory", path))
        }
        None => edit(&directory.join(MAIN_CF)),
    };
    let what = format!("its queue_directory, {}, is no absolute path: no start can work", printable(queue));
    Some(Finding::new(FindingKind::CannotStart, directory, what, mend))
}

/// A queue directory that does not exist, so that postfix(1) cannot run for this instance, not even to make it; or in
/// which there is no queue, so that a start would make another one than the instance has.
fn no_queue(instance: &InstanceInfo) -> Option<Finding> {
    let directory = &instance.directory;
    let settings = instance.settings.as_ref().ok()?;
    let queue = &settings.queue_directory;
    // Of one that is not absolute, that is told.
    if !queue.is_absolute() {
        return None;
    }
    let check = format!("postfix -c {} check", shell_word(directory));
    let away = queue_disk::may_be_away(queue, &settings.data_directory, queue_disk::is_there);
    let place = printable(queue);
    let (kind, what, mend) = match (queue.is_dir(), away) {
        (true, Some(true)) => {
            let what = format!(
                "it has run, and there is no queue in its queue_directory {place}, which may be on a disk that is not \
                 mounted"
            );
            (FindingKind::NoQueue, what, queue_disk::mend(queue, &check))
        }
        (true, _) => return None,
        (false, Some(false)) => {
            let what = format!("its queue_directory {place} does not exist");
            (FindingKind::Missing, what, format!("mkdir -p {} && {check}", shell_word(queue)))
        }
        (false, _) => {
            let what = format!(
                "its queue_directory {place} does not exist; it may be on a disk that is not mounted"
            );
            (FindingKind::Missing, what, queue_disk::mend(queue, &check))
        }
    };
    Some(Finding::new(kind, directory, what, mend))
}

/// A list of instances where nobody should look for one: an instance that is told of its configuration directory by
/// `MAIL_CONFIG` takes it for its own.
fn own_list(instance: &InstanceInfo, files: &InstanceFiles) -> Option<Finding> {
    if files.value(postconf::DIRECTORIES).is_empty() {
        return None;
    }
    let what = format!(
        "its main.cf has a {} of its own, which only the default instance should have",
        postconf::DIRECTORIES
    );
    let mend = format!("postconf -c {} -X {}", shell_word(&instance.directory), postconf::DIRECTORIES);
    Some(Finding::new(FindingKind::OwnList, &instance.directory, what, mend))
}

/// A flag that is neither yes nor no.
fn flag(instance: &InstanceInfo) -> Option<Finding> {
    let settings = instance.settings.as_ref().ok()?;
    let value = settings.enable.as_ref().err()?;
    let what = reason(&Damage::Flag(value.clone()));
    let directory = shell_word(&instance.directory);
    let [yes, no] = match instance.role {
        // The tool changes no instance until the default one's is right.
        Role::Default => {
            ["yes", "no"].map(|flag| format!("postconf -c {directory} -e multi_instance_enable={flag}"))
        }
        Role::Secondary => ["enable", "disable"].map(|action| format!("{MULTI} -e {action} -i {directory}")),
    };
    // A comment behind yes is a yes for who wrote it, and stop reaches no instance that is not enabled.
    let what = format!("{what}; use \"{yes}\" if it is to run, and \"{no}\" if not");
    Some(Finding::new(FindingKind::Damaged, &instance.directory, what, None))
}

/// The command that writes the list anew, each element once.
fn list_again(context: &CheckContext<'_, '_>) -> String {
    let meant = meant(context);
    let elements: Vec<&OsStr> = meant.iter().map(|element| element.as_os_str()).collect();
    format!("postconf -e {}", setting(postconf::DIRECTORIES, elements.join(OsStr::new(" "))))
}

/// Alternates that are not there.
fn dangling(context: &CheckContext<'_, '_>) -> Vec<Finding> {
    let alternates = &context.lists.alternates;
    // What refers to other parameters is Postfix's to understand.
    let is_plain = |element: &OsStr| !element.as_bytes().contains(&b'$');
    let is_there = |element: &OsStr| !is_plain(element) || Path::new(element).join(MAIN_CF).exists();
    let kept: Vec<&OsStr> =
        alternates.iter().map(OsString::as_os_str).filter(|element| is_there(element)).collect();
    // References stay what they are.
    let list = [OsStr::new(ALTERNATES), OsStr::new("="), &kept.join(OsStr::new(" "))].join(OsStr::new(""));
    let mend = format!("postconf -e {}", shell_word(list));
    let finding = |element: &OsString| {
        let what = format!("{ALTERNATES} names it, but it has no main.cf");
        Finding::new(FindingKind::Dangling, Path::new(element), what, mend.clone())
    };
    alternates.iter().filter(|element| !is_there(element)).map(finding).collect()
}

#[cfg(test)]
mod tests {
    use crate::postfix::running::Trial;
    use proptest::prelude::*;

    use super::*;
    use crate::multi::check::finding::commands_hold;
    use crate::os::printable::commands::drawn_path;
    use crate::postfix::instance_settings::InstanceSettings;
    use crate::postfix::values::enable_flag::NotBoolean;

    proptest! {
        #[test]
        fn each_command_can_be_run_whatever_the_path_is(path in drawn_path()) {
            let instance = |path: &Path| InstanceInfo {
                role: Role::Secondary,
                directory: path.to_owned(),
                settings: Ok(InstanceSettings {
                    name: None,
                    group: None,
                    enable: Err(NotBoolean("maybe".into())),
                    queue_directory: path.to_owned(),
                    data_directory: path.to_owned(),
                    shared: Vec::new(),
                }),
            };
            let findings = |path: &Path| {
                let instance = instance(path);
                let snapshot = Snapshot::now(Path::new("/nonexistent"), Path::new(""), Trial::Forbidden);
                let mut findings: Vec<Finding> =
                    [missing(&instance, &snapshot), no_queue(&instance), flag(&instance)].into_iter().flatten().collect();
                let mend = queue_disk::mend(path, &format!("postfix -c {} check", shell_word(path)));
                findings.push(Finding::new(FindingKind::NoQueue, path, String::new(), mend));
                findings
            };
            commands_hold(findings, &path)?;
        }
    }
}
