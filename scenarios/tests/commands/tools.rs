//! Tests faulty multi-instance tools from outside.
//! It tests the list, refused names, and that faulty ones fail, in an image if there is one.
//! `self-test --testbed live` judges all of them.

use crate::suite::{conformance, stdout};
use postfix_harness::container::Image;
use postfix_process::skip::skip;
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::{contains, is_empty};

/// The newest C library of all images, as the program that Cargo builds for tests uses the one of the image.
const IMAGE: &str = "3.11";

const PLACE: [&str; 4] = ["--testbed", "live", "--work-dir", env!("CARGO_TARGET_TMPDIR")];

#[test]
fn they_are_listed_apart_from_managers() {
    let tools = ["self-test", "--list", "--testbed", "live"];
    conformance(&tools).assert().code(0).stdout(contains("group-ignored").and(contains("sums-up").not()));
    conformance(&["self-test", "--list"]).assert().code(0).stdout(contains("group-ignored").not());
    assert!(stdout(&mut conformance(&tools)).lines().count() >= 30);
    conformance(&["self-test", "--list", "--testbed", "live", "sums-up"])
        .assert()
        .code(2)
        .stderr(contains("nothing called \"sums-up\""));
    conformance(&["self-test", "--testbed", "sandbox"]).assert().code(2).stderr(contains("--testbed live"));
}

#[test]
fn one_that_is_not_there_is_refused() {
    conformance(&["run", "--multi-tool", "faulty:unicorn"]).assert().code(2).stderr(contains("no such tool"));
    for command in
        [&["run"][..], &["compare", "--manager", "ours"], &["replay", "manager/no-list"], &["self-test"]]
    {
        let words = [command, &["--multi-tool", "postmulti"]].concat();
        let refusal = contains("--multi-tool is for the testbed live");
        conformance(&words).assert().code(2).stdout(is_empty()).stderr(refusal);
    }
    conformance(&["run", "--multi-tool", "unicorn"]).assert().code(2).stderr(contains("absolute path"));
}

#[test]
fn wrong_ones_are_noticed_in_an_image_and_others_are_not() {
    if let Err(reason) = Image::find(IMAGE) {
        return skip(reason);
    }
    let arguments = [&["self-test"], &PLACE[..], &["list-sorted", "disable-forgotten"]].concat();
    conformance(&arguments).assert().code(0).stdout(
        contains("2 of 2 faulty implementations killed at every clause they break")
            .and(contains("postmulti")),
    );
}

#[test]
fn a_wrong_one_is_judged_like_any_tool_and_its_failures_may_be_expected() {
    if let Err(reason) = Image::find(IMAGE) {
        return skip(reason);
    }
    let run = |more: &[&str]| {
        let tool = ["--multi-tool", "faulty:disable-forgotten", "life-cycle/disable"];
        conformance(&[&["run"], &PLACE[..], &tool, more].concat())
    };
    let again = contains("--multi-tool faulty:disable-forgotten --keep life-cycle/disable");
    run(&[]).assert().code(1).stdout(again.and(contains("tool     faulty:disable-forgotten")));
    let folder = tempfile::tempdir().unwrap();
    let expected = folder.path().join("expected.toml");
    let entry = "[[expected_failure]]\ncase = \"life-cycle/disable\"\nmulti_tool = \"faulty:disable-forgotten\"\n\
                 reason = \"so\"\n";
    std::fs::write(&expected, entry).unwrap();
    run(&["--expected-failures", expected.to_str().unwrap()])
        .assert()
        .code(0)
        .stdout(contains("1 failed as expected"));
}
