//! Checks whether the lists in main.cf and the directories on disk agree.
//!
//! Knows nothing of what instances share.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::multi::changing::lists::ALTERNATES;
use crate::multi::check::context::CheckContext;
use crate::multi::check::finding::{Finding, FindingKind};
use crate::multi::ownership::neighbours;
use crate::multi::system::InstanceInfo;
use crate::os::file_identity::is_same;
use crate::os::messages::MULTI;
use crate::os::printable::printable;
use crate::os::unfit;
use crate::postfix::damage::{Damage, reason};
use crate::postfix::instance::{MAIN_CF, MASTER_CF};
use crate::postfix::instance_settings;
use crate::postfix::postconf;

/// All disagreements.
pub(crate) fn findings(context: &CheckContext<'_, '_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = context.system.secondary().iter().filter_map(listed).collect();
    findings.extend(context.system.instances.iter().filter_map(flag));
    findings.extend(no_manager(context));
    findings.extend(context.system.duplicates.iter().map(|duplicate| {
        let what = format!("it is listed more than once, as {}", printable(&duplicate.listed));
        Finding::new(FindingKind::Shared, duplicate.instance.directory(), what, list_again(context))
    }));
    findings.extend(unlisted(context));
    findings.extend(dangling(context));
    findings
}

/// An instance that is listed, and what there is of it.
fn listed(instance: &InstanceInfo) -> Option<Finding> {
    let directory = &instance.directory;
    let shown = printable(directory);
    let missing = |what: &str| {
        let mend = format!("{MULTI} -e deport -i {shown}");
        Some(Finding::new(FindingKind::Missing, directory, format!("it is listed, but {what}"), mend))
    };
    if !directory.is_absolute() {
        return missing("it is not an absolute path");
    }
    if !directory.is_dir() {
        return missing("there is no such directory");
    }
    if !directory.join(MAIN_CF).exists() {
        return missing("it has no main.cf");
    }
    if !directory.join(MASTER_CF).exists() {
        let what = "it is listed, but it has no master.cf".to_owned();
        let mend = format!("cp -p $(postconf -xh meta_directory)/master.cf.proto {shown}/master.cf");
        return Some(Finding::new(FindingKind::Missing, directory, what, mend));
    }
    let damage = match &instance.settings {
        Err(damage) => damage,
        Ok(settings) => return no_queue(directory, &settings.queue_directory),
    };
    let what = format!("its main.cf cannot be read: {}", reason(damage));
    // An editor would wait for it as well.
    let mend = match unfit::find(&directory.join(MAIN_CF)) {
        Some(_) => format!("mv {shown}/main.cf {shown}/main.cf.unfit"),
        None => format!("${{EDITOR:-vi}} {shown}/main.cf"),
    };
    Some(Finding::new(FindingKind::Damaged, directory, what, mend))
}

/// A queue directory that does not exist: postfix(1) cannot run for this instance, not even to make it.
fn no_queue(directory: &Path, queue: &Path) -> Option<Finding> {
    if !is_missing(queue) {
        return None;
    }
    let (shown, queue) = (printable(directory), printable(queue));
    let what = format!("its queue_directory {queue} does not exist");
    let mend = format!("mkdir -p {queue} && postfix -c {shown} set-permissions");
    Some(Finding::new(FindingKind::Missing, directory, what, mend))
}

fn is_missing(queue: &Path) -> bool {
    queue.is_absolute() && !queue.is_dir()
}

/// A flag that is neither yes nor no.
fn flag(instance: &InstanceInfo) -> Option<Finding> {
    let settings = instance.settings.as_ref().ok()?;
    let value = settings.enable.as_ref().err()?;
    let what = reason(&Damage::Flag(value.clone()));
    let mend = format!("{MULTI} -e disable -i {}", printable(&instance.directory));
    Some(Finding::new(FindingKind::Damaged, &instance.directory, what, mend))
}

/// Nobody brings commands to the others.
fn no_manager(context: &CheckContext<'_, '_>) -> Option<Finding> {
    let installation = &context.system.installation;
    let what = if context.system.secondary().is_empty() {
        return None;
    } else if installation.wrapper.is_empty() {
        "instances are listed, but multi_instance_wrapper is empty, so that nobody starts them"
    } else if installation.enable == b"yes" {
        return None;
    } else {
        "instances are listed, but multi_instance_enable is not yes, so that they cannot be changed"
    };
    let directory = &installation.config_directory;
    Some(Finding::new(FindingKind::NoManager, directory, what.to_owned(), format!("{MULTI} -e init")))
}

/// The command that writes the list anew, each element once.
fn list_again(context: &CheckContext<'_, '_>) -> String {
    let elements: Vec<String> =
        context.system.secondary().iter().map(|instance| printable(&instance.directory)).collect();
    format!("postconf -e \"{} = {}\"", postconf::DIRECTORIES, elements.join(" "))
}

/// What looks like an instance beside one that is listed, and is in neither list.
fn unlisted(context: &CheckContext<'_, '_>) -> Vec<Finding> {
    let mut found = neighbours::unlisted(context.system);
    found.retain(|directory| {
        let is = |other: &Path| is_same(other, directory);
        let is_known = context.system.instances.iter().any(|instance| is(&instance.directory))
            || context.lists.alternates.iter().any(|element| is(Path::new(element)));
        !is_known
    });
    let environment = context.system.installation.environment();
    let finding = |directory: &PathBuf| {
        let what = "it looks like an instance, but is not listed".to_owned();
        let import = format!("{MULTI} -e import config_directory={}", printable(directory));
        // import refuses an instance whose queue directory does not exist.
        let settings = instance_settings::own_settings(&environment, directory, context.messages.signals());
        let queue = settings.ok().map(|answer| answer.value.queue_directory);
        let mend = match queue.filter(|queue| is_missing(queue)) {
            Some(queue) => format!("mkdir -p {} && {import}", printable(&queue)),
            None => import,
        };
        Finding::new(FindingKind::Unlisted, directory, what, mend)
    };
    found.iter().map(finding).collect()
}

/// Alternates that are not there.
fn dangling(context: &CheckContext<'_, '_>) -> Vec<Finding> {
    let alternates = &context.lists.alternates;
    // What refers to other parameters is Postfix's to understand.
    let is_plain = |element: &OsStr| !element.as_bytes().contains(&b'$');
    let is_there = |element: &OsStr| !is_plain(element) || Path::new(element).join(MAIN_CF).exists();
    let kept: Vec<String> = alternates.iter().filter(|element| is_there(element)).map(printable).collect();
    let mend = format!("postconf -e \"{ALTERNATES} = {}\"", kept.join(" "));
    let finding = |element: &std::ffi::OsString| {
        let what = format!("{ALTERNATES} names it, but it has no main.cf");
        Finding::new(FindingKind::Dangling, Path::new(element), what, mend.clone())
    };
    alternates.iter().filter(|element| !is_there(element)).map(finding).collect()
}
