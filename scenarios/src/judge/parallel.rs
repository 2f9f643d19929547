//! Does work on several threads and hands over the results in order.
//! If the system grants no more threads, there are fewer.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::mem;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, Builder, Scope};

use nix::sys::signal::Signal;

use crate::catalogue::case::Case;
use crate::judge::interruption::Interruption;
use crate::judge::judge_case::Judge;
use crate::judge::verdict::{Judgement, Verdict};

/// How many cases are judged at a time if nothing else is asked: they mostly wait for processes.
pub fn usual_jobs() -> NonZero<usize> {
    let processors = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    processors.saturating_mul(NonZero::<usize>::MIN.saturating_add(1))
}

/// What [`judge_all`] tells.
pub enum Told<'a> {
    /// A case was judged.
    Judged(&'a Case, &'a Judgement),
    /// A case was judged, and one before it was not: a signal ends the run.
    JudgedEarly(&'a Case, &'a Judgement),
    /// A signal ends the run. All that was judged has been told; what is being judged goes on.
    Interrupted(Signal),
}

/// Judges `cases`, `jobs` at a time. `tell` gets each judgement as soon as those before it are there. After the first
/// one that is `enough`, in the order of the cases, there are no more: that does not depend on `jobs`. A signal that
/// comes after the last one is put off.
pub fn judge_all(
    judge: Judge<'_>,
    cases: &[&Case],
    jobs: NonZero<usize>,
    interruption: Option<&Interruption>,
    enough: impl Fn(&Case, &Verdict) -> bool + Sync,
    mut tell: impl FnMut(Told<'_>),
) -> Vec<Judgement> {
    let last = AtomicUsize::new(usize::MAX);
    let work = |number: usize| {
        let case = cases.get(number).filter(|_| number <= last.load(Ordering::Relaxed))?;
        let judgement = judge.judge(case);
        if enough(case, &judgement.verdict) {
            last.fetch_min(number, Ordering::Relaxed);
        }
        Some(judgement)
    };
    let mut judgements = Vec::with_capacity(cases.len());
    let Ok(()) = in_order_or_interrupted(cases.len(), jobs, interruption, work, |arrival| {
        match arrival {
            Arrival::Done(number, Some(judgement)) if number <= last.load(Ordering::Relaxed) => {
                cases.get(number).into_iter().for_each(|case| tell(Told::Judged(case, &judgement)));
                judgements.push(judgement);
            }
            Arrival::Early(number, Some(judgement)) => {
                cases.get(number).into_iter().for_each(|case| tell(Told::JudgedEarly(case, &judgement)));
            }
            Arrival::Interrupted(signal) => tell(Told::Interrupted(signal)),
            Arrival::Done(..) | Arrival::Early(..) | Arrival::Panicked => {}
        }
        Ok::<bool, Infallible>(true)
    });
    judgements
}

/// Does `work` on all `items`, `jobs` at a time. The results are in the order of the items, and `tell` gets each of
/// them as soon as those before it are there.
pub fn at_a_time<I: Sync, R: Send + 'static>(
    items: &[I],
    jobs: NonZero<usize>,
    work: impl Fn(&I) -> R + Sync,
    tell: impl FnMut(&I, &R),
) -> Vec<R> {
    until_interrupted(items, jobs, None, work, tell, |_, _| {})
}

