//! Checks for masters that use wrong directories.
//! It finds masters that use the directories of another instance, and masters that lost the queue directory of their
//! own. It also finds what an instance lacks while its master runs.
//!
//! What two listed instances share is found elsewhere. Knows nothing of how it is known who runs.

use std::path::Path;

use crate::multi::check::chroot;
use crate::multi::check::context::CheckContext;
use crate::multi::check::finding::{Finding, FindingKind};
use crate::multi::check::sharing;
use crate::multi::ownership::claims::{Claim, Claims};
use crate::multi::system::sharers::Sharers;
use crate::os::files::file_identity::is_same;
use crate::os::printable::{printable, shell_word};
use crate::postfix::running::{InstancePaths, Observation, Running, Snapshot};

/// All that runs otherwise than main.cf files say.
pub(crate) fn findings(
    context: &CheckContext<'_, '_>,
    claims: &Claims<'_>,
    snapshot: &Snapshot<'_>,
) -> Vec<Finding> {
    let system = context.system;
    let sharers = Sharers::among(system);
    let mut findings = Vec::new();
    for (instance, files) in context.each() {
        let Ok(settings) = &instance.settings else { continue };
        let directory = &instance.directory;
        let paths = InstancePaths::of(directory, settings, sharers.sharing(instance));
        let seen = snapshot.look(paths);
        if let Running::Yes { .. } = seen.running {
            findings.extend(chroot::finding(directory, files, paths.queue));
        }
        match seen {
            Observation { running: Running::UsedByAnother(other), .. }
                if !is_listed(context, &other.owner) =>
            {
                let (value, owner) = (printable(&other.directory), printable(&other.owner));
                let (parameter, process) = (other.parameter, other.process);
                let claim = Claim {
                    owner: directory.clone(),
                    parameter,
                    value: other.directory.clone().into_os_string(),
                };
                findings.push(Finding::new(
                    FindingKind::Shared,
                    directory,
                    format!("its {parameter} {value} is used by the master of {owner} (pid {process})"),
                    sharing::mend(&claim, system, claims),
                ));
            }
            Observation { running: Running::Yes { process, .. }, evidence }
                if evidence.has_left_its_queue(process) =>
            {
                findings.push(Finding::new(
                    FindingKind::LostQueue,
                    directory,
                    format!(
                        "its master (pid {process}) has not locked pid/master.pid in its queue_directory, or is not named \
                         there, so that postfix(1) does not find it: main.cf or that file was changed since its start, \
                         or it was started in a container"
                    ),
                    format!("kill {process}"),
                ));
            }
            Observation { running: Running::Yes { process, .. }, .. } => {
                findings.extend(snapshot.renamed_from(process).map(|old| renamed(directory, process, &old)));
            }
            _ => {}
        }
    }
    findings
}

/// A master that was started while the instance's configuration directory had another name.
fn renamed(directory: &Path, process: i32, old: &Path) -> Finding {
    let (shown, old) = (shell_word(directory), printable(old));
    let what = format!(
        "its master (pid {process}) was started for {old}, which is gone: it would end at a reload, as it finds no \
         main.cf"
    );
    Finding::new(
        FindingKind::Renamed,
        directory,
        what,
        format!("postfix -c {shown} stop && postfix -c {shown} start"),
    )
}

fn is_listed(context: &CheckContext<'_, '_>, owner: &Path) -> bool {
    context.system.instances.iter().any(|instance| is_same(&instance.directory, owner))
}
