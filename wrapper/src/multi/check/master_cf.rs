//! Checks for instances whose master.cf postconf cannot read, so that no command of postfix(1) works.
//!
//! Knows nothing of services.

use std::path::Path;

use crate::multi::check::context::CheckContext;
use crate::multi::check::finding::{Finding, FindingKind};
use crate::os::printable::printable;
use crate::postfix::master_cf::{self, Fault};

/// All such instances.
pub(crate) fn findings(context: &CheckContext<'_, '_>) -> Vec<Finding> {
    let environment = context.system.installation.environment();
    let instances = context.system.instances.iter().filter(|instance| instance.directory.is_absolute());
    let directories: Vec<&Path> = instances.map(|instance| instance.directory.as_path()).collect();
    // A check that is asked to end has nothing more to find.
    let faults = master_cf::faults(&environment, context.messages.signals(), &directories);
    let faults = faults.unwrap_or_default().into_iter();
    directories
        .into_iter()
        .zip(faults)
        .filter_map(|(directory, fault)| Some(finding(directory, &fault?)))
        .collect()
}

fn finding(directory: &Path, fault: &Fault) -> Finding {
    let shown = printable(directory);
    let what = format!(
        "its master.cf cannot be read, so that no command of postfix(1) works, not even stop: {}",
        fault.reason()
    );
    // An editor would wait for what has no end.
    let mend = match fault {
        Fault::Malformed(_) => format!("${{EDITOR:-vi}} {shown}/master.cf"),
        Fault::Endless(_) => format!("mv {shown}/master.cf {shown}/master.cf.unfit"),
    };
    Finding::new(FindingKind::Damaged, directory, what, mend)
}
