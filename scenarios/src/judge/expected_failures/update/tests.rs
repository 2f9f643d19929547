//! Tests of how a list of expected failures is made and brought up to date.

use std::path::Path;

use super::{Came, Updated, updated};
use crate::catalogue::contents::Catalogue;
use crate::catalogue::testbed_name::TestbedName;
use crate::judge::expected_failures::{ExpectedFailures, Judged};
use crate::judge::verdict::{Failure, Verdict};
use crate::subject::manager::Manager;
use crate::subject::multi_tool::MultiTool;

const FIRST: &str = "manager/failure-of-the-first";
const LAST: &str = "manager/failure-of-the-last";

/// A file as people write it, with everything that must stay.
const WRITTEN: &str = "# Ours, since 2024.
version = 1

# seen by hand
[[expected_failure]]
case = \"manager/failure-of-the-first\"   # the first
manager = \"example\"
reason = '''
it is
# so'''

# about another manager
[[expected_failure]]
clause = \"MGR-3\"
manager = \"shell\"
reason = \"it is so\"
# the end
";

fn update(text: Option<&str>, failed: &[&str], passed: &[&str]) -> Result<Updated, String> {
    let catalogue = Catalogue::load().unwrap();
    let example = Manager::named("example", "/run/example".into());
    let judged = Judged {
        manager: &example,
        multi_tool: &MultiTool::Own,
        testbed: TestbedName::Simulated,
        postfix: None,
    };
    let mut came = Came::default();
    for name in failed {
        let failure = Failure { step: 0, later: Vec::new(), world: None };
        came.add(catalogue.case(name).unwrap(), &Verdict::Failed(Box::new(failure)));
    }
    for name in passed {
        came.add(catalogue.case(name).unwrap(), &Verdict::Passed);
    }
    updated(Path::new("list.toml"), text, &catalogue, judged, &came, "say \"why\"")
        .map_err(|error| error.to_string())
}

/// The names of the cases that a file expects the example to fail.
fn expected(text: &str) -> Vec<String> {
    let catalogue = Catalogue::load().unwrap();
    let example = Manager::named("example", "/run/example".into());
    let judged = Judged {
        manager: &example,
        multi_tool: &MultiTool::Own,
        testbed: TestbedName::Simulated,
        postfix: None,
    };
    let list = ExpectedFailures::parse(Path::new("list.toml"), text, &catalogue).unwrap();
    let cases = catalogue.cases().iter().filter(|case| list.reason(judged, case).is_some());
    cases.map(|case| case.name.clone()).collect()
}

#[test]
fn a_new_file_has_an_entry_for_each_failure() {
    let new = update(None, &[FIRST, LAST], &["manager/no-list"]).unwrap();
    assert_eq!((new.added, new.removed), (2, 0));
    assert_eq!(expected(&new.text), [FIRST, LAST]);
    assert!(new.text.starts_with("version = 1\n\n[[expected_failure]]\n"), "{}", new.text);
    // What was written is what is expected, so the next time nothing changes.
    assert_eq!(
        update(Some(&new.text), &[FIRST, LAST], &[]).unwrap(),
        Updated { added: 0, removed: 0, narrowed: 0, left: 0, ..new }
    );
}

#[test]
fn entries_that_still_hold_stay_byte_for_byte() {
    for (failed, passed) in [(&[FIRST][..], &[LAST][..]), (&[], &[]), (&[], &["manager/list-tabs"])] {
        assert_eq!(update(Some(WRITTEN), failed, passed).unwrap().text, WRITTEN);
    }
    let more = update(Some(WRITTEN), &[FIRST, LAST], &[]).unwrap();
    assert!(more.text.starts_with(WRITTEN) && more.added == 1, "{}", more.text);
}

