//! Clauses: what postfix-wrapper(5), postmulti(1) and their documents require, one claim each, in our own words.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use postfix_fakes::regular::{self, Links};
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::catalogue::toml_mistake::{Position, explained};

/// How large a file of clauses may be, in bytes.
const MOST: u64 = 16 << 20;

/// Whose claim a clause is. It decides what a failure means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// The text of postfix-wrapper(5) says so; of the multi-instance tool, that of postmulti(1) or
    /// `MULTI_INSTANCE_README`
    Documented,
    /// Its example manager does so, and its text does not contradict
    Example,
    /// All managers that come with Postfix do so, beyond postfix-wrapper(5)
    Reference,
    /// No manual page asks it of a manager, and operators need it
    Robust,
}

/// All levels, the strictest first.
pub const LEVELS: [Level; 4] = [Level::Documented, Level::Example, Level::Reference, Level::Robust];

impl Level {
    /// Its name in catalogue and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Example => "example",
            Self::Reference => "reference",
            Self::Robust => "robust",
        }
    }

    /// Whose claim it is, as a report says it.
    pub fn authority(self) -> &'static str {
        match self {
            Self::Documented => "said by the manual page",
            Self::Example => "shown by the example in postfix-wrapper(5)",
            Self::Reference => "done by the programs that come with Postfix",
            Self::Robust => "in no manual page of managers, needed by operators",
        }
    }

    /// What it means to fail it.
    pub fn consequence(self) -> &'static str {
        match self {
            Self::Documented => "a failure fails the run",
            Self::Example => "a failure fails the run, unless --level documented is given",
            Self::Reference => "a failure fails the run, unless --level documented or example is given",
            Self::Robust => "a failure fails the run for our own manager, and for others with --level robust",
        }
    }

    /// Whether a failure at this level counts if `last` is the last level that does.
    pub fn counts(self, last: Self) -> bool {
        self <= last
    }

    /// The last level that counts if no other is asked for: of our own programs everything, of others what Postfix
    /// says and does.
    pub fn usually_last(is_ours: bool) -> Self {
        if is_ours { Self::Robust } else { Self::Reference }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// The part of a mail system that a clause is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The multi-instance manager.
    Manager,
    /// postfix(1) and its multi-instance mode.
    Postfix,
    /// postfix-script and post-install.
    PostfixScript,
    /// postqueue(1) and postdrop(1).
    SetGidCommands,
    /// postconf(1)'s defaults.
    Postconf,
    /// The multi-instance tool: postmulti(1), or what takes its place.
    MultiTool,
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Manager => "the manager",
            Self::Postfix => "postfix(1)",
            Self::PostfixScript => "postfix-script",
            Self::SetGidCommands => "the set-gid commands",
            Self::Postconf => "postconf(1)",
            Self::MultiTool => "the multi-instance tool",
        })
    }
}

/// One claim.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Such as `MGR-3`, or `MGR-3b` if one sentence holds more than one claim. Never used again for another.
    pub id: String,
    /// Whose claim it is.
    pub level: Level,
    /// What it is a claim about.
    pub needs: Part,
    /// The section of the manual page that it comes from, or the document that it comes from instead.
    pub section: String,
    /// The first Postfix version that it holds for.
    pub since: String,
    /// What must hold.
    pub claim: String,
}

impl Clause {
    /// Its family: `MGR` of `MGR-3`.
    pub fn family(&self) -> &str {
        self.id.split_once('-').map_or("", |(family, _)| family)
    }

    /// Whether a word is its id or its family.
    pub fn is_meant_by(&self, word: &str) -> bool {
        let is = |name: &str| !name.is_empty() && name.eq_ignore_ascii_case(word);
        is(&self.id) || is(self.family())
    }
}

