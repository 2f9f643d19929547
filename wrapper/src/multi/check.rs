//! `postfix-multi check`: what in the system does not fit together, each with the command that mends it.
//!
//! It changes nothing, and needs no lock: what another command is doing at the moment looks unfinished, and is told
//! as that. Knows nothing of how anything is mended.

mod addresses;
mod files;
mod finding;
mod listing;
mod owners;
mod running;
mod sharing;
mod subject;
mod ways;

use crate::multi::check::subject::Subject;
use crate::multi::lists::{ALTERNATES, Lists};
use crate::multi::system::System;
use crate::multi::tools::Tools;
use crate::os::exit_status;
use crate::os::messages::{Level, Messages};
use crate::os::standard_output::show;
use crate::plan::run_settings::Form;
use crate::postfix::environment::variable;

/// Checks all of it, and prints what was found. The status tells whether that was anything.
pub(crate) fn run(system: &System, form: Form, messages: &mut Messages<'_>) -> u8 {
    let tools = Tools::new(&system.installation, variable);
    let ask = ["-h", ALTERNATES].map(Into::into);
    let alternates = match tools.postconf(&system.installation.config_directory, &ask, messages) {
        Ok(alternates) => alternates,
        Err(error) => {
            messages.say(Level::Fatal, &format!("{error}; nothing was checked"));
            return exit_status::FAILURE;
        }
    };
    let lists = Lists::new(&system.installation.listed, &alternates);
    let mut subject = Subject { system, lists, tools, messages };
    let mut findings = files::unfinished(&subject);
    findings.extend(listing::findings(&subject));
    match sharing::findings(&mut subject) {
        Ok(shared) => findings.extend(shared),
        Err(failure) => {
            messages.say(Level::Fatal, &failure.to_string());
            return exit_status::FAILURE;
        }
    }
    findings.extend(running::findings(&subject));
    findings.extend(ways::findings(&subject));
    let owned = owners::findings(&mut subject, &findings);
    findings.extend(owned);
    findings.extend(files::left_behind(&subject));
    if findings.is_empty() {
        return exit_status::SUCCESS;
    }
    let text: String = findings.iter().map(|finding| finding.line(form)).collect();
    // Whether or not anybody could read it.
    show(&text, subject.messages.signals());
    exit_status::FAILURE
}
