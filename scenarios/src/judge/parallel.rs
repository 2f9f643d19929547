//! Does work on several threads and hands over the results in order. If the system grants no more threads, there are
//! fewer.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::{self, Builder, Scope};

use crate::catalogue::case::Case;
use crate::judge::judge_case::Judge;
use crate::judge::verdict::{Judgement, Verdict};

/// How many cases are judged at a time where nothing else is asked: they mostly wait for processes.
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
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::channel();
    thread::scope(|scope| {
        let (next, work) = (&next, &work);
        start_workers(scope, jobs.get().min(items.len()), move || {
            while let Some((number, item)) = {
                let number = next.fetch_add(1, Ordering::Relaxed);
                items.get(number).map(|item| (number, item))
            } {
                // Nobody listens any more only when this run is over.
                let _ = send.send((number, work(item)));
            }
        });
        let mut early = BTreeMap::new();
        let mut results = Vec::with_capacity(items.len());
        for (number, result) in receive {
            early.insert(number, result);
            while let Some(result) = early.remove(&results.len()) {
                if let Some(item) = items.get(results.len()) {
                    tell(item, &result);
                }
                results.push(result);
            }
        }
        results
    })
}

/// Does the work for every number at so many at a time, and hands over in the order of the numbers, until told
/// that it is enough.
pub fn in_order<R: Send, E>(
    count: u64,
    jobs: NonZero<usize>,
    work: impl Fn(u64) -> R + Sync,
    mut take: impl FnMut(u64, R) -> Result<bool, E>,
) -> Result<(), E> {
    let next = AtomicU64::new(0);
    let (send, receive) = mpsc::channel();
    thread::scope(|scope| {
        let (next, work) = (&next, &work);
        start_workers(scope, jobs.get(), move || {
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

/// The results of some work on each of these, at the same time, in their order.
pub fn at_once<T: Send, R: Send>(things: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let results = Mutex::new(BTreeMap::new());
    let (wanted, things) = (things.len(), Mutex::new(things.into_iter().enumerate()));
    let next = || things.lock().unwrap_or_else(PoisonError::into_inner).next();
    thread::scope(|scope| {
        start_workers(scope, wanted, || {
            while let Some((place, thing)) = next() {
                let result = work(thing);
                results.lock().unwrap_or_else(PoisonError::into_inner).insert(place, result);
            }
        });
    });
    results.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
}

/// Runs `worker` on so many threads of `scope`. Where the system has none left, there are fewer, and in the end the
/// caller's own does all the work before this returns.
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
