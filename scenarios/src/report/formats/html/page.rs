//! The report behind a page, with look-up by name and number.

use std::collections::BTreeMap;

use crate::catalogue::clause::Level;
use crate::judge::result::Counts;
use crate::report::model::{CaseRecord, ClauseRecord, Document, ResultRecord, RunRecord};
use crate::report::run_summary::RunSummary;
use crate::report::tally::Standing;

/// Of more runs than this, what passed is told in less room.
const FEW: usize = 3;

/// What a page is about, with all that must be looked up.
pub(super) struct Page<'a> {
    pub(super) document: &'a Document,
    numbers: BTreeMap<&'a str, usize>,
    results: Vec<BTreeMap<&'a str, &'a ResultRecord>>,
    summaries: Vec<RunSummary>,
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
            summaries: RunSummary::of_each(document),
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

    /// Whether there are so many runs that what passed is told in less room.
    pub(super) fn has_many_runs(&self) -> bool {
        self.document.runs.len() > FEW
    }

    /// What a run comes to.
    pub(super) fn summary(&self, run: usize) -> Option<&RunSummary> {
        self.summaries.get(run)
    }

    /// How a clause stands in a run, and the counts that decide.
    pub(super) fn clause(&self, run: usize, clause: &ClauseRecord) -> (Standing, Counts) {
        let tally = self.summary(run).and_then(|summary| summary.tally.clause(&clause.id));
        tally.map_or((Standing::NotJudged, Counts::default()), |tally| (tally.standing(), tally.decisive()))
    }

    /// How a case stands in a run.
    pub(super) fn case(&self, run: usize, case: &CaseRecord) -> Standing {
        let last = self.summary(run).map_or(Level::Robust, |summary| summary.tally.last);
        let outcome = self.result(run, case).map(|result| result.came(case.level, last));
        outcome.map_or(Standing::NotJudged, Standing::from)
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
