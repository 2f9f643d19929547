//! Implements `postfix-multi check`: reports problems of instances, with commands that repair them.
//! It reports what keeps instances from working and what is inconsistent in the system.
//!
//! It changes nothing, and needs no lock: a change that is being made looks unfinished, and is reported as that.
//! Knows nothing of how anything is repaired.

mod addresses;
mod chroot;
mod context;
mod files;
pub(crate) mod finding;
mod listing;
mod manager;
mod master_cf;
mod owners;
mod ports;
mod running;
mod sharing;
mod startup;
mod times;
mod unlisted;
mod ways;

use std::path::Path;

use crate::multi::changing::lists::{ALTERNATES, Lists};
use crate::multi::check::context::CheckContext;
use crate::multi::check::finding::Finding;
use crate::multi::failure::Failure;
use crate::multi::output::written;
use crate::multi::ownership::claims::Claims;
use crate::multi::ownership::spot::Spot;
use crate::multi::system::System;
use crate::multi::system::masters::snapshot;
use crate::os::exit_status;
use crate::os::files::mounts::Mounts;
use crate::os::messages::Messages;
use crate::plan::run_settings::OutputFormat;
use crate::postfix::postconf;
use crate::postfix::running::Trial;

/// Checks all of it, and prints what was found. The status tells whether that was anything.
pub(crate) fn run(system: &System, format: OutputFormat, messages: &mut Messages<'_>) -> Result<u8, Failure> {
    let findings = findings(system, messages)?;
    if findings.is_empty() {
        return Ok(exit_status::SUCCESS);
    }
    let text: String = findings.iter().map(|finding| finding.line(format)).collect();
    // Whether or not anybody could read it.
    written(text.as_bytes(), "what was found", messages);
    Ok(exit_status::FAILURE)
}

/// All that is found.
pub(crate) fn findings(system: &System, messages: &Messages<'_>) -> Result<Vec<Finding>, Failure> {
    let installation = &system.installation;
    let (environment, default) = (installation.environment(), &installation.config_directory);
    // Even if master.cf of the default instance is damaged: that is one of the things to find.
    let ask = |form| {
        let answer = postconf::ask(&environment, messages.signals(), default, form, &[ALTERNATES]);
        answer.map(|answer| answer.value)
    };
    let lists = Lists::new(&installation.listed, &ask("-h")?);
    let alternates = lists.alternates_expanded(|| ask("-xh"))?;
    let context = CheckContext::read(system, lists, alternates, messages)?;
    let mounts = Mounts::read();
    let spot_of = |path: &Path| Spot::of_path(path, &mounts);
    let mut claims = Claims::new(installation, &spot_of);

    let snapshot = snapshot(system, Trial::Forbidden);

    let mut findings = files::unfinished(&context);
    findings.extend(listing::findings(&context, &snapshot));
    findings.extend(manager::findings(&context));
    findings.extend(master_cf::findings(&context));
    findings.extend(startup::findings(&context));
    findings.extend(sharing::findings(&context, &mut claims, &snapshot)?);
    findings.extend(ports::findings(&context));
    findings.extend(unlisted::findings(&context, &claims));
    findings.extend(running::findings(&context, &claims, &snapshot));
    findings.extend(ways::findings(&context));
    findings.extend(owners::findings(&context, &findings));
    findings.extend(files::left_behind(&context));
    Ok(findings)
}
