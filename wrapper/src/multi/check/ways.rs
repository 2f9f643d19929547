//! Checks for instances whose directories can be replaced by users other than root.
//! Such an instance is never changed.
//!
//! Knows nothing of what is in them.

use std::path::Path;

use nix::errno::Errno;

use crate::multi::changing::lock::{Lock, LockError};
use crate::multi::check::context::CheckContext;
use crate::multi::check::finding::{Finding, FindingKind};
use crate::multi::ownership::claims::{Claim, NAME, of_instance};
use crate::os::files::reach::{Exposure, Links, ReachError, Way, reach};
use crate::os::files::unfit::out_of_the_way;
use crate::os::messages::MULTI;
use crate::os::printable::{error_text, printable, shell_word};

/// All ways that cannot be trusted.
pub(crate) fn findings(context: &CheckContext<'_, '_>) -> Vec<Finding> {
    let secondary = context.system.secondary().iter();
    let told = secondary.filter_map(|one| Some((&one.directory, one.settings.as_ref().ok()?)));
    let claims = told.flat_map(|(directory, settings)| of_instance(directory, settings));
    let mut findings: Vec<Finding> =
        claims.filter(|claim| claim.parameter != NAME).filter_map(|claim| untrusted(&claim)).collect();
    findings.extend(unfit_lock(context));
    findings
}

fn untrusted(claim: &Claim) -> Option<Finding> {
    let (Err(ReachError::UntrustedLink(path, by)) | Ok(Way { exposed: Some(Exposure { path, by }), .. })) =
        reach(Path::new(&claim.value), Links::Trusted)
    else {
        return None;
    };
    let what = format!(
        "the way to its {}, {}, cannot be trusted: {by} can put something else in the place of {}",
        claim.parameter,
        printable(&claim.value),
        printable(&path)
    );
    Some(Finding::new(FindingKind::Exposed, &claim.owner, what, mend(claim, &path)))
}

/// The command that leaves the way to root alone; in a place that is for everybody, there is none.
fn mend(claim: &Claim, path: &Path) -> String {
    let above = path.parent().unwrap_or(path);
    let is_for_all =
        above.metadata().is_ok_and(|found| std::os::unix::fs::MetadataExt::mode(&found) & 0o1000 != 0);
    if is_for_all {
        return format!("{MULTI} -e deport -i {}", shell_word(&claim.owner));
    }
    let (above, path) = (shell_word(above), shell_word(path));
    format!("chown root {above} && chmod go-w {above} && chown -h root {path}")
}

/// A lock that is not root's alone.
fn unfit_lock(context: &CheckContext<'_, '_>) -> Option<Finding> {
    let directory = &context.system.installation.config_directory;
    let signals = context.messages.signals();
    match Lock::look(directory, std::time::Duration::ZERO, signals) {
        Err(LockError::File(path, error)) if path.symlink_metadata().is_ok() && is_told(&error) => {
            let what = format!("{} cannot be locked: {}", printable(&path), error_text(&error));
            Some(Finding::new(FindingKind::Exposed, directory, what, out_of_the_way(&path)))
        }
        _ => None,
    }
}

/// Whether the file itself is wrong: who may not open it does not know, and what the system refuses of all files is not
/// the fault of this one.
fn is_told(error: &std::io::Error) -> bool {
    // What was found out about the file has no number of the system, but for a link in its place.
    matches!(error.raw_os_error().map(Errno::from_raw), None | Some(Errno::ELOOP | Errno::ENXIO))
}
