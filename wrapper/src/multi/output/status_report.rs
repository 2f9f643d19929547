//! Implements `postfix-multi status`: a table, or JSON, with the settings, state, queue sizes and problems of each
//! instance.
//!
//! Looks and changes nothing. What else is inconsistent between instances is the business of `check`.

mod moment;
mod queues;

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::multi::output::status_report::queues::QUEUES;
use crate::multi::output::written;
use crate::multi::request::selection::Selection;
use crate::multi::system::masters::snapshot;
use crate::multi::system::matching::report_unknown;
use crate::multi::system::sharers::Sharers;
use crate::multi::system::{InstanceInfo, System};
use crate::os::exit_status;
use crate::os::messages::Messages;
use crate::os::printable::{printable, printable_bytes};
use crate::plan::policy::RunOrder;
use crate::plan::run_settings::OutputFormat;
use crate::postfix::enable_flag::Flag;
use crate::postfix::master_cf::{self, Fault};
use crate::postfix::running::{
    Evidence, InstancePaths, LockState, Observation, Running, Sharing, Snapshot, Trial,
};
use crate::report::columns::aligned;
use crate::report::json::quoted;

/// How an instance is.
struct Report<'a> {
    instance: &'a InstanceInfo,
    /// Nothing where the queue directory is not known.
    found: Option<Observation>,
    /// Which of its directories are another one's, too.
    shared: Vec<String>,
    queues: [Option<u64>; QUEUES.len()],
    /// Why no command of postfix(1) works.
    fault: Option<Fault>,
}

/// Prints how the instances are that are meant. The result is the exit status.
pub(crate) fn print(
    system: &System,
    selection: &Selection,
    order: RunOrder,
    format: OutputFormat,
    messages: &mut Messages<'_>,
) -> u8 {
    let meant = selection.among(system, order).into_iter();
    let snapshot = snapshot(system, Trial::Forbidden);
    let sharers = Sharers::among(system);
    let mut reports: Vec<Report<'_>> =
        meant.map(|instance| Report::of(instance, &snapshot, &sharers)).collect();
    let directories: Vec<&Path> = reports.iter().map(|report| report.instance.directory.as_path()).collect();
    let environment = system.installation.environment();
    // A report that is asked to end does without.
    if let Ok(faults) = master_cf::faults(&environment, messages.signals(), &directories) {
        for (report, fault) in reports.iter_mut().zip(faults) {
            report.fault = fault;
        }
    }
    let text = match format {
        OutputFormat::Table => table(&reports).into_bytes(),
        OutputFormat::Json => reports.iter().flat_map(json).collect(),
    };
    if !written(&text, "the report", messages) {
        return exit_status::FAILURE;
    }
    let is_doubtful = report_unknown(system, selection, messages);
    let is_damaged = reports.iter().any(|report| report.instance.flag().is_err());
    if is_doubtful || is_damaged { exit_status::FAILURE } else { exit_status::SUCCESS }
}

impl<'a> Report<'a> {
    fn of(instance: &'a InstanceInfo, snapshot: &Snapshot<'_>, sharers: &Sharers<'_>) -> Self {
        let shared = sharers.complaints(instance);
        match &instance.settings {
            Ok(settings) => {
                let sharing = if shared.is_empty() { Sharing::Own } else { Sharing::Shared };
                let paths = InstancePaths::of(&instance.directory, settings, sharing);
                let queues = queues::count(&settings.queue_directory);
                Self { instance, found: Some(snapshot.look(paths)), shared, queues, fault: None }
            }
            Err(_) => Self { instance, found: None, shared, queues: [None; QUEUES.len()], fault: None },
        }
    }

    /// Whether it runs; nothing if the queue directory is not known.
    fn running(&self) -> Option<&Running> {
        self.found.as_ref().map(|found| &found.running)
    }

