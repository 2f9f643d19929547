//! Shrinks a generated case while it fails in the same way.
//! Then it writes the case as a case file, reads this file, and judges the case once more.

use std::num::NonZero;
use std::time::{Duration, Instant};

use postfix_harness::testbed::TestbedError;
use postfix_random::generate::shrinking::{Answer, shrink};

use crate::catalogue::case::Case;
use crate::catalogue::case_reader;
use crate::catalogue::clause::Clause;
use crate::commands::measures::generate::claims;
use crate::commands::measures::generate::drawn::Drawn;
use crate::commands::measures::generate::error::CannotGenerate;
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
}

/// In which way a case fails, so that a smaller one that fails in another is another case.
type Way = Option<FindingKind>;

/// All of these, each of them small, and for the same clauses only one.
pub(super) fn shrink_all(
    judge: Judge<'_>,
    failed: &[Drawn],
    clauses: &[Clause],
) -> Result<Vec<Shrunk>, CannotGenerate> {
    let mut small: Vec<Drawn> = Vec::new();
    let at_once = NonZero::new(failed.len()).unwrap_or(NonZero::<usize>::MIN);
    for drawn in at_a_time(failed, at_once, |drawn| make_small(judge, drawn), |_, _| {}) {
        let drawn = drawn?;
        let is_new = small.iter().all(|other| claims::of(&other.case) != claims::of(&drawn.case));
        if is_new {
            small.push(drawn);
        }
    }
    small.iter().map(|drawn| written(judge, drawn, clauses)).collect()
}

fn make_small(judge: Judge<'_>, drawn: &Drawn) -> Result<Drawn, CannotGenerate> {
    let begun = Instant::now();
    let way = way(judge, drawn).map_err(|source| broken(drawn, source))?;
    let mut tries = 0;
    let small = shrink(drawn.case.clone(), |case| {
        tries += 1;
        if tries > MOST_TRIES || begun.elapsed() > PATIENCE {
            return Ok(Answer::Enough);
        }
        let smaller = drawn.with(case.clone());
        let same = smaller.silence().is_none() && self::way(judge, &smaller)? == way;
        Ok(if same { Answer::Same } else { Answer::Other })
    });
    small.map(|case| drawn.with(case)).map_err(|source| broken(drawn, source))
}

fn way(judge: Judge<'_>, drawn: &Drawn) -> Result<Way, TestbedError> {
    let Some(case) = drawn.to_judge() else { return Ok(None) };
    let Judgement { verdict, seen, .. } = judge.judge(&case);
    match verdict {
        // What comes of later steps is another matter: shrinking drops them.
        Verdict::Failed(failure) if failure.step + 1 == case.steps.len() => {
            Ok(seen.last().and_then(|seen| seen.findings.first()).map(|finding| finding.kind))
        }
        Verdict::Failed(_) | Verdict::Passed | Verdict::Skipped(_) => Ok(None),
        Verdict::Broken(error) => Err(error),
    }
}

/// Writes it, reads it back, and judges what was read.
fn written(judge: Judge<'_>, drawn: &Drawn, clauses: &[Clause]) -> Result<Shrunk, CannotGenerate> {
    let text = drawn.text()?;
    let name = drawn.to_judge().map(|case| case.name).unwrap_or_default();
    let case = case_reader::parse(&name, &text, clauses)?;
    let judgement = judge.judge(&case);
    match judgement.verdict {
        Verdict::Failed(_) => Ok(Shrunk { case, judgement: Some(judgement) }),
        Verdict::Passed | Verdict::Skipped(_) => Ok(Shrunk { case, judgement: None }),
        Verdict::Broken(source) => Err(broken(drawn, source)),
    }
}

fn broken(drawn: &Drawn, source: TestbedError) -> CannotGenerate {
    CannotGenerate::Testbed { seed: drawn.seed, number: drawn.number, source }
}
