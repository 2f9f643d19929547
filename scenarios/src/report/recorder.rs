//! Turns a run that is under way into events.

use std::io;
use std::time::Duration;

use crate::catalogue::case::Case;
use crate::catalogue::contents::Catalogue;
use crate::judge::verdict::Judgement;
use crate::report::event::{Event, Opening, Reporter};
use crate::report::model::{CaseRecord, ClauseRecord};
use crate::report::recording;
use crate::report::run_head::RunHead;

/// A run that is under way.
pub struct Recorder<'a> {
    reporter: &'a mut dyn Reporter,
    head: &'a RunHead,
    cases: Vec<CaseRecord>,
    told: usize,
    trouble: io::Result<()>,
}

impl<'a> Recorder<'a> {
    /// Begins to tell about a run that will judge `cases`, in this order.
    ///
    /// # Errors
    /// When the reporter cannot write.
    pub fn begin(
        reporter: &'a mut dyn Reporter,
        catalogue: &Catalogue,
        cases: &[&Case],
        head: &'a RunHead,
    ) -> io::Result<Self> {
        let clauses: Vec<ClauseRecord> = catalogue.clauses().iter().map(ClauseRecord::from).collect();
        let cases: Vec<CaseRecord> = cases.iter().map(|case| recording::case(catalogue, case)).collect();
        reporter.hear(&Event::Opened(&Opening {
            suite: env!("CARGO_PKG_VERSION"),
            clauses: &clauses,
            cases: &cases,
            runs: 1,
            results: cases.len(),
        }))?;
        let all: Vec<&CaseRecord> = cases.iter().collect();
        reporter.hear(&Event::RunBegun(head, &all))?;
        Ok(Self { reporter, head, cases, told: 0, trouble: Ok(()) })
    }

    /// Tells what came of the next case. Once something could not be written, nothing more is.
    /// `expected` is why it was expected to fail, if that matters.
    pub fn tell(&mut self, case: &Case, judgement: &Judgement, expected: Option<String>) {
        if let (Ok(()), Some(record)) = (&self.trouble, self.cases.get(self.told)) {
            let result = recording::result(case, judgement, expected);
            self.trouble = self.reporter.hear(&Event::Judged(self.head, record, &result));
        }
        self.told += 1;
    }

    /// Tells that it is over.
    ///
    /// # Errors
    /// When the reporter cannot write, or could not before.
    pub fn end(self, took: Duration) -> io::Result<()> {
        self.trouble?;
        self.reporter.hear(&Event::RunEnded(self.head, recording::microseconds(took)))?;
        self.reporter.hear(&Event::Closed)
    }
}
