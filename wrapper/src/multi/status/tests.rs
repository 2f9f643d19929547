//! Tests for the status report.
//!
//! Knows nothing of real processes and queues.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;

use super::*;
use crate::multi::check::finding::{Finding, FindingKind, Severity};
use crate::multi::request::thresholds::Thresholds;
use crate::multi::status::queues::{Counts, QUEUES};
use crate::multi::status::report::{Problem, Report};
use crate::multi::system::{InstanceInfo, Role};
use crate::postfix::damage::Damage;
use crate::postfix::instance_settings::InstanceSettings;
use crate::postfix::running::{Evidence, LockState, Observation, Running, Use};
use crate::postfix::values::enable_flag::{Flag, NotBoolean};

fn instance(name: Option<&str>, enable: Result<Flag, NotBoolean>) -> InstanceInfo {
    InstanceInfo {
        role: Role::Secondary,
        directory: PathBuf::from(format!("/etc/{}", name.unwrap_or("postfix"))),
        settings: Ok(InstanceSettings {
            name: name.map(OsString::from),
            group: name.map(|_| "mx".into()),
            enable,
            queue_directory: "/".into(),
            data_directory: "/".into(),
            shared: Vec::new(),
        }),
    }
}

fn found(running: Running, queue_lock: LockState) -> Observation {
    let (data_lock, masters) = match &queue_lock {
        LockState::Held(Some(process)) => (queue_lock.clone(), vec![*process]),
        _ => (LockState::Free, Vec::new()),
    };
    Observation { running, evidence: Evidence { queue_lock, data_lock, written: Some(4711), masters } }
}

fn runs() -> Observation {
    let since = Some(UNIX_EPOCH + Duration::from_secs(1_234_567_890));
    found(Running::Yes { process: 4711, since }, LockState::Held(Some(4711)))
}

fn used_by_another() -> Observation {
    let other = Use {
        parameter: "queue_directory",
        directory: "/var/spool/postfix".into(),
        process: 123,
        owner: "/etc/postfix".into(),
    };
    found(Running::UsedByAnother(other), LockState::Held(Some(123)))
}

fn counts(deferred: u64) -> Counts {
    Counts([Some(0), Some(1), Some(2), Some(deferred), Some(0), Some(0)])
}

fn report(instance: &InstanceInfo, found: Option<Observation>, queues: Counts) -> Report<'_> {
    let mut report = Report { instance, found, queues, problems: Vec::new() };
    report.judge();
    report
}

/// One of every kind.
fn instances() -> Vec<InstanceInfo> {
    let mut torn = instance(Some("postfix-torn"), Ok(Flag::Enabled));
    torn.settings = Err(Damage::Unknown { reason: "torn".into(), status: 78 });
    vec![
        instance(Some("postfix-a"), Ok(Flag::Enabled)),
        instance(None, Ok(Flag::Enabled)),
        instance(Some("postfix-b"), Ok(Flag::Disabled)),
        instance(Some("postfix-c-with-a-name-of-some-length"), Err(NotBoolean("maybe".into()))),
        torn,
        instance(Some("postfix-\"f|\\"), Ok(Flag::Enabled)),
    ]
}

fn told(instances: &[InstanceInfo]) -> Vec<Report<'_>> {
    let unknown = found(
        Running::Unknown("process 1: not permitted".into()),
        LockState::Unknown("process 1: not permitted".into()),
    );
    let corrupt = Counts([Some(0), Some(0), Some(0), Some(0), Some(0), Some(3)]);
    let mut reports = vec![
        report(&instances[0], Some(runs()), counts(30)),
        report(&instances[1], Some(found(Running::No, LockState::Free)), corrupt),
        report(&instances[2], Some(runs()), Counts::default()),
        report(&instances[3], Some(unknown), counts(1_234_567)),
        report(&instances[4], None, Counts::default()),
        report(&instances[5], Some(used_by_another()), counts(0)),
    ];
    let findings = [
        (
            1,
            FindingKind::LeftBehind,
            "/etc/postfix-x",
            "/etc/postfix-x/main.cf.tmp was left by a command that was killed",
            "rm x",
        ),
        (
            2,
            FindingKind::CannotStart,
            "/etc/postfix-b",
            "its service x/unix runs /x, which does not exist",
            "postconf -c /etc/postfix-b -e \"master_service_disable = x/unix\"",
        ),
        (
            4,
            FindingKind::Damaged,
            "/etc/postfix-torn",
            "its main.cf cannot be read: torn",
            "${EDITOR:-vi} /etc/postfix-torn/main.cf",
        ),
    ];
    for (at, kind, directory, what, mend) in findings {
        let finding = Finding::new(kind, directory.as_ref(), what.to_owned(), mend.to_owned());
        let is_its_own = reports[at].instance.directory == finding.directory;
        reports[at].take(&finding, is_its_own);
    }
    reports
}

