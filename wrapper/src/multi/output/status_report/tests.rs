//! Tests for the status report.
//!
//! Knows nothing of real processes and queues.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use super::*;
use crate::multi::system::Role;
use crate::postfix::damage::Damage;
use crate::postfix::enable_flag::NotBoolean;
use crate::postfix::instance_settings::InstanceSettings;
use crate::postfix::running::Use;

fn instance(name: Option<&str>, enable: Result<Flag, NotBoolean>, queue_directory: &str) -> InstanceInfo {
    InstanceInfo {
        role: Role::Secondary,
        directory: PathBuf::from(format!("/etc/{}", name.unwrap_or("postfix"))),
        settings: Ok(InstanceSettings {
            name: name.map(OsString::from),
            group: name.map(|_| "mx".into()),
            enable,
            queue_directory: queue_directory.into(),
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

/// It runs, and does not hold the file that is in its queue directory now.
fn runs_elsewhere() -> Observation {
    let mut found = runs();
    found.evidence.queue_lock = LockState::Free;
    found
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

#[test]
fn every_kind_of_instance_is_told_apart() {
    let sound = instance(Some("postfix-a"), Ok(Flag::Enabled), "/");
    let idle = instance(None, Ok(Flag::Enabled), "/");
    let forgotten = instance(Some("postfix-b"), Ok(Flag::Disabled), "/nowhere");
    let misspelt = instance(Some("postfix-c"), Err(NotBoolean("maybe".into())), "/");
    let mut torn = instance(Some("postfix-d"), Ok(Flag::Enabled), "/");
    let edited = instance(Some("postfix-e"), Ok(Flag::Enabled), "/");
    let guest = instance(Some("postfix-f"), Ok(Flag::Enabled), "/");
    torn.settings = Err(Damage::Unknown { reason: "torn".into(), status: 78 });
    let some = [Some(0), Some(1), Some(2), Some(30), Some(0), Some(0)];
    let none = [None; QUEUES.len()];
    let unknown = found(
        Running::Unknown("process 1: not permitted".into()),
        LockState::Unknown("process 1: not permitted".into()),
    );
    let shared = vec!["its data_directory /d is also data_directory of /etc/postfix".to_owned()];
    let corrupt = [Some(0), Some(0), Some(0), Some(0), Some(0), Some(3)];
    let reports = [
        Report { instance: &sound, found: Some(runs()), shared: vec![], queues: some, fault: None },
        Report {
            instance: &idle,
            found: Some(found(Running::No, LockState::Free)),
            shared: vec![],
            queues: corrupt,
            fault: Some(Fault::Malformed("bad field count".into())),
        },
        Report { instance: &forgotten, found: Some(runs()), shared: vec![], queues: none, fault: None },
        Report { instance: &misspelt, found: Some(unknown), shared: vec![], queues: some, fault: None },
        Report { instance: &torn, found: None, shared: vec![], queues: none, fault: None },
        Report {
            instance: &edited,
            found: Some(runs_elsewhere()),
            shared: vec![],
            queues: some,
            fault: None,
        },
        Report { instance: &guest, found: Some(used_by_another()), shared, queues: some, fault: None },
    ];
    insta::assert_snapshot!("status_table", table(&reports));
    let lines: Vec<u8> = reports.iter().flat_map(json).collect();
    let lines = String::from_utf8(lines).unwrap();
    for line in lines.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
    insta::assert_snapshot!("status_json", lines);
}

#[test]
fn what_is_no_directory_is_missed() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert_eq!(missing(root.path()), None);
    assert!(missing(&file).unwrap().ends_with("file is not a directory"));
    assert!(missing(&root.path().join("nothing")).unwrap().contains("No such file"));
}
