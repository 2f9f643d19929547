//! Tests the texts that people read, by snapshots: the list, explanations, the report of a failure.

use crate::suite::{conformance, manager, run, stdout};

fn failure(wrong: &str, case: &str) -> String {
    let wrong = manager(wrong);
    stdout(&mut run(&["--quiet", "--manager", &wrong, case]))
}

#[test]
fn the_list() {
    insta::assert_snapshot!(stdout(&mut conformance(&["list"])));
}

#[test]
fn a_clause_explained() {
    insta::assert_snapshot!(stdout(&mut conformance(&["explain", "mgr-3"])));
}

#[test]
fn a_case_explained() {
    insta::assert_snapshot!(stdout(&mut conformance(&["explain", "manager/one-failure-is-the-status"])));
}

#[test]
fn a_failure_of_order() {
    insta::assert_snapshot!(failure("not-reversed", "manager/stop-in-reverse"));
}

#[test]
fn the_readme_shows_a_failure_as_it_is_printed() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).unwrap();
    let shown = readme.split("```\n").nth(1).unwrap();
    let printed = failure("not-reversed", "manager/stop-in-reverse");
    assert!(shown.contains("verdict: ") && printed.ends_with(shown), "{shown}{printed}");
}

#[test]
fn a_failure_of_status() {
    insta::assert_snapshot!(failure("first-status", "manager/last-failure-is-the-status"));
}

#[test]
fn a_failure_of_messages() {
    insta::assert_snapshot!(failure("says-nothing-by-hand", "manager/refuses-outside-postfix"));
}

#[test]
fn a_failure_that_does_not_count() {
    insta::assert_snapshot!(failure("damage-is-no", "enable/maybe-on-stop"));
}

#[test]
fn the_command_that_replays_is_called_as_people_call_it() {
    let wrong = manager("always-0");
    let text = stdout(
        run(&["--quiet", "--manager", &wrong, "manager/failure-of-the-first"])
            .env("POSTFIX_CONFORMANCE_COMMAND", "cargo xtask conformance"),
    );
    assert!(text.contains("again: cargo xtask conformance run --testbed simulated --manager "), "{text}");
}

#[test]
fn a_suite_that_is_not_in_path_is_called_by_its_path() {
    let wrong = manager("always-0");
    let arguments = ["--quiet", "--manager", &wrong, "manager/failure-of-the-first"];
    let text = stdout(run(&arguments).env_remove("POSTFIX_CONFORMANCE_COMMAND"));
    let again = format!("again: {} run --testbed", env!("CARGO_BIN_EXE_postfix-conformance"));
    assert!(text.contains(&again), "{text}");
}

#[test]
fn a_kept_world_is_named_and_there() {
    let wrong = manager("always-0");
    let text = stdout(&mut run(&["--quiet", "--keep", "--manager", &wrong, "manager/failure-of-the-first"]));
    let line = text.lines().find(|line| line.contains("world (@root@): ")).unwrap();
    let root = std::path::Path::new(line.trim().trim_start_matches("world (@root@): "));
    assert!(root.join("journal.jsonl").is_file(), "{line}");
    std::fs::remove_dir_all(root.parent().unwrap()).unwrap();
}
