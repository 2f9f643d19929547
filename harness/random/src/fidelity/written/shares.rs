//! Measures in how many of the drawn files each form occurs, and compares that with what the documentation states.

use std::fmt::Write as _;

use proptest::strategy::{Strategy, ValueTree};

use super::main_cf::{BEHIND, BETWEEN, ITEMS, LONGEST_LIST, VALUES, main_cf};
use super::master_cf::{SERVICES, master_cf};
use super::{Kind, main_cf::name_of};
use crate::seeded_draw;

/// How many files are drawn.
const FILES: u64 = 2000;

const DOCUMENT: &str = include_str!("../../../../../docs/fidelity.md");

/// Something to look for in a file.
type Form = (&'static str, Box<dyn Fn(&str) -> bool>);

fn drawn(strategy: &impl Strategy<Value = String>, kind: u8) -> Vec<String> {
    (0..FILES).map(|number| seeded_draw::tree(strategy, 1, number, kind).unwrap().current()).collect()
}

/// Those of the kinds that can be seen in a text: blanks alone are looked for otherwise.
fn forms(kinds: &'static [Kind]) -> impl Iterator<Item = Form> {
    kinds.iter().filter(|kind| kind.forms.iter().all(|form| !form.trim().is_empty())).map(|kind| {
        let is_in = |text: &str| kind.forms.iter().any(|form| text.contains(form));
        (kind.name, Box::new(is_in) as Box<dyn Fn(&str) -> bool>)
    })
}

fn of_any_file() -> [Form; 3] {
    [
        ("Windows line ends", Box::new(|text: &str| text.contains("\r\n"))),
        ("blanks at the end of a line", Box::new(|text| text.contains(" \n") || text.contains("\t\n"))),
        ("empty lines", Box::new(|text| text.contains("\n\n") || text.contains("\r\n\r\n"))),
    ]
}

fn of_main_cf() -> Vec<Form> {
    let own: [Form; 5] = [
        ("tabs around the equals sign", Box::new(|text| text.contains("\t=\t") || text.contains("\t= "))),
        ("a setting that is set twice", Box::new(is_set_twice)),
        ("lists over several lines", Box::new(|text| longest_list(text) > 1)),
        ("lists over 27 lines", Box::new(|text| longest_list(text) >= LONGEST_LIST)),
        ("lists of hundreds of lines", Box::new(|text| longest_list(text) >= 100)),
    ];
    let kinds = [&VALUES[..], &BETWEEN, &BEHIND, &ITEMS].into_iter().flat_map(forms);
    kinds.chain(own).chain(of_any_file()).collect()
}

fn is_set_twice(text: &str) -> bool {
    let names: Vec<&str> = text.lines().filter_map(name_of).collect();
    names.iter().enumerate().any(|(number, name)| names[..number].contains(name))
}

fn longest_list(text: &str) -> usize {
    let is_continued = |line: &&str| line.starts_with([' ', '\t']) && !line.trim_start().starts_with('#');
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    let runs = lines.chunk_by(|one, next| is_continued(one) == is_continued(next));
    runs.filter(|run| is_continued(&run[0])).map(<[&str]>::len).max().unwrap_or(0)
}

/// The table of the documentation for these files.
fn table(texts: &[String], forms: &[Form]) -> String {
    let mut table = String::new();
    for (name, is_in) in forms {
        let found = texts.iter().filter(|text| is_in(text)).count();
        assert!(found > 0, "{name} does not occur");
        let of_hundred = (found * 100 + texts.len() / 2) / texts.len();
        writeln!(table, "| {name} | {of_hundred} |").unwrap();
    }
    table
}

#[test]
fn every_form_occurs_as_often_as_the_documentation_says() {
    let services: Vec<Form> = forms(&SERVICES).chain(of_any_file()).collect();
    let tables = [table(&drawn(&main_cf(), 0), &of_main_cf()), table(&drawn(&master_cf(), 1), &services)];
    let missing: Vec<&str> =
        tables.iter().map(String::as_str).filter(|table| !DOCUMENT.contains(table)).collect();
    assert!(missing.is_empty(), "docs/fidelity.md does not state these shares:\n{}", missing.join("\n"));
}
