//! The result of a case (passed, failed, failed as expected, ...), the counts of a run, and its exit status.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalogue::clause::Level;
use crate::judge::verdict::VerdictName;

/// Exit status: everything that was judged conforms.
pub const CONFORMS: u8 = 0;
/// Exit status: something does not.
pub const FAILS: u8 = 1;
/// Exit status: nothing, or not everything, could be judged.
pub const CANNOT_JUDGE: u8 = 2;

/// How many cases became what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// As expected.
    pub passed: usize,
    /// Otherwise.
    pub failed: usize,
    /// Not judged.
    pub skipped: usize,
    /// Could not be judged, by the testbed's fault.
    pub broken: usize,
    /// Failed, as expected.
    pub expected_failures: usize,
    /// Passed, and was expected to fail.
    pub unexpected_passes: usize,
}

/// What became of a case, and whether that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseResult {
    /// It passed.
    Passed,
    /// It failed.
    Failed,
    /// It failed, as expected: that does not count.
    ExpectedFailure,
    /// It was expected to fail, and passed: that counts.
    UnexpectedPass,
    /// It was not judged.
    Skipped,
    /// It could not be judged.
    Broken,
}

impl CaseResult {
    /// Of a verdict, and whether a failure was expected.
    pub fn of(verdict: VerdictName, is_expected: bool) -> Self {
        match (verdict, is_expected) {
            (VerdictName::Passed, false) => Self::Passed,
            (VerdictName::Passed, true) => Self::UnexpectedPass,
            (VerdictName::Failed, false) => Self::Failed,
            (VerdictName::Failed, true) => Self::ExpectedFailure,
            (VerdictName::Skipped, _) => Self::Skipped,
            (VerdictName::Broken, _) => Self::Broken,
        }
    }
}

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, came: CaseResult) {
        *match came {
            CaseResult::Passed => &mut self.passed,
            CaseResult::Failed => &mut self.failed,
            CaseResult::ExpectedFailure => &mut self.expected_failures,
            CaseResult::UnexpectedPass => &mut self.unexpected_passes,
            CaseResult::Skipped => &mut self.skipped,
            CaseResult::Broken => &mut self.broken,
        } += 1;
    }
}

/// Whether failures of robust cases count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RobustFailures {
    /// They fail the run.
    Count,
    /// They are reported.
    AreReported,
}

impl RobustFailures {
    /// Whether a failure at this level fails the run.
    pub fn fail(self, level: Level) -> bool {
        level != Level::Robust || self == Self::Count
    }
}

/// What a run comes to.
#[derive(Clone, Debug, Default)]
pub struct Conclusion {
    /// The counts of each level that has cases.
    pub levels: BTreeMap<Level, Counts>,
    /// Their sum.
    pub total: Counts,
    /// Reasons for skipping, and how many cases each one stopped.
    pub skips: BTreeMap<String, usize>,
}

impl Conclusion {
    /// Adds what became of one case of this level, with the reason if it was skipped.
    pub fn add(&mut self, level: Level, came: CaseResult, reason: Option<&str>) {
        self.levels.entry(level).or_default().add(came);
        self.total.add(came);
        if let (CaseResult::Skipped, Some(reason)) = (came, reason) {
            *self.skips.entry(reason.to_owned()).or_default() += 1;
        }
    }

    /// Why it says nothing about the manager: no case was judged at all. Silence would look like praise.
    pub fn silence(&self) -> Option<String> {
        let total = self.total;
        if total.passed + total.failed + total.broken + total.expected_failures + total.unexpected_passes > 0
        {
            return None;
        }
        let reasons: Vec<&str> = self.skips.keys().map(String::as_str).collect();
        Some(match reasons.as_slice() {
            [] => "nothing was judged: no case was selected".to_owned(),
            reasons => format!("nothing was judged, all cases were skipped: {}", reasons.join("; ")),
        })
    }

