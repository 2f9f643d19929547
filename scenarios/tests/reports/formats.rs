//! Tests the formats for programs: TAP, JUnit's XML, JSON.
//! Real output of real runs is compared with the schema, and with what readers of each format rely on.

use crate::suite::{conformance, manager, run, stdout};
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::{contains, is_empty, starts_with};
use serde_json::Value;

/// Cases of which this wrong manager fails one that counts and one that does not.
fn mixed(format: &str) -> String {
    let wrong = manager("damage-is-no");
    let cases = ["enable/maybe-on-stop", "manager/failure-of-the-first", "manager/arguments-of-any-bytes"];
    let strict = manager("always-0");
    let wrong = if format == "strict" { strict } else { wrong };
    let format = if format == "strict" { "json" } else { format };
    stdout(run(&["--format", format, "--manager", &wrong]).args(cases))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// What is wrong with a report by its schema.
fn complaints(report: &Value) -> Vec<String> {
    complaints_by("report", report)
}

/// What is wrong with the JSON of a command by the schema that it prints.
fn complaints_by(command: &str, value: &Value) -> Vec<String> {
    let schema = json(&stdout(&mut conformance(&[command, "--schema"])));
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(value).map(|error| error.to_string()).collect()
}

/// Replaces one value of what is right, and checks that the schema of a command refuses the result.
fn must_be_refused(command: &str, right: &Value, pointer: &str, value: Value) {
    let mut wrong = right.clone();
    *wrong.pointer_mut(pointer).unwrap() = value;
    assert_ne!(complaints_by(command, &wrong), Vec::<String>::new(), "{pointer}");
}

#[test]
fn every_report_is_as_its_schema_says() {
    assert_eq!(complaints(&json(&stdout(&mut run(&["--format", "json", "enable"])))), Vec::<String>::new());
    for text in [mixed("json"), mixed("strict")] {
        assert!(text.contains("\"failed\""), "{text}");
        assert_eq!(complaints(&json(&text)), Vec::<String>::new());
    }
}

#[test]
fn the_schema_refuses_what_is_no_report() {
    let report = json(&mixed("json"));
    for (pointer, value) in [
        ("/version", json("2")),
        ("/runs/0/results/0/verdict", json("\"perhaps\"")),
        ("/runs/0/results/0/took", json("-1")),
        ("/runs/0/results/0/seen/0/journal/0", json("{}")),
        ("/cases/0/layout/default", json("null")),
        ("/runs/0/manager", json("[256]")),
    ] {
        must_be_refused("report", &report, pointer, value);
    }
}

#[test]
fn a_list_is_as_its_schema_says_and_the_schema_refuses_what_is_no_list() {
    let list = json(&stdout(&mut conformance(&["list", "--json"])));
    assert_eq!(complaints_by("list", &list), Vec::<String>::new());
    assert!(list["cases"].as_array().unwrap().iter().any(|case| case["since"].is_string()));
    for (pointer, value) in [
        ("/format", json("\"postfix-conformance\"")),
        ("/version", json("2")),
        ("/clauses/0/level", json("\"perhaps\"")),
        ("/clauses/0/claim", json("1")),
        ("/cases/0/clauses", json("[]")),
        ("/cases/0/testbeds/0", json("\"nowhere\"")),
        ("/cases/0", json("{}")),
    ] {
        must_be_refused("list", &list, pointer, value);
    }
}

#[test]
fn evidence_of_a_pass_is_there_and_bytes_are_as_they_were() {
    let report = json(&stdout(&mut run(&["--format", "json", "manager/arguments-of-any-bytes"])));
    let result = &report["runs"][0]["results"][0];
    assert_eq!(result["verdict"], "passed");
    let scripts: Vec<&Value> = result["seen"][0]["journal"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["program"] == "postfix-script" && entry["event"] == "start")
        .collect();
    assert_eq!(scripts.len(), 2);
    for script in scripts {
        assert_eq!(
            script["arguments"],
            json(r#"["start", "one\ntwo\n", "\t\u0001\u007f", [255, 254, 32, 128], "gr\u00fcn"]"#)
        );
    }
    assert_eq!(report["cases"][0]["layout"]["instances"][0]["name"], "a");
}

#[test]
fn no_path_of_this_machine_is_in_the_evidence() {
    let report = json(&stdout(&mut run(&["--format", "json", "manager", "enable"])));
    let text = report["runs"][0]["results"].to_string();
    assert!(text.contains("@root@") && !text.contains("postfix-worlds-"), "{text}");
}

#[test]
fn a_pass_says_so_in_each_format_and_ends_with_0() {
    let case = "manager/failure-of-the-first";
    for (version, number) in [("13", 13), ("14", 14)] {
        let tap = starts_with(format!("TAP version {number}\n1..1\n"))
            .and(contains("\nok 1 - manager/failure-of-the-first: "));
        run(&["--format", "tap", "--tap-version", version, case]).assert().code(0).stdout(tap);
    }
    let text = || contains("1 passed, 0 failed").and(contains("\nverdict: conforms"));
    run(&["--junit", "-", case]).assert().code(0).stdout(contains("failures=\"0\"")).stderr(text());
    run(&["--json", "-", case]).assert().code(0).stdout(contains("\"passed\"")).stderr(text());
}

#[test]
fn a_failure_at_a_time_limit_may_be_the_fault_of_the_machine() {
    let told = |report: &Value| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("report.json");
        std::fs::write(&file, report.to_string()).unwrap();
        stdout(conformance(&["report"]).arg(&file))
    };
    let mut report = json(&mixed("json"));
    assert!(!told(&report).contains("time limit"));
    let results = report["runs"][0]["results"].as_array_mut().unwrap();
    let failed = results.iter_mut().find(|result| result["verdict"] == "failed").unwrap();
    failed["seen"][0]["ended"] = json("\"deadline-exceeded\"");
    let text = told(&report);
    assert!(text.contains("time limit: 1 of 1 failure was ended at a time limit:"), "{text}");
    assert!(text.contains("this machine is too slow; if it is, try a greater --timeout-factor"), "{text}");
}

#[test]
fn a_failure_ends_with_1_in_each_format() {
    let wrong = manager("always-0");
    for format in ["human", "tap", "junit", "json"] {
        let arguments = ["--format", format, "--manager", &wrong];
        run(&arguments).arg("manager/failure-of-the-first").assert().code(1);
    }
}

#[test]
fn tap_has_as_many_points_as_it_promised_and_todo_where_a_failure_does_not_count() {
    let text = mixed("tap");
    let points: Vec<&str> =
        text.lines().filter(|line| line.starts_with("ok ") || line.starts_with("not ok ")).collect();
    assert_eq!(text.lines().nth(1), Some("1..3"));
    assert_eq!(points.len(), 3, "{text}");
    for (number, point) in points.iter().enumerate() {
        assert_eq!(point.trim_start_matches("not ").split(' ').nth(1), Some(&*(number + 1).to_string()));
    }
    assert!(points[0].starts_with("not ok 1 - enable/maybe-on-stop: "), "{text}");
    assert!(points[0].ends_with(concat!(" # TO", "DO robust, not counted")), "{text}");
    let blocks = text.lines().filter(|line| *line == "  ---" || *line == "  ...").count();
    assert_eq!(blocks, 2, "{text}");
}

#[test]
fn junit_counts_what_it_contains() {
    for (format_of, failures, skipped) in [("damage-is-no", 0, 1), ("always-0", 1, 0)] {
        let wrong = manager(format_of);
        let text = stdout(
            run(&["--format", "junit", "--manager", &wrong])
                .args(["enable/maybe-on-stop", "manager/failure-of-the-first"])
                .args(["manager/arguments-of-any-bytes", "manager/success-is-0"]),
        );
        let document = roxmltree::Document::parse(&text).unwrap();
        let suite = document.descendants().find(|node| node.has_tag_name("testsuite")).unwrap();
        let count = |name: &str| suite.descendants().filter(|node| node.has_tag_name(name)).count();
        let said = |name: &str| suite.attribute(name).unwrap().parse::<usize>().unwrap();
        assert_eq!((said("tests"), count("testcase")), (4, 4));
        assert_eq!((said("failures"), count("failure")), (count("failure"), said("failures")));
        assert!(said("failures") >= failures && said("skipped") >= skipped, "{text}");
        assert_eq!(said("skipped"), count("skipped"));
        for case in suite.children().filter(|node| node.has_tag_name("testcase")) {
            assert!(case.attribute("time").unwrap().parse::<f64>().unwrap() > 0.0, "{text}");
            assert!(case.attribute("name").is_some() && case.attribute("classname").is_some());
        }
    }
}

#[test]
fn a_file_that_cannot_be_written_costs_no_run() {
    run(&["--json", "/no/such/folder/report.json", "manager/failure-of-the-first"])
        .assert()
        .code(2)
        .stdout(is_empty())
        .stderr(contains("/no/such/folder/report.json"));
}
