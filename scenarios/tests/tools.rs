//! Multi-instance tools that are wrong on purpose, from outside: what is listed, what is refused, and that wrong ones are
//! noticed in an image where there is one. All of them, `mutants --testbed live` judges.

mod suite;

use postfix_harness::container::Image;
use postfix_process::skip::skip;
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;
use suite::{conformance, stdout};

/// The newest C library of all images, as the program that Cargo builds for tests uses the one of the image.
const IMAGE: &str = "3.11";

const PLACE: [&str; 4] = ["--testbed", "live", "--work-dir", env!("CARGO_TARGET_TMPDIR")];

#[test]
fn they_are_listed_apart_from_managers() {
    let tools = ["mutants", "--list", "--testbed", "live"];
    conformance(&tools).assert().code(0).stdout(contains("group-ignored").and(contains("sums-up").not()));
    conformance(&["mutants", "--list"]).assert().code(0).stdout(contains("group-ignored").not());
    assert!(stdout(&mut conformance(&tools)).lines().count() >= 30);
    conformance(&["mutants", "--list", "--testbed", "live", "sums-up"])
        .assert()
        .code(2)
        .stderr(contains("nothing called \"sums-up\""));
    conformance(&["mutants", "--testbed", "sandbox"]).assert().code(2).stderr(contains("--testbed live"));
}

#[test]
fn one_that_is_not_there_is_refused() {
    conformance(&["run", "--multi", "zoo:unicorn"]).assert().code(2).stderr(contains("no such tool"));
    conformance(&["run", "--multi", "unicorn"]).assert().code(2).stderr(contains("absolute path"));
}

#[test]
fn wrong_ones_are_noticed_in_an_image_and_others_are_not() {
    if let Err(reason) = Image::find(IMAGE) {
        return skip(reason);
    }
    let arguments = [&["mutants"], &PLACE[..], &["list-sorted", "disable-forgotten"]].concat();
    conformance(&arguments)
        .assert()
        .code(0)
        .stdout(contains("2 of 2 mutants killed at every clause they break").and(contains("postmulti")));
}

#[test]
fn a_wrong_one_is_judged_like_any_tool_and_its_failures_may_be_known() {
    if let Err(reason) = Image::find(IMAGE) {
        return skip(reason);
    }
    let run = |more: &[&str]| {
        let tool = ["--multi", "zoo:disable-forgotten", "life-cycle/disable"];
        conformance(&[&["run"], &PLACE[..], &tool, more].concat())
    };
    let again = contains("--multi zoo:disable-forgotten --keep life-cycle/disable");
    run(&[]).assert().code(1).stdout(again.and(contains("tool     zoo:disable-forgotten")));
    let folder = tempfile::tempdir().unwrap();
    let known = folder.path().join("known.toml");
    let entry =
        "[[known]]\ncase = \"life-cycle/disable\"\nmulti = \"zoo:disable-forgotten\"\nreason = \"so\"\n";
    std::fs::write(&known, entry).unwrap();
    run(&["--known", known.to_str().unwrap()]).assert().code(0).stdout(contains("1 known to fail"));
}
