//! Holds the catalogue: all clauses and all cases, and which belong together.
//! They were compiled in, or the command line adds them.

use std::path::Path;

use crate::catalogue::case::Case;
use crate::catalogue::case_paths::{self, CannotRead};
use crate::catalogue::case_reader::{self, CaseFileError};
use crate::catalogue::clause::{self, Clause, ClauseError, Level};

/// The case files: name and text.
pub const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/cases.rs"));

/// The description of their format.
pub const DESCRIPTION: &str = include_str!("../../cases/README.md");

/// All clauses and cases that there are for one call of the suite.
#[derive(Clone, Debug)]
pub struct Catalogue {
    clauses: Vec<Clause>,
    cases: Vec<Case>,
}

/// Why there is no catalogue. Only a change to a clause or a case can cause it.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The clauses.
    #[error(transparent)]
    Clause(#[from] ClauseError),
    /// A case file.
    #[error(transparent)]
    Case(#[from] CaseFileError),
}

impl Catalogue {
    /// What was compiled in.
    ///
    /// # Errors
    /// When it holds a mistake.
    pub fn load() -> Result<Self, CatalogueError> {
        Self::read(FILES)
    }

    fn read(files: &[(&str, &str)]) -> Result<Self, CatalogueError> {
        let clauses = clause::all()?;
        let cases = files
            .iter()
            .map(|(name, text)| case_reader::parse(name, text, &clauses))
            .collect::<Result<_, _>>()?;
        Ok(Self { clauses, cases })
    }

    /// The same with the clauses of a file.
    ///
    /// # Errors
    /// When it cannot be read or has a mistake.
    pub fn with_clauses(mut self, path: &Path) -> Result<Self, ClauseError> {
        let own = clause::from_file(path, &self.clauses)?;
        self.clauses.extend(own);
        Ok(self)
    }

    /// The same with the case of a file. If it is there already, nothing changes.
    ///
    /// # Errors
    /// When the file cannot be read or has a mistake.
    pub fn with_case(mut self, path: &str) -> Result<Self, CannotRead> {
        let case = case_paths::read(path, &self.clauses)?;
        if !self.cases.iter().any(|other| other.name == case.name) {
            self.cases.push(case);
        }
        Ok(self)
    }

    /// The case of this name.
    pub fn case(&self, name: &str) -> Option<&Case> {
        self.cases.iter().find(|case| case.name == name)
    }

    /// All cases: those of the suite by name, then those that were added.
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// All clauses, in the catalogue's order.
    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// The clause with this id.
    pub fn clause(&self, id: &str) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.id.eq_ignore_ascii_case(id))
    }

    /// The clauses of a case.
    pub fn clauses_of(&self, case: &Case) -> impl Iterator<Item = &Clause> {
        case.clauses.iter().filter_map(|id| self.clause(id))
    }

    /// A case's level: its first clause's.
    pub fn level(&self, case: &Case) -> Level {
        self.clauses_of(case).next().map_or(Level::Documented, |clause| clause.level)
    }

    /// The cases that judge a clause.
    pub fn cases_of(&self, clause: &Clause) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|case| case.clauses.contains(&clause.id))
    }
}

#[cfg(test)]
mod tests {
    use super::Catalogue;
    use crate::catalogue::clause::Part;

    #[test]
    fn every_clause_of_manager_postfix_and_postconf_has_a_case() {
        let catalogue = Catalogue::load().unwrap();
        for clause in catalogue.clauses() {
            // What postfix-script and the set-gid commands do on their own shows in no journal of a simulation.
            if !matches!(clause.needs, Part::PostfixScript | Part::SetGidCommands) {
                assert!(catalogue.cases_of(clause).next().is_some(), "no case judges {}", clause.id);
            }
        }
    }

    #[test]
    fn no_two_cases_have_the_same_title() {
        let catalogue = Catalogue::load().unwrap();
        let mut titles: Vec<&str> = catalogue.cases().iter().map(|case| case.title.as_str()).collect();
        titles.sort_unstable();
        let twice = titles.windows(2).find(|pair| pair[0] == pair[1]);
        assert_eq!(twice, None);
    }
}
