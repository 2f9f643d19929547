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
use std::time::Duration;

use postfix_harness::testbed::TestbedError;

use self::drawn::Drawn;
pub use self::shrunk::Shrunk;
pub use self::tally::Tally;
use crate::case::Case;
use crate::case_text::CaseTextError;
use crate::clause::Clause;
use crate::extent::{ExtentOptions, Shard, ShardError};
use crate::judge::{Judge, Judgement, Skip, Verdict};
use crate::measure_options::DrawOptions;
use crate::report::reports::CannotWrite;
use crate::workers;

/// After so many failures no further case is judged: they would tell nothing new.
const MOST_FAILURES: usize = 20;

/// So many of the failures are made small, those that are smallest already.
const MOST_SHRUNK: usize = 3;

/// Cases to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// How many.
    pub count: u64,
    /// From which seed.
    pub seed: u64,
    /// Which of them are judged here.
    pub shard: Option<Shard>,
}

impl DrawOptions {
    /// The sample that is asked for, if one is.
    ///
    /// # Errors
    /// When nothing of it is judged here, or when failures are known that cannot be of drawn cases.
    pub fn sample(&self, extent: &ExtentOptions) -> Result<Option<Sample>, CannotGenerate> {
        let Some(count) = self.generate.map(NonZero::get) else { return Ok(None) };
        if extent.known.is_some() {
            return Err(CannotGenerate::Known);
        }
        let sample = Sample { count, seed: self.seed, shard: extent.shard };
        match extent.shard {
            Some(shard) if sample.size() == 0 => {
                let cases = usize::try_from(count).unwrap_or(usize::MAX);
                Err(ShardError::Empty { shard, cases }.into())
            }
            _ => Ok(Some(sample)),
        }
    }
}

impl Sample {
    /// How many cases are judged here.
    pub fn size(self) -> u64 {
        self.shard.map_or(self.count, |shard| shard.size(self.count))
    }

    /// The number of one of them, of which the first is 0.
    fn number(self, own: u64) -> u64 {
        self.shard.map_or(own, |shard| shard.place(own))
    }
}

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
    /// Expected failures, which name written cases.
    #[error(
        "--known names written cases, and those that --generate draws have no names that it could list: leave it \
         out, or keep what is found as a case file and judge that"
    )]
    Known,
    /// No case for this share.
    #[error(transparent)]
    Shard(#[from] ShardError),
    /// A report cannot be written.
    #[error(transparent)]
    Report(#[from] CannotWrite),
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

/// What came of a drawn case.
struct Examined {
    drawn: Drawn,
    commands: usize,
    found: Found,
    judgement: Judgement,
}

/// Judges a sample, so many cases at a time. What it comes to does not depend on how many that are. `hear` gets each
/// case with what came of it, in their order.
///
/// # Errors
/// When the testbed does not do its work.
pub fn judge(
    judging: Judging<'_>,
    progress: &mut Progress,
    mut hear: impl FnMut(&Drawn, Judgement),
) -> Result<(Tally, Vec<Shrunk>), CannotGenerate> {
    let Judging { judge, sample, jobs, clauses, enough } = judging;
    let mut tally = Tally::default();
    let mut failed = Vec::new();
    in_order(
        sample.size(),
        jobs,
        |own| examine(judge, sample.seed, sample.number(own)),
        |own, Examined { drawn, commands, found, judgement }| {
            let counts = tally.of(drawn.number);
            counts.commands += commands;
            let mut is_last = false;
            hear(&drawn, judgement);
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
                    is_last = enough(&drawn.to_report());
                    failed.push(*drawn);
                }
                Found::Broken(source) => {
                    return Err(CannotGenerate::Testbed { seed: sample.seed, number: drawn.number, source });
                }
            }
            progress.tell(own + 1, sample.size(), failed.len());
            Ok(failed.len() < MOST_FAILURES && !is_last)
        },
    )?;
    progress.finish();
    failed.sort_by_key(Drawn::size);
    failed.truncate(MOST_SHRUNK);
    progress.say_shrinking(failed.len());
    let shrunk = shrunk::shrink_all(judge, failed, clauses)?;
    Ok((tally, shrunk))
}

/// Judges the case of this number.
fn examine(judge: Judge<'_>, seed: u64, number: u64) -> Examined {
    let drawn = Drawn::draw(seed, number);
    let silence = drawn.silence().map(|silence| silence.about);
    let silent = silence.map_or(Found::Agreed, Found::Unspecified);
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
            (failure.step + 1, Found::Failed(small), judgement)
        }
        Verdict::Skipped(ref skip) => (0, Found::Skipped(skip.reason().to_owned()), judgement),
        Verdict::Broken(error) => (0, Found::Broken(error), uncovered(judgement.took)),
    };
    Examined { drawn, commands, found, judgement }
}

/// Does the work for every number at so many at a time, and hands over in the order of the numbers, until told
/// that it is enough.
fn in_order(
    count: u64,
    jobs: NonZero<usize>,
    work: impl Fn(u64) -> Examined + Sync,
    mut take: impl FnMut(u64, Examined) -> Result<bool, CannotGenerate>,
) -> Result<(), CannotGenerate> {
    let next = AtomicU64::new(0);
    let (send, receive) = mpsc::channel();
    thread::scope(|scope| {
        let (next, work) = (&next, &work);
        workers::work(scope, jobs.get(), move || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count || send.send((number, work(number))).is_err() {
                    break;
                }
            }
        });
        let (mut early, mut expected) = (BTreeMap::new(), 0);
        for (number, examined) in receive {
            early.insert(number, examined);
            while let Some(examined) = early.remove(&expected) {
                if !take(expected, examined)? {
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
    let (wanted, things) = (things.len(), Mutex::new(things.into_iter().enumerate()));
    let next = || things.lock().unwrap_or_else(PoisonError::into_inner).next();
    thread::scope(|scope| {
        workers::work(scope, wanted, || {
            while let Some((place, thing)) = next() {
                let result = work(thing);
                results.lock().unwrap_or_else(PoisonError::into_inner).insert(place, result);
            }
        });
    });
    results.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
}
