//! The verdict: the same counts in every format, which levels count, and what a lost share means.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::suite::{conformance, manager, run, stderr, stdout};
use postfix_process::skip::skip;
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;
use serde_json::Value;
use tempfile::TempDir;

/// Reports in a folder of their own.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }
}

/// Of what the example passes, fails, fails without counting and fails as expected, and of what is skipped: a report.
fn mixed(folder: &Folder) -> PathBuf {
    let expected = folder.path("expected.toml");
    let entry =
        "[[expected_failure]]\ncase = \"general-operation/a-day\"\nmanager = \"example\"\nreason = \"r\"\n";
    std::fs::write(&expected, entry).unwrap();
    let report = folder.path("report.json");
    run(&["--quiet", "--manager", "example", "--fail-fast", "--jobs", "1"])
        .args(["enable/quick-stop-skips", "general-operation/a-day", "manager/arguments-of-any-bytes"])
        .args(["manager/list-mixed", "manager/no-list", "manager/success-is-0"])
        .arg("--expected-failures")
        .arg(expected)
        .arg("--json")
        .arg(&report)
        .assert()
        .code(1);
    report
}

fn count(text: &str, wanted: impl Fn(&str) -> bool) -> usize {
    text.lines().filter(|line| wanted(line)).count()
}

/// A line of the snapshot.
fn counts(name: &str, all: [usize; 6]) -> String {
    let [passed, failed, not_counted, expected, skipped, broken] = all;
    format!(
        "{name:9} {passed} passed, {failed} failed, {not_counted} not counted, {expected} expected, {skipped} skipped, \
         {broken} not judged\n"
    )
}

#[test]
fn every_format_has_the_same_counts() {
    let folder = Folder::new();
    insta::assert_snapshot!(in_every_format(&folder, &mixed(&folder)));
}

#[test]
fn every_format_says_what_was_not_judged() {
    let folder = Folder::new();
    let mut report: Value = serde_json::from_slice(&std::fs::read(mixed(&folder)).unwrap()).unwrap();
    let run = &mut report["runs"][0];
    run["parts"][0]["selection"] = serde_json::json!([]);
    run["parts"][0]["shard"] = serde_json::json!({ "number": 1, "of": 2 });
    let results = run["results"].as_array_mut().unwrap();
    let skipped = results.iter_mut().find(|result| result["verdict"] == "skipped").unwrap();
    skipped["verdict"] = "broken".into();
    std::fs::write(folder.path("broken.json"), report.to_string()).unwrap();
    insta::assert_snapshot!(in_every_format(&folder, &folder.path("broken.json")));
}

/// What the JSON says of its only run.
fn in_json(report: &str) -> String {
    let json: Value = serde_json::from_str(report).unwrap();
    let summary = &json["runs"][0]["summary"];
    let became = ["passed", "failed", "not_counted", "expected_failures", "skipped", "broken"];
    let became = became.map(|name| summary["cases"][name].as_u64().unwrap().try_into().unwrap());
    format!("{}JSON      {}: {}\n", counts("JSON", became), json["conclusion"], summary["verdict"])
}

/// What TAP says of a report.
fn in_tap(tap: &str) -> String {
    let may_fail = |why: &str| format!(concat!(" # TO", "DO {}"), why);
    let failing = |line: &str| line.starts_with("not ok ");
    let broken = count(tap, |line| line == "  severity: error");
    let mut seen = counts(
        "TAP",
        [
            count(tap, |line| line.starts_with("ok ") && !line.contains(" # SKIP ")),
            count(tap, |line| failing(line) && !line.contains(&may_fail(""))) - broken,
            count(tap, |line| failing(line) && line.contains(&may_fail("robust, not counted"))),
            count(tap, |line| failing(line) && line.contains(&may_fail("expected failure"))),
            count(tap, |line| line.starts_with("ok ") && line.contains(" # SKIP ")),
            broken,
        ],
    );
    for line in tap.lines().filter(|line| line.starts_with("Bail out!")) {
        writeln!(seen, "TAP       {line}").unwrap();
    }
    seen
}

