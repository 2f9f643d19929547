//! Lists the faulty implementations, and the clauses that each breaks.
//! They are managers, fakes and multi-instance tools that are wrong in one realistic way each. With them the suite
//! shows that its cases can fail, and fail at the right clause.

use std::path::PathBuf;

use serde::Deserialize;

use crate::catalogue::similar_names;

/// A right manager, in functions.
const PARTS: &str = include_str!("../../faulty/parts.sh");
/// The example manager of the specification.
const EXAMPLE: &str = include_str!("../../faulty/example.sh");
/// What a broken fake begins with.
const PRELUDE: &str = include_str!("../../faulty/prelude.sh");
/// Broken managers.
const MANAGERS: &str = include_str!("../../faulty/managers.toml");
/// Managers that are wrong about who is enabled.
const ENABLED: &str = include_str!("../../faulty/enabled.toml");
/// Broken fakes.
const FAKES: &str = include_str!("../../faulty/fakes.toml");
/// A right multi-instance tool, in functions.
const TOOL: &str = include_str!("../../faulty/tool.sh");
/// Broken multi-instance tools.
const TOOLS: &str = include_str!("../../faulty/tools.toml");

/// The name of the manager, and of the tool, that all broken ones are made from.
pub const RIGHT: &str = "right";

/// What comes before the name of a faulty manager or tool.
pub const PREFIX: &str = "faulty:";

/// Something that is wrong in one way.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faulty {
    /// Its name.
    pub name: String,
    /// What is wrong with it, in a sentence.
    pub defect: String,
    /// The clauses it breaks. A case that has one of them first must fail.
    pub breaks: Vec<String>,
    /// The program of a world that it takes the place of; without one it is a manager, or a tool.
    pub program: Option<PathBuf>,
    /// What it does differently.
    script: String,
    /// What it is made from.
    #[serde(skip)]
    from: Parts,
}

/// What the script of a faulty one is put into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Parts {
    /// A manager's parts, or what fakes begin with.
    #[default]
    Simulation,
    /// A multi-instance tool's.
    Tool,
}

/// Why there are no faulty implementations. Only a change to it can cause it.
#[derive(Debug, thiserror::Error)]
pub enum FaultyError {
    /// A file is not what it should be.
    #[error("faulty/{0}: {1}")]
    Text(&'static str, toml::de::Error),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultyFile {
    faulty: Vec<Faulty>,
}

impl Faulty {
    /// Whether it is a multi-instance tool.
    pub fn is_tool(&self) -> bool {
        self.from == Parts::Tool
    }

    /// The script that is run.
    pub fn text(&self) -> String {
        match (self.from, &self.program) {
            (Parts::Tool, _) => tool_with(&self.script),
            (Parts::Simulation, None) => manager_with(&self.script),
            (Parts::Simulation, Some(_)) => {
                format!("#!/bin/sh\n# {}.\n{PRELUDE}\n{}", self.defect, self.script)
            }
        }
    }
}

/// All that the simulation can judge: the managers first, then the fakes.
///
/// # Errors
/// When a file holds a mistake.
pub fn all() -> Result<Vec<Faulty>, FaultyError> {
    let mut all_faulty = Vec::new();
    for (name, text) in [("managers.toml", MANAGERS), ("enabled.toml", ENABLED), ("fakes.toml", FAKES)] {
        let file: FaultyFile = toml::from_str(text).map_err(|error| FaultyError::Text(name, error))?;
        all_faulty.extend(file.faulty);
    }
    Ok(all_faulty)
}

/// The script of the manager of this name, the right one included.
///
/// # Errors
/// As [`all`].
pub fn manager(name: &str) -> Result<Option<String>, FaultyError> {
    if name == RIGHT {
        return Ok(Some(manager_with("")));
    }
    let all_faulty = all()?;
    let found = all_faulty.iter().find(|faulty| faulty.name == name && faulty.program.is_none());
    Ok(found.map(Faulty::text))
}

/// All multi-instance tools.
///
/// # Errors
/// When the file holds a mistake.
pub fn tools() -> Result<Vec<Faulty>, FaultyError> {
    let file: FaultyFile = toml::from_str(TOOLS).map_err(|error| FaultyError::Text("tools.toml", error))?;
    Ok(file.faulty.into_iter().map(|faulty| Faulty { from: Parts::Tool, ..faulty }).collect())
}

/// The script of the multi-instance tool of this name, the right one included.
///
/// # Errors
/// As [`tools`].
pub fn tool(name: &str) -> Result<Option<String>, FaultyError> {
    if name == RIGHT {
        return Ok(Some(tool_with("")));
    }
    let tools = tools()?;
    Ok(tools.iter().find(|faulty| faulty.name == name).map(Faulty::text))
}

/// The faulty one that was probably meant, as the end of a message.
pub fn did_you_mean(name: &str) -> String {
    let all: Vec<Faulty> = [all(), tools()].into_iter().flatten().flatten().collect();
    similar_names::did_you_mean(name, all.iter().map(|faulty| faulty.name.as_str()))
}

/// The example manager of postfix-wrapper(5), in other words.
pub fn example() -> String {
    format!("#!/bin/sh\n{EXAMPLE}")
}

fn manager_with(script: &str) -> String {
    format!("#!/bin/sh\n{PARTS}\n{script}\nmain \"$@\"\n")
}

fn tool_with(script: &str) -> String {
    format!("#!/bin/sh\n{TOOL}\n{script}\nmain \"$@\"\n")
}

#[cfg(test)]
mod tests {
    use super::{Faulty, RIGHT, all, manager, tool, tools};
    use crate::catalogue::clause::Part;
    use crate::catalogue::contents::Catalogue;
    use std::collections::BTreeSet;
    use std::process::Command;

