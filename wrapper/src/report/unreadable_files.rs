//! Reports whether postconf cannot read the files of an instance, after a command failed for it.
//! It reports what to do about master.cf: postfix-script only says that it cannot execute postconf. If the command was to
//! end the instance, it reports whether the master still runs, whatever the reason why the command failed.
//!
//! It is looked for only after a failure, and changes nothing. Knows nothing of how a command is carried out.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::os::exit_status::Outcome;
use crate::os::files::file_identity::DirectoryKey;
use crate::os::messages::{Level, Messages};
use crate::os::signals::Signals;
use crate::plan::policy::{CommandKind, Plan, Step, StepAction};
use crate::postfix::command::{Class, Classes};
use crate::postfix::damage::Damage;
use crate::postfix::environment::Environment;
use crate::postfix::instance::{Instance, Instances};
use crate::postfix::instance_settings::{self, InstanceSettings};
use crate::postfix::master_cf;
use crate::postfix::query::Interrupted;
use crate::postfix::running::{InstancePaths, Running, Sharing, Snapshot, Trial};
use crate::run::finished::Finished;
use crate::run::wording;

/// Says for which instances a command failed because of their files.
pub(crate) fn report(
    plan: &Plan,
    finished: &[Finished],
    classes: &Classes,
    instances: &Instances,
    environment: &Environment,
    signals: &Signals,
    messages: &mut Messages<'_>,
) {
    let ends = plan.command_kind() == CommandKind::Postfix && classes.of(plan.command()) == Class::Stop;
    let failed: Vec<&Step> = plan
        .steps()
        .zip(finished)
        .filter(|(step, finished)| {
            may_be_its_files(step, &finished.outcome) || ends && has_failed(&finished.outcome)
        })
        .map(first)
        .collect();
    let directories: Vec<&Path> = failed.iter().map(|step| step.instance.directory()).collect();
    let Ok(faults) = master_cf::faults(environment, signals, &directories) else { return };
    let masters = if ends && !failed.is_empty() {
        let Ok(masters) = Masters::find(environment, instances, signals) else { return };
        Some(masters)
    } else {
        None
    };
    for (step, fault) in failed.into_iter().zip(faults) {
        signals.collect();
        if signals.ending().is_some() {
            return;
        }
        let running = masters.as_ref().map(|masters| masters.of(step.instance.directory()));
        let text = match fault {
            // Enough has been said of the file.
            Some(_) if matches!(step.action, StepAction::Report(_)) => {
                running.map(|running| wording::may_run(step, &running))
            }
            Some(fault) => Some(wording::unreadable_master_cf(plan, step, &fault, running.as_ref())),
            // A stop fails, too, if there is nothing to stop.
            None => running
                .filter(|running| matches!(running, Running::Yes { .. } | Running::Unknown(_)))
                .map(|running| wording::may_run(step, &running)),
        };
        if let Some(text) = text {
            messages.report(Level::Error, &text);
        }
    }
    if ends {
        report_masters_without_main_cf(plan, environment, messages);
    }
}

/// Says which instances may still run, although they have no main.cf that can be read, after a command that was to end
/// them. Nothing is asked about these: a program that did not answer once would be waited for again.
fn report_masters_without_main_cf(plan: &Plan, environment: &Environment, messages: &mut Messages<'_>) {
    let mut unread = plan.steps().filter(|step| has_no_main_cf(step)).peekable();
    if unread.peek().is_none() {
        return;
    }
    let snapshot = snapshot(environment);
    for step in unread {
        if let Some(found) = snapshot.without_main_cf(step.instance.directory()) {
            messages.report(Level::Error, &wording::may_run(step, &found.running));
        }
    }
}

fn first<'a>((step, _): (&'a Step, &Finished)) -> &'a Step {
    step
}

/// Whether a command was begun, or could not be, and has not done its work.
fn has_failed(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Exited(1..) | Outcome::Killed(_) | Outcome::TimedOut(_) | Outcome::NotRun(_))
}

/// Whether master.cf may be the reason why a command failed.
fn may_be_its_files(step: &Step, outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Exited(status) => *status != 0,
        Outcome::Damaged(_) => matches!(step.action, StepAction::Report(Damage::EndlessMasterCf(_))),
        _ => false,
    }
}

/// Whether an instance did not get its command because its main.cf is gone or cannot be read.
fn has_no_main_cf(step: &Step) -> bool {
    use Damage::{Endless, Unknown, Unreadable};
    matches!(step.action, StepAction::Report(Endless(_) | Unreadable { .. } | Unknown { .. }))
}

/// Which masters run.
fn snapshot(environment: &Environment) -> Snapshot<'_> {
    Snapshot::now(&environment.config_directory, Path::new(""), Trial::Forbidden)
}

/// Which masters run, and what is known of the instances that they may serve.
struct Masters<'a> {
    snapshot: Snapshot<'a>,
    settings: HashMap<&'a Path, Result<InstanceSettings, Damage>>,
    /// How many instances have each directory in which a master holds a lock.
    users: HashMap<DirectoryKey, usize>,
    /// Whether that is known of all instances.
    is_complete: bool,
}

impl<'a> Masters<'a> {
    fn find(
        environment: &'a Environment,
        instances: &'a Instances,
        signals: &Signals,
    ) -> Result<Self, Interrupted> {
        let all = std::iter::once(instances.default_instance()).chain(instances.secondary());
        let directories: Vec<&Path> = all.map(Instance::directory).collect();
        let answers = instance_settings::settings_of_each(environment, &directories, signals)?;
        let answers = answers.into_iter().map(|told| told.map(|answer| answer.value));
        let settings: HashMap<_, _> = directories.into_iter().zip(answers).collect();
        let mut users = HashMap::new();
        for directory in settings.values().flatten().flat_map(lock_directories) {
            *users.entry(directory).or_default() += 1;
        }
        let is_complete = settings.values().all(Result::is_ok);
        Ok(Self { snapshot: snapshot(environment), settings, users, is_complete })
    }

    /// Whether the master of an instance runs.
    fn of(&self, directory: &Path) -> Running {
        let settings = match self.settings.get(directory) {
            Some(Ok(settings)) => settings,
            Some(Err(damage)) => return Running::Unknown(damage.to_string()),
            None => return Running::Unknown("it is not listed".to_owned()),
        };
        // Somebody will kill the master that is named: if it is not known what another instance uses, the locks are not
        // enough, and the environment of the master must tell that it serves this one.
        let is_own =
            self.is_complete && lock_directories(settings).iter().all(|key| self.users.get(key) == Some(&1));
        let sharing = if is_own { Sharing::Own } else { Sharing::Shared };
        self.snapshot.look(InstancePaths::of(directory, settings, sharing)).running
    }
}

/// The directories in which the master of an instance holds a lock.
fn lock_directories(settings: &InstanceSettings) -> HashSet<DirectoryKey> {
    [&settings.queue_directory, &settings.data_directory].map(|path| DirectoryKey::of(path)).into()
}
