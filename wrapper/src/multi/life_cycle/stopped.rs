//! Refuses to remove an instance that runs, or may run, and to make or list one whose directories a master uses.
//! This is checked last, because it can change at any time.
//!
//! Knows nothing of how an instance is removed, made or listed.

use std::path::Path;

use crate::multi::changing::instance_dirs::InstanceDirs;
use crate::multi::life_cycle::refusal::Refusal;
use crate::multi::system::System;
use crate::multi::system::masters::{left_queue, snapshot};
use crate::multi::system::sharers::Sharers;
use crate::os::signals::Signals;
use crate::postfix::master_cf;
use crate::postfix::running::{InstancePaths, Observation, Running, Sharing, Trial};

/// Refuses what must not be done to an instance that runs, or of which that cannot be told.
pub(crate) fn is_stopped(directory: &Path, system: &System, signals: &Signals) -> Result<(), Refusal> {
    let Some(instance) = system.instances.iter().find(|instance| instance.directory == directory) else {
        return Ok(());
    };
    let Ok(settings) = &instance.settings else { return no_master_serves(directory, system) };
    let sharing = Sharers::among(system).sharing(instance);
    is_stopped_in(InstancePaths::of(directory, settings, sharing), system, signals)
}

/// The same for an instance whose directories are known, listed or not.
pub(crate) fn is_stopped_in(
    paths: InstancePaths<'_>,
    system: &System,
    signals: &Signals,
) -> Result<(), Refusal> {
    let (directory, queue) = (paths.config, paths.queue);
    let Observation { running, evidence } = snapshot(system, Trial::Allowed).look(paths);
    let directory = directory.to_owned();
    match running {
        Running::No => Ok(()),
        Running::Yes { process, .. } if evidence.has_left_its_queue(process) => {
            let queue = left_queue(process, queue);
            Err(Refusal::RunningElsewhere(directory, process, queue))
        }
        Running::Yes { process, .. } => Err(match why_stop_fails(&directory, system, signals) {
            Some(reason) => Refusal::RunningForGood(directory, process, reason),
            None => Refusal::Running(directory, process),
        }),
        Running::UsedByAnother(other) => Err(Refusal::InUse(directory, other)),
        Running::Unknown(reason) => Err(Refusal::MayRun(directory, reason)),
    }
}

/// Refuses directories for an instance that is made, if a master uses them, or if that cannot be told. A master that was
/// started for its configuration directory runs, although main.cf is gone.
pub(crate) fn is_unused(dirs: &InstanceDirs, system: &System) -> Result<(), Refusal> {
    // A master whose own directory is gone does not serve what is new.
    let paths = InstancePaths { sharing: Sharing::Shared, ..dirs.to_be_looked_at() };
    let config = dirs.config.clone();
    match snapshot(system, Trial::Allowed).look(paths).running {
        Running::No => Ok(()),
        Running::Yes { process, .. } => Err(Refusal::RunsWithoutMainCf(config, process)),
        Running::UsedByAnother(other) => Err(Refusal::InUse(config, other)),
        Running::Unknown(reason) => Err(Refusal::MayRun(config, reason)),
    }
}

/// Refuses an instance that is there, and is listed or changed, if the master of another one uses its directories, or if
/// that cannot be told. Its own may run. What cannot be told of one that is listed already is taken for its own.
pub(crate) fn is_its_own(dirs: &InstanceDirs, system: &System) -> Result<(), Refusal> {
    let (snapshot, paths) = (snapshot(system, Trial::Allowed), dirs.to_be_looked_at());
    if let Some(other) = snapshot.used_by_another(paths) {
        return Err(Refusal::InUse(dirs.config.clone(), other));
    }
    let is_listed = || system.instances.iter().any(|instance| instance.directory == dirs.config);
    match snapshot.look(paths).running {
        Running::Unknown(reason) if !is_listed() => Err(Refusal::MayRun(dirs.config.clone(), reason)),
        _ => Ok(()),
    }
}

/// Why `postfix stop` does not stop an instance, if that is because of its master.cf.
fn why_stop_fails(directory: &Path, system: &System, signals: &Signals) -> Option<String> {
    let environment = system.installation.environment();
    let fault = master_cf::faults(&environment, signals, &[directory]).ok()?.pop()??;
    Some(fault.reason().to_owned())
}

/// Refuses what must not be done to an instance that runs although its main.cf is gone or cannot be read: its master
/// knows the configuration directory.
fn no_master_serves(directory: &Path, system: &System) -> Result<(), Refusal> {
    match snapshot(system, Trial::Forbidden).without_main_cf(directory).map(|found| found.running) {
        Some(Running::Yes { process, .. }) => {
            Err(Refusal::RunningElsewhere(directory.to_owned(), process, None))
        }
        Some(Running::Unknown(reason)) => Err(Refusal::MayRun(directory.to_owned(), reason)),
        _ => Ok(()),
    }
}
