//! Tests `postfix-conformance report`, which merges reports.
//! Reports that were made in parts, by others or elsewhere are joined. Reports that do not fit together are refused
//! by name.

use std::path::{Path, PathBuf};

use crate::suite::{conformance, manager, run, stdout};
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::{contains, is_empty};
use serde_json::Value;
use tempfile::TempDir;

/// A folder with reports.
struct Reports(TempDir);

impl Reports {
    fn new() -> Self {
        Self(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Judges, and leaves the report under this name.
    fn judge(&self, name: &str, arguments: &[&str]) -> PathBuf {
        let path = self.path(name);
        run(&["--quiet", "--json", path.to_str().unwrap()]).args(arguments).output().unwrap();
        path
    }

    /// A report that was changed after it had been written.
    fn changed(&self, name: &str, report: &Path, change: impl FnOnce(&mut Value)) -> PathBuf {
        let mut value = read(report);
        change(&mut value);
        let path = self.path(name);
        std::fs::write(&path, value.to_string()).unwrap();
        path
    }
}

fn read(report: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap()
}

fn report(files: &[&Path]) -> assert_cmd::Command {
    let mut command = conformance(&["report"]);
    command.args(files);
    command
}

#[test]
fn shards_come_together_and_what_was_told_twice_is_told_once() {
    let reports = Reports::new();
    let one = reports.judge("one.json", &["MGR-3"]);
    let two = reports.judge("two.json", &["MGR-8", "manager/list-mixed"]);
    let merged = reports.path("merged.json");
    report(&[&one, &two, &one]).arg("--json").arg(&merged).assert().code(0);
    let count = |path: &Path| read(path)["runs"][0]["results"].as_array().unwrap().len();
    assert_eq!(read(&merged)["runs"].as_array().unwrap().len(), 1);
    assert_eq!(count(&merged), count(&one) + count(&two) - 1);
    let took = |path: &Path| read(path)["runs"][0]["took"].as_u64().unwrap();
    assert_eq!(took(&merged), took(&one) + took(&two));
    // The order of the reports makes no difference to what is in them.
    let other_way = reports.path("other-way.json");
    report(&[&two, &one]).arg("--json").arg(&other_way).assert().code(0);
    assert_eq!(read(&merged)["runs"][0]["results"].as_array().map(Vec::len), Some(count(&other_way)));
    assert_eq!(read(&merged)["cases"], read(&other_way)["cases"]);
}

#[test]
fn shards_of_a_manager_that_each_run_writes_anew_are_one_run() {
    let reports = Reports::new();
    for name in ["example", "faulty:always-0"] {
        let one = reports.judge("one.json", &["--manager", name, "--shard", "1/2", "MGR-3"]);
        let two = reports.judge("two.json", &["--manager", name, "--shard", "2/2", "MGR-3"]);
        let merged = reports.path("merged.json");
        report(&[&one, &two]).arg("--json").arg(&merged).output().unwrap();
        assert_eq!(read(&merged)["runs"].as_array().unwrap().len(), 1, "{name}");
    }
}

#[test]
fn shares_of_other_cases_are_refused() {
    let reports = Reports::new();
    let mine = reports.path("mine");
    for name in ["a", "b", "c"] {
        conformance(&["new", mine.join(name).to_str().unwrap()]).assert().code(0);
    }
    let folder = mine.to_str().unwrap();
    let one = reports.judge("one.json", &["--shard", "1/2", folder]);
    let two = reports.judge("two.json", &["--shard", "2/2", folder]);
    report(&[&one, &two]).assert().code(0).stderr(is_empty());
    // A case that was changed, which is in the other share.
    let text = std::fs::read_to_string(mine.join("a.toml")).unwrap();
    std::fs::write(mine.join("a.toml"), text.replace("[layout]", "# another\n[layout]")).unwrap();
    let changed = reports.judge("changed.json", &["--shard", "2/2", folder]);
    let refusal =
        contains("are not of the same cases").and(contains("one.json")).and(contains("changed.json"));
    report(&[&one, &changed]).assert().code(2).stdout(is_empty()).stderr(refusal);
    // One that is not there.
    std::fs::remove_file(mine.join("c.toml")).unwrap();
    let fewer = reports.judge("fewer.json", &["--shard", "1/2", folder]);
    report(&[&fewer, &two]).assert().code(2).stderr(contains("2 in all, 3 in all"));
    // An older suite did not say it.
    let older = reports.changed("older.json", &two, |value| {
        value["runs"][0]["parts"][0].as_object_mut().unwrap().remove("whole");
    });
    report(&[&one, &older]).assert().code(0).stderr(contains("cannot be told"));
}

#[test]
fn a_report_told_again_is_the_same_report() {
    let reports = Reports::new();
    let one = reports.judge("one.json", &["MGR-5", "--manager", &manager("always-0")]);
    let again = stdout(report(&[&one]).args(["--format", "json"]));
    assert_eq!(serde_json::from_str::<Value>(&again).unwrap(), read(&one));
    assert_eq!(again.as_bytes(), std::fs::read(&one).unwrap());
}

#[test]
fn managers_and_versions_stand_beside_each_other_and_the_worst_decides() {
    let reports = Reports::new();
    let case = "manager/failure-of-the-first";
    let ours = reports.judge("ours.json", &[case]);
    let older = reports.judge("older.json", &["--postfix-version", "3.7", case]);
    let wrong = manager("always-0");
    let wrong = reports.judge("wrong.json", &["--manager", &wrong, case]);
    report(&[&ours, &older]).assert().code(0).stdout(contains("Postfix 3.7").and(contains("Postfix 3.11")));
    let tap = contains("1..3\n").and(contains("not ok 3 - ")).and(contains("ok 2 - "));
    report(&[&ours, &older, &wrong]).args(["--format", "tap"]).assert().code(1).stdout(tap);
}

#[test]
fn runs_with_other_tools_stand_beside_each_other() {
    let reports = Reports::new();
    let ours = reports.judge("ours.json", &["manager/failure-of-the-first"]);
    assert_eq!(read(&ours)["runs"][0].get("multi_tool"), None);
    let with = |name: &str, tool: &str| {
        reports.changed(name, &ours, |value| value["runs"][0]["multi_tool"] = tool.into())
    };
    let (one, other) = (with("one.json", "postmulti"), with("other.json", "/opt/tool"));
    let merged = reports.path("merged.json");
    report(&[&ours, &one, &other, &one]).arg("--json").arg(&merged).assert().code(0);
    assert_eq!(read(&merged)["runs"].as_array().unwrap().len(), 3);
}

#[test]
fn reports_that_disagree_are_refused_and_the_case_is_named() {
    let reports = Reports::new();
    let case = "manager/failure-of-the-first";
    let one = reports.judge("one.json", &[case]);
    let two = reports.changed("two.json", &one, |value| {
        value["runs"][0]["results"][0]["verdict"] = "skipped".into();
        value["runs"][0]["results"][0]["reason"] = "rain".into();
    });
    let named = [case, "ours, simulated", "one.json", "two.json", "passed", "skipped (rain)"];
    let mut assert = report(&[&one, &two]).assert().code(2).stdout(is_empty());
    for part in named {
        assert = assert.stderr(contains(part));
    }
    let other_case = reports.changed("case.json", &one, |value| value["cases"][0]["title"] = "x".into());
    report(&[&one, &other_case]).assert().code(2).stderr(contains(format!("case {case} is not the same")));
    let level = reports.changed("level.json", &one, |value| value["runs"][0]["level"] = "example".into());
    report(&[&one, &level])
        .assert()
        .code(2)
        .stderr(contains("up to level robust").and(contains("one --level")));
    let suite = reports.changed("suite.json", &one, |value| value["suite"] = "9.9".into());
    report(&[&one, &suite]).assert().code(2).stderr(contains("9.9"));
}

#[test]
fn what_is_no_report_is_refused() {
    let reports = Reports::new();
    let one = reports.judge("one.json", &["manager/failure-of-the-first"]);
    let version = reports.changed("version.json", &one, |value| value["version"] = 2.into());
    report(&[&version]).assert().code(2).stderr(contains("version 2"));
    let format = reports.changed("format.json", &one, |value| value["format"] = "other".into());
    report(&[&format]).assert().code(2).stderr(contains("no report of postfix-conformance"));
    let stranger =
        reports.changed("stranger.json", &one, |value| value["runs"][0]["results"][0]["case"] = "x/y".into());
    report(&[&stranger]).assert().code(2).stderr(contains("x/y"));
    let gone = contains("gone.json").and(contains("name a file that `run --json FILE` has written"));
    report(&[&reports.path("gone.json")]).assert().code(2).stderr(gone);
    let half = reports.path("half.json");
    std::fs::write(&half, "{\n  \"format\": nonsense }\n").unwrap();
    let place = contains("half.json:2:").and(contains("expected")).and(contains("make one with"));
    report(&[&half]).assert().code(2).stderr(place.and(contains(" at line ").not()));
    let nowhere = [one.to_str().unwrap(), "--html", "/no/such/folder/page.html"];
    conformance(&[&["report"], &nowhere[..]].concat())
        .assert()
        .code(2)
        .stderr(contains("/no/such/folder/page.html").and(contains("a folder that is there")));
    report(&[]).assert().code(2);
}