/// What each format says of a report.
fn in_every_format(folder: &Folder, report: &Path) -> String {
    let text = stdout(
        conformance(&["report"])
            .arg(report)
            .arg("--tap")
            .arg(folder.path("tap"))
            .arg("--json")
            .arg(folder.path("json"))
            .arg("--junit")
            .arg(folder.path("junit"))
            .arg("--html")
            .arg(folder.path("html"))
            .arg("--markdown")
            .arg(folder.path("markdown"))
            .arg("--badge")
            .arg(folder.path("badge"))
            .arg("--github"),
    );
    let mut seen = String::new();
    for line in text.lines().filter(|line| line.contains(" passed, ") || line.starts_with("verdict: ")) {
        writeln!(seen, "text      {line}").unwrap();
    }

    seen += &in_json(&folder.read("json"));

    let tap = folder.read("tap");
    seen += &in_tap(&tap);

    let junit = folder.read("junit");
    let document = roxmltree::Document::parse(&junit).unwrap();
    let suite = document.descendants().find(|node| node.has_tag_name("testsuite")).unwrap();
    let said = |name: &str| suite.attribute(name).unwrap().parse::<usize>().unwrap();
    let skipped = |why: &str| {
        let skipped = suite.descendants().filter(|node| node.has_tag_name("skipped"));
        skipped.filter(|node| node.attribute("message").unwrap().starts_with(why)).count()
    };
    let (not_counted, expected) = (skipped("failed, not counted"), skipped("expected failure"));
    let incomplete: Vec<_> = suite
        .descendants()
        .filter(|node| node.attribute("name") == Some("is-complete"))
        .filter_map(|node| node.children().find(|child| child.has_tag_name("error")))
        .collect();
    let passed = said("tests") - said("failures") - said("errors") - said("skipped");
    seen += &counts(
        "JUnit",
        [
            passed,
            said("failures"),
            not_counted,
            expected,
            said("skipped") - not_counted - expected,
            said("errors") - incomplete.len(),
        ],
    );
    for why in incomplete {
        writeln!(seen, "JUnit     {}", why.attribute("message").unwrap()).unwrap();
    }
    for case in suite.children().filter(|node| node.has_tag_name("testcase")) {
        assert!(!case.attribute("name").unwrap().contains([' ', ':']), "a name is an id: {junit}");
    }

    let page = folder.read("html");
    let cell = |name: &str| {
        let rest = page.split(&format!("data-name=\"{name}\">")).nth(1).unwrap();
        rest.split('<').next().unwrap().parse::<usize>().unwrap()
    };
    seen += &counts(
        "page",
        [
            cell("Passed"),
            cell("Failed"),
            cell("Not counted"),
            cell("Expected"),
            cell("Skipped"),
            cell("Not judged"),
        ],
    );

    let markdown = folder.read("markdown");
    let row = markdown.lines().find(|line| line.starts_with("| example")).unwrap();
    let cells: Vec<usize> = row.split('|').skip(3).filter_map(|cell| cell.trim().parse().ok()).collect();
    seen += &counts("Markdown", cells[..6].try_into().unwrap());
    let verdict = text.lines().find_map(|line| line.strip_prefix("verdict: ")).unwrap();
    assert!(markdown.contains(verdict) && tap.contains(verdict) && junit.contains(verdict), "{verdict}");

    let badge: Value = serde_json::from_str(&folder.read("badge")).unwrap();
    writeln!(seen, "badge     {}, {}", badge["message"].as_str().unwrap(), badge["color"].as_str().unwrap())
        .unwrap();
    for line in text.lines().filter(|line| line.starts_with("::")) {
        writeln!(seen, "GitHub    {}", line.split("%0A").next().unwrap()).unwrap();
    }
    seen
}

#[test]
fn the_level_decides_what_fails_the_run() {
    let wrong = manager("not-reversed");
    let case = ["manager/stop-in-reverse", "--manager", &wrong];
    for (options, status, verdict) in [
        (&[][..], 1, "verdict: does not conform: 1 reference clause not met, of 1 judged"),
        (&["--level", "robust"], 1, "verdict: does not conform: 1 reference clause not met, of 1 judged"),
        (
            &["--level", "example"],
            2,
            "verdict: no clause was judged that counts (--level chooses which do); 1 reference clause not met",
        ),
        (&["--level", "documented"], 2, "1 failed (not counted)"),
        (&["--level", "documented", "--shard", "1/1"], 0, "1 failed (not counted)"),
    ] {
        run(&case).args(options).assert().code(status).stdout(contains(verdict));
    }
    run(&case).args(["--level", "example", "--strict"]).assert().code(2);
    let again = " --manager faulty:not-reversed --level robust --keep manager/stop-in-reverse";
    run(&case).arg("--strict").assert().stdout(contains(again));
    run(&case).args(["--level", "reference"]).assert().stdout(contains(again.replace(" --level robust", "")));
    run(&["manager/success-is-0"])
        .assert()
        .code(0)
        .stdout(contains("verdict: conforms to every judged clause"));
}

#[test]
fn a_manager_that_does_not_know_the_tool_s_parameters_conforms() {
    let verdict = contains("verdict: conforms to every judged documented, example and reference clause (")
        .and(contains("); 1 robust clause not met"));
    run(&["--manager", &manager("classes-built-in"), "ENB", "--quiet"]).assert().code(0).stdout(verdict);
    let text = stdout(&mut conformance(&["explain", "ENB-11"]));
    assert!(text.contains("robust") && text.contains("for postmulti(1) alone"), "{text}");
}

