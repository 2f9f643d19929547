//! The report for programs: a line of JSON for each instance. Its schema is in `docs/status.schema.json`.
//!
//! Knows nothing of how it is known.

use std::os::unix::ffi::OsStrExt;

use crate::multi::status::moment;
use crate::multi::status::report::{Problem, Report};
use crate::postfix::running::{Evidence, LockState, Running};
use crate::report::json::quoted;

/// An object of JSON. What is not known is null.
pub(crate) fn line(report: &Report<'_>) -> Vec<u8> {
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
    used_by(&mut text, report);
    text.extend_from_slice(b", \"queues\": {");
    let counts = report
        .queues
        .each()
        .map(|(queue, count)| format!("\"{queue}\": {}", or_null(count.map(|count| count.to_string()))));
    text.extend_from_slice(counts.collect::<Vec<_>>().join(", ").as_bytes());
    text.extend_from_slice(
        format!("}}, \"status\": \"{}\", \"complaints\": [", report.severity().name()).as_bytes(),
    );
    list(&mut text, &report.problems, |text, problem| quoted(text, problem.what.as_bytes()));
    text.extend_from_slice(b"], \"findings\": [");
    list(&mut text, &report.problems, finding);
    text.extend_from_slice(b"]}\n");
    text
}

fn or_null(value: Option<String>) -> String {
    value.unwrap_or_else(|| "null".to_owned())
}

fn list(text: &mut Vec<u8>, problems: &[Problem], write: impl Fn(&mut Vec<u8>, &Problem)) {
    for (at, problem) in problems.iter().enumerate() {
        if at > 0 {
            text.extend_from_slice(b", ");
        }
        write(text, problem);
    }
}

fn finding(text: &mut Vec<u8>, problem: &Problem) {
    let (kind, severity) = (problem.kind, problem.severity.name());
    text.extend_from_slice(
        format!("{{\"kind\": \"{kind}\", \"severity\": \"{severity}\", \"what\": ").as_bytes(),
    );
    quoted(text, problem.what.as_bytes());
    text.extend_from_slice(b", \"mend\": ");
    string(text, problem.mend.as_ref().map(String::as_bytes));
    text.push(b'}');
}

fn used_by(text: &mut Vec<u8>, report: &Report<'_>) {
    let Some(Running::UsedByAnother(other)) = report.running() else {
        return text.extend_from_slice(b"null");
    };
    let (parameter, process) = (other.parameter, other.process);
    text.extend_from_slice(
        format!("{{\"pid\": {process}, \"parameter\": \"{parameter}\", \"config_directory\": ").as_bytes(),
    );
    quoted(text, other.owner.as_os_str().as_bytes());
    text.push(b'}');
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