/// The same. At a signal, `interrupted` gets a place for each item, with its result if that is there. What is being
/// done goes on meanwhile.
pub fn until_interrupted<I: Sync, R: Send + 'static>(
    items: &[I],
    jobs: NonZero<usize>,
    interruption: Option<&Interruption>,
    work: impl Fn(&I) -> R + Sync,
    mut tell: impl FnMut(&I, &R),
    interrupted: impl FnOnce(Signal, Vec<Option<R>>),
) -> Vec<R> {
    let mut results: Vec<Option<R>> = items.iter().map(|_| None).collect();
    let mut interrupted = Some(interrupted);
    let by_number = |number: usize| items.get(number).map(&work);
    let Ok(()) = in_order_or_interrupted(items.len(), jobs, interruption, by_number, |arrival| {
        match arrival {
            Arrival::Done(number, Some(result)) => {
                if let Some((item, place)) = items.get(number).zip(results.get_mut(number)) {
                    tell(item, place.insert(result));
                }
            }
            Arrival::Early(number, result) => {
                if let Some(place) = results.get_mut(number) {
                    *place = result;
                }
            }
            Arrival::Interrupted(signal) => {
                if let Some(interrupted) = interrupted.take() {
                    interrupted(signal, mem::take(&mut results));
                }
            }
            Arrival::Done(_, None) | Arrival::Panicked => {}
        }
        Ok::<bool, Infallible>(true)
    });
    interruption.into_iter().for_each(Interruption::tell_nobody);
    results.into_iter().flatten().collect()
}

/// What comes to the one who hands over.
pub enum Arrival<R> {
    /// The result of this number.
    Done(usize, R),
    /// The same, before a smaller number: a signal ends the work.
    Early(usize, R),
    /// A signal ends the work.
    Interrupted(Signal),
    /// A worker panicked, and its result does not come. The panic goes on when the others have ended.
    Panicked,
}

/// Says that a worker panicked.
struct Worker<R>(Sender<Arrival<R>>);

impl<R> Drop for Worker<R> {
    fn drop(&mut self) {
        if thread::panicking() {
            let _ = self.0.send(Arrival::Panicked);
        }
    }
}

/// Does the work for every number below `count`, `jobs` at a time, and hands over in the order of the numbers, until
/// `take` says that it is enough. At a signal, `take` gets all that is done by then, and the signal. One that comes
/// later is put off.
///
/// # Errors
/// When `take` fails.
pub fn in_order_or_interrupted<R: Send + 'static, E>(
    count: usize,
    jobs: NonZero<usize>,
    interruption: Option<&Interruption>,
    work: impl Fn(usize) -> R + Sync,
    mut take: impl FnMut(Arrival<R>) -> Result<bool, E>,
) -> Result<(), E> {
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::channel();
    if let Some(interruption) = interruption {
        let send = send.clone();
        interruption.tell(move |signal| drop(send.send(Arrival::Interrupted(signal))));
    }
    let done = thread::scope(|scope| {
        let (next, work) = (&next, &work);
        start_workers(scope, jobs.get().min(count), move || {
            let worker = Worker(send.clone());
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count || worker.0.send(Arrival::Done(number, work(number))).is_err() {
                    break;
                }
            }
        });
        let done = hand_over(count, &receive, &mut take);
        // What is enough needs no more work.
        next.store(count, Ordering::Relaxed);
        done
    });
    if let Some(interruption) = interruption {
        interruption.put_off(None);
        let unheard = receive.try_iter().find_map(|arrival| match arrival {
            Arrival::Interrupted(signal) => Some(signal),
            _ => None,
        });
        if unheard.is_some() {
            interruption.put_off(unheard);
        }
    }
    done
}

fn hand_over<R, E>(
    count: usize,
    receive: &Receiver<Arrival<R>>,
    take: &mut impl FnMut(Arrival<R>) -> Result<bool, E>,
) -> Result<(), E> {
    let (mut early, mut expected) = (BTreeMap::new(), 0);
    while expected < count {
        match receive.recv() {
            Ok(Arrival::Done(number, result)) => drop(early.insert(number, result)),
            Ok(Arrival::Interrupted(signal)) => {
                for (number, result) in early {
                    take(Arrival::Early(number, result))?;
                }
                return take(Arrival::Interrupted(signal)).map(drop);
            }
            Ok(Arrival::Early(..) | Arrival::Panicked) | Err(_) => return Ok(()),
        }
        while let Some(result) = early.remove(&expected) {
            if !take(Arrival::Done(expected, result))? {
                return Ok(());
            }
            expected += 1;
        }
    }
    Ok(())
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
