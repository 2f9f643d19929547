//! Tests the exit statuses and messages of postfix-conformance, and that no mistake on its command line ends in a pass.

use crate::suite::{conformance, manager, run};
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::{contains, is_empty};

/// A case that needs one short step.
const CASE: &str = "manager/failure-of-the-first";

#[test]
fn what_conforms_ends_with_0() {
    run(&[CASE]).assert().code(0).stdout(contains("1 passed, 0 failed, 0 skipped")).stderr(is_empty());
}

#[test]
fn what_does_not_ends_with_1() {
    let wrong = manager("always-0");
    run(&["--manager", &wrong, CASE])
        .assert()
        .code(1)
        .stdout(contains("0 passed, 1 failed, 0 skipped").and(contains(CASE)));
}

#[test]
fn robust_failures_of_others_are_reported_and_count_if_asked() {
    let wrong = manager("killed-is-fine");
    let arguments = ["--manager", &wrong, "robustness/ended-by-signal"];
    let reported = || contains("1 failed (not counted)").and(contains("failed (not counted):"));
    run(&arguments).arg("manager/success-is-0").assert().code(0).stdout(reported());
    // Nothing else is judged: that is no success.
    run(&arguments).assert().code(2).stdout(reported());
    run(&arguments).arg("--strict").assert().code(1).stdout(contains("failed: "));
}

#[test]
fn a_call_without_run_is_told_how_it_would_be_right() {
    for words in [&["MGR-3"][..], &["--manager", "it's mine", CASE]] {
        conformance(words)
            .assert()
            .code(2)
            .stdout(is_empty())
            .stderr(contains("did you mean: ").and(contains(" run ")));
    }
    conformance(&["--manager", "it's mine"]).assert().stderr(contains(r"run --manager 'it'\''s mine'"));
    for words in [
        &["run", "--no-such"][..],
        &["--no-such"],
        &["no-such", "--no-such"],
        &["explain"],
        &["report"],
        &["compare", "MGR-3"],
        &["list", "--manager", "x"],
        &["exlain", "MGR-3"],
    ] {
        conformance(words).assert().code(2).stderr(contains("did you mean").not());
    }
}

#[test]
fn a_word_that_selects_nothing_ends_with_2() {
    for words in [&["no-such-case"][..], &["MGR-99"], &[CASE, "MGR-99"], &[""]] {
        run(words).assert().code(2).stdout(is_empty()).stderr(contains("nothing is called"));
        conformance(&[&["list"], words].concat()).assert().code(2).stdout(is_empty());
    }
    conformance(&["explain", "MGR-99"]).assert().code(2).stderr(contains("MGR-99"));
}

#[test]
fn a_run_that_judges_nothing_ends_with_the_status_that_was_asked_for_and_no_other_does() {
    // A case for a testbed with all of Postfix is skipped on the simulation.
    let skipped = ["listing/as-json"];
    run(&skipped).assert().code(2).stderr(contains("nothing was judged"));
    let harness = ["--nothing-judged", "77"];
    let with = |words: &[&str]| run(&[&harness, words].concat());
    with(&skipped).assert().code(77).stderr(contains("nothing was judged"));
    with(&[CASE]).assert().code(0);
    with(&["--manager", &manager("always-0"), CASE]).assert().code(1);
    with(&["no-such-case"]).assert().code(2);
    // A run that judges nothing never looks like one that passes, or fails.
    for status in ["0", "1", "256", "x"] {
        run(&["--nothing-judged", status, CASE]).assert().code(2).stderr(contains("--nothing-judged"));
    }
}

#[test]
fn a_manager_that_is_not_there_ends_with_2() {
    for (value, hint) in [
        ("my-manager", "give its path"),
        ("/no/such/manager", "no such program"),
        ("/etc/passwd", "chmod +x"),
        ("", "is empty"),
    ] {
        run(&["--manager", value, CASE]).assert().code(2).stdout(is_empty()).stderr(contains(hint));
    }
}

