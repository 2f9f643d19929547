//! The report for people: progress while cases are judged, then the failures, then the counts.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::judge::result::{CaseResult, Conclusion};
use crate::report::event::{Event, Reporter};
use crate::report::formats::failure::FailureReport;
use crate::report::formats::progress::{Detail, Progress};
use crate::report::formats::summary;
use crate::report::model::{CaseRecord, ClauseRecord, ResultRecord};
use crate::report::run_head::RunHead;
use crate::report::terminal::{Look, Paint};

/// Tells people.
pub struct Human<'a> {
    out: &'a mut dyn Write,
    paint: Paint,
    detail: Detail,
    progress: Progress,
    clauses: BTreeMap<String, ClauseRecord>,
    bad: Vec<(CaseRecord, ResultRecord)>,
    slowest: Option<(String, u64)>,
    conclusion: Conclusion,
    runs: usize,
}

impl<'a> Human<'a> {
    /// Onto `out`.
    pub fn new(out: &'a mut dyn Write, paint: Paint, detail: Detail, progress: Progress) -> Self {
        Self {
            out,
            paint,
            detail,
            progress,
            clauses: BTreeMap::new(),
            bad: Vec::new(),
            slowest: None,
            conclusion: Conclusion::default(),
            runs: 0,
        }
    }

    fn judged(&mut self, case: &CaseRecord, result: &ResultRecord) -> io::Result<()> {
        self.conclusion.add(case.level, result.came(), result.reason.as_deref());
        if !matches!(result.came(), CaseResult::Passed | CaseResult::Skipped) {
            self.bad.push((case.clone(), result.clone()));
        }
        if self.slowest.as_ref().is_none_or(|(_, took)| *took < result.took) {
            self.slowest = Some((case.name.clone(), result.took));
        }
        self.progress.tell(self.out, case, result)
    }

    fn ended(&mut self, head: &RunHead, took: u64) -> io::Result<()> {
        self.progress.finish(self.out)?;
        for (case, result) in &self.bad {
            match result.came() {
                CaseResult::Broken => {
                    let word = self.paint.look(Look::Red, "could not be judged:");
                    let reason = result.reason.as_deref().unwrap_or_default();
                    writeln!(self.out, "{word} {}: {reason}\n", case.name)?;
                }
                CaseResult::Failed => {
                    let report = FailureReport { clauses: &self.clauses, head, paint: self.paint };
                    report.write(self.out, case, result)?;
                }
                CaseResult::ExpectedFailure
                | CaseResult::UnexpectedPass
                | CaseResult::Passed
                | CaseResult::Skipped => {}
            }
        }
        for (case, result) in &self.bad {
            summary::expected_failure(self.out, case, result, self.paint)?;
        }
        summary::skips(self.out, &self.conclusion, self.paint)?;
        if self.detail != Detail::Quiet {
            summary::write(self.out, &self.conclusion, head, self.paint)?;
            let slowest = self.slowest.as_ref().map(|(name, took)| (name.as_str(), *took));
            summary::time(self.out, took, slowest)?;
        }
        summary::last_line(self.out, self.conclusion.total, self.paint)?;
        self.out.flush()
    }
}

impl Reporter for Human<'_> {
    fn hear(&mut self, event: &Event<'_>) -> io::Result<()> {
        match event {
            Event::Opened(opening) => {
                self.clauses =
                    opening.clauses.iter().map(|clause| (clause.id.clone(), clause.clone())).collect();
                Ok(())
            }
            Event::RunBegun(head, cases) => {
                (self.bad, self.slowest) = (Vec::new(), None);
                self.conclusion = Conclusion::default();
                if self.runs > 0 {
                    writeln!(self.out)?;
                }
                self.runs += 1;
                self.progress.begin(head, cases);
                Ok(())
            }
            Event::Judged(_, case, result) => self.judged(case, result),
            Event::RunEnded(head, took) => self.ended(head, *took),
            Event::Closed => Ok(()),
        }
    }
}