#[test]
fn every_kind_of_instance_is_told_apart() {
    let instances = instances();
    let now = UNIX_EPOCH + Duration::from_secs(1_234_567_890 + 100_000);
    insta::assert_snapshot!("status_table", table::text(&told(&instances), now));
    let lines: String = told(&instances).iter().map(json::line).collect();
    insta::assert_snapshot!("status_json", lines);
    insta::assert_snapshot!("status_openmetrics", openmetrics::text(&told(&instances)));
}

#[test]
fn names_and_directories_that_are_no_text_are_in_valid_json() {
    let mut odd = instance(Some("postfix-a"), Ok(Flag::Enabled));
    odd.directory = PathBuf::from(OsString::from_vec(b"/etc/caf\xe9".to_vec()));
    if let Ok(settings) = &mut odd.settings {
        settings.name = Some(OsString::from_vec(b"\xff".to_vec()));
        settings.group = Some("\u{fc}".into());
    }
    let line = json::line(&report(&odd, Some(used_by_another()), counts(0)));
    let value: Value = serde_json::from_str(&line).unwrap();
    let shown =
        ["name", "group", "config_directory"].map(|member| value[member].as_str().unwrap().to_owned());
    assert_eq!(shown, [r"\377", "\u{fc}", r"/etc/caf\351"]);
}

#[test]
fn the_table_fits_a_terminal() {
    let instances = instances();
    let text = table::text(&told(&instances), UNIX_EPOCH + Duration::from_secs(9_999_999_999));
    for line in text.lines() {
        assert!(line.len() <= 80 || !line.trim().contains(' '), "{line}");
    }
    let title = text.lines().next().unwrap();
    // With the longest cells that there can be.
    let widest = [20, 10, 3, 7, 7, 5, 5, 6, 5, 5];
    assert!(widest.iter().sum::<usize>() + title.split_whitespace().count() - 1 <= 82);
}

#[test]
fn how_bad_it_is_depends_on_whether_the_instance_is_enabled() {
    let instances = instances();
    let severities: Vec<Severity> = told(&instances).iter().map(Report::severity).collect();
    let expected = [
        Severity::Ok,
        Severity::Critical,
        Severity::Warning,
        Severity::Unknown,
        Severity::Critical,
        Severity::Critical,
    ];
    assert_eq!(severities, expected);
}

#[test]
fn the_schema_describes_every_line_and_a_line_that_does_not_fit_is_found() {
    let schema: Value = serde_json::from_str(include_str!("../../../../docs/status.schema.json")).unwrap();
    let instances = instances();
    let lines = told(&instances).iter().map(json::line).collect::<String>();
    let mut kinds = BTreeSet::new();
    for line in lines.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        assert_eq!(misfit(&schema, &value, "line"), None, "{line}");
        kinds.extend(value["findings"].as_array().unwrap().iter().map(|found| found["kind"].to_string()));
        for member in value.as_object().unwrap().keys() {
            let mut less = value.clone();
            less.as_object_mut().unwrap().remove(member);
            assert!(misfit(&schema, &less, "line").is_some(), "{member} may be missing");
            let mut odd = value.clone();
            odd[member] = Value::from(0.5);
            assert!(misfit(&schema, &odd, "line").is_some(), "{member} may be anything");
        }
    }
    let mut more: Value = serde_json::from_str(&json::line(&told(&instances)[0])).unwrap();
    more["unheard_of"] = Value::Null;
    assert!(misfit(&schema, &more, "line").is_some());
    assert!(kinds.len() > 4, "{kinds:?}");
}

