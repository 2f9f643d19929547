//! Checks for instances whose directories can be replaced by users other than root.
//! Such an instance is never changed. A directory that is not its own is never given to anybody.
//!
//! Knows nothing of what is in them.

use std::path::Path;

use nix::errno::Errno;

use crate::multi::changing::instance_dirs::is_postfixs;
use crate::multi::changing::lock::{Lock, LockError};
use crate::multi::check::context::CheckContext;
use crate::multi::check::finding::{Finding, FindingKind};
use crate::multi::ownership::claims::{CONFIG, Claim, NAME, QUEUE, of_instance};
use crate::os::files::reach::{Exposure, Links, ReachError, Way, reach};
use crate::os::files::unfit::out_of_the_way;
use crate::os::printable::{error_text, printable, shell_word};

/// All ways that cannot be trusted.
pub(crate) fn findings(context: &CheckContext<'_, '_>) -> Vec<Finding> {
    let instances = context.system.instances.iter();
    let told = instances.filter_map(|one| Some((&one.directory, one.settings.as_ref().ok()?)));
    let mut findings = Vec::new();
    for (directory, settings) in told {
        let claims = of_instance(directory, settings);
        let dirs = claims.iter().filter(|claim| claim.parameter != NAME);
        findings.extend(dirs.filter_map(|claim| untrusted(claim, &claims)));
    }
    findings.extend(unfit_lock(context));
    findings
}

fn untrusted(claim: &Claim, own: &[Claim]) -> Option<Finding> {
    let (Err(ReachError::UntrustedLink(path, by)) | Ok(Way { exposed: Some(Exposure { path, by }), .. })) =
        reach(Path::new(&claim.value), Links::Trusted)
    else {
        return None;
    };
    let mut what = format!(
        "the way to its {}, {}, cannot be trusted: {by} can put something else in the place of {}",
        claim.parameter,
        printable(&claim.value),
        printable(&path)
    );
    let mend = mend(&path, own);
    if mend.is_none() {
        what.push_str("; let only root change the way there, or give the instance another directory");
    }
    Some(Finding::new(FindingKind::Exposed, &claim.owner, what, mend))
}

/// The command that leaves the way to root alone. There is one if the directory with the entry is one of the instance's
/// own that are root's: any other can be a user's home, or a place for everybody.
fn mend(path: &Path, own: &[Claim]) -> Option<String> {
    let above = path.parent()?;
    let is_roots = |claim: &Claim| matches!(claim.parameter, CONFIG | QUEUE) && claim.value == *above;
    let is_safe =
        || reach(above, Links::Trusted).is_ok_and(|way| way.exposed.is_none() && is_postfixs(above));
    if !own.iter().any(is_roots) || !is_safe() {
        return None;
    }
    let link =
        if path.is_symlink() { format!(" && chown -h root {}", shell_word(path)) } else { String::new() };
    let above = shell_word(above);
    Some(format!("chown root {above} && chmod go-w {above}{link}"))
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
