//! Tests `run --generate`.
//! It tests what the command says of our own manager, that it finds wrong ones, and that what it prints is a small
//! case file which fails again when it is judged.

use std::path::PathBuf;
use std::time::Duration;

use crate::suite::running::{Running, To};
use crate::suite::{comes, conformance, manager, run, stdout};
use nix::sys::signal::Signal;
use postfix_scenarios::catalogue::case::Case;
use postfix_scenarios::catalogue::{case_reader, clause};
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::{contains, is_empty, is_match};
use tempfile::TempDir;

/// What comes before a case file in the output.
const FILE_FOLLOWS: &str = "# the case file, to be kept as ";

/// The case files in an output: name and text.
fn printed(output: &str) -> Vec<(String, String)> {
    let texts = output.split(FILE_FOLLOWS).skip(1).map(|rest| {
        let (name, rest) = rest.split_once(":\n\n").unwrap();
        // What follows the file is another report, or the counts.
        let end = ["\nfailed", "\ngenerated ", "\nafter ", "\n20 generated"]
            .iter()
            .filter_map(|next| rest.find(next))
            .min();
        let rest = &rest[..end.unwrap_or(rest.len())];
        let end = rest
            .rfind("\nrunning = ")
            .map_or(rest.len(), |last| last + 1 + rest[last + 1..].find('\n').unwrap());
        (name.to_owned(), rest[..end].to_owned() + "\n")
    });
    texts.collect()
}

