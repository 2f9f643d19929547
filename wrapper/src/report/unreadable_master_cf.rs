//! After a command failed for an instance, reports whether postconf cannot read its master.cf, what to do, and, if the
//! command was to end the instance, whether its master still runs. postfix-script only says that it cannot execute
//! postconf.
//!
//! It is looked for only after a failure, and changes nothing. Knows nothing of how a command is carried out.

use std::path::Path;

use crate::os::exit_status::Outcome;
use crate::os::messages::{Level, Messages};
use crate::os::signals::Signals;
use crate::plan::policy::{CommandKind, Plan, Step, StepAction};
use crate::postfix::command::{Class, Classes};
use crate::postfix::damage::Damage;
use crate::postfix::environment::Environment;
use crate::postfix::instance_settings;
use crate::postfix::master_cf;
use crate::postfix::query::{Interrupted, QueryError};
use crate::postfix::running::{InstancePaths, Running, Sharing, Snapshot, Trial};
use crate::run::finished::Finished;
use crate::run::wording;

/// Says for which instances a command failed because of their master.cf.
pub(crate) fn report(
    plan: &Plan,
    finished: &[Finished],
    classes: &Classes,
    environment: &Environment,
    signals: &Signals,
    messages: &mut Messages<'_>,
) {
    let failed: Vec<&Step> =
        plan.steps().zip(finished).filter(|(step, finished)| has_failed(step, finished)).map(first).collect();
    let directories: Vec<&Path> = failed.iter().map(|step| step.instance.directory()).collect();
    let Ok(faults) = master_cf::faults(environment, signals, &directories) else { return };
    let ends = plan.command_kind() == CommandKind::Postfix && classes.of(plan.command()) == Class::Stop;
    for (step, fault) in failed.into_iter().zip(faults) {
        let Some(fault) = fault else { continue };
        let running = if ends {
            let Ok(running) = running(environment, step.instance.directory(), signals) else { return };
            Some(running)
        } else {
            None
        };
        let text = match (&step.action, fault) {
            // Enough has been said of the file.
            (StepAction::Report(_), _) => running.map(|running| wording::may_run(step, &running)),
            (_, fault) => Some(wording::unreadable_master_cf(plan, step, &fault, running.as_ref())),
        };
        if let Some(text) = text {
            messages.report(Level::Error, &text);
        }
    }
}

fn first<'a>((step, _): (&'a Step, &Finished)) -> &'a Step {
    step
}

/// Whether master.cf may be the reason why a command failed.
fn has_failed(step: &Step, finished: &Finished) -> bool {
    match &finished.outcome {
        Outcome::Exited(status) => *status != 0,
        Outcome::Damaged(_) => matches!(step.action, StepAction::Report(Damage::EndlessMasterCf(_))),
        _ => false,
    }
}

/// Whether the master of an instance runs. It is named only if it is known to serve this instance, as somebody will
/// kill it.
fn running(environment: &Environment, directory: &Path, signals: &Signals) -> Result<Running, Interrupted> {
    let settings = match instance_settings::own_settings(environment, directory, signals) {
        Ok(answer) => answer.value,
        Err(QueryError::Failed(damage)) => return Ok(Running::Unknown(damage.to_string())),
        Err(QueryError::Interrupted) => return Err(Interrupted),
    };
    let snapshot = Snapshot::now(&environment.config_directory, Path::new(""), Trial::Forbidden);
    Ok(snapshot.look(InstancePaths::of(directory, &settings, Sharing::Shared)).running)
}
