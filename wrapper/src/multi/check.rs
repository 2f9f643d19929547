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
mod ways;

use crate::command_line::Form;
use crate::message::{Level, Messages};
use crate::multi::life_cycle::lists::{ALTERNATES, Lists};
use crate::multi::life_cycle::tools::Tools;
use crate::multi::system::System;
use crate::multi::variable;
use crate::{postconf, show, status};

/// What a check looks at.
pub(crate) struct Subject<'a, 'm> {
    system: &'a System,
    lists: Lists,
    tools: Tools<'a>,
    messages: &'a mut Messages<'m>,
}

/// Checks all of it, and prints what was found. The status tells whether that was anything.
pub(crate) fn run(system: &System, form: Form, messages: &mut Messages<'_>) -> u8 {
    let tools = Tools::new(&system.installation, variable);
    let ask = ["-h", ALTERNATES].map(Into::into);
    let alternates = match tools.postconf(&system.installation.config_directory, &ask, messages) {
        Ok(alternates) => alternates,
        Err(error) => {
            messages.say(Level::Fatal, &format!("{error}; nothing was checked"));
            return status::FAILURE;
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
            return status::FAILURE;
        }
    }
    findings.extend(running::findings(&subject));
    findings.extend(ways::findings(&subject));
    let owned = owners::findings(&mut subject, &findings);
    findings.extend(owned);
    findings.extend(files::left_behind(&subject));
    if findings.is_empty() {
        return status::SUCCESS;
    }
    let text: String = findings.iter().map(|finding| finding.line(form)).collect();
    // Whether or not anybody could read it.
    show(&text, subject.messages.signals());
    status::FAILURE
}

impl Subject<'_, '_> {
    /// The value of a parameter of the main.cf in a directory, or nothing where that cannot be had.
    fn parameter(&mut self, directory: &std::path::Path, name: &str) -> Option<Vec<u8>> {
        let lines = self.tools.postconf(directory, &["-x".into(), name.into()], self.messages).ok()?;
        Some(postconf::value(&lines, name)?.trim_ascii().to_vec())
    }
}