    #[test]
    fn there_are_enough_and_each_says_what_is_wrong() {
        let all_faulty = all().unwrap();
        assert!(all_faulty.iter().filter(|faulty| faulty.program.is_none()).count() >= 50);
        assert!(tools().unwrap().len() >= 30);
        each_says_what_is_wrong(all_faulty);
        each_says_what_is_wrong(tools().unwrap());
    }

    fn each_says_what_is_wrong(all_faulty: Vec<Faulty>) {
        let mut names = BTreeSet::from([RIGHT.to_owned()]);
        for faulty in all_faulty {
            assert!(faulty.defect.len() > 15 && !faulty.defect.ends_with('.'), "{}", faulty.name);
            assert!(!faulty.breaks.is_empty() && !faulty.script.trim().is_empty(), "{}", faulty.name);
            assert!(names.insert(faulty.name.clone()), "{} is there twice", faulty.name);
        }
    }

    #[test]
    fn each_breaks_clauses_that_a_case_has_first() {
        let catalogue = Catalogue::load().unwrap();
        for faulty in all().unwrap().into_iter().chain(tools().unwrap()) {
            for id in &faulty.breaks {
                let led = catalogue.cases().iter().any(|case| case.clauses.first() == Some(id));
                assert!(led, "{}: no case has {id} first", faulty.name);
            }
        }
    }

    #[test]
    fn every_clause_is_broken_by_one() {
        let catalogue = Catalogue::load().unwrap();
        let broken: BTreeSet<String> = all().unwrap().into_iter().flat_map(|faulty| faulty.breaks).collect();
        for clause in catalogue.clauses().iter().filter(|clause| clause.needs != Part::MultiTool) {
            assert!(broken.contains(&clause.id), "nothing faulty breaks {}", clause.id);
        }
    }

    #[test]
    fn a_manager_is_found_by_its_name() {
        assert!(manager(RIGHT).unwrap().is_some());
        assert!(manager("always-0").unwrap().unwrap().contains("failed() { :; }"));
        assert_eq!(manager("unicorn").unwrap(), None);
    }

    /// What a shell cannot read fails everywhere, and shows nothing of a defect.
    #[test]
    fn a_shell_can_read_each() {
        for faulty in all().unwrap().into_iter().chain(tools().unwrap()) {
            let mut shell = Command::new("sh").args(["-n", "-c", &faulty.text()]).spawn().unwrap();
            assert!(shell.wait().unwrap().success(), "{}", faulty.name);
        }
    }

    #[test]
    fn a_tool_is_found_by_its_name_and_is_no_manager() {
        assert!(tool(RIGHT).unwrap().unwrap().ends_with("main \"$@\"\n"));
        assert!(tool("group-ignored").unwrap().unwrap().contains("without -g 1"));
        assert_eq!(tool("always-0").unwrap(), None);
        assert_eq!(manager("group-ignored").unwrap(), None);
    }
}
