//! Checks for instances that would listen in the same place, once both run.
//!
//! Knows nothing of names and directories.

use std::path::Path;

use crate::multi::check::addresses::{self, Socket};
use crate::multi::check::context::{CheckContext, DISABLED, InstanceFiles};
use crate::multi::check::finding::{Finding, FindingKind};
use crate::multi::check::startup::without_service;
use crate::os::printable::printable;
use crate::postfix::missing_address::INTERFACES;

/// All such instances.
pub(crate) fn findings(context: &CheckContext<'_, '_>) -> Vec<Finding> {
    let mut known: Vec<(&Path, Socket)> = Vec::new();
    let mut findings = Vec::new();
    for (instance, files) in context.each().filter(|(instance, _)| instance.settings.is_ok()) {
        let (interfaces, disabled) = (files.value(INTERFACES), files.value(DISABLED));
        let sockets = addresses::sockets(files.services(), interfaces, disabled);
        for socket in &sockets {
            let other = known.iter().find(|(_, other)| other.overlaps(socket));
            findings.extend(other.map(|(other, _)| same_port(&instance.directory, files, other, socket)));
        }
        known.extend(sockets.into_iter().map(|socket| (instance.directory.as_path(), socket)));
    }
    findings
}

fn same_port(directory: &Path, files: &InstanceFiles, other: &Path, socket: &Socket) -> Finding {
    let what =
        format!("its service {} listens where the instance in {} does", socket.shown(), printable(other));
    let mend = without_service(directory, files, socket.name(), b"inet");
    Finding::new(FindingKind::SamePort, directory, what, mend)
}
