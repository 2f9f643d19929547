//! Refuses to take away an instance that runs, or may run. That is looked at last, as it changes by itself.
//!
//! Knows nothing of how an instance is removed.

use std::path::Path;

use crate::multi::life_cycle::refusal::Refusal;
use crate::multi::report::sharing::Sharers;
use crate::multi::running::{Found, Places, Running, Sharing, Snapshot, Trial};
use crate::multi::system::System;

/// Refuses what must not be done to an instance that runs, or of which that cannot be told.
pub(crate) fn is_stopped(directory: &Path, system: &System) -> Result<(), Refusal> {
    let instance = system.instances.iter().find(|instance| instance.directory == directory);
    // Of one that cannot be read, and has a main.cf, nothing is taken away.
    let Some((instance, Ok(settings))) = instance.map(|instance| (instance, &instance.settings)) else {
        return Ok(());
    };
    let is_own = Sharers::among(system).complaints(instance).is_empty();
    let places = Places {
        config: directory,
        queue: &settings.queue_directory,
        data: &settings.data_directory,
        sharing: if is_own { Sharing::Own } else { Sharing::Shared },
    };
    let (default, daemons) = (&system.installation.config_directory, &system.installation.daemon_directory);
    let mut snapshot = Snapshot::now(default, daemons, Trial::Allowed);
    snapshot.account_for(system);
    let Found { running, evidence } = snapshot.look(places);
    let directory = directory.to_owned();
    match running {
        Running::No => Ok(()),
        Running::Yes { process, .. } if evidence.has_left_its_queue(process) => {
            Err(Refusal::RunningElsewhere(directory, process))
        }
        Running::Yes { process, .. } => Err(Refusal::Running(directory, process)),
        Running::UsedByAnother(other) => Err(Refusal::InUse(directory, other)),
        Running::Unknown(reason) => Err(Refusal::MayRun(directory, reason)),
    }
}