    /// What seems wrong, most important first; nothing if all seems well.
    fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        let flag = self.instance.flag();
        if let Err(damage) = &flag {
            complaints.push(format!("damaged: {damage}"));
        }
        if let Some(fault) = &self.fault {
            complaints.push(format!(
                "its master.cf cannot be read, so that no command of postfix(1) works, not even stop: {}",
                fault.reason()
            ));
        }
        if let Ok(settings) = &self.instance.settings {
            for directory in [&settings.queue_directory, &settings.data_directory] {
                complaints.extend(missing(directory));
            }
        }
        match (&flag, self.running()) {
            (Ok(Flag::Enabled), Some(Running::No)) => complaints.push("enabled, but does not run".to_owned()),
            (Ok(Flag::Disabled), Some(Running::Yes { .. })) => {
                complaints.push("runs, but is not enabled".to_owned());
            }
            (_, Some(Running::UsedByAnother(other))) => complaints.push(format!(
                "its {} {} is used by {} (pid {})",
                other.parameter,
                printable(&other.directory),
                printable(&other.owner),
                other.process
            )),
            (_, Some(Running::Unknown(reason))) => {
                complaints.push(format!("cannot tell whether it runs: {reason}"));
            }
            _ => {}
        }
        if let Some(Observation { running: Running::Yes { process, .. }, evidence }) = &self.found {
            if evidence.has_left_its_queue(*process) {
                complaints.push(format!(
                    "its master (pid {process}) has not locked pid/master.pid in its queue_directory: main.cf or \
                     that file was changed since the start, and \"postfix stop\" does not stop it"
                ));
            }
        }
        // Of a directory that is in use, enough has been said.
        let used = match self.running() {
            Some(Running::UsedByAnother(other)) => format!("its {} ", other.parameter),
            _ => String::new(),
        };
        let is_new = |shared: &&String| used.is_empty() || !shared.starts_with(&used);
        complaints.extend(self.shared.iter().filter(is_new).cloned());
        if self.queues[QUEUES.len() - 1].is_some_and(|corrupt| corrupt > 0) {
            complaints.push("has corrupt messages".to_owned());
        }
        complaints
    }

    /// Its name, its group, and whether it is enabled.
    fn names(&self) -> (Option<&[u8]>, Option<&[u8]>, Option<bool>) {
        let settings = self.instance.settings.as_ref().ok();
        let enabled = self.instance.flag().ok().map(|flag| flag == Flag::Enabled);
        match settings {
            Some(settings) => (
                settings.name.as_deref().map(OsStrExt::as_bytes),
                settings.group.as_deref().map(OsStrExt::as_bytes),
                enabled,
            ),
            None => (None, None, enabled),
        }
    }
}

/// A complaint about a directory that is missing.
fn missing(directory: &Path) -> Option<String> {
    match std::fs::metadata(directory) {
        Ok(metadata) if metadata.is_dir() => None,
        Ok(_) => Some(format!("{} is not a directory", printable(directory))),
        Err(error) => Some(format!("{}: {error}", printable(directory))),
    }
}

