//! Does work on several threads and hands over the results in order. If the system grants no more threads, there are
//! fewer.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread::{self, Builder, Scope};

use crate::catalogue::case::Case;
use crate::judge::judge_case::Judge;
use crate::judge::verdict::{Judgement, Verdict};

/// How many cases are judged at a time if nothing else is asked: they mostly wait for processes.
pub fn usual_jobs() -> NonZero<usize> {
    let processors = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    processors.saturating_mul(NonZero::<usize>::MIN.saturating_add(1))
}

/// Judges `cases`, `jobs` at a time. `tell` gets each judgement as soon as those before it are there. After the first
/// one that is `enough`, in the order of the cases, there are no more: that does not depend on `jobs`.
pub fn judge_all(
    judge: Judge<'_>,
    cases: &[&Case],
    jobs: NonZero<usize>,
    enough: impl Fn(&Case, &Verdict) -> bool + Sync,
    mut tell: impl FnMut(&Case, &Judgement),
) -> Vec<Judgement> {
    let last = AtomicUsize::new(usize::MAX);
    let numbered: Vec<(usize, &Case)> = cases.iter().copied().enumerate().collect();
    let work = |(number, case): &(usize, &Case)| {
        if *number > last.load(Ordering::Relaxed) {
            return None;
        }
        let judgement = judge.judge(case);
        if enough(case, &judgement.verdict) {
            last.fetch_min(*number, Ordering::Relaxed);
        }
        Some(judgement)
    };
    let all = at_a_time(&numbered, jobs, work, |(number, case), judgement| {
        if let Some(judgement) = judgement.as_ref().filter(|_| *number <= last.load(Ordering::Relaxed)) {
            tell(case, judgement);
        }
    });
    let most = last.load(Ordering::Relaxed).saturating_add(1);
    all.into_iter().take(most).flatten().collect()
}

/// Does `work` on all `items`, `jobs` at a time. The results are in the order of the items, and `tell` gets each of
/// them as soon as those before it are there.
pub fn at_a_time<I: Sync, R: Send>(
    items: &[I],
    jobs: NonZero<usize>,
    work: impl Fn(&I) -> R + Sync,
    mut tell: impl FnMut(&I, &R),
) -> Vec<R> {
    let mut results = Vec::with_capacity(items.len());
    let by_number = |number: usize| items.get(number).map(|item| (item, work(item)));
    let Ok(()) = in_order(items.len(), jobs, by_number, |_, done| -> Result<bool, Infallible> {
        if let Some((item, result)) = done {
            tell(item, &result);
            results.push(result);
        }
        Ok(true)
    });
    results
}

/// Does the work for every number below `count`, `jobs` at a time, and hands over in the order of the numbers, until
/// `take` says that it is enough.
///
/// # Errors
/// When `take` fails.
pub fn in_order<R: Send, E>(
    count: usize,
    jobs: NonZero<usize>,
    work: impl Fn(usize) -> R + Sync,
    mut take: impl FnMut(usize, R) -> Result<bool, E>,
) -> Result<(), E> {
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::channel();
    thread::scope(|scope| {
        let (next, work) = (&next, &work);
        start_workers(scope, jobs.get().min(count), move || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count || send.send((number, work(number))).is_err() {
                    break;
                }
            }
        });
        let (mut early, mut expected) = (BTreeMap::new(), 0);
        for (number, result) in receive {
            early.insert(number, result);
            while let Some(result) = early.remove(&expected) {
                if !take(expected, result)? {
                    return Ok(());
                }
                expected += 1;
            }
        }
        Ok(())
    })
}

/// Runs `worker` on so many threads of `scope`. If the system grants none, the caller's own does all the work before
/// this returns.
fn start_workers<'scope>(
    scope: &'scope Scope<'scope, '_>,
    wanted: usize,
    worker: impl Fn() + Clone + Send + 'scope,
) {
    for number in 0..wanted {
        if Builder::new().spawn_scoped(scope, worker.clone()).is_err() {
            if number == 0 {
                worker();
            }
            return;
        }
    }
}
