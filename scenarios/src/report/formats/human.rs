//! Prints the report for people.
//! First it prints progress while cases are judged; then what failed by clauses and by names; then failures in full,
//! so that they stand near the end, where people begin; then the counts and the verdict.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use crate::judge::result::CaseResult;
use crate::report::completeness::{gaps, with_gaps};
use crate::report::event::{Event, Reporter, RunEnd};
use crate::report::formats::failure::{Claims, FailureReport};
use crate::report::formats::progress::{Detail, Progress};
use crate::report::formats::text_diff::Rows;
use crate::report::formats::{annotations, clause_table, summary};
use crate::report::model::{CaseRecord, ClauseRecord, ResultRecord};
use crate::report::options::Show;
use crate::report::run_head::RunHead;
use crate::report::tally::{ClauseTally, Tally, number};
use crate::report::terminal::{Look, Paint};

/// How many failures are shown in full if not all are.
const FIRST: usize = 3;
/// Of more than so many, one is: then they mostly have one cause.
const MANY: usize = 20;

/// How the text looks.
#[derive(Clone, Copy, Debug)]
pub struct TextStyle {
    /// How much of progress is printed.
    pub detail: Detail,
    /// How many failures are printed in full.
    pub show: Show,
    /// Colours.
    pub paint: Paint,
    /// Whether a GitHub workflow is annotated.
    pub github: bool,
}

/// A case that did not just pass.
struct Bad {
    case: CaseRecord,
    result: ResultRecord,
    outcome: CaseResult,
}

/// Tells people.
pub struct Human<'a> {
    out: Box<dyn Write + 'a>,
    style: TextStyle,
    progress: Progress,
    clauses: Vec<ClauseRecord>,
    by_id: BTreeMap<String, ClauseRecord>,
    bad: Vec<Bad>,
    told: BTreeSet<String>,
    slowest: Option<(String, u64)>,
    tally: Option<Tally>,
    runs: usize,
}

impl<'a> Human<'a> {
    /// Onto `out`.
    pub fn new(out: Box<dyn Write + 'a>, style: TextStyle, progress: Progress) -> Self {
        Self {
            out,
            style,
            progress,
            clauses: Vec::new(),
            by_id: BTreeMap::new(),
            bad: Vec::new(),
            told: BTreeSet::new(),
            slowest: None,
            tally: None,
            runs: 0,
        }
    }

    fn judged(&mut self, case: &CaseRecord, result: &ResultRecord) -> io::Result<()> {
        let Some(tally) = &mut self.tally else { return Ok(()) };
        let outcome = tally.hear(case, result);
        self.told.insert(case.name.clone());
        if !matches!(outcome, CaseResult::Passed | CaseResult::Skipped) {
            self.bad.push(Bad { case: case.clone(), result: result.clone(), outcome });
        }
        if self.slowest.as_ref().is_none_or(|(_, took)| *took < result.took) {
            self.slowest = Some((case.name.clone(), result.took));
        }
        self.progress.tell(&mut *self.out, case, result, outcome)
    }

    fn ended(&mut self, head: &RunHead, end: &RunEnd<'_>) -> io::Result<()> {
        let Some(tally) = self.tally.take() else { return Ok(()) };
        let gaps = gaps(end.parts, |case| self.told.contains(case));
        let verdict = with_gaps(&gaps, &tally.verdict());
        self.progress.finish(&mut *self.out)?;
        let (out, paint) = (&mut *self.out, self.style.paint);
        clause_table::write(out, &tally, &self.by_id, paint)?;
        self.not_as_usual(|outcome| outcome == CaseResult::ExpectedFailure)?;
        summary::skips(&mut *self.out, &tally, paint)?;
        self.names()?;
        self.failures(head, &tally)?;
        self.not_as_usual(|outcome| outcome != CaseResult::ExpectedFailure)?;
        self.time_limits()?;
        let out = &mut *self.out;
        if self.style.detail != Detail::Quiet {
            summary::levels(out, &tally, paint)?;
            summary::setting(out, head)?;
            let slowest = self.slowest.as_ref().map(|(name, took)| (name.as_str(), *took));
            summary::time(out, end.took, slowest)?;
        }
        if self.style.github {
            // A workflow shows the first few annotations of a step.
            annotations::verdict(out, head, &tally, &gaps)?;
            for Bad { case, result, outcome } in &self.bad {
                annotations::write(out, head, case, result, *outcome)?;
            }
        }
        summary::last_lines(out, &tally, &gaps, &verdict, paint)?;
        self.out.flush()
    }

    fn not_as_usual(&mut self, is_wanted: impl Fn(CaseResult) -> bool) -> io::Result<()> {
        for Bad { case, result, outcome } in self.bad.iter().filter(|bad| is_wanted(bad.outcome)) {
            summary::not_as_usual(&mut *self.out, case, result, *outcome, self.style.paint)?;
        }
        Ok(())
    }

