//! Checks whether the lists in main.cf and the directories on disk agree.
//!
//! Knows nothing of what instances share.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::multi::changing::lists::ALTERNATES;
use crate::multi::check::context::{CheckContext, InstanceFiles};
use crate::multi::check::finding::{Finding, FindingKind};
use crate::multi::system::InstanceInfo;
use crate::os::files::unfit;
use crate::os::messages::MULTI;
use crate::os::printable::printable;
use crate::postfix::damage::{Damage, reason};
use crate::postfix::instance::{MAIN_CF, MASTER_CF};
use crate::postfix::postconf;

/// All disagreements.
pub(crate) fn findings(context: &CheckContext<'_, '_>) -> Vec<Finding> {
    let secondary = context.system.secondary().iter();
    let mut findings: Vec<Finding> =
        secondary.flat_map(|instance| [missing(instance), unreadable(instance)]).flatten().collect();
    findings.extend(context.system.instances.iter().filter_map(flag));
    findings.extend(context.system.instances.iter().filter_map(no_queue));
    findings.extend(context.each().skip(1).filter_map(|(instance, files)| own_list(instance, files)));
    findings.extend(context.system.duplicates.iter().map(|duplicate| {
        let what = format!("it is listed more than once, as {}", printable(&duplicate.listed));
        Finding::new(FindingKind::Shared, duplicate.instance.directory(), what, list_again(context))
    }));
    findings.extend(dangling(context));
    findings
}

/// What there is not of an instance that is listed.
fn missing(instance: &InstanceInfo) -> Option<Finding> {
    let directory = &instance.directory;
    let shown = printable(directory);
    let deport = || format!("{MULTI} -e deport -i {shown}");
    let (what, mend) = if !directory.is_absolute() {
        ("it is not an absolute path".to_owned(), deport())
    } else if !directory.is_dir() {
        ("there is no such directory".to_owned(), deport())
    } else if !directory.join(MAIN_CF).exists() {
        // It can be a link that leads nowhere.
        let why = instance.settings.as_ref().err().map(|damage| format!(": {}", reason(damage)));
        (format!("it has no main.cf{}", why.unwrap_or_default()), deport())
    } else if !directory.join(MASTER_CF).exists() {
        let copy = format!("cp -p $(postconf -xh meta_directory)/master.cf.proto {shown}/master.cf");
        ("it has no master.cf".to_owned(), copy)
    } else {
        return None;
    };
    Some(Finding::new(FindingKind::Missing, directory, format!("it is listed, but {what}"), mend))
}

/// A main.cf that is there and cannot be read.
fn unreadable(instance: &InstanceInfo) -> Option<Finding> {
    let directory = &instance.directory;
    let damage = instance.settings.as_ref().err()?;
    // Of one that is not there, that is told.
    if !directory.is_absolute() || !directory.join(MAIN_CF).exists() {
        return None;
    }
    let shown = printable(directory);
    let what = format!("its main.cf cannot be read: {}", reason(damage));
    // An editor would wait for it as well.
    let mend = match unfit::find(&directory.join(MAIN_CF)) {
        Some(_) => format!("mv {shown}/main.cf {shown}/main.cf.unfit"),
        None => format!("${{EDITOR:-vi}} {shown}/main.cf"),
    };
    Some(Finding::new(FindingKind::Damaged, directory, what, mend))
}

/// A queue directory that does not exist: postfix(1) cannot run for this instance, not even to make it.
fn no_queue(instance: &InstanceInfo) -> Option<Finding> {
    let directory = &instance.directory;
    let queue = &instance.settings.as_ref().ok()?.queue_directory;
    // One that is not absolute is Postfix's to explain.
    if !queue.is_absolute() || queue.is_dir() {
        return None;
    }
    let (shown, queue) = (printable(directory), printable(queue));
    let what = format!("its queue_directory {queue} does not exist");
    let mend = format!("mkdir -p {queue} && postfix -c {shown} check");
    Some(Finding::new(FindingKind::Missing, directory, what, mend))
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
    let mend = format!("postconf -c {} -X {}", printable(&instance.directory), postconf::DIRECTORIES);
    Some(Finding::new(FindingKind::OwnList, &instance.directory, what, mend))
}

/// A flag that is neither yes nor no.
fn flag(instance: &InstanceInfo) -> Option<Finding> {
    let settings = instance.settings.as_ref().ok()?;
    let value = settings.enable.as_ref().err()?;
    let what = reason(&Damage::Flag(value.clone()));
    let mend = format!("{MULTI} -e disable -i {}", printable(&instance.directory));
    Some(Finding::new(FindingKind::Damaged, &instance.directory, what, mend))
}

/// The command that writes the list anew, each element once.
fn list_again(context: &CheckContext<'_, '_>) -> String {
    let elements: Vec<String> =
        context.system.secondary().iter().map(|instance| printable(&instance.directory)).collect();
    format!("postconf -e \"{} = {}\"", postconf::DIRECTORIES, elements.join(" "))
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