/// Why the clauses are no catalogue. Of those that come with the suite, only a change to them can cause it.
#[derive(Debug, thiserror::Error)]
pub enum ClauseError {
    /// The text is not what it should be.
    #[error("{file}: {source}")]
    Text {
        /// The file.
        file: &'static str,
        /// What is wrong.
        source: toml::de::Error,
    },
    /// The same id twice.
    #[error("clauses: {0} is there twice; give each claim an id of its own")]
    Twice(String),
    /// A file of somebody's own cannot be read.
    #[error("--clauses {path}: {source}; name a file of [[clause]] tables")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file of somebody's own has a mistake.
    #[error("{path}:{position}: {what}")]
    Mistake {
        /// The file.
        path: PathBuf,
        /// Where in it.
        position: Position,
        /// What is wrong.
        what: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClauseFile {
    clause: Vec<Clause>,
}

/// The project's own clauses, in their order.
///
/// # Errors
/// When the text that was compiled in is wrong.
pub fn all() -> Result<Vec<Clause>, ClauseError> {
    read(&FILES)
}

/// The files that hold them: those of postfix-wrapper(5) first, then those of the multi-instance tool.
pub const FILES: [(&str, &str); 2] = [
    ("clauses.toml", include_str!("../../clauses.toml")),
    ("clauses-multi.toml", include_str!("../../clauses-multi.toml")),
];

/// Clauses from their files' texts.
fn read(files: &[(&'static str, &str)]) -> Result<Vec<Clause>, ClauseError> {
    let mut clauses: Vec<Clause> = Vec::new();
    for (file, text) in files {
        let read: ClauseFile = toml::from_str(text).map_err(|source| ClauseError::Text { file, source })?;
        clauses.extend(read.clause);
    }
    let mut ids = BTreeSet::new();
    match clauses.iter().find(|clause| !ids.insert(clause.id.clone())) {
        Some(clause) => Err(ClauseError::Twice(clause.id.clone())),
        None => Ok(clauses),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnClauseFile {
    clause: Vec<Spanned<Clause>>,
}

/// Somebody's own clauses, from a file in the format of `clauses.toml`; `known` are those that there are already.
///
/// # Errors
/// When the file cannot be read or has a mistake, or a clause has an id that is in use.
pub fn from_file(path: &Path, known: &[Clause]) -> Result<Vec<Clause>, ClauseError> {
    let text = regular::read_to_string(path, MOST, Links::Followed)
        .map_err(|source| ClauseError::File { path: path.to_path_buf(), source })?;
    let mistake = |(position, what)| ClauseError::Mistake { path: path.to_path_buf(), position, what };
    let file: OwnClauseFile = toml::from_str(&text).map_err(|error| mistake(explained(&text, &error)))?;
    let mut clauses: Vec<Clause> = Vec::new();
    for clause in file.clause {
        let at = Position::of(&text, clause.span().start);
        let clause = clause.into_inner();
        if known.iter().chain(&clauses).any(|other| other.id.eq_ignore_ascii_case(&clause.id)) {
            return Err(mistake((
                at,
                format!("there is a clause {} already; give this one an id of its own", clause.id),
            )));
        }
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        if clause.family().is_empty() || clause.id.ends_with('-') || !clause.id.chars().all(is_plain) {
            let what = format!("{:?} is no id; write a family and a number, such as \"OWN-1\"", clause.id);
            return Err(mistake((at, what)));
        }
        if clause.claim.trim().is_empty() {
            return Err(mistake((at, format!("{}: say in `claim` what must hold", clause.id))));
        }
        clauses.push(clause);
    }
    Ok(clauses)
}

#[cfg(test)]
mod tests {
    use super::{ClauseError, all, from_file, read};

    /// The clauses that the project began with. Later ones may be added, none may go.
    const FIRST: [(&str, u8); 7] =
        [("GEN", 4), ("IND", 6), ("MODE", 7), ("MGR", 17), ("ENB", 11), ("SHR", 4), ("SGD", 4)];

    #[test]
    fn no_clause_has_been_lost() {
        let clauses = all().unwrap();
        for (family, count) in FIRST.into_iter().chain([("PRM", 2)]) {
            for number in 1..=count {
                let id = format!("{family}-{number}");
                assert!(clauses.iter().any(|clause| clause.id == id), "{id} is missing");
            }
        }
    }

    #[test]
    fn every_clause_says_something() {
        for clause in all().unwrap() {
            assert!(clause.claim.len() > 20, "{clause:?}");
            assert!(!clause.section.is_empty() && !clause.since.is_empty(), "{clause:?}");
            assert!(
                !clause.claim.ends_with('.'),
                "{}: a claim is a fragment, without a full stop",
                clause.id
            );
        }
    }

    #[test]
    fn clauses_of_ones_own_have_ids_of_their_own_and_mistakes_a_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("own.toml");
        let known = all().unwrap();
        let said = |id: &str, more: &str| {
            let clause = format!(
                "[[clause]]\nid = \"{id}\"\nlevel = \"robust\"\nneeds = \"manager\"\nsection = \"s\"\n\
                 since = \"2.6\"\nclaim = \"c\"\n{more}"
            );
            std::fs::write(&path, clause).unwrap();
            match from_file(&path, &known) {
                Ok(clauses) => clauses[0].id.clone(),
                Err(error) => error.to_string().replace(&path.display().to_string(), "FILE"),
            }
        };
        assert_eq!(said("OWN-1", ""), "OWN-1");
        assert_eq!(
            said("OWN-1", "clam = 1\n"),
            "FILE:8:1: there is no key `clam` here (did you mean claim?)"
        );
        assert!(said("mgr-3", "").starts_with("FILE:1:1: there is a clause mgr-3 already"));
        for id in ["OWN", "OWN 1", "-1", "OWN-", ""] {
            assert!(said(id, "").contains("is no id"), "{id}");
        }
        assert!(matches!(from_file(&folder.path().join("x"), &known), Err(ClauseError::File { .. })));
    }

    #[test]
    fn an_id_that_is_there_twice_is_refused() {
        let clause = "[[clause]]\nid = \"A-1\"\nlevel = \"robust\"\nneeds = \"manager\"\nsection = \"s\"\n\
                      since = \"2.6\"\nclaim = \"c\"\n";
        assert_eq!(read(&[("x", clause)]).unwrap().len(), 1);
        let twice = read(&[("x", clause), ("y", clause)]);
        assert!(matches!(twice, Err(ClauseError::Twice(id)) if id == "A-1"));
        let strange = format!("{clause}colour = 1\n");
        assert!(matches!(read(&[("x", &strange)]), Err(ClauseError::Text { file: "x", .. })));
    }
}
