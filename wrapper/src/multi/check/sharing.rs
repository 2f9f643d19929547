//! Checks for names and directories that two instances share, but must not share, and for instances without a name.
//!
//! Knows nothing of lists and files.

use std::path::Path;

use crate::multi::changing::queue_disk;
use crate::multi::check::context::CheckContext;
use crate::multi::check::finding::{Finding, FindingKind};
use crate::multi::failure::Failure;
use crate::multi::ownership::claims::{Claim, Claims, Conflict, NAME, QUEUE, Relation};
use crate::multi::ownership::linked_files::{self, LinkedFile};
use crate::multi::ownership::neighbours::Neighbours;
use crate::multi::ownership::separate;
use crate::multi::system::{InstanceInfo, System};
use crate::os::files::file_identity::is_same;
use crate::os::messages::MULTI;
use crate::os::printable::{printable, setting, shell_word};
use crate::postfix::instance_settings;

/// All that is shared. Afterwards `claims` has what all instances have.
pub(crate) fn findings(
    context: &CheckContext<'_, '_>,
    claims: &mut Claims<'_>,
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
        conflicts.extend(claims.conflict(&claim));
        claims.hold(claim);
    }
    let mut findings: Vec<Finding> =
        conflicts.iter().map(|conflict| shared(conflict, system, claims)).collect();
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

fn shared(conflict: &Conflict, system: &System, claims: &Claims<'_>) -> Finding {
    let (holder, other) = (&conflict.holder, &conflict.other);
    let relation = match conflict.relation {
        Relation::Same => "is also".to_owned(),
        Relation::Inside => format!("lies in {},", printable(&holder.value)),
        Relation::Around => format!("holds {},", printable(&holder.value)),
    };
    let what = format!(
        "its {}, {}, {relation} {} of {}",
        other.parameter,
        printable(&other.value),
        holder.parameter,
        printable(&holder.owner)
    );
    Finding::new(FindingKind::Shared, &other.owner, what, mend(other, system, claims))
}

/// The command that gives an instance something for itself.
pub(crate) fn mend(claim: &Claim, system: &System, claims: &Claims<'_>) -> String {
    let directory = shell_word(&claim.owner);
    let is_listed = system.instances.iter().any(|instance| instance.directory == claim.owner);
    if claim.parameter == NAME && !is_listed {
        return format!("postconf -c {directory} -X {NAME}");
    }
    if claim.parameter == NAME {
        let name = shell_word(separate::name(claim, claims));
        return format!("{MULTI} -e assign -i {directory} -I {name}");
    }
    let settings = system.instances.iter().find(|instance| instance.directory == claim.owner);
    let name = settings.and_then(|instance| instance.settings.as_ref().ok()?.name.as_deref());
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