#[test]
fn a_lost_share_is_missed() {
    let folder = Folder::new();
    let share = |number: usize| {
        let (path, shard) = (folder.path(&format!("s{number}.json")), format!("{number}/2"));
        run(&["--shard", &shard, "MGR-3", "--quiet", "--json"]).arg(&path).assert().code(0);
        path
    };
    let (one, two) = (share(1), share(2));
    let report = |files: &[&Path], options: &[&str]| {
        let mut command = conformance(&["report"]);
        command.args(files).args(options);
        command
    };
    report(&[&one, &two], &[]).assert().code(0).stdout(contains("verdict: conforms"));
    let named = "share 2/2 of \"MGR-3\" is missing";
    report(&[&one], &[])
        .assert()
        .code(2)
        .stdout(contains(format!("verdict: incomplete: {named}; so far: conforms")))
        .stderr(contains(named).and(contains("--partial")));
    // The share itself is right, and says nothing is wrong.
    run(&["--shard", "1/2", "MGR-3", "--junit", "-"]).assert().code(0).stdout(contains("errors=\"0\""));
    report(&[&one], &["--junit", "-"])
        .assert()
        .code(2)
        .stdout(contains("errors=\"1\"").and(contains("<error message=\"share 2/2 of ")));
    report(&[&one], &["--partial", "--junit", "-"]).assert().code(0).stdout(contains("errors=\"0\""));
    // A reader of TAP stops where it says that it does.
    let other = folder.path("other.json");
    let words = ["--shard", "1/2", "MGR-3", "--manager", &manager("right"), "--json"];
    run(&words).arg(&other).assert().code(0);
    let tap = stdout(&mut report(&[&one, &other], &["--tap", "-"]));
    assert_eq!(tap.matches("Bail out!").count(), 1, "{tap}");
    assert!(tap.lines().last().unwrap().matches(named).count() == 2, "{tap}");
    assert!(!stdout(&mut report(&[&one], &["--partial", "--tap", "-"])).contains("Bail out!"));
    report(&[&two, &two], &["--partial"])
        .assert()
        .code(0)
        .stdout(contains("share 1/2 of \"MGR-3\" is missing"));
    // What was merged without it knows that, too.
    let merged = folder.path("merged.json");
    report(&[&one], &["--partial", "--json"]).arg(&merged).assert().code(0);
    report(&[&merged], &[]).assert().code(2);
    report(&[&merged, &two], &[]).assert().code(0);
}

