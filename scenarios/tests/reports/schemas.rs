//! Tests the JSON Schemas of case files and of files of expected failures.
//! Every shipped file is as its schema says, and a file that the suite refuses for its form is refused by the schema
//! too.

use std::path::Path;

use jsonschema::Validator;
use postfix_scenarios::catalogue::case_reader;
use postfix_scenarios::catalogue::contents::{Catalogue, FILES};
use postfix_scenarios::commands::export::{CASE_SCHEMA, EXPECTED_FAILURES_SCHEMA};
use postfix_scenarios::commands::new_case::TEMPLATE;
use postfix_scenarios::judge::expected_failures::ExpectedFailures;
use serde_json::Value;

const EXPECTED_FAILURES: &str = include_str!("../../faulty/expected-failures.toml");

fn validator(schema: &str) -> Validator {
    jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap()
}

/// A TOML file as JSON.
fn value(text: &str) -> Value {
    serde_json::to_value(toml::from_str::<toml::Table>(text).unwrap()).unwrap()
}

#[test]
fn every_shipped_case_is_as_the_schema_says() {
    let validator = validator(CASE_SCHEMA);
    for (name, text) in FILES.iter().chain(&[("the template", TEMPLATE)]) {
        let complaints: Vec<String> =
            validator.iter_errors(&value(text)).map(|error| error.to_string()).collect();
        assert_eq!(complaints, Vec::<String>::new(), "{name}");
    }
    let text = EXPECTED_FAILURES;
    assert!(self::validator(EXPECTED_FAILURES_SCHEMA).is_valid(&value(text)));
}

/// All values that differ from this one at one place: an unknown key, a missing key, a value of another type.
fn broken(value: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    match value {
        Value::Object(table) => {
            let mut more = table.clone();
            more.insert("unknown".to_owned(), Value::from(1));
            all.push(Value::Object(more));
            for (key, inner) in table {
                let mut less = table.clone();
                less.remove(key);
                all.push(Value::Object(less));
                let with = |new: Value| {
                    let mut other = table.clone();
                    other.insert(key.clone(), new);
                    Value::Object(other)
                };
                all.push(with(Value::from(1.5)));
                all.extend(broken(inner).into_iter().map(with));
            }
        }
        Value::Array(list) => {
            for (place, inner) in list.iter().enumerate() {
                let with = |new: Value| {
                    let mut other = list.clone();
                    other[place] = new;
                    Value::Array(other)
                };
                all.push(with(Value::from(1.5)));
                all.extend(broken(inner).into_iter().map(with));
            }
        }
        _ => {}
    }
    all
}

/// For each case that is broken at one place, the suite's reader and the schema are asked. The reader knows more than the
/// schema: so what the schema refuses, the reader refuses, and what only the reader refuses is about names.
#[test]
fn schema_and_reader_refuse_the_same_forms() {
    let validator = validator(CASE_SCHEMA);
    let catalogue = Catalogue::load().unwrap();
    let (mut refused, mut about_names) = (0, 0);
    for (name, text) in FILES.iter().step_by(9).chain(&[("manager/template", TEMPLATE)]) {
        for broken in broken(&value(text)) {
            let Ok(text) = toml::to_string(&broken) else { continue };
            let read = case_reader::parse(name, &text, catalogue.clauses());
            match (validator.is_valid(&broken), read) {
                (true, Ok(_)) => {}
                (false, Err(_)) => refused += 1,
                (false, Ok(_)) => panic!("{name}: the schema refuses what the suite reads:\n{text}"),
                (true, Err(error)) => {
                    let error = error.to_string();
                    let names = error.contains("the layout has no instance")
                        || error.contains("gate")
                        || error.contains("a fault names");
                    assert!(names, "{name}: the schema lets pass: {error}\n{text}");
                    about_names += 1;
                }
            }
        }
    }
    assert!(refused > 1000 && about_names > 0, "{refused} {about_names}");
}

/// A case with a `WORD` in the place of each kind of value that is one of a few words.
const WORDS: [&str; 7] = [
    "default = { damage = \"WORD\" }",
    "instances = [{ name = \"a\", damage = \"WORD\" }]",
    "faults = [{ edit = \"WORD\" }]",
    "faults = [{ gate = \"g\" }]\n[[step]]\nactions = [{ gate = \"g\", signal = \"WORD\" }]",
    "[[step]]\nshared_files = { default = [\"WORD\"] }",
    "[[step]]\nstatus = \"WORD\"",
    "[[step]]\nmanager = []\nstdin = \"WORD\"",
];

#[test]
fn schema_and_reader_know_the_same_words() {
    let validator = validator(CASE_SCHEMA);
    let catalogue = Catalogue::load().unwrap();
    let all = "directory-missing main-cf-missing main-cf-directory main-cf-unreadable main-cf-fifo main-cf-syntax \
               full-disk read-only killed HUP INT QUIT TERM KILL STOP CONT USR1 USR2 PIPE ALRM CHLD check update failure \
               any simulated sandbox container live unknown";
    let mut taken = 0;
    for (place, word) in WORDS.iter().flat_map(|place| all.split(' ').map(move |word| (place, word))) {
        let step = if place.contains("[[step]]") { "" } else { "\n[[step]]" };
        let run = if place.contains("manager =") { "" } else { "postfix = [\"start\"]\n" };
        let status = if place.contains("status =") { "" } else { "status = 0\n" };
        let text = format!(
            "title = \"t\"\nclauses = [\"MGR-1\"]\nprose = \"p\"\n[layout]\n{}{step}\n{run}{status}journal = []\n",
            place.replace("WORD", word)
        );
        let read = case_reader::parse("manager/x", &text, catalogue.clauses());
        assert_eq!(validator.is_valid(&value(&text)), read.is_ok(), "{read:?}:\n{text}");
        taken += usize::from(read.is_ok());
    }
    // All damages (twice), edits, signals, actions on shared files and statuses, and any text.
    assert_eq!(taken, 6 + 6 + 3 + 12 + 2 + 2 + all.split_whitespace().count());
}

#[test]
fn the_schema_of_expected_failures_refuses_what_is_none() {
    let validator = validator(EXPECTED_FAILURES_SCHEMA);
    let catalogue = Catalogue::load().unwrap();
    let good = "case = \"manager/no-list\"\nmanager = [\"ours\", \"shell\"]\nreason = \"x\"\nissue = \"https://example.org/1\"\n";
    let both = |text: &str| {
        let text = format!("version = 1\n[[expected_failure]]\n{text}");
        let read = ExpectedFailures::parse(Path::new("x"), &text, &catalogue).is_ok();
        (validator.is_valid(&value(&text)), read)
    };
    assert_eq!(both(good), (true, true));
    for (right, wrong) in [
        ("reason = \"x\"\n", ""),
        ("reason = \"x\"", "reason = \" \""),
        ("case = \"manager/no-list\"\n", ""),
        ("case", "clause = \"MGR-3\"\ncase"),
        ("manager = [\"ours\", \"shell\"]\n", ""),
        ("[\"ours\", \"shell\"]", "[]"),
        ("[\"ours\", \"shell\"]", "7"),
        ("https://example.org/1", "see 1"),
        ("issue", "isue"),
    ] {
        assert_eq!(both(&good.replace(right, wrong)), (false, false), "{wrong}");
    }
}
