//! Converts cases and judgements to the records of a report.

use std::time::Duration;

use crate::catalogue::case::{Case, Step};
use crate::catalogue::clause::Clause;
use crate::catalogue::contents::Catalogue;
use crate::catalogue::digest::Digest;
use crate::judge::verdict::{Judgement, Skip, Verdict};
use crate::report::model::{CaseRecord, ClauseRecord, ResultRecord, StepRecord, WholeRecord};

impl From<&Clause> for ClauseRecord {
    fn from(clause: &Clause) -> Self {
        Self {
            id: clause.id.clone(),
            level: clause.level,
            about: clause.needs.to_string(),
            section: clause.section.clone(),
            since: clause.since.clone(),
            claim: clause.claim.clone(),
        }
    }
}

impl From<&Step> for StepRecord {
    fn from(step: &Step) -> Self {
        Self {
            entry: step.invocation.entry,
            arguments: step.invocation.arguments.clone(),
            environment: step.invocation.environment.clone(),
            rewrite: step.rewrite.clone(),
            actions: step.invocation.events.clone(),
            status: step.expectation.status.clone(),
            runs: step.expectation.runs.clone(),
        }
    }
}

/// A case as a report has it.
pub fn case(catalogue: &Catalogue, case: &Case) -> CaseRecord {
    CaseRecord {
        name: case.name.clone(),
        title: case.title.clone(),
        level: catalogue.level(case),
        clauses: case.clauses.clone(),
        prose: case.prose.clone(),
        layout: case.layout.clone(),
        steps: case.steps.iter().map(StepRecord::from).collect(),
        text: case.text.clone(),
    }
}

/// All selected cases as a report has them: two reports of other cases differ here.
pub fn whole<'a>(catalogue: &Catalogue, cases: impl Iterator<Item = &'a Case>) -> WholeRecord {
    let (mut count, mut digest) = (0, Digest::default());
    for selected in cases {
        count += 1;
        // It is written into memory, and has no keys but texts.
        let _ = serde_json::to_writer(&mut digest, &case(catalogue, selected));
    }
    WholeRecord { cases: count, digest: digest.to_string() }
}

/// What became of a case as a report has it.
pub fn result(case: &Case, judgement: &Judgement, expected: Option<String>) -> ResultRecord {
    let (reason, world) = match &judgement.verdict {
        Verdict::Passed => (None, None),
        Verdict::Failed(failure) => (None, failure.world.as_ref().map(|world| world.display().to_string())),
        Verdict::Skipped(Skip::NotApplicable(reason) | Skip::Lacking(reason)) => (Some(reason.clone()), None),
        Verdict::Broken(error) => (Some(error.to_string()), None),
    };
    ResultRecord {
        case: case.name.clone(),
        verdict: judgement.verdict.name(),
        reason,
        expected_failure: expected,
        took: microseconds(judgement.took),
        world,
        seen: judgement.seen.clone(),
    }
}

/// A time span as a report has it.
pub fn microseconds(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}