#[test]
fn an_entry_that_passes_goes_with_its_comment_and_nothing_else() {
    let new = update(Some(WRITTEN), &[], &[FIRST]).unwrap();
    let (before, rest) = WRITTEN.split_once("# seen by hand").unwrap();
    let (_, after) = rest.split_once("# so'''\n\n").unwrap();
    assert_eq!((new.text.as_str(), new.removed), (format!("{before}{after}").as_str(), 1));
    let last = WRITTEN.replace("\"shell\"", "\"example\"");
    let cases = Catalogue::load().unwrap();
    let of_clause: Vec<&str> = cases
        .cases()
        .iter()
        .filter(|case| case.clauses[0] == "MGR-3")
        .map(|case| case.name.as_str())
        .collect();
    // Without an empty line, the end of an entry is no comment of the next.
    let close = last.replace("\n\n# about another manager", "");
    let new = update(Some(&close), &[], &of_clause).unwrap();
    assert!(new.text.ends_with("# so'''\n# the end\n"), "{}", new.text);
    // Of a clause, all cases must pass.
    assert_eq!(update(Some(&last), &[], &of_clause[1..]).unwrap().text, last);
    let new = update(Some(&last), &[], &of_clause).unwrap();
    assert!(new.text.ends_with("# so'''\n\n# the end\n"), "{}", new.text);
}

#[test]
fn an_entry_goes_if_all_of_it_passes_that_can_be_judged_here() {
    let entry = "[[expected_failure]]\nclause = \"GEN-2\"\nmanager = \"example\"\nreason = \"it is so\"\n";
    let catalogue = Catalogue::load().unwrap();
    let about = catalogue.cases().iter().filter(|case| case.clauses[0] == "GEN-2");
    let here = about.filter(|case| case.excluded_from(TestbedName::Simulated).is_none());
    let here: Vec<&str> = here.map(|case| case.name.as_str()).collect();
    assert_eq!(update(Some(entry), &[], &here[1..]).unwrap().removed, 0);
    assert_eq!(update(Some(entry), &[], &here).unwrap().removed, 1);
}

#[test]
fn an_entry_about_others_too_is_left_to_them() {
    let several =
        WRITTEN.replace("manager = \"example\"", "manager = [\"example\", \"shell\", \"postmulti\"]");
    let new = update(Some(&several), &[], &[FIRST]).unwrap();
    assert_eq!((new.narrowed, new.removed), (1, 0));
    assert_eq!(new.text, WRITTEN.replace("manager = \"example\"", "manager = [\"shell\", \"postmulti\"]"));
}

#[test]
fn an_entry_about_other_tools_too_is_left_to_them() {
    let tools = "manager = \"example\"\nmulti_tool = [\"ours\", \"postmulti\"]";
    let several = WRITTEN.replace("manager = \"example\"", tools);
    let new = update(Some(&several), &[], &[FIRST]).unwrap();
    assert_eq!((new.narrowed, new.removed, new.left), (1, 0, 0));
    assert_eq!(new.text, several.replace("[\"ours\", \"postmulti\"]", "[\"postmulti\"]"));
}

#[test]
fn an_entry_of_which_others_cannot_be_told_apart_stays() {
    for whom in [
        "manager = \"*\"",
        "manager = \"exam*\"",
        "manager = [\"example\", \"ex*\"]",
        "manager = [\"example\", \"shell\"]\nmulti_tool = [\"ours\", \"postmulti\"]",
        "multi_tool = \"*\"",
    ] {
        let several = WRITTEN.replace("manager = \"example\"", whom);
        let new = update(Some(&several), &[], &[FIRST]).unwrap();
        assert_eq!((new.narrowed, new.removed, new.left), (0, 0, 1), "{whom}");
        assert_eq!(new.text, several, "{whom}");
    }
}

#[test]
fn an_entry_that_is_no_table_of_its_own_is_not_guessed_at() {
    let inline =
        format!("expected_failure = [{{ case = \"{FIRST}\", manager = \"example\", reason = \"x\" }}]\n");
    let error = update(Some(&inline), &[], &[FIRST]).unwrap_err();
    assert!(error.starts_with("list.toml:1:21: this entry passes"), "{error}");
    assert_eq!(update(Some(&inline), &[FIRST], &[]).unwrap().text, inline);
}
