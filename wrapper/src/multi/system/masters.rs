//! Finds instances whose directories are used by the master of another instance.
//!
//! Changes nothing.

use std::path::{Path, PathBuf};

use crate::multi::system::sharers::Sharers;
use crate::multi::system::{InstanceInfo, System};
use crate::os::files::file_identity::identity_of;
use crate::postfix::damage::Damage;
use crate::postfix::running::{InstancePaths, Running, Sharing, Snapshot, Trial};

/// The masters that run now, with what is known about the queue directories of all instances.
pub(crate) fn snapshot(system: &System, trial: Trial) -> Snapshot<'_> {
    let (default, daemons) = (&system.installation.config_directory, &system.installation.daemon_directory);
    let mut snapshot = Snapshot::now(default, daemons, trial);
    snapshot.account_for(system.queue_directories());
    snapshot
}

/// The queue directory that a master uses, which is its working directory, if main.cf names another one now.
pub(crate) fn left_queue(process: i32, queue: &Path) -> Option<PathBuf> {
    let used = std::fs::read_link(format!("/proc/{process}/cwd")).ok()?;
    let is_another = identity_of(&used) != identity_of(queue);
    (is_another && used.join("pid").is_dir()).then_some(used)
}

/// The configuration directories of the instances that run.
pub(crate) fn running_directories(system: &System) -> Vec<PathBuf> {
    let snapshot = snapshot(system, Trial::Forbidden);
    let runs = |instance: &&InstanceInfo| {
        let Ok(settings) = &instance.settings else { return false };
        let paths = InstancePaths::of(&instance.directory, settings, Sharing::Own);
        matches!(snapshot.look(paths).running, Running::Yes { .. })
    };
    system.instances.iter().filter(runs).map(|instance| instance.directory.clone()).collect()
}

/// Which of some instances do not run, while another one's master uses a directory of theirs: a command for them would
/// reach that master.
pub(crate) fn used_by_another(system: &System) -> impl Fn(&InstanceInfo) -> Option<Damage> + '_ {
    let snapshot = snapshot(system, Trial::Forbidden);
    let sharers = Sharers::among(system);
    move |instance| {
        let settings = instance.settings.as_ref().ok()?;
        let paths = InstancePaths::of(&instance.directory, settings, sharers.sharing(instance));
        match snapshot.look(paths).running {
            Running::UsedByAnother(other) => Some(Damage::InUse(other.to_string())),
            _ => None,
        }
    }
}
