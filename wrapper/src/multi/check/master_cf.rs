//! Checks for instances whose master.cf postconf cannot read, so that no command of postfix(1) works.
//!
//! Knows nothing of services.

use std::path::Path;

use crate::multi::check::context::CheckContext;
use crate::multi::check::finding::{Finding, FindingKind};
use crate::os::printable::printable;
use crate::postfix::master_cf::{Fault, MasterCf};

/// All such instances.
pub(crate) fn findings(context: &CheckContext<'_, '_>) -> Vec<Finding> {
    let faulty = context.each().filter_map(|(instance, files)| match &files.master_cf {
        MasterCf::Faulty(fault) => Some(finding(&instance.directory, fault)),
        MasterCf::Read(_) | MasterCf::Unknown => None,
    });
    faulty.collect()
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