fn table(reports: &[Report<'_>]) -> String {
    let mut rows = vec![
        [
            "name",
            "group",
            "enabled",
            "running",
            "since",
            "maildrop",
            "incoming",
            "active",
            "deferred",
            "hold",
            "directory",
            "health",
        ]
        .map(str::to_owned),
    ];
    rows.extend(reports.iter().map(row));
    aligned(&rows)
}

fn row(report: &Report<'_>) -> [String; 12] {
    let (name, group, enabled) = report.names();
    let word = |name: Option<&[u8]>| name.map_or_else(|| "-".to_owned(), printable_bytes);
    let enabled = match enabled {
        Some(true) => "yes",
        Some(false) => "no",
        None => "?",
    };
    let (running, since) = match report.running() {
        Some(Running::Yes { process, since }) => (process.to_string(), since.and_then(moment::shown)),
        Some(Running::No | Running::UsedByAnother(_)) => ("no".to_owned(), None),
        Some(Running::Unknown(_)) | None => ("?".to_owned(), None),
    };
    let complaints = report.complaints();
    let health = if complaints.is_empty() { "ok".to_owned() } else { complaints.join("; ") };
    let [maildrop, incoming, active, deferred, hold, _] =
        report.queues.map(|count| count.map_or_else(|| "?".to_owned(), |count| count.to_string()));
    [
        word(name),
        word(group),
        enabled.to_owned(),
        running,
        since.unwrap_or_else(|| "-".to_owned()),
        maildrop,
        incoming,
        active,
        deferred,
        hold,
        printable(&report.instance.directory),
        health,
    ]
}

/// An object of JSON. What is not known is null; what is wrong is a list of sentences.
fn json(report: &Report<'_>) -> Vec<u8> {
    let (name, group, enabled) = report.names();
    let (running, process, since) = match report.running() {
        Some(Running::Yes { process, since }) => (Some(true), Some(*process), since.and_then(moment::shown)),
        Some(Running::No | Running::UsedByAnother(_)) => (Some(false), None, None),
        Some(Running::Unknown(_)) | None => (None, None, None),
    };
    let mut text = b"{\"name\": ".to_vec();
    string(&mut text, name);
    text.extend_from_slice(b", \"group\": ");
    string(&mut text, group);
    text.extend_from_slice(b", \"config_directory\": ");
    quoted(&mut text, report.instance.directory.as_os_str().as_bytes());
    let or_null = |value: Option<String>| value.unwrap_or_else(|| "null".to_owned());
    let truth = |value: Option<bool>| or_null(value.map(|value| value.to_string()));
    text.extend_from_slice(
        format!(
            ", \"enabled\": {}, \"running\": {}, \"pid\": {}, \"since\": {}, \"evidence\": {}",
            truth(enabled),
            truth(running),
            or_null(process.map(|process| process.to_string())),
            or_null(since.map(|since| format!("\"{since}\""))),
            or_null(report.found.as_ref().map(|found| evidence(&found.evidence))),
        )
        .as_bytes(),
    );
    text.extend_from_slice(b", \"used_by\": ");
    match report.running() {
        Some(Running::UsedByAnother(other)) => {
            let parameter = other.parameter;
            let process = other.process;
            text.extend_from_slice(
                format!("{{\"pid\": {process}, \"parameter\": \"{parameter}\", \"config_directory\": ")
                    .as_bytes(),
            );
            quoted(&mut text, other.owner.as_os_str().as_bytes());
            text.push(b'}');
        }
        _ => text.extend_from_slice(b"null"),
    }
    text.extend_from_slice(b", \"queues\": {");
    let counts = QUEUES
        .iter()
        .zip(report.queues)
        .map(|(queue, count)| format!("\"{queue}\": {}", or_null(count.map(|count| count.to_string()))));
    text.extend_from_slice(counts.collect::<Vec<_>>().join(", ").as_bytes());
    text.extend_from_slice(b"}, \"complaints\": [");
    for (at, complaint) in report.complaints().iter().enumerate() {
        if at > 0 {
            text.extend_from_slice(b", ");
        }
        quoted(&mut text, complaint.as_bytes());
    }
    text.extend_from_slice(b"]}\n");
    text
}

/// By what it is known whether an instance runs, as an object of JSON.
fn evidence(evidence: &Evidence) -> String {
    let number =
        |process: Option<i32>| process.map_or_else(|| "null".to_owned(), |number| number.to_string());
    let lock = |lock: &LockState| match lock {
        LockState::Held(process) => format!("{{\"state\": \"held\", \"pid\": {}}}", number(*process)),
        LockState::Free => "{\"state\": \"free\", \"pid\": null}".to_owned(),
        LockState::Unknown(_) => "{\"state\": \"unknown\", \"pid\": null}".to_owned(),
    };
    let masters: Vec<String> = evidence.masters.iter().map(ToString::to_string).collect();
    format!(
        "{{\"queue_lock\": {}, \"data_lock\": {}, \"pid_file\": {}, \"masters\": [{}]}}",
        lock(&evidence.queue_lock),
        lock(&evidence.data_lock),
        number(evidence.written),
        masters.join(", ")
    )
}

fn string(text: &mut Vec<u8>, value: Option<&[u8]>) {
    match value {
        Some(value) => quoted(text, value),
        None => text.extend_from_slice(b"null"),
    }
}

#[cfg(test)]
mod tests;
