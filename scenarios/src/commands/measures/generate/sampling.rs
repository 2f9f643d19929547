//! Generates, judges and counts cases.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::mem;
use std::num::NonZero;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::catalogue::case::Case;
use crate::commands::measures::generate::drawn::Drawn;
use crate::commands::measures::generate::sample::Sample;
use crate::commands::measures::generate::tally::SampleTally;
use crate::judge::interruption::Interruption;
use crate::judge::judge_case::Judge;
use crate::judge::parallel::{Arrival, in_order_or_interrupted};
use crate::judge::verdict::{Judgement, Skip, Verdict};
use crate::report::counter::Counter;
use crate::report::terminal::note;

/// After so many failures that count no further case is judged: they would tell nothing new.
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
    /// Who hears of signals.
    pub interruption: &'a Interruption,
    /// Whether all cases are kept for reports.
    pub is_reported: bool,
    /// Whether a failure of this case counts.
    pub counts: &'a (dyn Fn(&Case) -> bool + Sync),
    /// Whether the first failure that counts is the last that matters.
    pub fail_fast: bool,
}

/// What became of a drawn case.
enum DrawnResult {
    Agreed,
    Unspecified(&'static str),
    Skipped(String),
    Failed(Box<Drawn>),
    Broken(String),
}

/// What came of a drawn case.
struct Examined {
    drawn: Drawn,
    commands: usize,
    found: DrawnResult,
    judgement: Judgement,
}

/// A case as reports have it, and what came of it.
pub type JudgedCase = (Case, Judgement);

/// What came of a sample, as far as it was judged.
#[derive(Debug, Default)]
pub struct Sampled {
    /// The counts.
    pub tally: SampleTally,
    /// The numbers of the cases that were judged.
    pub numbers: BTreeSet<u64>,
    /// Those that failed.
    pub failed: Vec<FailedCase>,
    /// What reports tell.
    pub told: Vec<JudgedCase>,
}

/// A drawn case that failed.
#[derive(Debug)]
pub struct FailedCase {
    /// Without the commands after the one that failed.
    pub drawn: Drawn,
    /// Whether it counts, as reports have it.
    pub counts: bool,
}

impl Sampled {
    /// Adds what came of a case. The result is whether another one is of use.
    fn add(&mut self, examined: Examined, judging: &Judging<'_>) -> bool {
        let Examined { drawn, commands, found, judgement } = examined;
        let counts = self.tally.of(drawn.number);
        counts.commands += commands;
        let mut is_last = false;
        match found {
            DrawnResult::Agreed => counts.agreed += 1,
            DrawnResult::Unspecified(about) => {
                counts.unspecified += 1;
                *self.tally.silences.entry(about).or_default() += 1;
            }
            DrawnResult::Skipped(reason) => {
                counts.skipped += 1;
                *self.tally.skips.entry(reason).or_default() += 1;
            }
            DrawnResult::Failed(small) => {
                counts.failed += 1;
                let failed = FailedCase { drawn: *small, counts: (judging.counts)(&drawn.to_report()) };
                is_last = judging.fail_fast && failed.counts;
                self.failed.push(failed);
            }
            DrawnResult::Broken(why) => {
                counts.broken += 1;
                note(format_args!("seed {}, case {}: {why}", drawn.seed, drawn.number));
            }
        }
        self.numbers.insert(drawn.number);
        if judging.is_reported {
            self.told.push((drawn.to_report(), judgement));
        }
        !is_last && self.reasons_to_stop() < MOST_FAILURES
    }

    /// How many failures make further cases of less use. One that does not count is only reported.
    pub fn reasons_to_stop(&self) -> usize {
        self.failed.iter().filter(|failed| failed.counts).count() + self.tally.total().broken
    }

    /// The failures that are smallest already, first of those that count.
    pub fn smallest(&self) -> Vec<Drawn> {
        let mut smallest: Vec<&FailedCase> = self.failed.iter().collect();
        smallest.sort_by_key(|failed| (!failed.counts, failed.drawn.size()));
        smallest.into_iter().take(MOST_SHRUNK).map(|failed| failed.drawn.clone()).collect()
    }
}

/// Judges a sample, so many cases at a time. What it comes to does not depend on how many that are. At a signal,
/// `interrupted` gets what came of it by then.
pub fn judge(
    judging: Judging<'_>,
    progress: &mut Counter,
    interrupted: impl FnOnce(Signal, Sampled),
) -> Sampled {
    let Judging { judge, sample, jobs, interruption, .. } = judging;
    let mut sampled = Sampled::default();
    let mut interrupted = Some(interrupted);
    let count = usize::try_from(sample.size()).unwrap_or(usize::MAX);
    let examine = |own: usize| examine(judge, sample.seed, sample.number(own as u64));
    let Ok(()) = in_order_or_interrupted(count, jobs, Some(interruption), examine, |arrival| {
        let goes_on = match arrival {
            Arrival::Done(own, examined) => {
                let goes_on = sampled.add(examined, &judging);
                let failed = sampled.failed.len();
                let text = format!("generated cases: {} of {count} judged, {failed} failed", own + 1);
                progress.tell(own + 1, count, text);
                goes_on
            }
            Arrival::Early(_, examined) => sampled.add(examined, &judging),
            Arrival::Interrupted(signal) => {
                progress.finish();
                interrupted.take().into_iter().for_each(|tell| tell(signal, mem::take(&mut sampled)));
                false
            }
            Arrival::Panicked => false,
        };
        Ok::<bool, Infallible>(goes_on)
    });
    progress.finish();
    sampled
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
        Verdict::Broken(ref error) => (0, DrawnResult::Broken(error.to_string()), judgement),
    };
    Examined { drawn, commands, found, judgement }
}

#[cfg(test)]
mod tests {
    use super::{FailedCase, MOST_FAILURES, Sampled};
    use crate::commands::measures::generate::drawn::Drawn;

    #[test]
    fn failures_that_do_not_count_do_not_end_a_run_and_hide_none_that_do() {
        let mut sampled = Sampled::default();
        let failed = |counts| FailedCase { drawn: Drawn::draw(1, 0), counts };
        sampled.failed.extend((0..2 * MOST_FAILURES).map(|_| failed(false)));
        assert_eq!(sampled.reasons_to_stop(), 0);
        let large = (1..99).map(|number| Drawn::draw(1, number)).max_by_key(Drawn::size).unwrap();
        let number = large.number;
        sampled.failed.push(FailedCase { drawn: large, counts: true });
        assert_eq!(sampled.smallest()[0].number, number, "what counts is told first");
        sampled.failed.extend((1..MOST_FAILURES).map(|_| failed(true)));
        assert_eq!(sampled.reasons_to_stop(), MOST_FAILURES);
    }
}
