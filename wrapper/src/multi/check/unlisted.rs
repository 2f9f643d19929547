//! Checks for directories that look like instances, and are in no list.
//!
//! Knows nothing of what listed instances share.

use std::path::Path;

use crate::multi::changing::queue_disk;
use crate::multi::check::context::CheckContext;
use crate::multi::check::finding::{Finding, FindingKind};
use crate::multi::check::listing;
use crate::multi::ownership::claims::{Claims, of_instance};
use crate::multi::ownership::{neighbours, separate};
use crate::os::files::file_identity::is_same;
use crate::os::messages::MULTI;
use crate::os::printable::shell_word;
use crate::postfix::instance_settings::{self, InstanceSettings};

/// All of them. `claims` has what the other instances have.
pub(crate) fn findings(context: &CheckContext<'_, '_>, claims: &Claims<'_>) -> Vec<Finding> {
    let meant = listing::meant(context);
    let is_known = |directory: &Path| {
        let is = |other: &Path| is_same(other, directory);
        context.system.instances.iter().any(|instance| is(&instance.directory))
            || meant.iter().any(|path| is(path))
            || context.alternates.iter().any(|element| is(Path::new(element)))
    };
    let environment = context.system.installation.environment();
    let finding = |directory: &Path| {
        let signals = context.messages.signals();
        let settings = instance_settings::own_settings(&environment, directory, signals).ok()?.value;
        // A copy of another instance's files is a backup.
        let mut own = of_instance(directory, &settings).into_iter();
        if own.any(|claim| claims.conflict(&claim).is_some()) {
            return None;
        }
        let what = "it looks like an instance, but is not listed".to_owned();
        Some(Finding::new(FindingKind::Unlisted, directory, what, mend(directory, &settings, claims)))
    };
    let unlisted = neighbours::unlisted(context.system).into_iter().filter(|directory| !is_known(directory));
    unlisted.filter_map(|directory| finding(&directory)).collect()
}

/// The command that lists an instance.
fn mend(directory: &Path, settings: &InstanceSettings, claims: &Claims<'_>) -> String {
    let new_name = settings.name.is_none().then(|| separate::new_name(directory, claims)).flatten();
    let assignment = new_name.map(|name| format!("-I {} ", shell_word(name))).unwrap_or_default();
    let import = format!("{MULTI} -e import {assignment}config_directory={}", shell_word(directory));
    // import refuses an instance without its queue.
    let queue = &settings.queue_directory;
    if !queue.is_absolute() {
        return import;
    }
    let away = queue_disk::may_be_away(queue, &settings.data_directory, queue_disk::is_there);
    match (queue.is_dir(), away) {
        (false, Some(false)) => format!("mkdir -p {} && {import}", shell_word(queue)),
        (true, Some(false) | None) => import,
        (false, None) | (_, Some(true)) => queue_disk::mend(queue, &import),
    }
}
