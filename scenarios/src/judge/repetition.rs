//! Judging a case several times: which of its verdicts counts, and whether they were all the same.

use std::num::NonZero;

use crate::judge::verdict::Verdict;

/// The verdicts on the cases of a run, each judged so many times, one case after the other.
#[derive(Clone, Copy, Debug)]
pub struct Repetition {
    times: u32,
    judged: u32,
    failed: u32,
    is_decided: bool,
}

/// What one more verdict on a case means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// Whether it is the one that counts: the first that is no pass, or the last.
    pub counts: bool,
    /// How many times the case failed, if this was the last time and it failed only sometimes.
    pub failed_sometimes: Option<u32>,
}

impl Repetition {
    /// Each case is judged so many times.
    pub fn new(times: NonZero<u32>) -> Self {
        Self { times: times.get(), judged: 0, failed: 0, is_decided: false }
    }

    /// Adds the next verdict.
    pub fn add(&mut self, verdict: &Verdict) -> Meaning {
        self.judged += 1;
        self.failed += u32::from(matches!(verdict, Verdict::Failed(_)));
        let is_last = self.judged == self.times;
        let counts = !self.is_decided && (is_last || !matches!(verdict, Verdict::Passed));
        self.is_decided |= counts;
        let sometimes = is_last && 0 < self.failed && self.failed < self.times;
        let meaning = Meaning { counts, failed_sometimes: sometimes.then_some(self.failed) };
        if is_last {
            *self = Self { judged: 0, failed: 0, is_decided: false, ..*self };
        }
        meaning
    }
}

#[cfg(test)]
mod tests {
    use super::{Meaning, Repetition};
    use crate::judge::verdict::{Failure, Verdict};
    use std::num::NonZero;

    #[test]
    fn each_case_counts_once_and_a_single_failure_is_enough() {
        let failed = || Verdict::Failed(Box::new(Failure { step: 0, later: Vec::new(), world: None }));
        let mut repetition = Repetition::new(NonZero::new(3).unwrap());
        let mut add = |verdict: Verdict| {
            let Meaning { counts, failed_sometimes } = repetition.add(&verdict);
            (counts, failed_sometimes)
        };
        let all_pass = [add(Verdict::Passed), add(Verdict::Passed), add(Verdict::Passed)];
        assert_eq!(all_pass, [(false, None), (false, None), (true, None)]);
        let second_fails = [add(Verdict::Passed), add(failed()), add(Verdict::Passed)];
        assert_eq!(second_fails, [(false, None), (true, None), (false, Some(1))]);
        let all_fail = [add(failed()), add(failed()), add(failed())];
        assert_eq!(all_fail, [(true, None), (false, None), (false, None)]);
    }
}