#[cfg(feature = "measures")]
#[test]
fn a_corpus_that_cannot_be_read_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let (empty, missing) =
        (folder.path().display().to_string(), folder.path().join("x").display().to_string());
    for (corpus, hint) in
        [(&empty, "there is no configuration; put the main.cf"), (&missing, "name a folder")]
    {
        let said = contains(format!("--corpus: {corpus}: ")).and(contains(hint));
        conformance(&["fidelity", "--corpus", corpus]).assert().code(2).stdout(is_empty()).stderr(said);
    }
}

#[test]
fn a_relative_path_to_a_manager_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    // Bound to a name that nobody writes to: what was just written cannot always be run.
    std::os::unix::fs::symlink("/bin/false", folder.path().join("manager")).unwrap();
    for value in ["manager", "./manager --and arguments"] {
        let arguments = ["--manager", value, "manager/success-is-0"];
        let seen = run(&arguments).current_dir(folder.path()).assert();
        seen.code(1).stdout(contains(format!("{}/manager", folder.path().display())));
    }
}

#[test]
fn wrong_options_end_with_2() {
    for arguments in [
        &["--testbed", "moon"][..],
        &["--jobs", "0"],
        &["--require", "luck"],
        &["--colour"],
        &["--quiet", "--verbose"],
        &["--work-dir", "/no/such/directory"],
    ] {
        run(&[arguments, &[CASE]].concat()).assert().code(2).stdout(is_empty());
    }
    run(&[CASE]).env("POSTFIX_CONFORMANCE_REQUIRE", "luck").assert().code(2).stderr(contains("luck"));
    conformance(&[]).assert().code(2);
}

#[test]
fn help_and_version_end_with_0() {
    conformance(&["--help"]).assert().code(0).stdout(contains("Exit status"));
    conformance(&["--version"]).assert().code(0);
    conformance(&["run", "--help"]).assert().code(0).stdout(contains("--manager"));
}

#[test]
#[cfg(not(feature = "measures"))]
fn a_suite_without_the_measures_says_what_to_do() {
    for (words, command) in [
        (&["fidelity"][..], "without fidelity"),
        (&["differential"], "without differential"),
        (&["run", "--generate", "3"], "without --generate"),
    ] {
        conformance(words).assert().code(2).stdout("").stderr(contains(command));
    }
}

#[test]
fn a_reader_that_is_gone_is_no_mistake() {
    let mut list = std::process::Command::new(env!("CARGO_BIN_EXE_postfix-conformance"))
        .arg("list")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(list.stdout.take());
    let output = list.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_full_disk_is_one() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_postfix-conformance"))
        .arg("list")
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write to standard output"));
}

#[test]
fn a_note_that_nobody_can_take_changes_no_result() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("expected.toml");
    let for_others = "[[expected_failure]]\nclause = \"MGR-3\"\nmanager = \"shell\"\nreason = \"x\"\n";
    std::fs::write(&path, for_others).unwrap();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_postfix-conformance"))
        .args(["run", "--work-dir", env!("CARGO_TARGET_TMPDIR"), CASE, "--expected-failures"])
        .arg(&path)
        .stderr(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed, 0 failed"));
}

#[test]
fn each_case_can_be_judged_alone_and_in_any_company() {
    run(&["--jobs", "1", "MGR-9", "individual-instance", "GEN-1"]).assert().code(0);
}

#[test]
fn colours_are_for_those_who_ask() {
    run(&["--color", "always", CASE]).assert().stdout(contains("\u{1b}[32m"));
    run(&[CASE]).assert().stdout(contains("\u{1b}").not());
}

#[test]
fn quiet_says_what_failed_and_the_last_line() {
    run(&["--quiet", CASE])
        .assert()
        .stdout("1 passed, 0 failed, 0 skipped\nverdict: conforms to every judged clause (3 of 3)\n");
}
