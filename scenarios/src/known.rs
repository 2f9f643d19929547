//! Expected failures: what is known to fail for a manager, and why. What is known and passes is as wrong as what
//! fails and is not known. Knows how they are written down and compared, nothing of how cases are judged.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::Deserialize;

use crate::case::Case;
use crate::catalogue::Catalogue;
use crate::judge::Verdict;
use crate::manager::Manager;

/// One expected failure.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// A case by its name.
    case: Option<String>,
    /// Or a clause: at least one case that has it first fails.
    clause: Option<String>,
    /// The manager: its name, or its value of `multi_instance_wrapper`.
    manager: String,
    /// Why.
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    known: Vec<Entry>,
}

/// All expected failures of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    entries: Vec<Entry>,
}

/// Why a file tells no expected failures.
#[derive(Debug, thiserror::Error)]
pub enum KnownError {
    /// It cannot be read.
    #[error("--known {path}: {source}")]
    File {
        /// Its path.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It is no such file.
    #[error("{path}: {source}; each [[known]] has a case or a clause, a manager and a reason")]
    Text {
        /// Its path.
        path: PathBuf,
        /// What is wrong.
        source: Box<toml::de::Error>,
    },
    /// An entry is wrong.
    #[error("{path}: entry {number}: {what}")]
    Entry {
        /// The file.
        path: PathBuf,
        /// Which entry, counted from 1.
        number: usize,
        /// What is wrong.
        what: String,
    },
}

/// What was expected of a run, and came or did not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Cases that failed as expected, with the reason.
    pub expected: Vec<(String, String)>,
    /// Expected failures that did not come, in words.
    pub passed: Vec<String>,
}

impl Comparison {
    /// Whether a case of this name failed as expected.
    pub fn expects(&self, case: &str) -> bool {
        self.expected.iter().any(|(name, _)| name == case)
    }

    /// Tells which failures were expected, and which of them did not come.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn tell(&self, out: &mut dyn Write) -> io::Result<()> {
        for (case, reason) in &self.expected {
            writeln!(out, "known: {case}: {reason}")?;
        }
        for what in &self.passed {
            writeln!(out, "unexpected: {what}")?;
        }
        match self.expected.len() {
            0 => Ok(()),
            1 => writeln!(out, "1 failure was expected and does not count"),
            count => writeln!(out, "{count} failures were expected and do not count"),
        }
    }
}

impl Known {
    /// What a file says.
    ///
    /// # Errors
    /// When it cannot be read, or names something that is not there.
    pub fn read(path: &Path, catalogue: &Catalogue) -> Result<Self, KnownError> {
        let text = fs::read_to_string(path)
            .map_err(|source| KnownError::File { path: path.to_path_buf(), source })?;
        Self::parse(path, &text, catalogue)
    }

    /// What a file of this text says.
    ///
    /// # Errors
    /// When it names something that is not there.
    pub fn parse(path: &Path, text: &str, catalogue: &Catalogue) -> Result<Self, KnownError> {
        let file: File = toml::from_str(text)
            .map_err(|error| KnownError::Text { path: path.to_path_buf(), source: Box::new(error) })?;
        for (index, entry) in file.known.iter().enumerate() {
            if let Some(what) = mistake(entry, catalogue) {
                return Err(KnownError::Entry { path: path.to_path_buf(), number: index + 1, what });
            }
        }
        Ok(Self { entries: file.known })
    }

    /// Why this manager is expected to fail a case.
    pub fn reason(&self, manager: &Manager, case: &Case) -> Option<&str> {
        let found =
            self.entries.iter().find(|entry| manager.answers_to(&entry.manager) && entry.is_about(case));
        found.map(|entry| entry.reason.as_str())
    }

    /// Compares what came with what was expected of this manager. An entry is left undecided where the cases it is
    /// about were not all judged.
    pub fn compare(
        &self,
        catalogue: &Catalogue,
        manager: &Manager,
        judged: &[(&Case, &Verdict)],
    ) -> Comparison {
        let mut comparison = Comparison::default();
        let passed: BTreeSet<&str> = judged
            .iter()
            .filter(|(_, verdict)| matches!(verdict, Verdict::Passed))
            .map(|(case, _)| case.name.as_str())
            .collect();
        for (case, _) in judged.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Failed(_))) {
            if let Some(reason) = self.reason(manager, case) {
                comparison.expected.push((case.name.clone(), reason.to_owned()));
            }
        }
        for entry in self.entries.iter().filter(|entry| manager.answers_to(&entry.manager)) {
            let about: Vec<&str> = catalogue
                .cases()
                .iter()
                .filter(|case| entry.is_about(case))
                .map(|case| case.name.as_str())
                .collect();
            if about.iter().all(|name| passed.contains(name)) {
                comparison.passed.push(format!(
                    "{} passes, and was expected to fail ({}); remove it from the list",
                    entry.name(),
                    entry.reason
                ));
            }
        }
        comparison
    }
}

impl Entry {
    fn is_about(&self, case: &Case) -> bool {
        self.case.as_ref() == Some(&case.name)
            || self.clause.is_some() && self.clause.as_ref() == case.clauses.first()
    }

    fn name(&self) -> &str {
        self.case.as_deref().or(self.clause.as_deref()).unwrap_or_default()
    }
}

fn mistake(entry: &Entry, catalogue: &Catalogue) -> Option<String> {
    let about_any = catalogue.cases().iter().any(|case| entry.is_about(case));
    match (&entry.case, &entry.clause) {
        (Some(_), Some(_)) | (None, None) => Some("give either a case or a clause".to_owned()),
        (Some(case), None) if !about_any => {
            Some(format!("there is no case {case:?}; `postfix-conformance list` has them all"))
        }
        (None, Some(clause)) if !about_any => {
            Some(format!("no case has the clause {clause:?} first; `postfix-conformance list` has them all"))
        }
        _ if entry.reason.trim().is_empty() => {
            Some("say the reason; it is what remains to be read later".to_owned())
        }
        _ if entry.manager.trim().is_empty() => Some("name the manager".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
#[path = "known_tests.rs"]
mod tests;