#[test]
fn shares_of_different_programs_are_told() {
    let folder = Folder::new();
    let program = folder.path("manager");
    let share = |number: usize| {
        let (path, shard) = (folder.path(&format!("s{number}.json")), format!("{number}/2"));
        let mut command = run(&["--shard", &shard, "MGR-3", "--quiet", "--manager"]);
        command.arg(&program).arg("--json").arg(&path).output().unwrap();
        path
    };
    let written = |text: &str| {
        std::fs::write(&program, text).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    written("#!/bin/sh\nexit 0\n");
    let (one, two) = (share(1), share(2));
    let told = contains("the reports are of different files of that name");
    conformance(&["report"]).args([&one, &two]).assert().stderr(told.clone().not());
    written("#!/bin/sh\nexit 00\n");
    conformance(&["report"]).args([&one, &share(2)]).assert().stderr(told);
}

#[test]
fn silence_is_no_success_in_any_format() {
    let words = ["MGR-3", "--testbed", "container"];
    for (format, says) in [("tap", "\nBail out! nothing was judged"), ("junit", "errors=\"1\"")] {
        let mut command = run(&[&words[..], &["--format", format]].concat());
        command.env("PATH", "/nowhere").assert().code(2).stdout(contains(says));
    }
}

#[test]
fn formats_stand_beside_each_other_and_one_may_have_standard_output() {
    let folder = Folder::new();
    let case = "manager/success-is-0";
    let mut command = run(&[case, "--json", "-"]);
    command.current_dir(folder.0.path());
    let report: Value = serde_json::from_str(&stdout(&mut command)).unwrap();
    assert_eq!(report["runs"][0]["results"][0]["verdict"], "passed");
    assert!(stderr(&mut command).contains("verdict: conforms"));
    assert!(!folder.path("-").exists(), "a file is named -");
    let junit = folder.path("junit.xml");
    run(&[case, "--tap", "-", "--junit", junit.to_str().unwrap()])
        .assert()
        .code(0)
        .stdout(contains("TAP version 13\n1..1\n"));
    assert!(folder.read("junit.xml").contains("failures=\"0\""));
    run(&[case, "--tap", "-", "--html", "-"])
        .assert()
        .code(2)
        .stderr(contains("--tap and --html cannot both go to standard output"));
}

#[test]
fn prove_passes_and_fails_as_this_program_does() {
    if Command::new("prove").arg("--version").output().is_err() {
        return skip("no prove in PATH: install the package perl");
    }
    let folder = Folder::new();
    let prove = |arguments: &str| {
        let program = env!("CARGO_BIN_EXE_postfix-conformance");
        let work = env!("CARGO_TARGET_TMPDIR");
        let script = folder.path("judge.sh");
        let text = format!("exec {program} run --quiet --work-dir {work} {arguments}\n");
        std::fs::write(&script, text).unwrap();
        let output = Command::new("prove").args(["--exec", "/bin/sh"]).arg(&script).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (passes, text) = prove("--tap - manager/success-is-0 manager/failure-of-the-first");
    assert!(passes && text.contains("Result: PASS"), "{text}");
    // Failures that do not count do not fail it.
    let (passes, text) = prove("--tap - --manager example MGR-12 manager/success-is-0");
    assert!(passes && text.contains("Result: PASS"), "{text}");
    // If nothing else is judged, that is no success, and says so.
    let (passes, text) = prove("--tap - --manager example MGR-12");
    assert!(!passes && text.contains("no clause was judged that counts"), "{text}");
    let (passes, text) = prove("--tap - --manager faulty:always-0 manager/failure-of-the-first");
    assert!(!passes && text.contains("Result: FAIL"), "{text}");
}

#[test]
fn a_github_workflow_is_annotated_and_its_summary_goes_on() {
    let folder = Folder::new();
    let summary = folder.path("summary.md");
    std::fs::write(&summary, "before\n").unwrap();
    let mut command = run(&["--github", "--manager", &manager("always-0"), "manager/failure-of-the-first"]);
    let text = stdout(command.env("GITHUB_STEP_SUMMARY", &summary));
    // Of many annotations, a workflow shows the first.
    let first = text.lines().find(|line| line.starts_with("::")).unwrap();
    assert!(first.starts_with("::error title=faulty%3Aalways-0%2C"), "{text}");
    assert!(
        text.contains("\n::error title=manager/failure-of-the-first failed (faulty%3Aalways-0%2C"),
        "{text}"
    );
    let summary = folder.read("summary.md");
    assert!(
        summary.starts_with("before\n## Conformance") && summary.contains("**Verdict:** does not conform")
    );
}

#[test]
fn the_last_lines_show_a_failure_that_counts_and_the_rest_is_only_counted() {
    let judge = |show: &str| stdout(&mut run(&["--manager", "/bin/true", "--show", show, "MGR-4", "ENB-10"]));
    let text = judge("first");
    let lines: Vec<&str> = text.lines().collect();
    let last = lines[lines.len().saturating_sub(40)..].join("\n");
    for shown in
        ["\nfailed: manager/", "  clauses: MGR-4 ", "  multi_instance_enable: default, a, b: ", "\n    - "]
    {
        assert!(last.contains(shown), "{shown}: {text}");
    }
    let places = ["what must hold", "\nfailed: 8\n", "\nfailed: ", "\ndocumented ", "verdict: "]
        .map(|part| text.rfind(part));
    assert!(places.is_sorted() && places[0].is_some(), "{places:?} {text}");
    assert!(text.contains(" failures not shown here; --show all shows all in full"), "{text}");
    let few = stdout(&mut run(&["--manager", "/bin/true", "manager/abort-in-reverse", "ENB-10"]));
    assert!(!few.contains("\nfailed (not counted): enable/"), "{few}");
    assert!(text.contains("\nMGR-4 ") && text.contains("; --show names prints their names"), "{text}");
    assert!(judge("names").contains("\nfailed (not counted): "), "{text}");
    assert!(!judge("names").contains("prints their names"), "{text}");
}

#[test]
fn a_manager_that_does_nothing_is_told_in_few_lines() {
    let text = stdout(&mut run(&["--manager", "/bin/true"]));
    let lines = text.lines().count();
    assert!(lines < 150, "{lines} lines:\n{text}");
    let names = text.lines().position(|line| line.starts_with("failed: ")).unwrap();
    assert!(text.lines().skip(names).filter(|line| line.starts_with("  enable/ ")).count() >= 1, "{text}");
    let all = stdout(&mut run(&["--manager", "/bin/true", "--show", "all", "MGR-1"]));
    let told = all.lines().filter(|line| line.trim_start().starts_with("again: ")).count();
    assert!(told > 30 && all.contains(&format!("\n0 passed, {told} failed, ")), "{told}: {all}");
    assert!(all.lines().count() > 15 * told, "{all}");
    let names = stdout(&mut run(&["--manager", "/bin/true", "--show", "names", "MGR"]));
    assert!(!names.contains("again: ") && names.contains("MGR-1 "), "{names}");
}
