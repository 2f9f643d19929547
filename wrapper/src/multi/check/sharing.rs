//! What two instances have in common and should not: a name, a directory, a place where both listen.
//!
//! Knows nothing of lists and files.

use std::path::Path;

use crate::message::{MULTI, printable};
use crate::multi::check::Subject;
use crate::multi::check::addresses::{self, Socket};
use crate::multi::check::finding::{Finding, Kind};
use crate::multi::life_cycle::claims::{Claims, Conflict};

/// All that is shared.
pub(crate) fn findings(subject: &mut Subject<'_, '_>) -> Vec<Finding> {
    let mut claims = Claims::new(&subject.system.installation, &crate::identity_of);
    let mut findings = Vec::new();
    for instance in &subject.system.instances {
        let Ok(settings) = &instance.settings else { continue };
        findings.extend(claims.add(&instance.directory, settings).iter().map(shared));
    }
    findings.extend(ports(subject));
    findings
}

fn shared(conflict: &Conflict) -> Finding {
    let (holder, other) = (&conflict.holder, &conflict.other);
    let what = format!(
        "its {}, {}, is also {} of {}",
        other.parameter,
        printable(&other.value),
        holder.parameter,
        printable(&holder.owner)
    );
    let directory = printable(&other.owner);
    let mend = match other.parameter {
        "multi_instance_name" => format!("{MULTI} -e assign -i {directory} -I postfix-ANOTHER"),
        "config_directory" => format!("{MULTI} -e deport -i {directory}"),
        parameter => format!("postconf -c {directory} -e {parameter}=/ANOTHER"),
    };
    Finding::new(Kind::Shared, &other.owner, what, mend)
}

/// Instances that would listen in the same place, once both run.
fn ports(subject: &mut Subject<'_, '_>) -> Vec<Finding> {
    let directories: Vec<_> = subject
        .system
        .instances
        .iter()
        .filter(|instance| instance.settings.is_ok())
        .map(|instance| instance.directory.clone())
        .collect();
    let mut known: Vec<(&Path, Socket)> = Vec::new();
    let mut findings = Vec::new();
    for directory in &directories {
        let sockets = sockets(subject, directory);
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
    Finding::new(Kind::SamePort, directory, what, mend)
}

/// Where an instance listens.
fn sockets(subject: &mut Subject<'_, '_>, directory: &Path) -> Vec<Socket> {
    let services = subject.tools.postconf(directory, &["-M".into(), "*/inet".into()], subject.messages);
    let Ok(services) = services else { return Vec::new() };
    let interfaces = subject.parameter(directory, "inet_interfaces").unwrap_or_default();
    let disabled = subject.parameter(directory, "master_service_disable").unwrap_or_default();
    addresses::sockets(&services, &interfaces, &disabled)
}
