//! Decides which step of a plan may begin next, by the order of `policy`.
//!
//! Knows nothing of processes and time; the caller says what has ended.

use std::collections::{BTreeSet, HashMap};
use std::num::NonZeroUsize;

use crate::plan::policy::{Plan, Serial};

/// How far a plan has come. Steps go by their number in run order. Nothing here takes longer if there are more of them.
#[derive(Debug)]
pub(crate) struct Schedule {
    jobs: NonZeroUsize,
    /// Whether each step has begun.
    begun: Vec<bool>,
    /// For each step, the one that follows it in its group.
    followers: Vec<Option<usize>>,
    /// The steps whose group lets them begin, without the default instance's.
    ready: BTreeSet<usize>,
    /// The default instance's step, if it has one.
    default: Option<usize>,
    default_is_last: bool,
    busy: usize,
    ended: usize,
    /// Whether further steps begin.
    is_closed: bool,
}

impl Schedule {
    /// A plan at its beginning, with this many steps at once.
    pub(crate) fn new(plan: &Plan, jobs: NonZeroUsize) -> Self {
        let default = plan.default_number();
        let mut followers = Vec::new();
        let mut ready = BTreeSet::new();
        let mut last_of_group: HashMap<&Serial, usize> = HashMap::new();
        for (at, step) in plan.steps().enumerate() {
            followers.push(None);
            let before = match &step.serial {
                _ if default == Some(at) => continue,
                Serial::Alone => None,
                serial @ Serial::Group(_) => last_of_group.insert(serial, at),
            };
            match before {
                Some(before) => followers[before] = Some(at),
                None => drop(ready.insert(at)),
            }
        }
        Self {
            jobs,
            begun: vec![false; followers.len()],
            followers,
            ready,
            default,
            default_is_last: plan.default_is_last(),
            busy: 0,
            ended: 0,
            is_closed: false,
        }
    }

    /// The earliest step that may begin now, if any. It counts as begun from here on.
    pub(crate) fn next(&mut self) -> Option<usize> {
        if self.is_closed || self.busy >= self.jobs.get() {
            return None;
        }
        let next = match self.default {
            // First, before all.
            Some(default) if !self.default_is_last && self.ended == 0 => {
                (!self.begun[default]).then_some(default)
            }
            // Last, after all.
            Some(default) if self.default_is_last && self.ended + 1 == self.begun.len() => {
                (!self.begun[default]).then_some(default)
            }
            _ => self.ready.pop_first(),
        }?;
        self.begun[next] = true;
        self.busy += 1;
        Some(next)
    }

    /// Takes note that a step which had begun has ended.
    pub(crate) fn ended(&mut self, at: usize) {
        self.busy -= 1;
        self.ended += 1;
        self.ready.extend(self.followers[at]);
    }

    /// The steps that have not begun, in run order.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = usize> + '_ {
        let first = if self.is_closed { self.begun.len() } else { 0 };
        (first..self.begun.len()).filter(|at| !self.begun[*at])
    }

    /// Lets no further step begin.
    pub(crate) fn close(&mut self) {
        self.is_closed = true;
    }
}

#[cfg(test)]
mod tests;
