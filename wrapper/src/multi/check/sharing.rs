//! Checks for names and directories that two instances share, but must not share, and for instances without a name.
//!
//! Knows nothing of lists and files.

use std::path::Path;

use crate::multi::changing::queue_disk;
use crate::multi::check::context::CheckContext;
use crate::multi::check::finding::{Finding, FindingKind};
use crate::multi::failure::Failure;
use crate::multi::ownership::claims::{Claim, Claims, Conflict, DATA, NAME, QUEUE, Relation};
use crate::multi::ownership::linked_files::{self, LinkedFile};
use crate::multi::ownership::neighbours::Neighbours;
use crate::multi::ownership::separate;
use crate::multi::system::{InstanceInfo, System};
use crate::os::files::file_identity::is_same;
use crate::os::messages::MULTI;
use crate::os::printable::{printable, setting, shell_word};
use crate::postfix::damage::Damage;
use crate::postfix::instance_settings::{self, InstanceSettings};
use crate::postfix::running::{InstancePaths, Running, Sharing, Snapshot};

/// All that is shared. Afterwards `claims` has what all instances have.
pub(crate) fn findings(
    context: &CheckContext<'_, '_>,
    claims: &mut Claims<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Vec<Finding>, Failure> {
    let system = context.system;
    let environment = system.installation.environment();
    let neighbours = Neighbours::find(system, &context.alternates, |directory| {
        let signals = context.messages.signals();
        instance_settings::own_settings(&environment, directory, signals).map(|answer| answer.value)
    })?;
    let mut conflicts: Vec<Conflict> = Vec::new();
    for instance in &system.instances {
        let Ok(settings) = &instance.settings else { continue };
        conflicts.extend(claims.add(&instance.directory, settings));
    }
    for claim in neighbours.known {
        // An alternate is there to be another configuration for what an instance has.
        if settings_of(&claim.owner, system).is_some() {
            conflicts.extend(claims.conflict(&claim));
        }
        claims.hold(claim);
    }
    let mut findings: Vec<Finding> =
        conflicts.into_iter().map(|conflict| shared(conflict, system, claims, snapshot)).collect();
    findings.extend(system.secondary().iter().filter_map(|instance| unnamed(instance, claims)));
    findings.extend(linked(system));
    Ok(findings)
}

/// Files that are links to those of another instance. The one that has the link cannot do without the other one.
fn linked(system: &System) -> Vec<Finding> {
    let secondary = || system.secondary().iter().map(|instance| instance.directory.as_path());
    let finding = |directory: &Path, linked: &LinkedFile| {
        let above = linked.file.parent()?;
        let other = secondary().find(|other| is_same(other, above) && !is_same(other, directory))?;
        let what = format!(
            "its file {} is a link to one of {}, which cannot be removed",
            shell_word(&linked.link),
            shell_word(other)
        );
        Some(Finding::new(FindingKind::Shared, directory, what, linked.mend()))
    };
    let of_instance = |instance: &InstanceInfo| {
        let directory = instance.directory.as_path();
        linked_files::of_instance(directory).iter().find_map(|linked| finding(directory, linked))
    };
    system.instances.iter().filter_map(of_instance).collect()
}

/// An instance that only its directory can tell from others: its log lines look like the default instance's.
fn unnamed(instance: &InstanceInfo, claims: &Claims<'_>) -> Option<Finding> {
    if instance.settings.as_ref().ok()?.name.is_some() {
        return None;
    }
    let name = separate::new_name(&instance.directory, claims)?;
    let what = "it has no multi_instance_name: what it logs looks like the default instance's".to_owned();
    let mend = format!("{MULTI} -e assign -i {} -I {}", shell_word(&instance.directory), shell_word(name));
    Some(Finding::new(FindingKind::Unnamed, &instance.directory, what, mend))
}

fn shared(mut conflict: Conflict, system: &System, claims: &Claims<'_>, snapshot: &Snapshot<'_>) -> Finding {
    let is_moved = |claim: &Claim| matches!(claim.parameter, QUEUE | DATA);
    let runs = |claim: &Claim| runs(&claim.owner, system, snapshot);
    // Who runs keeps what it has.
    let can_move = match (is_moved(&conflict.other), runs(&conflict.other)) {
        (false, _) | (true, Some(false)) => true,
        (true, Some(true)) if is_moved(&conflict.holder) && runs(&conflict.holder) == Some(false) => {
            conflict = conflict.reversed();
            true
        }
        (true, _) => false,
    };
    let (holder, other) = (&conflict.holder, &conflict.other);
    let relation = match conflict.relation {
        Relation::Same => "is also".to_owned(),
        Relation::Inside => format!("lies in {},", printable(&holder.value)),
        Relation::Around => format!("holds {},", printable(&holder.value)),
    };
    let mut what = format!(
        "its {}, {}, {relation} {} of {}",
        other.parameter,
        printable(&other.value),
        holder.parameter,
        printable(&holder.owner)
    );
    if !can_move {
        what.push_str("; stop the instances that have it, and check again");
    }
    let mend = can_move.then(|| mend(other, system, claims));
    Finding::new(FindingKind::Shared, &other.owner, what, mend)
}

/// Whether an instance runs; nothing if that cannot be told.
fn runs(directory: &Path, system: &System, snapshot: &Snapshot<'_>) -> Option<bool> {
    let seen = match settings_of(directory, system)? {
        Ok(settings) => Some(snapshot.look(InstancePaths::of(directory, settings, Sharing::Shared))),
        Err(_) => snapshot.without_main_cf(directory),
    };
    match seen.map_or(Running::No, |seen| seen.running) {
        Running::Yes { .. } => Some(true),
        Running::No | Running::UsedByAnother(_) => Some(false),
        Running::Unknown(_) => None,
    }
}

/// What is known of a listed instance; nothing if it is not listed.
fn settings_of<'a>(directory: &Path, system: &'a System) -> Option<&'a Result<InstanceSettings, Damage>> {
    let is_it = |instance: &&InstanceInfo| instance.directory == directory;
    system.instances.iter().find(is_it).map(|instance| &instance.settings)
}

/// The command that gives an instance something for itself.
pub(crate) fn mend(claim: &Claim, system: &System, claims: &Claims<'_>) -> String {
    let directory = shell_word(&claim.owner);
    if claim.parameter == NAME {
        let name = shell_word(separate::name(claim, claims));
        return format!("{MULTI} -e assign -i {directory} -I {name}");
    }
    let settings = settings_of(&claim.owner, system);
    let name = settings.and_then(|settings| settings.as_ref().ok()?.name.as_deref());
    let is_there = |place: &Path| place.symlink_metadata().is_ok();
    match separate::directory(claim, name, &system.installation, claims, is_there) {
        Some(place) => {
            let own = setting(claim.parameter, &place);
            let made = match claim.parameter {
                QUEUE => queue_disk::anew(&place),
                _ => format!("mkdir -p {}", shell_word(&place)),
            };
            format!("postconf -c {directory} -e {own} && {made}")
        }
        None => format!("{MULTI} -e deport -i {directory}"),
    }
}
