//! Checks for names, directories and ports that two instances share, but must not share.
//!
//! Knows nothing of lists and files.

use std::path::Path;

use crate::multi::check::addresses::{self, Socket};
use crate::multi::check::context::CheckContext;
use crate::multi::check::finding::{Finding, FindingKind};
use crate::multi::failure::Failure;
use crate::multi::ownership::claims::{Claim, Claims, Conflict, NAME, Relation};
use crate::multi::ownership::neighbours::Neighbours;
use crate::multi::ownership::separate;
use crate::multi::ownership::spot::Spot;
use crate::multi::system::System;
use crate::os::messages::MULTI;
use crate::os::mounts::Mounts;
use crate::os::printable::printable;
use crate::postfix::instance_settings;

/// All that is shared.
pub(crate) fn findings(context: &mut CheckContext<'_, '_>) -> Result<Vec<Finding>, Failure> {
    let system = context.system;
    let environment = system.installation.environment();
    let neighbours = Neighbours::find(system, &context.lists.alternates, |directory| {
        let signals = context.messages.signals();
        instance_settings::own_settings(&environment, directory, signals).map(|answer| answer.value)
    })?;
    let mounts = Mounts::read();
    let spot_of = |path: &Path| Spot::of_path(path, &mounts);
    let mut claims = Claims::new(&context.system.installation, &spot_of);
    let mut conflicts: Vec<Conflict> = Vec::new();
    for instance in &context.system.instances {
        let Ok(settings) = &instance.settings else { continue };
        conflicts.extend(claims.add(&instance.directory, settings));
    }
    for claim in neighbours.known {
        conflicts.extend(claims.conflict(&claim));
        claims.hold(claim);
    }
    let mut findings: Vec<Finding> =
        conflicts.iter().map(|conflict| shared(conflict, context.system, &claims)).collect();
    findings.extend(ports(context));
    Ok(findings)
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
fn mend(claim: &Claim, system: &System, claims: &Claims<'_>) -> String {
    let directory = printable(&claim.owner);
    if claim.parameter == NAME {
        let name = printable(separate::name(claim, claims));
        return format!("{MULTI} -e assign -i {directory} -I {name}");
    }
    let settings = system.instances.iter().find(|instance| instance.directory == claim.owner);
    let name = settings.and_then(|instance| instance.settings.as_ref().ok()?.name.as_deref());
    let is_there = |place: &Path| place.symlink_metadata().is_ok();
    match separate::directory(claim, name, &system.installation, claims, is_there) {
        Some(place) => {
            let place = printable(place);
            format!("postconf -c {directory} -e {}={place} && mkdir -p {place}", claim.parameter)
        }
        None => format!("{MULTI} -e deport -i {directory}"),
    }
}

/// Instances that would listen in the same place, once both run.
fn ports(context: &mut CheckContext<'_, '_>) -> Vec<Finding> {
    let directories: Vec<_> = context
        .system
        .instances
        .iter()
        .filter(|instance| instance.settings.is_ok())
        .map(|instance| instance.directory.clone())
        .collect();
    let mut known: Vec<(&Path, Socket)> = Vec::new();
    let mut findings = Vec::new();
    for directory in &directories {
        let sockets = sockets(context, directory);
        for socket in &sockets {
            let other = known.iter().find(|(_, other)| other.overlaps(socket));
            findings.extend(other.map(|(other, _)| same_port(directory, other, socket)));
        }
        known.extend(sockets.into_iter().map(|socket| (directory.as_path(), socket)));
    }
    findings
}

fn same_port(directory: &Path, other: &Path, socket: &Socket) -> Finding {
    let what =
        format!("its service {} listens where the instance in {} does", socket.shown(), printable(other));
    let mend = format!(
        "postconf -c {0} -e inet_interfaces=ADDRESS, or postconf -c {0} -MX {1}/inet",
        printable(directory),
        socket.shown()
    );
    Finding::new(FindingKind::SamePort, directory, what, mend)
}

/// Where an instance listens.
fn sockets(context: &mut CheckContext<'_, '_>, directory: &Path) -> Vec<Socket> {
    let services = context.tools.postconf(directory, &["-M".into(), "*/inet".into()], context.messages);
    let Ok(services) = services else { return Vec::new() };
    let interfaces = context.parameter(directory, "inet_interfaces").unwrap_or_default();
    let disabled = context.parameter(directory, "master_service_disable").unwrap_or_default();
    addresses::sockets(&services, &interfaces, &disabled)
}
