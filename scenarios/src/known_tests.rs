//! Tests of how expected failures are read and compared.

use std::path::Path;

use super::{Comparison, Known, KnownError};
use crate::case::Case;
use crate::catalogue::Catalogue;
use crate::judge::{Failure, Skip, Verdict};
use crate::manager::Manager;

const CASE: &str = "manager/listed-order";

fn failed() -> Verdict {
    Verdict::Failed(Box::new(Failure { step: 0, later: Vec::new(), world: None }))
}

fn known(text: &str) -> Result<Known, KnownError> {
    Known::parse(Path::new("known.toml"), text, &Catalogue::load().unwrap())
}

fn entry(what: &str, manager: &str) -> String {
    format!("[[known]]\n{what}\nmanager = \"{manager}\"\nreason = \"it is so\"\n")
}

/// What comes of one entry where all cases that it is about have this verdict.
fn compared(entry: &str, verdict: impl Fn(&Case) -> Option<Verdict>) -> Comparison {
    let catalogue = Catalogue::load().unwrap();
    let example = Manager::named("example", "/run/example".into());
    let verdicts: Vec<(&Case, Verdict)> =
        catalogue.cases().iter().filter_map(|case| Some((case, verdict(case)?))).collect();
    let judged: Vec<(&Case, &Verdict)> = verdicts.iter().map(|(case, verdict)| (*case, verdict)).collect();
    known(entry).unwrap().compare(&catalogue, &example, &judged)
}

#[test]
fn what_is_known_and_fails_is_expected() {
    let comparison = compared(&entry(&format!("case = \"{CASE}\""), "example"), |_| Some(failed()));
    assert_eq!(comparison.expected, [(CASE.to_owned(), "it is so".to_owned())]);
    assert!(comparison.passed.is_empty() && comparison.expects(CASE) && !comparison.expects("a/b"));
}

#[test]
fn what_is_known_and_passes_is_told() {
    let comparison = compared(&entry(&format!("case = \"{CASE}\""), "example"), |_| Some(Verdict::Passed));
    assert_eq!(comparison.expected, []);
    assert!(comparison.passed[0].starts_with(CASE), "{comparison:?}");
}

#[test]
fn a_clause_is_expected_to_fail_somewhere() {
    let clause = entry("clause = \"MGR-3\"", "example");
    let one = compared(&clause, |case| {
        Some(if case.name == "manager/list-commas-alone" { failed() } else { Verdict::Passed })
    });
    assert_eq!((one.expected.len(), one.passed.len()), (1, 0));
    let none = compared(&clause, |_| Some(Verdict::Passed));
    assert_eq!((none.expected.len(), none.passed.len()), (0, 1));
}

#[test]
fn what_was_not_judged_is_left_undecided() {
    let skipped = || Verdict::Skipped(Skip::NotApplicable("here".to_owned()));
    let clause = entry("clause = \"MGR-3\"", "example");
    for part in [
        compared(&clause, |case| (case.name == "manager/list-tabs").then_some(Verdict::Passed)),
        compared(&clause, |_| Some(skipped())),
        compared(&entry(&format!("case = \"{CASE}\""), "shell"), |_| Some(Verdict::Passed)),
    ] {
        assert_eq!(part, Comparison::default());
    }
}

#[test]
fn mistakes_are_told() {
    for (text, hint) in [
        (entry("case = \"manager/no-such\"", "ours"), "no case"),
        (entry("clause = \"MGR-99\"", "ours"), "MGR-99"),
        (entry("case = \"manager/no-list\"\nclause = \"MGR-3\"", "ours"), "either"),
        (entry("", "ours"), "either"),
        (entry("clause = \"MGR-3\"", ""), "name the manager"),
        (entry("clause = \"MGR-3\"\ncolour = 1", "ours"), "colour"),
        ("[[known]]\nclause = \"MGR-3\"\nmanager = \"x\"\nreason = \" \"\n".to_owned(), "reason"),
    ] {
        let error = known(&text).unwrap_err().to_string();
        assert!(error.contains("known.toml") && error.contains(hint), "{error}");
    }
    assert_eq!(known("").unwrap(), Known::default());
}
