//! The report behind a page, with look-up by name and number.

use std::collections::BTreeMap;

use crate::report::model::{CaseRecord, Document, ResultRecord, RunRecord};

/// What a page is about, with all that must be looked up.
pub(super) struct Page<'a> {
    pub(super) document: &'a Document,
    numbers: BTreeMap<&'a str, usize>,
    results: Vec<BTreeMap<&'a str, &'a ResultRecord>>,
}

impl<'a> Page<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        let of_run = |run: &'a RunRecord| {
            run.results.iter().map(|result| (result.case.as_str(), result)).collect::<BTreeMap<_, _>>()
        };
        Self {
            document,
            numbers: document
                .cases
                .iter()
                .enumerate()
                .map(|(number, case)| (case.name.as_str(), number))
                .collect(),
            results: document.runs.iter().map(of_run).collect(),
        }
    }

    /// The runs, by number.
    pub(super) fn runs(&self) -> impl Iterator<Item = (usize, &'a RunRecord)> {
        self.document.runs.iter().enumerate()
    }

    /// What became of a case in a run.
    pub(super) fn result(&self, run: usize, case: &CaseRecord) -> Option<&'a ResultRecord> {
        self.results.get(run)?.get(case.name.as_str()).copied()
    }

    /// The cases that judge a clause.
    pub(super) fn cases_of(&self, clause: &'a str) -> impl Iterator<Item = &'a CaseRecord> {
        self.document.cases.iter().filter(move |case| case.clauses.iter().any(|id| id == clause))
    }

    /// A case's number, which its places on the page are called by.
    pub(super) fn number(&self, case: &CaseRecord) -> usize {
        self.numbers.get(case.name.as_str()).copied().unwrap_or_default()
    }
}
