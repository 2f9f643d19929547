//! Tests of how expected failures are read and compared.

use std::path::Path;

use super::{ExpectedFailures, ExpectedFailuresError, Judged};
use crate::catalogue::case::Case;
use crate::catalogue::clause::{Clause, Level};
use crate::catalogue::contents::Catalogue;
use crate::catalogue::testbed_name::TestbedName;
use crate::judge::verdict::{Failure, Skip, Verdict};
use crate::subject::manager::Manager;
use crate::subject::multi_tool::MultiTool;

const CASE: &str = "manager/listed-order";

fn failed() -> Verdict {
    Verdict::Failed(Box::new(Failure { step: 0, later: Vec::new(), world: None }))
}

fn listed(text: &str) -> Result<ExpectedFailures, ExpectedFailuresError> {
    ExpectedFailures::parse(Path::new("expected.toml"), text, &Catalogue::load().unwrap())
}

fn with_own_tool(manager: &Manager) -> Judged<'_> {
    Judged { manager, multi_tool: &MultiTool::Own, testbed: TestbedName::Simulated, postfix: None }
}

fn entry(what: &str, manager: &str) -> String {
    format!("[[expected_failure]]\n{what}\nmanager = \"{manager}\"\nreason = \"it is so\"\n")
}

/// What is said, case by case, of one entry if all cases that it is about have this verdict.
fn told(entry: &str, verdict: impl Fn(&Case) -> Option<Verdict>) -> Vec<(String, String)> {
    let catalogue = Catalogue::load().unwrap();
    let example = Manager::named("example", "/run/example".into());
    let mut expecting = listed(entry).unwrap().expecting(&catalogue, with_own_tool(&example));
    let judged = catalogue.cases().iter().filter_map(|case| Some((case, verdict(case)?)));
    judged
        .filter_map(|(case, verdict)| Some((case.name.clone(), expecting.judged(case, &verdict)?)))
        .collect()
}

#[test]
fn an_expected_failure_is_told_whether_it_fails_or_passes() {
    let entry = entry(&format!("case = \"{CASE}\""), "example");
    let expected = [(CASE.to_owned(), "it is so".to_owned())];
    assert_eq!(told(&entry, |_| Some(failed())), expected);
    assert_eq!(told(&entry, |_| Some(Verdict::Passed)), expected);
}

#[test]
fn a_clause_is_expected_to_fail_somewhere() {
    let clause = entry("clause = \"MGR-3\"", "example");
    let odd = "manager/list-commas-alone";
    let one = told(&clause, |case| Some(if case.name == odd { failed() } else { Verdict::Passed }));
    assert_eq!(one, [(odd.to_owned(), "it is so".to_owned())]);
    // That it fails nowhere can be told with the last of its cases.
    let none = told(&clause, |_| Some(Verdict::Passed));
    assert_eq!(none.len(), 1, "{none:?}");
    assert_eq!(none[0].1, "all cases of MGR-3 pass; it is so");
}

#[test]
fn what_was_not_judged_is_left_undecided() {
    let skipped = || Verdict::Skipped(Skip::NotApplicable("here".to_owned()));
    let clause = entry("clause = \"MGR-3\"", "example");
    for part in [
        told(&clause, |case| (case.name == "manager/list-tabs").then_some(Verdict::Passed)),
        told(&clause, |_| Some(skipped())),
        told(&entry(&format!("case = \"{CASE}\""), "shell"), |_| Some(Verdict::Passed)),
    ] {
        assert_eq!(part, []);
    }
}

#[test]
fn what_cannot_be_judged_here_is_not_waited_for() {
    let catalogue = Catalogue::load().unwrap();
    let can_be_judged = |case: &Case| case.excluded_from(TestbedName::Simulated).is_none();
    let mut mixed = 0;
    for clause in catalogue.clauses() {
        let about = catalogue.cases().iter().filter(|case| case.clauses.first() == Some(&clause.id));
        let (here, elsewhere): (Vec<&Case>, Vec<&Case>) = about.partition(|case| can_be_judged(case));
        if !here.is_empty() && !elsewhere.is_empty() {
            mixed += 1;
            let entry = entry(&format!("clause = \"{}\"", clause.id), "example");
            let told = told(&entry, |case| can_be_judged(case).then_some(Verdict::Passed));
            assert_eq!(told.len(), 1, "{}", clause.id);
        }
    }
    assert!(mixed > 0);
}

#[test]
fn mistakes_are_told() {
    for (text, hint) in [
        (
            entry("case = \"manager/no-lits\"", "ours"),
            "no case \"manager/no-lits\" (did you mean manager/no-list?)",
        ),
        (entry("clause = \"MGR-99\"", "ours"), "MGR-99"),
        (entry("case = \"manager/no-list\"\nclause = \"MGR-3\"", "ours"), "either"),
        (entry("", "ours"), "either"),
        (entry("clause = \"MGR-3\"", ""), "name the manager"),
        (entry("clause = \"MGR-3\"", "exmaple"), "no manager \"exmaple\" (did you mean example?)"),
        (entry("clause = \"MGR-3\"\nresaon = 1", "ours"), "did you mean reason?"),
        (entry("clause = \"MGR-3\"\nissue = \"#12\"", "ours"), "begins with https://"),
        (entry("clause = \"MGR-3\"", "ours").replace("\"ours\"", "[]"), "nobody"),
        (entry("clause = \"MGR-3\"", "faulty:unicorn"), "no manager"),
        (entry("clause = \"MGR-3\"\ncolour = 1", "ours"), "colour"),
        ("[[expected_failure]]\nclause = \"MGR-3\"\nmanager = \"x\"\nreason = \" \"\n".to_owned(), "reason"),
    ] {
        let error = listed(&text).unwrap_err().to_string();
        assert!(error.contains("expected.toml") && error.contains(hint), "{error}");
    }
    assert_eq!(listed("").unwrap(), ExpectedFailures::default());
}