    /// The exit status. What a machine lacks has been dealt with before.
    pub fn status(&self, robust: RobustFailures) -> u8 {
        if self.total.broken > 0 || self.silence().is_some() {
            return CANNOT_JUDGE;
        }
        let fails = self.levels.iter().any(|(level, counts)| counts.failed > 0 && robust.fail(*level));
        if fails || self.total.unexpected_passes > 0 { FAILS } else { CONFORMS }
    }
}

#[cfg(test)]
mod tests {
    use super::{CANNOT_JUDGE, CONFORMS, CaseResult, Conclusion, FAILS, RobustFailures};
    use crate::catalogue::clause::{LEVELS, Level};
    use crate::judge::verdict::{Failure, Skip, Verdict, VerdictName};
    use postfix_harness::testbed::TestbedError;

    fn failed() -> Verdict {
        Verdict::Failed(Box::new(Failure { step: 0, later: Vec::new(), world: None }))
    }

    fn of<'a>(verdicts: impl IntoIterator<Item = (Level, &'a Verdict)>) -> Conclusion {
        let mut conclusion = Conclusion::default();
        for (level, verdict) in verdicts {
            let reason = match verdict {
                Verdict::Skipped(Skip::NotApplicable(reason) | Skip::Lacking(reason)) => {
                    Some(reason.as_str())
                }
                _ => None,
            };
            conclusion.add(level, CaseResult::of(verdict.name(), false), reason);
        }
        conclusion
    }

    #[test]
    fn every_level_fails_the_run_and_robust_only_where_it_counts() {
        for level in LEVELS {
            let conclusion = of([(Level::Documented, &Verdict::Passed), (level, &failed())]);
            assert_eq!(conclusion.status(RobustFailures::Count), FAILS);
            let lenient = if level == Level::Robust { CONFORMS } else { FAILS };
            assert_eq!(conclusion.status(RobustFailures::AreReported), lenient);
        }
    }

    #[test]
    fn a_broken_testbed_is_no_failure_of_the_manager() {
        let broken = Verdict::Broken(TestbedError::Broken("x".to_owned()));
        let conclusion = of([(Level::Documented, &broken), (Level::Documented, &failed())]);
        assert_eq!(conclusion.status(RobustFailures::Count), CANNOT_JUDGE);
        let skipped = Verdict::Skipped(Skip::Lacking("y".to_owned()));
        let conclusion = of([(Level::Documented, &skipped)]);
        assert_eq!((conclusion.total.skipped, conclusion.skips["y"]), (1, 1));
    }

    #[test]
    fn an_expected_failure_fails_the_run_only_if_it_passes() {
        let status = |came: &[CaseResult]| {
            let mut conclusion = Conclusion::default();
            for came in came {
                conclusion.add(Level::Robust, *came, None);
            }
            conclusion.status(RobustFailures::AreReported)
        };
        assert_eq!(status(&[CaseResult::ExpectedFailure]), CONFORMS);
        assert_eq!(
            status(&[CaseResult::ExpectedFailure, CaseResult::Passed, CaseResult::UnexpectedPass]),
            FAILS
        );
        assert_eq!(CaseResult::of(VerdictName::Passed, true), CaseResult::UnexpectedPass);
        assert_eq!(CaseResult::of(VerdictName::Failed, true), CaseResult::ExpectedFailure);
        assert_eq!(CaseResult::of(VerdictName::Skipped, true), CaseResult::Skipped);
    }

    #[test]
    fn a_run_that_judges_nothing_says_nothing_and_why() {
        let skipped = Verdict::Skipped(Skip::Lacking("y".to_owned()));
        let conclusion = of([(Level::Documented, &skipped)]);
        assert_eq!(conclusion.status(RobustFailures::Count), CANNOT_JUDGE);
        assert!(conclusion.silence().is_some_and(|why| why.ends_with("skipped: y")));
        let conclusion = of([(Level::Documented, &skipped), (Level::Documented, &Verdict::Passed)]);
        assert_eq!(conclusion.status(RobustFailures::Count), CONFORMS);
        assert_eq!(conclusion.silence(), None);
        assert_eq!(Conclusion::default().status(RobustFailures::Count), CANNOT_JUDGE);
    }
}
