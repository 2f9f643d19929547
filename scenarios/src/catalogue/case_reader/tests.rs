//! Tests of the case reader: what a good file means, and how a wrong one is refused.

use super::parse;
use crate::catalogue::case::Case;
use crate::catalogue::clause;
use crate::catalogue::testbed_name::TestbedName;

const GOOD: &str = r#"title = "starts"
clauses = ["MGR-1", "MGR-17"]
prose = "Why."

[layout]
default = { enable = "yes" }
instances = [{ name = "a" }]
faults = [{ instance = "a", gate = "g" }]

[[step]]
postfix = ["start", "a b", [255]]
environment = { X = "y" }
actions = [{ gate = "g", signal = "TERM" }]
status = "failure"
journal = ["default: start", ["a", "check", ""]]
stderr_contains = ["@root@/etc/postfix-a"]
running = { a = false }
"#;

fn read(text: &str) -> Result<Case, String> {
    parse("manager/x", text, &clause::all().unwrap()).map_err(|error| error.to_string())
}

#[test]
fn a_good_file_says_what_it_says() {
    let case = read(GOOD).unwrap();
    assert_eq!((case.name.as_str(), case.section(), case.title.as_str()), ("manager/x", "manager", "starts"));
    assert_eq!(case.layout.instances().count(), 2);
    let [step] = &case.steps[..] else { panic!("{case:?}") };
    assert_eq!(step.invocation.arguments[2].0, [255]);
    let runs = step.expectation.runs.as_deref().unwrap();
    assert_eq!(runs[0].to_string(), "default: start");
    assert_eq!(runs[1].arguments.len(), 2);
    assert!(case.excluded_from(TestbedName::Sandbox).is_none());
}

#[test]
fn a_case_may_be_for_some_testbeds_only() {
    let text = GOOD.replace("\n[layout]", "testbeds = [\"sandbox\"]\nreason = \"it is\"\n\n[layout]");
    let case = read(&text).unwrap();
    assert_eq!(case.excluded_from(TestbedName::Simulated), Some("it is"));
    assert_eq!(case.excluded_from(TestbedName::Sandbox), None);
}

/// What is wrong, where, and what the message must hold.
const MISTAKES: [(&str, &str, usize, &str); 26] = [
    ("title = \"starts\"", "title = \"\"", 1, "say something"),
    ("prose = \"Why.\"\n", "", 1, "the key `prose` is missing"),
    ("prose", "prosa", 3, "there is no key `prosa` here (did you mean prose?)"),
    ("\"MGR-17\"", "\"MGR-99\"", 2, "no clause MGR-99 (did you mean MGR-"),
    ("[\"MGR-1\", \"MGR-17\"]", "[]", 2, "at least one clause"),
    (
        "[layout]",
        "testbeds = [\"moon\"]\nreason = \"x\"\n[layout]",
        5,
        "there is no value `moon` here; take one of simulated, sandbox",
    ),
    ("[layout]", "testbeds = [\"live\"]\n[layout]", 5, "reason"),
    ("[layout]", "reason = \"x\"\n[layout]", 5, "leave it out"),
    ("enable = \"yes\"", "enabled = \"yes\"", 6, "no key `enabled` here (did you mean enable?)"),
    ("name = \"a\"", "name = \"A\"", 5, "small letters"),
    ("instance = \"a\"", "instance = \"b\"", 5, "\"b\""),
    ("gate = \"g\", signal", "gate = \"h\", signal", 13, "\"h\""),
    (
        "\"default: start\", ",
        "\"default start\", ",
        15,
        "a colon is missing after the instance: write \"default: start\"",
    ),
    ("\"default: start\", ", "\"defualt: start\", ", 15, "\"defualt\" (did you mean default?)"),
    ("postfix = ", "invoke = ", 11, "no key `invoke` here; take one of postfix, manager, multi_tool"),
    ("\"TERM\"", "\"TREM\"", 13, "no value `TREM` here (did you mean TERM?)"),
    ("running = { a", "running = { b", 17, "\"b\""),
    ("running", "rewrite = [{ name = \"b\" }]\nrunning", 17, "\"b\""),
    ("status = \"failure\"", "status = \"fine\"", 14, "a status is"),
    ("status = \"failure\"", "status = 256", 14, "a status is"),
    ("journal = [\"default: start\"", "journal = [7", 15, "a run is written"),
    ("stderr_contains", "manager = []\nstderr_contains", 10, "exactly one"),
    ("journal = [\"default: start\", [\"a\", \"check\", \"\"]]\n", "", 14, "a status alone"),
    ("stderr_contains", "program = []\nstderr_contains", 10, "exactly one"),
    ("stderr_contains", "shared_files = { a = [\"chekc\"] }\nstderr_contains", 10, "(did you mean check?)"),
    ("stderr_contains", "live = { daemons = { b = true } }\nstderr_contains", 10, "\"b\""),
];

#[test]
fn mistakes_are_refused_with_file_and_line_and_what_to_do() {
    for (right, wrong, line, message) in MISTAKES {
        let text = GOOD.replacen(right, wrong, 1);
        assert_ne!(text, GOOD, "{right}");
        let error = read(&text).unwrap_err();
        let place = format!("cases/manager/x.toml:{line}:");
        assert!(error.starts_with(&place) && error.contains(message), "{wrong}: {error}");
    }
}

#[test]
fn a_file_without_steps_or_folder_is_refused() {
    let (before, _) = GOOD.split_once("[[step]]").unwrap();
    assert!(read(before).unwrap_err().contains("the key `step` is missing"));
    assert!(read(&before.replace("[layout]", "step = []\n[layout]")).unwrap_err().contains("[[step]]"));
    let error = parse("x", GOOD, &clause::all().unwrap()).unwrap_err();
    assert!(error.to_string().contains("folder"));
}
