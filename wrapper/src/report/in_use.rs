//! After a failed start, reports whether another instance's master uses the instance's queue or data directory.
//! postfix-script only says "already running".
//!
//! It is looked for only after a failure, and changes nothing. Knows nothing of how a start is carried out.

use std::path::Path;

use crate::os::exit_status::Outcome;
use crate::os::messages::{Level, Messages};
use crate::os::printable::printable;
use crate::os::signals::Signals;
use crate::plan::policy::{Plan, Step, StepAction};
use crate::postfix::command::{Class, Classes};
use crate::postfix::environment::Environment;
use crate::postfix::instance_settings;
use crate::postfix::query::QueryError;
use crate::postfix::running::{InstancePaths, Running, Sharing, Snapshot, Trial};
use crate::run::finished::Finished;

/// Says which instances failed to start because of a directory that another one's master uses.
pub(crate) fn report(
    plan: &Plan,
    finished: &[Finished],
    classes: &Classes,
    environment: &Environment,
    signals: &Signals,
    messages: &mut Messages<'_>,
) {
    if classes.of(plan.command()) != Class::Start && !plan.command().is_for_one_instance() {
        return;
    }
    let failed: Vec<&Step> = plan
        .steps()
        .zip(finished)
        .filter(|(step, finished)| {
            step.action == StepAction::Run && matches!(finished.outcome, Outcome::Exited(1..))
        })
        .map(|(step, _)| step)
        .collect();
    if failed.is_empty() {
        return;
    }
    let snapshot = Snapshot::now(&environment.config_directory, Path::new(""), Trial::Forbidden);
    for step in failed {
        let directory = step.instance.directory();
        let settings = match instance_settings::own_settings(environment, directory, signals) {
            Ok(answer) => answer.value,
            // The start has told what is wrong with it.
            Err(QueryError::Failed(_)) => continue,
            Err(QueryError::Interrupted) => return,
        };
        let paths = InstancePaths::of(directory, &settings, Sharing::Own);
        if let Running::UsedByAnother(other) = snapshot.look(paths).running {
            let directory = printable(directory);
            let what = format!("instance {directory}: {other}; give it a directory of its own");
            messages.report(Level::Error, &what);
        }
    }
}