/// Where a value does not fit a schema, as far as ours uses the language of schemas.
fn misfit(schema: &Value, value: &Value, place: &str) -> Option<String> {
    for word in schema.as_object().unwrap().keys() {
        let known = ["$schema", "title", "description", "type", "enum", "properties", "required", "items"];
        assert!(known.contains(&word.as_str()), "this test does not know {word}");
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let fits = match &schema["type"] {
        Value::String(name) => name == kind,
        Value::Array(names) => names.iter().any(|name| name == kind),
        _ => true,
    };
    if !fits {
        return Some(format!("{place} is of the type {kind}"));
    }
    if schema["enum"].as_array().is_some_and(|values| !values.contains(value)) {
        return Some(format!("{place} is {value}"));
    }
    if let Value::Array(items) = value {
        return items.iter().find_map(|item| misfit(&schema["items"], item, &format!("{place}[]")));
    }
    let Value::Object(members) = value else { return None };
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    if let Some(missing) = required.iter().find(|name| !members.contains_key(name.as_str().unwrap())) {
        return Some(format!("{place} has no {missing}"));
    }
    members.iter().find_map(|(name, member)| match schema["properties"].get(name) {
        Some(schema) => misfit(schema, member, &format!("{place}.{name}")),
        None => Some(format!("{place} has {name}")),
    })
}

/// Where a text breaks the rules of `OpenMetrics`, as far as gauges have any.
fn breach(text: &str) -> Option<String> {
    let Some(body) = text.strip_suffix("# EOF\n") else { return Some("the end is missing".to_owned()) };
    let is_name = |name: &str| {
        !name.is_empty()
            && !name.starts_with(|letter: char| letter.is_ascii_digit())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let (mut family, mut families, mut seen) = (String::new(), BTreeSet::new(), BTreeSet::new());
    for line in body.lines() {
        if let Some(rest) = line.strip_prefix("# ") {
            let words: Vec<&str> = rest.splitn(3, ' ').collect();
            let [keyword, name, value] = words[..] else { return Some(line.to_owned()) };
            let fits = match keyword {
                "TYPE" => {
                    family = name.to_owned();
                    families.insert(name.to_owned()) && value == "gauge"
                }
                "UNIT" => name == family && name.ends_with(&format!("_{value}")),
                "HELP" => name == family && !value.contains('\\'),
                _ => false,
            };
            if !fits || !is_name(name) {
                return Some(line.to_owned());
            }
            continue;
        }
        let Some((name, rest)) = line.split_once('{') else { return Some(line.to_owned()) };
        let Some((labels, value)) = rest.rsplit_once("} ") else { return Some(line.to_owned()) };
        let is_first = seen.insert(format!("{name}{{{labels}"));
        if name != family || !are_labels(labels) || value.parse::<u64>().is_err() || !is_first {
            return Some(line.to_owned());
        }
    }
    None
}

/// Whether a text is `NAME="VALUE",...` with each name once.
fn are_labels(text: &str) -> bool {
    let (mut rest, mut names) = (text, BTreeSet::new());
    loop {
        let Some((name, value)) = rest.split_once("=\"") else { return false };
        if !names.insert(name)
            || name.is_empty()
            || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        {
            return false;
        }
        let mut letters = value.char_indices();
        let end = loop {
            match letters.next() {
                Some((_, '\\')) => match letters.next() {
                    Some((_, '\\' | '"' | 'n')) => {}
                    _ => return false,
                },
                Some((at, '"')) => break at,
                Some((_, letter)) if !letter.is_control() => {}
                _ => return false,
            }
        };
        match value[end + 1..].strip_prefix(',') {
            Some(more) => rest = more,
            None => return value[end + 1..].is_empty(),
        }
    }
}

#[test]
fn metrics_keep_the_rules_and_a_text_that_does_not_is_found() {
    let instances = instances();
    let text = openmetrics::text(&told(&instances));
    assert_eq!(breach(&text), None);
    for (from, to) in [
        ("# EOF\n", ""),
        ("postfix_instance_running{", "postfix_instance_runs{"),
        (" gauge\n", " info\n"),
        ("UNIT postfix_instance_queue_messages messages", "UNIT postfix_instance_queue_messages mails"),
        ("\\\"f|", "\"f|"),
        ("queue=\"hold\"", "queue=\"active\""),
        ("} 4\n", "}\n"),
        ("\n# TYPE", "\n\n# TYPE"),
        ("config_directory=", "name="),
    ] {
        let broken = match from {
            "} 4\n" => text.replacen("} 1\n", to, 1),
            from => text.replacen(from, to, 1),
        };
        assert!(breach(&broken).is_some(), "{from} may become {to}");
    }
}

#[test]
fn the_manual_for_monitors_explains_every_metric_and_every_kind() {
    let manual = include_str!("../../../../docs/monitoring.md");
    let instances = instances();
    for line in openmetrics::text(&told(&instances)).lines() {
        if let Some(family) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split(' ').next()) {
            assert!(manual.contains(&format!("`{family}")), "{family}");
        }
    }
    for kind in told(&instances).iter().flat_map(|report| &report.problems).map(|problem| problem.kind) {
        assert!(manual.contains(&format!("`{kind}`")), "{kind}");
    }
}

fn monitored(instances: &[InstanceInfo], warning: &str, critical: &str) -> (String, u8) {
    let mut thresholds = Thresholds::default();
    assert!(warning.is_empty() || thresholds.warning.take(warning.as_ref()));
    assert!(critical.is_empty() || thresholds.critical.take(critical.as_ref()));
    let reports: Vec<Report<'_>> =
        instances.iter().map(|instance| report(instance, Some(runs()), counts(30))).collect();
    monitor::text(&reports, &thresholds, 0)
}

#[test]
fn a_monitor_is_told_the_worst_state_first() {
    let all = instances();
    let (text, status) = monitor::text(&told(&all), &Thresholds::default(), 0);
    assert_eq!(status, 2);
    insta::assert_snapshot!("status_monitor", text);
    let (text, status) = monitored(&all[..2], "", "");
    let expected = "POSTFIX OK - 2 of 2 instances run | instances=2 enabled=2 running=2 maildrop=0 incoming=2 \
                    active=4 deferred=60 hold=0 corrupt=0\n";
    assert_eq!((text.as_str(), status), (expected, 0));
    let (text, status) = monitor::text(&told(&all)[..1], &Thresholds::default(), 1);
    assert_eq!(status, 2, "one that may be meant and cannot be read: {text}");
    assert_eq!(monitor::unknown("no | postconf"), "POSTFIX UNKNOWN - no / postconf\n");
}

#[test]
fn more_messages_than_a_limit_are_an_alarm_and_as_many_are_none() {
    let one = [instance(Some("postfix-a"), Ok(Flag::Enabled))];
    // Of 33 that wait, 30 are deferred.
    for (warning, critical, expected) in [
        ("33", "", 0),
        ("32", "", 1),
        ("32", "33", 1),
        ("10", "32", 2),
        ("deferred=30", "", 0),
        ("deferred=29", "", 1),
        ("deferred=29", "deferred=29", 2),
        ("active=2,hold=0", "incoming=1", 0),
        ("corrupt=0,maildrop=0", "active=1", 2),
    ] {
        let (text, status) = monitored(&one, warning, critical);
        assert_eq!(status, expected, "-w {warning} -c {critical}: {text}");
    }
    let (text, _) = monitored(&one, "", "deferred=29");
    assert!(
        text.contains("critical: postfix-a: 30 messages in its queue deferred, more than 29\n"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_counted_is_unknown_only_if_there_is_a_limit() {
    let one = instance(Some("postfix-a"), Ok(Flag::Enabled));
    let reports = [report(&one, Some(runs()), Counts([None; QUEUES.len()]))];
    let mut thresholds = Thresholds::default();
    assert_eq!(monitor::text(&reports, &thresholds, 0).1, 0);
    assert!(thresholds.warning.take("10".as_ref()));
    let (text, status) = monitor::text(&reports, &thresholds, 0);
    assert_eq!(status, monitor::UNKNOWN, "{text}");
    assert!(!text.contains("deferred="), "{text}");
}

#[test]
fn many_problems_are_cut() {
    let one = instance(Some("postfix-a"), Ok(Flag::Enabled));
    let mut full = report(&one, Some(runs()), counts(0));
    full.problems = vec![Problem::new(Severity::Warning, "shared", "x".to_owned()); 100];
    let (text, _) = monitor::text(&[full], &Thresholds::default(), 0);
    assert!(text.ends_with("and 70 more\n"), "{text}");
}
