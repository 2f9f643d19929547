//! Turns a run that is under way into events.

use std::io;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::catalogue::case::Case;
use crate::catalogue::contents::Catalogue;
use crate::catalogue::digest::Digest;
use crate::judge::verdict::Judgement;
use crate::report::completeness::MayLack;
use crate::report::event::{Event, Opening, Reporter, RunEnd};
use crate::report::model::{CaseRecord, ClauseRecord, PartRecord, ResultRecord, ShardRecord, WholeRecord};
use crate::report::recording;
use crate::report::run_head::RunHead;

/// What a run is to judge of the catalogue.
#[derive(Clone, Debug, Default)]
pub struct Selected {
    /// The words of the command line that select. Without any: everything.
    pub words: Vec<String>,
    /// Which share of that.
    pub shard: Option<ShardRecord>,
    /// What all shares together are, if that is known.
    pub whole: Option<WholeRecord>,
    /// A digest of the manager's file, if there is one.
    pub program: Option<Digest>,
}

/// How a run came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunEnding {
    /// By its last case.
    Complete,
    /// By a signal.
    Interrupted(Signal),
}

/// A run that is under way.
pub struct Recorder<'a, R> {
    reporter: R,
    head: &'a RunHead,
    selected: Selected,
    cases: Vec<CaseRecord>,
    told: usize,
    /// Cases beside those that it was begun with.
    others: usize,
    unjudged: Vec<String>,
    trouble: io::Result<()>,
}

impl<'a, R: Reporter> Recorder<'a, R> {
    /// Begins to tell about a run that will judge `cases`, in this order.
    ///
    /// # Errors
    /// When the reporter cannot write.
    pub fn begin(
        mut reporter: R,
        catalogue: &Catalogue,
        cases: &[&Case],
        head: &'a RunHead,
        selected: Selected,
    ) -> io::Result<Self> {
        let clauses: Vec<ClauseRecord> = catalogue.clauses().iter().map(ClauseRecord::from).collect();
        let cases: Vec<CaseRecord> = cases.iter().map(|case| recording::case(catalogue, case)).collect();
        reporter.hear(&Event::Opened(&Opening {
            suite: env!("CARGO_PKG_VERSION"),
            clauses: &clauses,
            cases: &cases,
            runs: 1,
            results: cases.len(),
            may_lack: MayLack::OtherShares,
        }))?;
        let all: Vec<&CaseRecord> = cases.iter().collect();
        reporter.hear(&Event::RunBegun(head, &all))?;
        Ok(Self {
            reporter,
            head,
            selected,
            cases,
            told: 0,
            others: 0,
            unjudged: Vec::new(),
            trouble: Ok(()),
        })
    }

    /// Tells what came of a case. Those before it that were not told are not told any more. Once something could not be
    /// written, nothing more is. `expected` is why it was expected to fail, if that matters.
    ///
    /// The result is what the report has, and the case as it has it.
    pub fn tell(
        &mut self,
        case: &Case,
        judgement: &Judgement,
        expected: Option<String>,
    ) -> Option<(&CaseRecord, ResultRecord)> {
        let later = self.cases.get(self.told..).unwrap_or_default();
        let skipped = later.iter().position(|record| record.name == case.name)?;
        self.unjudged.extend(later.iter().take(skipped).map(|record| record.name.clone()));
        self.told += skipped + 1;
        let record = self.cases.get(self.told - 1)?;
        let result = recording::result(case, judgement, expected);
        if self.trouble.is_ok() {
            self.trouble = self.reporter.hear(&Event::Judged(self.head, record, &result));
        }
        Some((record, result))
    }

    /// Cases that belong to the run, too, and were not judged: it ended before they were made.
    pub fn never_made(&mut self, names: &[String]) {
        self.unjudged.extend_from_slice(names);
        self.others += names.len();
    }

    /// Tells that it is over.
    ///
    /// # Errors
    /// When the reporter cannot write, or could not before.
    pub fn end(mut self, took: Duration, ending: RunEnding) -> io::Result<R> {
        self.trouble?;
        let never = self.cases.iter().skip(self.told).map(|record| record.name.clone());
        self.unjudged.extend(never);
        let took = recording::microseconds(took);
        let part = PartRecord {
            begun: self.head.begun.clone(),
            took,
            selection: self.selected.words,
            shard: self.selected.shard,
            whole: self.selected.whole,
            program: self.selected.program.map(|digest| digest.to_string()),
            cases: self.cases.len() + self.others,
            interrupted: match ending {
                RunEnding::Complete => None,
                RunEnding::Interrupted(signal) => Some(signal.as_str().to_owned()),
            },
            unjudged: self.unjudged,
        };
        let parts = [part];
        self.reporter.hear(&Event::RunEnded(self.head, RunEnd { took, parts: &parts }))?;
        self.reporter.hear(&Event::Closed)?;
        Ok(self.reporter)
    }
}
