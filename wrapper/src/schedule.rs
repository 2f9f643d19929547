//! Which step of a plan may begin next: the invariant in the plan's own words, as a little bookkeeping.
//!
//! Knows nothing of processes and time; it is told what has ended.

use std::collections::HashMap;
use std::num::NonZeroUsize;

use crate::plan::{Lane, Plan};

/// What has become of a step so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Begun,
    Ended,
}

/// How far a plan has come. Steps go by their number in run order.
#[derive(Debug)]
pub(crate) struct Schedule {
    jobs: NonZeroUsize,
    states: Vec<State>,
    /// The lane of each step. Lanes go by numbers of their own; the default instance's is empty but for itself.
    lanes: Vec<usize>,
    /// By lane: whether a step of it is busy.
    busy: Vec<bool>,
    /// The default instance's step, if it has one.
    default: Option<usize>,
    default_is_last: bool,
    /// No step before this one is waiting.
    first_waiting: usize,
    begun: usize,
    ended: usize,
}

impl Schedule {
    /// A plan at its beginning, with this many steps at once.
    pub(crate) fn new(plan: &Plan, jobs: NonZeroUsize) -> Self {
        let mut numbers: HashMap<&Lane, usize> = HashMap::new();
        let mut count = 0;
        let mut fresh = || {
            count += 1;
            count - 1
        };
        let lanes: Vec<usize> = plan
            .steps()
            .map(|step| match &step.lane {
                Lane::Own => fresh(),
                lane @ Lane::Group(_) => *numbers.entry(lane).or_insert_with(&mut fresh),
            })
            .collect();
        Self {
            jobs,
            states: vec![State::Waiting; lanes.len()],
            default: plan.default_number(),
            default_is_last: plan.default_is_last(),
            busy: vec![false; count],
            lanes,
            first_waiting: 0,
            begun: 0,
            ended: 0,
        }
    }

    /// The earliest step that may begin now, if any. It counts as begun from here on.
    pub(crate) fn next(&mut self) -> Option<usize> {
        let next = self.waiting().find(|at| self.may_begin(*at))?;
        self.states[next] = State::Begun;
        self.busy[self.lanes[next]] = true;
        self.begun += 1;
        let first_waiting = self.waiting().next();
        self.first_waiting = first_waiting.unwrap_or(self.states.len());
        Some(next)
    }

    /// Takes note that a step which had begun has ended.
    pub(crate) fn ended(&mut self, at: usize) {
        self.states[at] = State::Ended;
        self.busy[self.lanes[at]] = false;
        self.ended += 1;
    }

    /// The steps that have not begun, in run order.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = usize> + '_ {
        (self.first_waiting..self.states.len()).filter(|at| self.states[*at] == State::Waiting)
    }

    /// Lets no further step begin.
    pub(crate) fn close(&mut self) {
        self.first_waiting = self.states.len();
    }

    fn may_begin(&self, at: usize) -> bool {
        let has_its_turn = match self.default {
            // First, before all; or last, after all.
            Some(default) if at == default => {
                self.ended == if self.default_is_last { self.states.len() - 1 } else { 0 }
            }
            Some(default) => self.default_is_last || self.states[default] == State::Ended,
            None => true,
        };
        has_its_turn && self.begun - self.ended < self.jobs.get() && !self.busy[self.lanes[at]]
    }
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
