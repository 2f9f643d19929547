//! Lists the mutants that no test needs to see, each with its reason.
//! It compares them with those that no test saw. Lines and columns are left out, so that the list stays right if
//! another part of a file changes.
//!
//! Knows nothing about how mutants are made.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

/// The list, below the workspace's root.
pub(super) const FILE: &str = "xtask/surviving-mutants.toml";

/// A mutant that no test saw: its file and what was replaced, without its place there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Missed(pub(super) String);

/// An entry of the list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    /// The part of the workspace that it is in.
    pub(super) part: String,
    /// The mutant, as [`Missed`] has it.
    pub(super) mutant: String,
    /// How many mutants in the same function are called the same.
    #[serde(default = "one")]
    pub(super) count: usize,
    /// Why no test needs to see it.
    reason: String,
}

fn one() -> usize {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    survivor: Vec<Listed>,
}

impl Missed {
    /// From a line of a report: `FILE:LINE:COLUMN: WHAT`.
    pub(super) fn parse(line: &str) -> Self {
        let mut parts = line.splitn(4, ':');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(file), Some(_), Some(_), Some(what)) => Self(format!("{file}:{what}")),
            _ => Self(line.to_owned()),
        }
    }
}

/// Reads the list.
pub(super) fn read(path: &Path) -> Result<Vec<Listed>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    parse(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn parse(text: &str) -> Result<Vec<Listed>, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    for entry in &file.survivor {
        if entry.reason.trim().is_empty() || entry.count == 0 {
            return Err(format!("{}: say why no test needs to see it, and how many there are", entry.mutant));
        }
    }
    Ok(file.survivor)
}

/// Compares the list with the mutants of a part that no test saw. Complains of a survivor without a reason and, if all
/// mutants were tried, of a reason without a survivor.
pub(super) fn compare(part: &str, listed: &[Listed], missed: &[Missed], whole: bool) -> Vec<String> {
    let mut survived: BTreeMap<&str, usize> = BTreeMap::new();
    for one in missed {
        *survived.entry(&one.0).or_default() += 1;
    }
    let mut expected: BTreeMap<&str, usize> = BTreeMap::new();
    for one in listed.iter().filter(|one| one.part == part) {
        *expected.entry(&one.mutant).or_default() += one.count;
    }
    let mut complaints = Vec::new();
    for (mutant, count) in &survived {
        let reasons = expected.get(mutant).copied().unwrap_or(0);
        if *count > reasons {
            let more = count - reasons;
            complaints.push(format!(
                "{mutant}: {more} survived; test what it breaks, or give the reason in {FILE}"
            ));
        }
    }
    for (mutant, count) in expected.iter().filter(|_| whole) {
        let survivors = survived.get(mutant).copied().unwrap_or(0);
        if *count > survivors {
            let fewer = count - survivors;
            complaints.push(format!("{mutant}: {fewer} listed in {FILE} survived no more; remove the entry"));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::super::Part;
    use super::*;
    use crate::workspace;

    fn missed(lines: &[&str]) -> Vec<Missed> {
        lines.iter().map(|line| Missed::parse(line)).collect()
    }

    #[test]
    fn the_list_of_this_tree_can_be_read() {
        let listed = read(&workspace::root().join(FILE)).unwrap();
        assert!(listed.iter().all(|one| Part::ALL.iter().any(|part| part.name() == one.part)));
    }

    #[test]
    fn a_mutant_is_known_wherever_it_has_moved() {
        let line = "a/b.rs:10:5: replace x -> Result<(), y::Z> with Ok(()) in f";
        assert_eq!(
            Missed::parse(line),
            Missed("a/b.rs: replace x -> Result<(), y::Z> with Ok(()) in f".to_owned())
        );
        assert_eq!(Missed::parse("odd"), Missed("odd".to_owned()));
    }

    #[test]
    fn a_survivor_needs_a_reason_and_a_reason_needs_a_survivor() {
        let list = |count| {
            parse(&format!(
                "[[survivor]]\npart = \"oracle\"\nmutant = \"a.rs: m\"\ncount = {count}\nreason = \"r\"\n"
            ))
            .unwrap()
        };
        let one = missed(&["a.rs:1:1: m"]);
        let two = missed(&["a.rs:1:1: m", "a.rs:9:1: m"]);
        assert_eq!(compare("oracle", &list(1), &one, true), Vec::<String>::new());
        assert_eq!(compare("oracle", &[], &one, true).len(), 1);
        assert!(compare("oracle", &list(1), &two, true)[0].contains("1 survived; test what it breaks"));
        assert!(compare("oracle", &list(2), &one, true)[0].contains("1 listed"));
        assert_eq!(compare("oracle", &list(2), &one, false), Vec::<String>::new());
        assert_eq!(compare("wrapper", &list(1), &[], true), Vec::<String>::new());
    }

    #[test]
    fn an_entry_says_why() {
        for bad in [
            "[[survivor]]\npart = \"oracle\"\nmutant = \"m\"\nreason = \" \"\n",
            "[[survivor]]\npart = \"oracle\"\nmutant = \"m\"\ncount = 0\nreason = \"r\"\n",
            "[[survivor]]\npart = \"oracle\"\nmutant = \"m\"\n",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
