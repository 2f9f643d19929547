//! The report for programs: a line of JSON for each instance. Its schema is in `docs/status.schema.json`.
//!
//! Knows nothing of how it is known.

use std::os::unix::ffi::OsStrExt;

use crate::multi::status::moment;
use crate::multi::status::report::{Problem, Report};
use crate::postfix::running::{Evidence, LockState, Running};
use crate::report::json::{quoted, quoted_text};

/// An object of JSON. What is not known is null.
pub(crate) fn line(report: &Report<'_>) -> String {
    let (name, group, enabled) = report.names();
    let (running, process, since) = match report.running() {
        Some(Running::Yes { process, since }) => (Some(true), Some(*process), since.and_then(moment::shown)),
        Some(Running::No | Running::UsedByAnother(_)) => (Some(false), None, None),
        Some(Running::Unknown(_)) | None => (None, None, None),
    };
    let truth = |value: Option<bool>| or_null(value.map(|value| value.to_string()));
    let queues = report
        .queues
        .each()
        .map(|(queue, count)| format!("\"{queue}\": {}", or_null(count.map(|count| count.to_string()))));
    let complaints: Vec<String> = report.problems.iter().map(|problem| quoted_text(&problem.what)).collect();
    let findings: Vec<String> = report.problems.iter().map(finding).collect();
    let members = [
        ("name", or_null(name.map(quoted))),
        ("group", or_null(group.map(quoted))),
        ("config_directory", quoted(report.instance.directory.as_os_str().as_bytes())),
        ("enabled", truth(enabled)),
        ("running", truth(running)),
        ("pid", or_null(process.map(|process| process.to_string()))),
        ("since", or_null(since.map(|since| format!("\"{since}\"")))),
        ("evidence", or_null(report.found.as_ref().map(|found| evidence(&found.evidence)))),
        ("used_by", or_null(used_by(report))),
        ("queues", format!("{{{}}}", queues.collect::<Vec<_>>().join(", "))),
        ("status", format!("\"{}\"", report.severity().name())),
        ("complaints", format!("[{}]", complaints.join(", "))),
        ("findings", format!("[{}]", findings.join(", "))),
    ];
    let members = members.map(|(member, value)| format!("\"{member}\": {value}"));
    format!("{{{}}}\n", members.join(", "))
}

fn or_null(value: Option<String>) -> String {
    value.unwrap_or_else(|| "null".to_owned())
}

fn finding(problem: &Problem) -> String {
    format!(
        "{{\"kind\": \"{}\", \"severity\": \"{}\", \"what\": {}, \"mend\": {}}}",
        problem.kind,
        problem.severity.name(),
        quoted_text(&problem.what),
        or_null(problem.mend.as_deref().map(quoted_text))
    )
}

fn used_by(report: &Report<'_>) -> Option<String> {
    let Some(Running::UsedByAnother(other)) = report.running() else { return None };
    Some(format!(
        "{{\"pid\": {}, \"parameter\": \"{}\", \"config_directory\": {}}}",
        other.process,
        other.parameter,
        quoted(other.owner.as_os_str().as_bytes())
    ))
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
