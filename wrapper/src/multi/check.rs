//! Implements `postfix-multi check`: reports what is inconsistent in the system, with a command that repairs it.
//!
//! It changes nothing, and needs no lock: a change that is being made looks unfinished, and is reported as that.
//! Knows nothing of how anything is repaired.

mod addresses;
mod context;
mod files;
mod finding;
mod listing;
mod master_cf;
mod owners;
mod running;
mod sharing;
mod ways;

use crate::multi::changing::lists::{ALTERNATES, Lists};
use crate::multi::changing::tools::Tools;
use crate::multi::check::context::CheckContext;
use crate::multi::system::System;
use crate::os::exit_status;
use crate::os::messages::{Level, Messages};
use crate::os::standard_output::show;
use crate::plan::run_settings::OutputFormat;
use crate::postfix::environment::variable;
use crate::postfix::postconf;
use crate::postfix::query::QueryError;

/// Checks all of it, and prints what was found. The status tells whether that was anything.
pub(crate) fn run(system: &System, format: OutputFormat, messages: &mut Messages<'_>) -> u8 {
    let tools = Tools::new(&system.installation, variable);
    let installation = &system.installation;
    let (environment, default) = (installation.environment(), &installation.config_directory);
    // Even if master.cf of the default instance is damaged: that is one of the things to find.
    let alternates = match postconf::ask(&environment, messages.signals(), default, "-h", &[ALTERNATES]) {
        Ok(answer) => answer.value,
        Err(QueryError::Failed(no_answer)) => {
            messages.report(Level::Fatal, &format!("{}; nothing was checked", no_answer.reason));
            return exit_status::FAILURE;
        }
        Err(QueryError::Interrupted) => return exit_status::FAILURE,
    };
    let lists = Lists::new(&system.installation.listed, &alternates);
    let mut context = CheckContext { system, lists, tools, messages };
    let mut findings = files::unfinished(&context);
    findings.extend(listing::findings(&context));
    findings.extend(master_cf::findings(&context));
    match sharing::findings(&mut context) {
        Ok(shared) => findings.extend(shared),
        Err(failure) => {
            messages.report(Level::Fatal, &failure.to_string());
            return exit_status::FAILURE;
        }
    }
    findings.extend(running::findings(&context));
    findings.extend(ways::findings(&context));
    let owned = owners::findings(&mut context, &findings);
    findings.extend(owned);
    findings.extend(files::left_behind(&context));
    if findings.is_empty() {
        return exit_status::SUCCESS;
    }
    let text: String = findings.iter().map(|finding| finding.line(format)).collect();
    // Whether or not anybody could read it.
    show(&text, context.messages.signals());
    exit_status::FAILURE
}