    /// Failures in full. The first are of those that count, if any does: what does not count mostly fails for other
    /// reasons. Those of clauses of which most cases failed come before others: one mistake also fails single cases of
    /// clauses that are about something else.
    fn failures(&mut self, head: &RunHead, tally: &Tally) -> io::Result<()> {
        let show = self.style.show;
        let rows = if show == Show::All { Rows::Whole } else { Rows::Shortened };
        let (paint, claims) = (self.style.paint, Claims::Elsewhere);
        let report = FailureReport { clauses: &self.by_id, head, paint, claims, rows };
        let with = |wanted: CaseResult| self.bad.iter().filter(move |bad| bad.outcome == wanted);
        let (counted, others) = (with(CaseResult::Failed), with(CaseResult::NotCounted));
        let all = counted.clone().count() + others.clone().count();
        let mut chosen: Vec<&Bad> = match show {
            Show::All => others.chain(counted).collect(),
            Show::First if self.decides() => counted.collect(),
            Show::First => others.collect(),
            Show::Names => Vec::new(),
        };
        if show == Show::First {
            chosen.sort_by_key(|bad| passed_share(tally, &bad.case));
        }
        let most = match show {
            Show::First if chosen.len() > MANY => 1,
            Show::First => FIRST,
            Show::All | Show::Names => usize::MAX,
        };
        for Bad { case, result, .. } in chosen.iter().take(most) {
            report.write(&mut *self.out, case, result)?;
        }
        let left_out = all - chosen.len().min(most);
        if show == Show::First && left_out > 0 {
            let how = paint.look(Look::Bold, "--show all");
            writeln!(self.out, "{} not shown here; {how} shows all in full\n", number(left_out, "failure"))?;
        }
        Ok(())
    }

    /// Whether something decides the exit status: what does not count is then kept short.
    fn decides(&self) -> bool {
        let decides = |bad: &Bad| {
            matches!(bad.outcome, CaseResult::Failed | CaseResult::UnexpectedPass | CaseResult::Broken)
        };
        self.bad.iter().any(decides)
    }

    fn time_limits(&mut self) -> io::Result<()> {
        let failed = |bad: &&Bad| matches!(bad.outcome, CaseResult::Failed | CaseResult::NotCounted);
        let results: Vec<&ResultRecord> = self.bad.iter().filter(failed).map(|bad| &bad.result).collect();
        summary::time_limits(&mut *self.out, &results, self.style.paint)
    }

    /// The names of what failed, those that count first. Beside these, the others are named only on request.
    fn names(&mut self) -> io::Result<()> {
        let counts = self.decides();
        for (outcome, label, look) in [
            (CaseResult::Failed, "failed", Look::Red),
            (CaseResult::NotCounted, "failed (not counted)", Look::Yellow),
        ] {
            let names: Vec<&str> = self
                .bad
                .iter()
                .filter(|bad| bad.outcome == outcome)
                .map(|bad| bad.case.name.as_str())
                .collect();
            if !names.is_empty() {
                let label = self.style.paint.look(look, format!("{label}: {}", names.len()));
                if counts && outcome == CaseResult::NotCounted && self.style.show == Show::First {
                    let how = self.style.paint.look(Look::Bold, "--show names");
                    writeln!(self.out, "{label}; {how} prints their names")?;
                } else {
                    writeln!(self.out, "{label}")?;
                    clause_table::names(&mut *self.out, &names)?;
                }
                writeln!(self.out)?;
            }
        }
        Ok(())
    }
}

/// How much of a case's first clause passed, in percent; the more cases failed, the less.
fn passed_share(tally: &Tally, case: &CaseRecord) -> (usize, Reverse<usize>) {
    let clause = case.clauses.first().and_then(|id| tally.clause(id));
    let counts = clause.map(ClauseTally::decisive).unwrap_or_default();
    (counts.passed * 100 / counts.judged().max(1), Reverse(counts.judged()))
}

impl Reporter for Human<'_> {
    fn hear(&mut self, event: &Event<'_>) -> io::Result<()> {
        match event {
            Event::Opened(opening) => {
                self.clauses = opening.clauses.to_vec();
                self.by_id =
                    opening.clauses.iter().map(|clause| (clause.id.clone(), clause.clone())).collect();
                Ok(())
            }
            Event::RunBegun(head, cases) => {
                (self.bad, self.slowest) = (Vec::new(), None);
                self.told.clear();
                self.tally = Some(Tally::of_clauses(&self.clauses, head.last_level()));
                if self.runs > 0 {
                    writeln!(self.out)?;
                }
                self.runs += 1;
                self.progress.begin(head, cases);
                Ok(())
            }
            Event::Judged(_, case, result) => self.judged(case, result),
            Event::RunEnded(head, end) => self.ended(head, end),
            Event::Closed => Ok(()),
        }
    }
}
