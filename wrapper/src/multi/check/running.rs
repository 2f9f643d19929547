//! Finds instances whose directories are used by a master that is not theirs and that no listed instance has, and
//! masters that have lost the queue directory of their instance.
//!
//! What two listed instances share is found elsewhere. Knows nothing of how it is known who runs.

use crate::multi::check::finding::{Finding, Kind};
use crate::multi::check::subject::Subject;
use crate::multi::masters::left_queue;
use crate::os::file_identity::identity_of;
use crate::os::printable::printable;
use crate::postfix::running::{Found, Places, Running, Sharing, Snapshot, Trial};

/// All that runs otherwise than main.cf files say.
pub(crate) fn findings(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let system = subject.system;
    let (default, daemons) = (&system.installation.config_directory, &system.installation.daemon_directory);
    let snapshot = Snapshot::now(default, daemons, Trial::Forbidden);
    let mut findings = Vec::new();
    for instance in &system.instances {
        let Ok(settings) = &instance.settings else { continue };
        let directory = &instance.directory;
        let (queue, data) = (&settings.queue_directory, &settings.data_directory);
        let places = Places { config: directory, queue, data, sharing: Sharing::Own };
        let shown = printable(directory);
        match snapshot.look(places) {
            Found { running: Running::UsedByAnother(other), .. } if !is_listed(subject, &other.owner) => {
                let (value, owner) = (printable(&other.directory), printable(&other.owner));
                let (parameter, process) = (other.parameter, other.process);
                findings.push(Finding::new(
                    Kind::Shared,
                    directory,
                    format!("its {parameter} {value} is used by the master of {owner} (pid {process})"),
                    format!("postconf -c {shown} -e {parameter}=/ANOTHER"),
                ));
            }
            Found { running: Running::Yes { process, .. }, evidence }
                if evidence.has_left_its_queue(process) =>
            {
                findings.push(Finding::new(
                    Kind::LostQueue,
                    directory,
                    format!(
                        "its master (pid {process}) has not locked pid/master.pid in its queue_directory, so that \
                         postfix(1) does not find it: main.cf or that file was changed since its start"
                    ),
                    match left_queue(process, queue) {
                        Some(used) => {
                            format!("postconf -c {shown} -e queue_directory={}", printable(used))
                        }
                        None => format!("kill {process}"),
                    },
                ));
            }
            _ => {}
        }
    }
    findings
}

fn is_listed(subject: &Subject<'_, '_>, owner: &std::path::Path) -> bool {
    let identity = identity_of(owner);
    subject.system.instances.iter().any(|instance| {
        instance.directory == owner || (identity.is_some() && identity_of(&instance.directory) == identity)
    })
}