fn parsed(text: &str) -> Case {
    case_reader::parse("drawn/case", text, &clause::all().unwrap())
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn our_own_manager_does_what_the_oracle_says() {
    run(&["--generate", "40", "--seed", "11"])
        .assert()
        .code(0)
        .stdout(contains(" 0 failed, 0 skipped").and(contains("systems ")).and(contains("sequences ")))
        .stderr(contains("40 of 40 judged, 0 failed"));
}

#[test]
fn what_no_clause_covers_is_counted_and_has_not_passed() {
    let output = stdout(&mut run(&["--generate", "40", "--seed", "1", "--quiet"]));
    let counts =
        is_match(r"^(\d+) unspecified, neither passed nor failed\n(\d+) passed, 0 failed, 0 skipped\n$")
            .unwrap();
    assert!(predicates::Predicate::eval(&counts, &output), "{output}");
    let sum: usize = output.split_whitespace().filter_map(|word| word.parse::<usize>().ok()).sum();
    assert_eq!(sum, 40, "{output}");
}

#[test]
fn the_same_seed_finds_the_same_whatever_the_jobs() {
    let wrong = manager("not-reversed");
    let arguments = ["--generate", "8", "--seed", "4", "--quiet", "--manager", &wrong];
    let with = |jobs: &str| printed(&stdout(run(&arguments).args(["--jobs", jobs])));
    let found = with("1");
    assert!(!found.is_empty());
    assert_eq!(found, with("5"));
}

#[test]
fn options_that_do_not_go_together_end_with_2() {
    for arguments in [
        &["--generate", "0"][..],
        &["--generate", "5", "MGR-3"],
        &["--seed", "3"],
        &["--generate", "5", "--keep"],
    ] {
        run(arguments).assert().code(2).stdout(is_empty());
    }
}

#[test]
fn shares_of_drawn_cases_are_the_whole_and_expected_failures_are_refused() {
    let judged = |shard: &str| {
        let text = stdout(&mut run(&["--generate", "10", "--format", "json", "--shard", shard]));
        let report: serde_json::Value = serde_json::from_str(&text).unwrap();
        let results = report["runs"][0]["results"].as_array().unwrap().clone();
        results.iter().map(|result| result["case"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let whole = judged("1/1");
    let mut together = [judged("1/3"), judged("2/3"), judged("3/3")].concat();
    assert_eq!((together.len(), whole.len()), (10, 10));
    together.sort();
    let mut sorted = whole;
    sorted.sort();
    assert_eq!(together, sorted);
    run(&["--generate", "2", "--shard", "3/3"]).assert().code(2).stderr(contains("--shard 3/3"));
    let hint = contains("--expected-failures names written cases").and(contains("leave it out"));
    run(&["--generate", "2", "--expected-failures", "expected.toml"])
        .assert()
        .code(2)
        .stdout(is_empty())
        .stderr(hint);
}

#[test]
fn drawn_cases_are_in_every_report_and_the_first_failure_may_be_the_last() {
    let wrong = manager("not-reversed");
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (json, html) = (folder.path().join("report.json"), folder.path().join("report.html"));
    let arguments = ["--generate", "24", "--seed", "4", "--fail-fast", "--strict", "--manager", &wrong];
    let mut command = run(&[&arguments[..], &["--format", "tap"]].concat());
    let assert = command.arg("--json").arg(&json).arg("--html").arg(&html).assert().code(1);
    let tap = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    let points = |word: &str| tap.lines().filter(|line| line.starts_with(word)).count();
    assert!(tap.starts_with("TAP version 13\n1..") && points("not ok ") == 1 && points("ok ") > 0, "{tap}");
    assert_eq!(tap.lines().nth(1), Some(&*format!("1..{}", points("ok ") + points("not ok "))));
    assert!(points("ok ") < 23, "it went on after the first failure");
    let schema = serde_json::from_str(&stdout(&mut conformance(&["report", "--schema"]))).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    let complaints: Vec<String> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(&report)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(complaints, Vec::<String>::new());
    assert!(std::fs::read_to_string(&html).unwrap().contains("seed 4, case "));
    // Nobody may have kept the case's file.
    let again = "--manager faulty:not-reversed --level robust --generate 24 --seed 4\"\n";
    assert!(tap.contains(again) && !tap.contains("--keep"), "{tap}");
    assert!(!report["runs"][0]["parts"][0]["unjudged"].as_array().unwrap().is_empty(), "{report}");
    let again = [std::ffi::OsStr::new("report"), json.as_ref(), "--format".as_ref(), "junit".as_ref()];
    conformance(&[]).args(again).assert().code(1).stdout(contains("failures=\"1\""));
}

/// A manager that fails, and does `then` from its eighth call on; and its folder.
fn failing(then: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let here = folder.path().display();
    let script =
        format!("echo call >> {here}/calls\nif [ $(wc -l < {here}/calls) -gt 7 ]; then {then}; fi\nexit 7\n");
    std::fs::write(folder.path().join("manager"), script).unwrap();
    std::fs::create_dir(folder.path().join("work")).unwrap();
    let manager = format!("/bin/sh {here}/manager");
    (folder, manager)
}

#[test]
fn what_a_signal_ends_is_told_as_far_as_it_came() {
    let (folder, manager) = failing("> $0.waits; sleep 1000");
    let path = |name: &str| folder.path().join(name);
    let mut program = Running::begin("run", |command| {
        command
            .args(["--generate", "30", "--jobs", "1", "--manager", &manager, "--work-dir"])
            .arg(path("work"));
        command.arg("--json").arg(path("r.json")).stdout(std::fs::File::create(path("text")).unwrap())
    });
    assert!(comes(Duration::from_secs(60), || path("manager.waits").exists()), "it was not called so often");
    program.end(Signal::SIGTERM, To::Process);
    let text = std::fs::read_to_string(path("text")).unwrap();
    assert!(text.contains("incomplete: interrupted by SIGTERM, 2"), "{text}");
    assert!(!printed(&text).is_empty() && !text.contains("the other"), "{text}");
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(path("r.json")).unwrap()).unwrap();
    let part = &report["runs"][0]["parts"][0];
    let count = |value: &serde_json::Value| value.as_array().unwrap().len();
    assert_eq!((&part["interrupted"], &part["cases"]), (&"SIGTERM".into(), &30.into()));
    assert_eq!(count(&part["unjudged"]) + count(&report["runs"][0]["results"]), 30);
}

#[test]
fn a_case_that_cannot_be_judged_loses_no_failure() {
    let (folder, manager) = failing("rm -rf ${0%manager}work");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let words = ["--generate", "30", "--jobs", "1", "--manager", &manager, "--json", &path("r.json")];
    let mut command = conformance(&["run", "--work-dir", &path("work")]);
    let ended = command.args(words).output().unwrap();
    let text = String::from_utf8(ended.stdout).unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(2), "{text}{said}");
    assert!(said.contains("seed 1, case ") && !printed(&text).is_empty(), "{text}{said}");
    let report = std::fs::read_to_string(path("r.json")).unwrap();
    assert!(report.contains("\"verdict\":\"failed\"") && report.contains("\"verdict\":\"broken\""));
}

#[test]
fn a_run_ends_as_its_report_does() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let json = folder.path().join("r.json").display().to_string();
    let wrong = manager("listed-twice");
    let words = ["--generate", "16", "--seed", "1", "--quiet", "--level", "documented", "--manager", &wrong];
    let status = run(&[&words[..], &["--json", &json]].concat()).output().unwrap().status.code();
    let report = conformance(&["report", &json]).output().unwrap();
    let text = String::from_utf8(report.stdout).unwrap();
    assert_eq!(status, report.status.code(), "{text}");
    let none = ["--generate", "2", "--testbed", "container", "--nothing-judged", "77"];
    run(&none).env("PATH", "/nowhere").assert().code(77);
}

/// Finds the first thing that is wrong with a manager, and tells the small case.
fn found(name: &str, cases: &str, seed: &str) -> Vec<(String, String)> {
    let wrong = manager(name);
    let words =
        ["--generate", cases, "--seed", seed, "--quiet", "--strict", "--fail-fast", "--manager", &wrong];
    let output = run(&words).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{name}: {text}{}", String::from_utf8_lossy(&output.stderr));
    let found = printed(&text);
    assert!(!found.is_empty(), "{name}: {text}");
    found
}

/// The case file fails for the wrong manager in the way that was printed, and passes for the right one.
fn assert_fails_again(name: &str, file: &(String, String)) {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path: PathBuf = directory.path().join(&file.0);
    std::fs::write(&path, &file.1).unwrap();
    let path = path.to_str().unwrap();
    let judged = |by: &str| run(&["--strict", "--manager", &manager(by), path]).output().unwrap();
    let output = judged(name);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        output.status.code(),
        Some(1),
        "{name}: {text}{}\n{}",
        String::from_utf8_lossy(&output.stderr),
        file.1
    );
    assert!(text.contains(&format!("failed: {path}")) && text.contains(&format!("--keep {path}")), "{text}");
    assert_eq!(judged("right").status.code(), Some(0), "{name}: {}", file.1);
}

