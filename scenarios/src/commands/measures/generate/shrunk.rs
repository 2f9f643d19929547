//! Shrinks a generated case while it fails in the same way.
//! Then it writes the case as a case file, reads this file, and judges the case once more.

use std::convert::Infallible;
use std::num::NonZero;
use std::time::{Duration, Instant};

use postfix_random::generate::shrinking::{Answer, shrink};

use crate::catalogue::case::Case;
use crate::catalogue::case_reader;
use crate::catalogue::clause::Clause;
use crate::commands::measures::generate::claims;
use crate::commands::measures::generate::drawn::Drawn;
use crate::commands::measures::generate::error::CannotGenerate;
use crate::judge::interruption::Interruption;
use crate::judge::judge_case::Judge;
use crate::judge::observation::FindingKind;
use crate::judge::parallel::at_a_time;
use crate::judge::verdict::{Judgement, Verdict};

/// How many smaller cases are tried for one that failed.
const MOST_TRIES: usize = 500;

/// Past it no smaller case is tried: what hangs takes its time, and a case need not be the smallest.
const PATIENCE: Duration = Duration::from_secs(60);

/// A small case that fails.
#[derive(Debug)]
pub struct Shrunk {
    /// The case, as it was read from its file's text.
    pub case: Case,
    /// How it fails; none if it did not do so again.
    pub judgement: Option<Judgement>,
    /// Whether it was left as it was: a signal ended the run before.
    pub is_large: bool,
}

impl Shrunk {
    /// A case that there was no time to make small.
    pub(super) fn not_yet(drawn: &Drawn) -> Self {
        Self { case: drawn.to_report(), judgement: None, is_large: true }
    }

    /// The case and how it fails, if it does so again.
    pub(super) fn failed(&self) -> Option<(&Case, &Judgement)> {
        self.judgement.as_ref().map(|judgement| (&self.case, judgement))
    }
}

/// All of these, each of them small, and for the same clauses only one.
pub(super) fn shrink_all(
    judge: Judge<'_>,
    failed: &[Drawn],
    clauses: &[Clause],
    interruption: &Interruption,
) -> Result<Vec<Shrunk>, CannotGenerate> {
    let mut small: Vec<Drawn> = Vec::new();
    let at_once = NonZero::new(failed.len()).unwrap_or(NonZero::<usize>::MIN);
    for drawn in at_a_time(failed, at_once, |drawn| make_small(judge, drawn, interruption), |_, _| {}) {
        let is_new = small.iter().all(|other| claims::of(&other.case) != claims::of(&drawn.case));
        if is_new {
            small.push(drawn);
        }
    }
    small.iter().map(|drawn| written(judge, drawn, clauses)).collect()
}

fn make_small(judge: Judge<'_>, drawn: &Drawn, interruption: &Interruption) -> Drawn {
    let begun = Instant::now();
    // What does not fail again has nothing that a smaller one could have, too.
    let Some(way) = way(judge, drawn) else { return drawn.clone() };
    let mut tries = 0;
    let small = shrink(drawn.case.clone(), |case| {
        tries += 1;
        if tries > MOST_TRIES || begun.elapsed() > PATIENCE || interruption.is_waiting() {
            return Ok::<Answer, Infallible>(Answer::Enough);
        }
        let smaller = drawn.with(case.clone());
        let same = smaller.silence().is_none() && self::way(judge, &smaller) == Some(way);
        Ok(if same { Answer::Same } else { Answer::Other })
    });
    let Ok(small) = small;
    drawn.with(small)
}

/// In which way a case fails, so that a smaller one that fails in another is another case.
fn way(judge: Judge<'_>, drawn: &Drawn) -> Option<FindingKind> {
    let case = drawn.to_judge()?;
    let Judgement { verdict, seen, .. } = judge.judge(&case);
    match verdict {
        // What comes of later steps is another matter: shrinking drops them.
        Verdict::Failed(failure) if failure.step + 1 == case.steps.len() => {
            seen.last().and_then(|seen| seen.findings.first()).map(|finding| finding.kind)
        }
        Verdict::Failed(_) | Verdict::Passed | Verdict::Skipped(_) | Verdict::Broken(_) => None,
    }
}

/// Writes it, reads it back, and judges what was read.
fn written(judge: Judge<'_>, drawn: &Drawn, clauses: &[Clause]) -> Result<Shrunk, CannotGenerate> {
    let text = drawn.text()?;
    let name = drawn.to_judge().map(|case| case.name).unwrap_or_default();
    let case = case_reader::parse(&name, &text, clauses)?;
    let judgement = judge.judge(&case);
    match judgement.verdict {
        Verdict::Failed(_) => Ok(Shrunk { case, judgement: Some(judgement), is_large: false }),
        Verdict::Passed | Verdict::Skipped(_) | Verdict::Broken(_) => {
            Ok(Shrunk { case, judgement: None, is_large: false })
        }
    }
}
