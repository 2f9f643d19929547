//! Implements `postfix-multi status`: shows the state and the problems of each instance.
//! It also shows the settings and queue sizes. It has forms for people, for programs and for monitors. The problems
//! are those that `check` finds, and those that matter only now.
//!
//! Looks and changes nothing.

mod json;
mod moment;
mod monitor;
mod openmetrics;
mod queues;
mod report;
mod table;

use std::time::SystemTime;

use crate::multi::check;
use crate::multi::failure::Failure;
use crate::multi::output::written;
use crate::multi::request::selection::Selection;
use crate::multi::request::{StatusForm, StatusRequest};
use crate::multi::status::report::{Report, reports};
use crate::multi::system::System;
use crate::multi::system::matching::{report_unknown, unknown};
use crate::os::exit_status;
use crate::os::messages::Messages;
use crate::os::signals::Signals;
use crate::os::streams::standard_output;

/// Prints how the instances are that are meant. The result is the exit status.
pub(crate) fn print(
    system: &System,
    request: &StatusRequest,
    messages: &mut Messages<'_>,
) -> Result<u8, Failure> {
    let selection = request.selection.as_listed(system);
    let meant = selection.among(system, request.order);
    let doubtful = unknown(system, &selection).count();
    if meant.is_empty() {
        let hint = selection.hint(system);
        return Err(Failure::NoMatch { selection, skipped: None, hint });
    }
    let findings = check::findings(system, messages)?;
    let reports = reports(system, &meant, findings, messages.signals())?;
    let text = match &request.form {
        StatusForm::Table => table::text(&reports, SystemTime::now()).into_bytes(),
        StatusForm::Json => reports.iter().map(json::line).collect::<String>().into_bytes(),
        StatusForm::OpenMetrics => openmetrics::text(&reports).into_bytes(),
        StatusForm::Monitor(thresholds) => {
            let doubtful = if matches!(selection, Selection::Name(_)) { 0 } else { doubtful };
            let (text, status) = monitor::text(&reports, thresholds, doubtful);
            return Ok(match standard_output::print(text.as_bytes(), messages.signals()) {
                Ok(()) => status,
                Err(_) => monitor::UNKNOWN,
            });
        }
    };
    if !written(&text, "the report", messages) {
        return Ok(exit_status::FAILURE);
    }
    if request.form == StatusForm::OpenMetrics {
        // That an instance is damaged is in the metrics; a caller that drops these would hide it.
        return Ok(exit_status::SUCCESS);
    }
    let is_doubtful = report_unknown(system, &selection, messages);
    let is_damaged = reports.iter().any(Report::is_damaged);
    Ok(if is_doubtful || is_damaged { exit_status::FAILURE } else { exit_status::SUCCESS })
}

/// Tells a monitor that nothing is known, and why. The result is the exit status.
pub(crate) fn print_unknown(reason: &str, signals: &Signals) -> u8 {
    // What cannot be written changes nothing about that.
    let _ = standard_output::print(monitor::unknown(reason).as_bytes(), signals);
    monitor::UNKNOWN
}

#[cfg(test)]
mod tests;