/// A wrong manager is found among so many cases, at the clause that it breaks, and what is printed has at most so
/// many secondary instances.
#[track_caller]
fn assert_found(name: &str, (cases, seed): (&str, &str), clause: &str, most: usize) {
    let files = found(name, cases, seed);
    for file in &files {
        let case = parsed(&file.1);
        assert!(case.layout.secondary_instances().len() <= most, "{name}: {}", file.1);
        assert!(case.steps.len() <= 3, "{name}: {}", file.1);
    }
    assert!(
        files.iter().any(|file| parsed(&file.1).clauses.iter().any(|id| id == clause)),
        "{name}: {files:?}"
    );
    assert_fails_again(name, &files[0]);
}

#[test]
fn a_manager_that_knows_one_comma_is_found() {
    // It reads two of a list's words rightly, so that only a third one tells.
    assert_found("one-comma", ("40", "1"), "MGR-3", 3);
}

#[test]
fn a_manager_that_stops_in_the_order_of_starting_is_found() {
    assert_found("not-reversed", ("24", "1"), "MGR-4", 2);
}

#[test]
fn a_manager_that_starts_what_is_not_enabled_is_found() {
    assert_found("disabled-started", ("24", "1"), "ENB-3", 2);
}

#[test]
fn a_manager_that_ends_with_the_first_status_is_found() {
    assert_found("first-status", ("50", "2"), "MGR-8", 2);
}

#[test]
fn a_manager_that_visits_an_instance_twice_is_found() {
    assert_found("listed-twice", ("42", "1"), "MGR-12", 2);
}

#[test]
fn a_manager_that_takes_damage_for_no_is_found() {
    assert_found("damage-is-no", ("24", "2"), "MGR-15", 2);
}
