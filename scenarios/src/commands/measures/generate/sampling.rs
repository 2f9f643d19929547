//! Generates, judges and counts cases, and shrinks those that fail.

use std::num::NonZero;
use std::time::Duration;

use postfix_harness::testbed::TestbedError;

use crate::catalogue::case::Case;
use crate::catalogue::clause::Clause;
use crate::commands::measures::generate::drawn::Drawn;
use crate::commands::measures::generate::error::CannotGenerate;
use crate::commands::measures::generate::sample::Sample;
use crate::commands::measures::generate::shrunk::{self, Shrunk};
use crate::commands::measures::generate::tally::SampleTally;
use crate::judge::judge_case::Judge;
use crate::judge::parallel::in_order;
use crate::judge::verdict::{Judgement, Skip, Verdict};
use crate::report::counter::Counter;

/// After so many failures no further case is judged: they would tell nothing new.
const MOST_FAILURES: usize = 20;

/// So many of the failures are made small, those that are smallest already.
const MOST_SHRUNK: usize = 3;

/// How a sample is judged.
#[derive(Clone, Copy)]
pub struct Judging<'a> {
    /// What judges.
    pub judge: Judge<'a>,
    /// What is judged.
    pub sample: Sample,
    /// How many cases are judged at a time.
    pub jobs: NonZero<usize>,
    /// All clauses.
    pub clauses: &'a [Clause],
    /// Whether a failure of this case is the last that matters.
    pub enough: &'a (dyn Fn(&Case) -> bool + Sync),
}

/// What became of a drawn case.
enum DrawnResult {
    Agreed,
    Unspecified(&'static str),
    Skipped(String),
    Failed(Box<Drawn>),
    Broken(TestbedError),
}

/// What came of a drawn case.
struct Examined {
    drawn: Drawn,
    commands: usize,
    found: DrawnResult,
    judgement: Judgement,
}

/// Judges a sample, so many cases at a time. What it comes to does not depend on how many that are. `hear` gets each
/// case with what came of it, in their order.
///
/// # Errors
/// When the testbed does not do its work.
pub fn judge(
    judging: Judging<'_>,
    progress: &mut Counter,
    mut hear: impl FnMut(&Drawn, Judgement),
) -> Result<(SampleTally, Vec<Shrunk>), CannotGenerate> {
    let Judging { judge, sample, jobs, clauses, enough } = judging;
    let mut tally = SampleTally::default();
    let mut failed = Vec::new();
    let count = usize::try_from(sample.size()).unwrap_or(usize::MAX);
    in_order(
        count,
        jobs,
        |own| examine(judge, sample.seed, sample.number(own as u64)),
        |own, Examined { drawn, commands, found, judgement }| {
            let counts = tally.of(drawn.number);
            counts.commands += commands;
            let mut is_last = false;
            hear(&drawn, judgement);
            match found {
                DrawnResult::Agreed => counts.agreed += 1,
                DrawnResult::Unspecified(about) => {
                    counts.unspecified += 1;
                    *tally.silences.entry(about).or_default() += 1;
                }
                DrawnResult::Skipped(reason) => {
                    counts.skipped += 1;
                    *tally.skips.entry(reason).or_default() += 1;
                }
                DrawnResult::Failed(drawn) => {
                    counts.failed += 1;
                    is_last = enough(&drawn.to_report());
                    failed.push(*drawn);
                }
                DrawnResult::Broken(source) => {
                    return Err(CannotGenerate::Testbed { seed: sample.seed, number: drawn.number, source });
                }
            }
            let text = format!("generated cases: {} of {count} judged, {} failed", own + 1, failed.len());
            progress.tell(own + 1, count, text);
            Ok(failed.len() < MOST_FAILURES && !is_last)
        },
    )?;
    progress.finish();
    failed.sort_by_key(Drawn::size);
    failed.truncate(MOST_SHRUNK);
    if !failed.is_empty() {
        progress.say(format_args!("generated cases: shrinking {} that failed", failed.len()));
    }
    let shrunk = shrunk::shrink_all(judge, &failed, clauses)?;
    Ok((tally, shrunk))
}

/// Judges the case of this number.
fn examine(judge: Judge<'_>, seed: u64, number: u64) -> Examined {
    let drawn = Drawn::draw(seed, number);
    let silence = drawn.silence().map(|silence| silence.about);
    let silent = silence.map_or(DrawnResult::Agreed, DrawnResult::Unspecified);
    let uncovered = |took| {
        let reason = format!("no clause covers {}", silence.unwrap_or("what is in it"));
        Judgement { verdict: Verdict::Skipped(Skip::NotApplicable(reason)), seen: Vec::new(), took }
    };
    let Some(case) = drawn.to_judge() else {
        return Examined { drawn, commands: 0, found: silent, judgement: uncovered(Duration::ZERO) };
    };
    let judgement = judge.judge(&case);
    let (commands, found, judgement) = match judgement.verdict {
        Verdict::Passed if silence.is_some() => (case.steps.len(), silent, uncovered(judgement.took)),
        Verdict::Passed => (case.steps.len(), silent, judgement),
        Verdict::Failed(ref failure) => {
            let small = Box::new(drawn.up_to(failure.step));
            (failure.step + 1, DrawnResult::Failed(small), judgement)
        }
        Verdict::Skipped(ref skip) => (0, DrawnResult::Skipped(skip.reason().to_owned()), judgement),
        Verdict::Broken(error) => (0, DrawnResult::Broken(error), uncovered(judgement.took)),
    };
    Examined { drawn, commands, found, judgement }
}
