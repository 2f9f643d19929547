//! Prints a failed case in full: the clause, expected, seen, and the command that judges it again.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::judge::observation::{FindingKind, StepObservation};
use crate::judge::truncated_bytes::Excerpt;
use crate::report::formats::layout_words::{action_in_words, fault_in_words, instances, shown};
use crate::report::formats::text_diff::{self, Rows, lines};
use crate::report::model::{CaseRecord, ClauseRecord, ResultRecord, StepRecord};
use crate::report::run_head::RunHead;
use crate::report::terminal::{Look, Paint};

/// How many lines of an output are shown. The rest is in the world.
const MOST_LINES: usize = 20;

/// Tells about failed cases.
#[derive(Clone, Copy)]
pub struct FailureReport<'a> {
    /// Where claims are looked up.
    pub clauses: &'a BTreeMap<String, ClauseRecord>,
    /// The run.
    pub head: &'a RunHead,
    /// Colours.
    pub paint: Paint,
    /// Where the claims of its clauses stand.
    pub claims: Claims,
    /// Whether long rows of equal lines are shown in full.
    pub rows: Rows,
}

/// Where the claims of a failure's clauses stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claims {
    /// With the failure.
    Here,
    /// Elsewhere: clauses are named only.
    Elsewhere,
}

impl FailureReport<'_> {
    /// Tells about one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, out: &mut dyn Write, case: &CaseRecord, result: &ResultRecord) -> io::Result<()> {
        self.headline(out, case, result)?;
        let mut failed = result.failed_steps();
        let first =
            failed.next().and_then(|first| Some((first, case.steps.get(first)?, result.seen.get(first)?)));
        if let Some((number, step, seen)) = first {
            let which = if case.steps.len() > 1 {
                format!(" (step {} of {})", number + 1, case.steps.len())
            } else {
                String::new()
            };
            let read = case.steps[..=number]
                .iter()
                .fold(case.layout.clone(), |layout, step| layout.rewritten(&step.rewrite));
            writeln!(out, "  multi_instance_directories: {}", shown(&read.list()))?;
            writeln!(out, "  multi_instance_enable: {}", instances(&read))?;
            for fault in read.faults() {
                writeln!(out, "  fault: {}", fault_in_words(fault))?;
            }
            writeln!(out, "  command: {}{which}", step.command())?;
            for action in &step.actions {
                writeln!(out, "  {}", action_in_words(action))?;
            }
            self.status(out, step, seen)?;
            self.journal(out, step, seen)?;
            for finding in &seen.findings {
                if !matches!(finding.kind, FindingKind::Status | FindingKind::Runs) {
                    writeln!(out, "  {}", self.paint.look(Look::Red, &finding.text))?;
                }
            }
            self.output(out, "standard error", &seen.stderr)?;
            self.output(out, "standard output", &seen.stdout)?;
        }
        let later: Vec<String> = failed.map(|step| (step + 1).to_string()).collect();
        if !later.is_empty() {
            writeln!(out, "  steps that came otherwise after it: {}", later.join(", "))?;
        }
        match &result.world {
            Some(world) => writeln!(out, "  world (@root@): {world}")?,
            None => writeln!(out, "  world (@root@): gone; --keep leaves it to be looked at")?,
        }
        writeln!(out, "  again: {}\n", self.paint.look(Look::Bold, self.head.replay(&case.name)))
    }

    fn headline(&self, out: &mut dyn Write, case: &CaseRecord, result: &ResultRecord) -> io::Result<()> {
        let (word, look) = if result.expected_failure.is_some() {
            ("failed (expected):", Look::Yellow)
        } else if self.head.counts(case.level) {
            ("failed:", Look::Red)
        } else {
            ("failed (not counted):", Look::Yellow)
        };
        writeln!(out, "{} {}", self.paint.look(look, word), self.paint.look(Look::Bold, &case.name))?;
        writeln!(out, "  {}", case.title)?;
        if self.claims == Claims::Elsewhere {
            let named = case.clauses.iter().map(|id| match self.clauses.get(id) {
                Some(clause) => format!("{id} ({})", clause.level),
                None => id.clone(),
            });
            return writeln!(out, "  clauses: {}", named.collect::<Vec<_>>().join(", "));
        }
        for clause in case.clauses.iter().filter_map(|id| self.clauses.get(id)) {
            writeln!(
                out,
                "  {} ({}; {}): {}",
                self.paint.look(Look::Bold, &clause.id),
                clause.level,
                clause.level.authority(),
                clause.claim
            )?;
        }
        Ok(())
    }

    fn status(&self, out: &mut dyn Write, step: &StepRecord, seen: &StepObservation) -> io::Result<()> {
        if seen.findings.iter().any(|finding| finding.kind == FindingKind::Status) {
            writeln!(out, "  expected: {}", step.status)?;
            writeln!(out, "  seen: {}", self.paint.look(Look::Red, seen.ended))
        } else {
            writeln!(out, "  ended as expected: {}", seen.ended)
        }
    }

    fn journal(&self, out: &mut dyn Write, step: &StepRecord, seen: &StepObservation) -> io::Result<()> {
        let ran = lines(&seen.ran);
        let expected = step.runs.as_deref().map(lines);
        let differs = expected.as_ref().is_some_and(|expected| *expected != ran);
        let compared = if differs {
            writeln!(out, "  postfix-scripts that ran (- expected, + seen):")?;
            text_diff::unified(expected.as_deref().unwrap_or_default(), &ran, self.rows, self.paint)
        } else {
            let how = if expected.is_some() { "as expected" } else { "not judged" };
            writeln!(out, "  postfix-scripts that ran ({how}):")?;
            text_diff::unified(&ran, &ran, self.rows, self.paint)
        };
        for line in &compared {
            writeln!(out, "    {line}")?;
        }
        if compared.is_empty() {
            writeln!(out, "      (none)")?;
        }
        Ok(())
    }

    fn output(&self, out: &mut dyn Write, name: &str, excerpt: &Excerpt) -> io::Result<()> {
        let text = excerpt.bytes().to_string();
        if text.is_empty() {
            return Ok(());
        }
        writeln!(out, "  {name}:")?;
        let all = text.lines().count();
        for line in text.lines().take(MOST_LINES) {
            writeln!(out, "    {} {line}", self.paint.look(Look::Faint, "|"))?;
        }
        if all > MOST_LINES {
            writeln!(out, "    {} lines more; --keep leaves them in @root@/runs", all - MOST_LINES)?;
        } else if excerpt.left_out() > 0 {
            writeln!(out, "    {} bytes more; --keep leaves them in @root@/runs", excerpt.left_out())?;
        }
        Ok(())
    }
}
