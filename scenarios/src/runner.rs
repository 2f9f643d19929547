//! Judges many cases at the same time and hands over what came of them in the order of the cases. Knows nothing
//! of what a verdict means.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use crate::case::Case;
use crate::judge::{Judge, Judgement};

/// How many cases are judged at a time where nothing else is asked: they mostly wait for processes.
pub fn usual_jobs() -> NonZero<usize> {
    let processors = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    processors.saturating_mul(NonZero::<usize>::MIN.saturating_add(1))
}

/// Judges `cases`, `jobs` at a time. `tell` gets each judgement as soon as those before it are there.
pub fn judge_all(
    judge: Judge<'_>,
    cases: &[&Case],
    jobs: NonZero<usize>,
    mut tell: impl FnMut(&Case, &Judgement),
) -> Vec<Judgement> {
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..jobs.get().min(cases.len()) {
            let (send, next) = (send.clone(), &next);
            scope.spawn(move || {
                while let Some(case) = {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    cases.get(number).map(|case| (number, *case))
                } {
                    // Nobody listens any more only when this run is over.
                    let _ = send.send((case.0, judge.judge(case.1)));
                }
            });
        }
        drop(send);
        let mut early = BTreeMap::new();
        let mut judgements = Vec::with_capacity(cases.len());
        for (number, judgement) in receive {
            early.insert(number, judgement);
            while let Some(judgement) = early.remove(&judgements.len()) {
                if let Some(case) = cases.get(judgements.len()) {
                    tell(case, &judgement);
                }
                judgements.push(judgement);
            }
        }
        judgements
    })
}
