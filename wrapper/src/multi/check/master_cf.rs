//! Checks for instances whose master.cf postconf cannot read, so that no command of postfix(1) works.
//!
//! Knows nothing of services.

use std::path::Path;

use crate::multi::check::context::CheckContext;
use crate::multi::check::finding::{Finding, FindingKind};
use crate::os::files::unfit::move_away;
use crate::os::printable::edit;
use crate::postfix::instance::MASTER_CF;
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
    let file = directory.join(MASTER_CF);
    let what = format!(
        "its master.cf cannot be read, so that no command of postfix(1) works, not even stop: {}",
        fault.reason()
    );
    // An editor would wait for what has no end.
    let mend = match fault {
        Fault::Malformed(_) => edit(&file),
        Fault::Endless(_) => move_away(&file),
    };
    Finding::new(FindingKind::Damaged, directory, what, mend)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::multi::check::finding::commands_hold;
    use crate::os::printable::commands::drawn_path;

    proptest! {
        #[test]
        fn each_command_can_be_run_whatever_the_path_is(path in drawn_path()) {
            let faults = [Fault::Malformed("why".to_owned()), Fault::Endless("why".to_owned())];
            commands_hold(|path| faults.iter().map(|fault| finding(path, fault)).collect(), &path)?;
        }
    }
}
