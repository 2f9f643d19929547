//! Tests that verdicts do not depend on the order, the number of cases at a time or the share.
//! It also tests that the first failure can be the last verdict, and tests expected failures.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::suite::{conformance, run, stdout};
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::testbed::simulated::Simulated;
use postfix_scenarios::catalogue::case::Case;
use postfix_scenarios::catalogue::contents::Catalogue;
use postfix_scenarios::judge::judge_case::{Judge, Kept};
use postfix_scenarios::judge::parallel;
use postfix_scenarios::judge::verdict::Verdict;
use postfix_scenarios::subject::faulty;
use postfix_scenarios::subject::testbed_choice::PreparedTestbed;
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;

/// What the example both holds and fails.
const MIXED: [&str; 3] = ["MGR-3", "MGR-4", "MGR-8"];

/// The verdict and the name of each case of a run with these options, of the example by [`MIXED`].
fn told(options: &[&str]) -> Vec<String> {
    let text = stdout(&mut run(&[&["--verbose", "--manager", "example"], options, &MIXED].concat()));
    // Between them is the time, which no two runs share.
    let verdict_and_name = |line: &str| {
        let mut words = line.split_whitespace();
        let verdict = words.next().filter(|word| ["passed", "failed"].contains(word))?;
        let verdict = if line.starts_with("failed (not counted)") { "not counted" } else { verdict };
        Some(format!("{verdict} {}", words.find(|word| word.contains('/'))?))
    };
    text.lines().take_while(|line| !line.is_empty()).filter_map(verdict_and_name).collect()
}

#[test]
fn the_number_of_cases_at_a_time_does_not_matter() {
    let one = told(&["--jobs", "1"]);
    assert!(one.iter().any(|line| line.starts_with("failed")) && one.len() > 10, "{one:?}");
    assert_eq!(one, told(&["--jobs", "5"]));
}

#[test]
fn shares_together_are_the_whole() {
    let whole = told(&[]);
    let mut together: Vec<String> =
        ["1/3", "2/3", "3/3"].iter().flat_map(|shard| told(&["--shard", shard])).collect();
    together.sort();
    let mut sorted = whole.clone();
    sorted.sort();
    assert_eq!(together, sorted);
    assert!(told(&["--shard", "1/3"]).len() < whole.len() / 2);
}

#[test]
fn an_empty_share_is_a_mistake() {
    run(&["--shard", "2/2", "manager/no-list"])
        .assert()
        .code(2)
        .stderr(contains("only 1 cases are selected"));
    run(&["--shard", "3/2"]).assert().code(2).stderr(contains("I/N"));
}

#[test]
fn the_order_does_not_matter() {
    let catalogue = Catalogue::load().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_postfix-conformance"));
    let run = RunDirectory::create(Path::new(env!("CARGO_TARGET_TMPDIR")), program).unwrap();
    let manager = run.write_script("example", &faulty::example()).unwrap().into();
    let judge = Judge {
        testbed: &PreparedTestbed::Simulated(Simulated::default()),
        run: &run,
        manager: &manager,
        keep: Kept::No,
        factor: None,
    };
    let verdicts = |cases: &[&Case]| -> BTreeMap<String, bool> {
        let judgements =
            parallel::judge_all(judge, cases, parallel::usual_jobs(), None, |_, _| false, |_| {});
        let passed = judgements.iter().map(|judgement| matches!(judgement.verdict, Verdict::Passed));
        cases.iter().zip(passed).map(|(case, passed)| (case.name.clone(), passed)).collect()
    };
    let mut cases: Vec<&Case> = catalogue.cases().iter().filter(|case| case.section() == "manager").collect();
    let forwards = verdicts(&cases);
    cases.reverse();
    assert_eq!(verdicts(&cases), forwards);
    cases.sort_by_key(|case| case.title.len());
    assert_eq!(verdicts(&cases), forwards);
}

#[test]
fn the_first_failure_is_the_last_verdict_however_many_at_a_time() {
    let all = told(&["--jobs", "1"]);
    let first = all.iter().position(|line| line.starts_with("failed")).unwrap();
    for jobs in ["1", "4"] {
        assert_eq!(told(&["--jobs", jobs, "--fail-fast"]), all[..=first]);
    }
    run(&[&["--fail-fast", "--manager", "example"], &MIXED[..]].concat())
        .assert()
        .code(1)
        .stdout(contains("1 failed").and(contains("not judged after the first failure")));
}

