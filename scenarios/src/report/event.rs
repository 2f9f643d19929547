//! The events of a report. Every format is fed by this one stream, during a run and when an old report is read.

use std::io;

use crate::report::completeness::MayLack;
use crate::report::model::{CaseRecord, ClauseRecord, Document, PartRecord, ResultRecord};
use crate::report::run_head::RunHead;

/// What a reporter hears. Runs come one after the other, each begun, told case by case and ended.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The report begins.
    Opened(&'a Opening<'a>),
    /// A run begins.
    RunBegun(&'a RunHead, &'a [&'a CaseRecord]),
    /// A case of that run was judged. They come in the order that was announced.
    Judged(&'a RunHead, &'a CaseRecord, &'a ResultRecord),
    /// That run is over.
    RunEnded(&'a RunHead, RunEnd<'a>),
    /// The report is complete.
    Closed,
}

/// What there is to know when a run is over.
#[derive(Clone, Copy, Debug)]
pub struct RunEnd<'a> {
    /// How long it took, in microseconds.
    pub took: u64,
    /// The parts that it was judged in.
    pub parts: &'a [PartRecord],
}

/// What there is to know before anything was judged.
#[derive(Clone, Debug)]
pub struct Opening<'a> {
    /// The suite's version.
    pub suite: &'a str,
    /// All clauses.
    pub clauses: &'a [ClauseRecord],
    /// All cases.
    pub cases: &'a [CaseRecord],
    /// How many runs will be told.
    pub runs: usize,
    /// How many results, in all runs.
    pub results: usize,
    /// What it may lack.
    pub may_lack: MayLack,
}

/// Makes a report of what it hears.
pub trait Reporter {
    /// Hears one event.
    ///
    /// # Errors
    /// When the report cannot be written.
    fn hear(&mut self, event: &Event<'_>) -> io::Result<()>;
}

impl<R: Reporter + ?Sized> Reporter for &mut R {
    fn hear(&mut self, event: &Event<'_>) -> io::Result<()> {
        (**self).hear(event)
    }
}

impl Document {
    /// Tells all of it again, and what it may lack.
    ///
    /// # Errors
    /// When the reporter cannot write.
    pub fn tell(&self, reporter: &mut dyn Reporter, may_lack: MayLack) -> io::Result<()> {
        reporter.hear(&Event::Opened(&Opening {
            suite: &self.suite,
            clauses: &self.clauses,
            cases: &self.cases,
            runs: self.runs.len(),
            results: self.runs.iter().map(|run| run.results.len()).sum(),
            may_lack,
        }))?;
        for run in &self.runs {
            let pairs: Vec<(&CaseRecord, &ResultRecord)> =
                run.results.iter().filter_map(|result| Some((self.case(&result.case)?, result))).collect();
            let cases: Vec<&CaseRecord> = pairs.iter().map(|(case, _)| *case).collect();
            reporter.hear(&Event::RunBegun(&run.head, &cases))?;
            for (case, result) in pairs {
                reporter.hear(&Event::Judged(&run.head, case, result))?;
            }
            reporter.hear(&Event::RunEnded(&run.head, RunEnd { took: run.took, parts: &run.parts }))?;
        }
        reporter.hear(&Event::Closed)
    }

    /// The case of this name.
    pub fn case(&self, name: &str) -> Option<&CaseRecord> {
        self.cases.iter().find(|case| case.name == name)
    }
}