#[test]
fn mistakes_are_told_with_their_line_in_one_line() {
    let good = entry("clause = \"MGR-3\"", "faulty:always-0");
    for (text, line) in [
        (format!("{good}\n{}", entry("case = \"manager/no-such\"", "ours")), 6),
        (format!("{good}[[expected_failure]]\nclause = 3\n"), 6),
        ("# a remark\n\nno toml".to_owned(), 3),
    ] {
        let error = listed(&text).unwrap_err().to_string();
        assert!(error.starts_with(&format!("expected.toml:{line}:")) && !error.contains('\n'), "{error}");
    }
}

#[test]
fn a_list_for_others_is_noticed() {
    let list = listed(&entry("clause = \"MGR-3\"", "shell")).unwrap();
    let (own, shell) = (Manager::own(), Manager::named("shell", "/x".into()));
    assert!(
        list.is_for_others(with_own_tool(&own))
            && !ExpectedFailures::default().is_for_others(with_own_tool(&own))
    );
    assert!(!list.is_for_others(with_own_tool(&shell)));
}

#[test]
fn an_entry_may_be_about_a_tool() {
    let text =
        "[[expected_failure]]\nclause = \"ROB-1\"\nmulti_tool = \"postmulti\"\nreason = \"it is so\"\n";
    let list = listed(text).unwrap();
    let own = Manager::own();
    assert!(list.is_for_others(with_own_tool(&own)));
    assert!(!list.is_for_others(Judged { multi_tool: &MultiTool::Shipped, ..with_own_tool(&own) }));
    let both = listed(&text.replace("multi_tool =", "manager = \"shell\"\nmulti_tool =")).unwrap();
    assert!(both.is_for_others(Judged { multi_tool: &MultiTool::Shipped, ..with_own_tool(&own) }));
    for (wrong, hint) in [("\"faulty:unicorn\"", "no such tool"), ("\"x\"", "absolute path")] {
        let error = listed(&text.replace("\"postmulti\"", wrong)).unwrap_err().to_string();
        assert!(error.starts_with("expected.toml:1:1: ") && error.contains(hint), "{error}");
    }
}

#[test]
fn a_file_of_another_version_is_refused_at_its_line() {
    assert_eq!(listed("version = 1\n").unwrap(), ExpectedFailures::default());
    for version in ["2", "\"1\"", "0"] {
        let error = listed(&format!("# for later\nversion = {version}\n\n[new]\nthing = 1\n")).unwrap_err();
        let error = error.to_string();
        assert!(
            error.starts_with("expected.toml:2:11: this is version ") && error.contains("version = 1"),
            "{error}"
        );
    }
}

/// A clause of which the example fails every case is not shown by it. It may fail one for another reason.
#[test]
fn the_example_holds_what_it_is_said_to_show() {
    let catalogue = Catalogue::load().unwrap();
    let expected = listed(include_str!("../../../faulty/expected-failures.toml")).unwrap();
    let example = Manager::named("example", "/run/example".into());
    let held = |clause: &Clause| {
        let mut cases =
            catalogue.cases().iter().filter(|case| case.clauses.first() == Some(&clause.id)).peekable();
        cases.peek().is_none() || cases.any(|case| expected.reason(with_own_tool(&example), case).is_none())
    };
    let shown = catalogue.clauses().iter().filter(|clause| clause.level == Level::Example);
    let failed: Vec<&str> = shown.filter(|clause| !held(clause)).map(|clause| clause.id.as_str()).collect();
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn an_entry_may_be_about_some_releases() {
    let text = entry("case = \"manager/listed-order\"\npostfix = \"-3.7 debian\"", "ours");
    let list = listed(&text).unwrap();
    let own = Manager::own();
    let is_meant = |version: &str| {
        let postfix = Some(version.parse().unwrap());
        !list.is_for_others(Judged { postfix, ..with_own_tool(&own) })
    };
    assert!(is_meant("3.7-debian") && is_meant("3.5.25-debian"));
    assert!(!is_meant("3.7") && !is_meant("3.8-debian"));
    let error = listed(&text.replace("-3.7 debian", "3.7+")).unwrap_err().to_string();
    assert!(error.starts_with("expected.toml:1:1: ") && error.contains("\"3.7-3.9 3.11\""), "{error}");
}

#[test]
fn an_entry_may_be_about_several_managers_and_say_where_it_is_dealt_with() {
    let text = entry("case = \"manager/listed-order\"\nissue = \"https://example.org/12\"", "x");
    let list = listed(&text.replace("\"x\"", "[\"shell\", \"*/my-manager *\"]")).unwrap();
    let (shell, mine) =
        (Manager::named("shell", "/x".into()), Manager::named("/opt/my-manager -p", "/y".into()));
    let catalogue = Catalogue::load().unwrap();
    let case = catalogue.case(CASE).unwrap();
    for manager in [&shell, &mine] {
        let reason = list.reason(with_own_tool(manager), case);
        assert_eq!(reason.as_deref(), Some("it is so (https://example.org/12)"));
    }
    assert!(list.is_for_others(with_own_tool(&Manager::own())));
}