#[test]
fn a_failure_that_does_not_count_ends_nothing() {
    let text = stdout(&mut run(&["--fail-fast", "--manager", "example", "MGR-12", "MGR-12b"]));
    assert!(text.contains("4 failed (not counted)") && !text.contains("after the first failure"), "{text}");
}

/// A file of expected failures, in a folder that goes with the first value.
fn expected_file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("expected.toml");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn entry(what: &str) -> String {
    format!("[[expected_failure]]\n{what}\nmanager = \"example\"\nreason = \"sed hides it\"\n")
}

#[test]
fn an_expected_failure_does_not_fail_the_run() {
    let (_folder, path) = expected_file(&entry("case = \"manager/no-list\""));
    let arguments =
        ["--manager", "example", "manager/no-list", "manager/success-is-0", "--expected-failures"];
    run(&arguments).arg(&path).assert().code(0).stdout(
        contains("expected failure: manager/no-list: sed hides it")
            .and(contains("0 skipped, 1 failed as expected")),
    );
    run(&[
        "--strict",
        "--manager",
        "faulty:no-list-is-no-instances",
        "manager/no-list",
        "--expected-failures",
    ])
    .arg(&path)
    .assert()
    .code(1)
    .stderr(contains("has no entry for faulty:no-list-is-no-instances"));
}

#[test]
fn every_report_tells_expected_failures_and_unexpected_passes() {
    let (folder, path) =
        expected_file(&(entry("case = \"manager/no-list\"") + &entry("case = \"manager/listed-order\"")));
    let arguments = ["--manager", "example", "manager/no-list", "manager/success-is-0"];
    let only_expected = |format: &str| {
        run(&[&arguments[..], &["--format", format, "--expected-failures"]].concat())
            .arg(&path)
            .assert()
            .code(0)
    };
    let passes = |format: &str| {
        let more = ["manager/listed-order", "--format", format, "--expected-failures"];
        run(&[&arguments[..], &more].concat()).arg(&path).assert().code(1)
    };
    let may_fail = concat!("# TO", "DO expected failure: sed hides it");
    only_expected("tap").stdout(contains(may_fail));
    passes("tap")
        .stdout(contains("- manager/listed-order: ").and(contains("passes, and was expected to fail")));
    let skipped =
        contains("failures=\"0\"").and(contains("<skipped message=\"expected failure: sed hides it\"/>"));
    only_expected("junit").stdout(skipped);
    passes("junit").stdout(contains("failures=\"1\"").and(contains("passes, and was expected to fail")));
    only_expected("json").stdout(contains("\"verdict\":\"failed\",\"expected_failure\":\"sed hides it\""));
    let json = folder.path().join("report.json");
    let html = folder.path().join("report.html");
    std::fs::write(&json, passes("json").get_output().stdout.as_slice()).unwrap();
    let schema = serde_json::from_str(&stdout(&mut conformance(&["report", "--schema"]))).unwrap();
    let report = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&report));
    // A report that is told again comes to the same.
    let again = [std::ffi::OsStr::new("report"), json.as_ref(), "--html".as_ref(), html.as_ref()];
    let text = contains("expected failure: manager/no-list")
        .and(contains("unexpected: manager/listed-order passes"));
    conformance(&[]).args(again).assert().code(1).stdout(text);
    let page = std::fs::read_to_string(html).unwrap();
    for part in ["data-name=\"Expected\">1<", "passed, and was expected to fail", "failed, as expected"] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn an_unexpected_pass_fails_the_run() {
    let (_folder, path) =
        expected_file(&(entry("case = \"manager/listed-order\"") + &entry("clause = \"MGR-1b\"")));
    run(&["--manager", "example", "manager/listed-order", "MGR-1b", "--expected-failures"])
        .arg(&path)
        .assert()
        .code(1)
        .stdout(
            contains("unexpected: manager/listed-order passes")
                .and(contains("all cases of MGR-1b pass"))
                .and(contains("2 passed unexpectedly")),
        );
    run(&["--manager", "example", "manager/success-is-0", "--expected-failures"]).arg(&path).assert().code(0);
}

#[test]
fn mistakes_in_expected_failures_end_with_2() {
    for (text, hint) in [
        (entry("case = \"manager/no-such\""), "no case"),
        (entry("clause = \"MGR-99\""), "MGR-99"),
        ("no toml".to_owned(), "expected.toml"),
    ] {
        let (_folder, path) = expected_file(&text);
        run(&["manager/no-list", "--expected-failures"]).arg(&path).assert().code(2).stderr(contains(hint));
    }
    run(&["--expected-failures", "/no/such/file"]).assert().code(2).stderr(contains("/no/such/file"));
}
