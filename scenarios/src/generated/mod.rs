//! `run --generate N`: judges drawn cases in place of the written ones. Draws, judges and counts them, makes what
//! fails as small as it goes, and prints it as a case file that can be kept. Knows nothing of what is drawn, nor of
//! what must come of it; those are the harness's.

mod claims;
pub mod drawn;
pub mod session;
mod shrunk;
mod tally;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use clap::Args;
use postfix_harness::testbed::TestbedError;

use self::drawn::Drawn;
pub use self::shrunk::Shrunk;
pub use self::tally::Tally;
use crate::case_text::CaseTextError;
use crate::clause::Clause;
use crate::judge::{Judge, Skip, Verdict};

/// After so many failures no further case is judged: they would tell nothing new.
const MOST_FAILURES: usize = 20;

/// So many of the failures are made small, those that are smallest already.
const MOST_SHRUNK: usize = 3;

/// What to draw.
#[derive(Clone, Debug, Args)]
pub struct DrawOptions {
    /// Judge N cases that are drawn at random, in place of the written ones; print what fails as a case file
    #[arg(long, value_name = "N", conflicts_with_all = ["filter", "keep", "verbose", "format", "json", "html"])]
    pub generate: Option<NonZero<u64>>,

    /// What they are drawn from: the same seed draws the same cases
    #[arg(long, value_name = "S", default_value_t = 1, requires = "generate")]
    pub seed: u64,
}

/// Cases to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// How many.
    pub count: u64,
    /// From which seed.
    pub seed: u64,
}

impl DrawOptions {
    /// The sample that is asked for, if one is.
    pub fn sample(&self) -> Option<Sample> {
        self.generate.map(|count| Sample { count: count.get(), seed: self.seed })
    }
}

/// Why drawn cases could not be judged.
#[derive(Debug, thiserror::Error)]
pub enum CannotGenerate {
    /// The testbed does not work.
    #[error("seed {seed}, case {number}: {source}")]
    Testbed {
        /// The sample's seed.
        seed: u64,
        /// The case's number.
        number: u64,
        /// What is wrong.
        source: TestbedError,
    },
    /// A drawn case has no text.
    #[error(transparent)]
    Text(#[from] CaseTextError),
    /// Nobody takes the output.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

/// What became of a drawn case.
enum Found {
    Agreed,
    Unspecified(&'static str),
    Skipped(String),
    Failed(Box<Drawn>),
    Broken(TestbedError),
}

/// Judges a sample, `jobs` cases at a time. What it comes to does not depend on how many that are.
///
/// # Errors
/// When the testbed does not do its work.
pub fn judge(
    judge: Judge<'_>,
    sample: Sample,
    jobs: NonZero<usize>,
    clauses: &[Clause],
    progress: &mut Progress,
) -> Result<(Tally, Vec<Shrunk>), CannotGenerate> {
    let mut tally = Tally::default();
    let mut failed = Vec::new();
    in_order(
        sample,
        jobs,
        |number| examine(judge, sample.seed, number),
        |number, commands, found| {
            let counts = tally.of(number);
            counts.commands += commands;
            match found {
                Found::Agreed => counts.agreed += 1,
                Found::Unspecified(about) => {
                    counts.unspecified += 1;
                    *tally.silences.entry(about).or_default() += 1;
                }
                Found::Skipped(reason) => {
                    counts.skipped += 1;
                    *tally.skips.entry(reason).or_default() += 1;
                }
                Found::Failed(drawn) => {
                    counts.failed += 1;
                    failed.push(*drawn);
                }
                Found::Broken(source) => {
                    return Err(CannotGenerate::Testbed { seed: sample.seed, number, source });
                }
            }
            progress.tell(number + 1, sample.count, failed.len());
            Ok(failed.len() < MOST_FAILURES)
        },
    )?;
    progress.finish();
    failed.sort_by_key(Drawn::size);
    failed.truncate(MOST_SHRUNK);
    progress.say_shrinking(failed.len());
    let shrunk = shrunk::shrink_all(judge, failed, clauses)?;
    Ok((tally, shrunk))
}

/// Judges the case of this number. Tells also how many commands were judged.
fn examine(judge: Judge<'_>, seed: u64, number: u64) -> (usize, Found) {
    let drawn = Drawn::draw(seed, number);
    let silent = drawn.silence().map_or(Found::Agreed, |silence| Found::Unspecified(silence.about));
    let Some(case) = drawn.to_judge() else { return (0, silent) };
    let commands = case.steps.len();
    match judge.judge(&case).verdict {
        Verdict::Passed => (commands, silent),
        Verdict::Failed(failure) => (failure.step + 1, Found::Failed(Box::new(drawn.up_to(failure.step)))),
        Verdict::Skipped(Skip::NotApplicable(reason) | Skip::Lacking(reason)) => (0, Found::Skipped(reason)),
        Verdict::Broken(error) => (0, Found::Broken(error)),
    }
}

/// Does the work for every number at so many at a time, and hands over in the order of the numbers, until told
/// that it is enough.
fn in_order(
    sample: Sample,
    jobs: NonZero<usize>,
    work: impl Fn(u64) -> (usize, Found) + Sync,
    mut take: impl FnMut(u64, usize, Found) -> Result<bool, CannotGenerate>,
) -> Result<(), CannotGenerate> {
    let next = AtomicU64::new(0);
    let (send, receive) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..jobs.get() {
            let (send, next, work) = (send.clone(), &next, &work);
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= sample.count || send.send((number, work(number))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(send);
        let (mut early, mut expected) = (BTreeMap::new(), 0);
        for (number, found) in receive {
            early.insert(number, found);
            while let Some((commands, found)) = early.remove(&expected) {
                if !take(expected, commands, found)? {
                    return Ok(());
                }
                expected += 1;
            }
        }
        Ok(())
    })
}

/// Tells on standard error how far the judging is: rewritten in place on a terminal, else a line for each tenth.
pub struct Progress {
    wanted: Wanted,
    last: u64,
}

/// Whether somebody wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Yes.
    Yes,
    /// No.
    No,
}

impl Progress {
    /// For those who want it.
    pub fn new(wanted: Wanted) -> Self {
        Self { wanted, last: 0 }
    }

    fn tell(&mut self, done: u64, count: u64, failed: usize) {
        if self.wanted == Wanted::No {
            return;
        }
        let text = format!("drawn cases: {done} of {count} judged, {failed} failed");
        let mut stderr = io::stderr().lock();
        // Nobody's reading is no reason to stop.
        if stderr.is_terminal() {
            let _ = write!(stderr, "\r{text}").and_then(|()| stderr.flush());
        } else if done * 10 / count > self.last {
            self.last = done * 10 / count;
            let _ = writeln!(stderr, "{text}");
        }
    }

    fn finish(&self) {
        let mut stderr = io::stderr().lock();
        if self.wanted == Wanted::Yes && stderr.is_terminal() {
            let _ = writeln!(stderr);
        }
    }

    fn say_shrinking(&self, count: usize) {
        if self.wanted == Wanted::Yes && count > 0 {
            let _ = writeln!(io::stderr().lock(), "drawn cases: making {count} that failed small");
        }
    }
}

/// The results of some work on each of these, at the same time, in their order.
fn at_once<T: Send, R: Send>(things: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let results = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for (place, thing) in things.into_iter().enumerate() {
            let (results, work) = (&results, &work);
            scope.spawn(move || {
                let result = work(thing);
                results.lock().unwrap_or_else(PoisonError::into_inner).insert(place, result);
            });
        }
    });
    results.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
}
