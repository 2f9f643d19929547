//! The result of a case (passed, failed, failed as expected, ...), and how many cases have which.

use std::fmt;

use serde::Serialize;

use crate::catalogue::clause::Level;
use crate::judge::verdict::VerdictName;

/// Exit status: everything that was judged conforms.
pub const CONFORMS: u8 = 0;
/// Exit status: something does not.
pub const FAILS: u8 = 1;
/// Exit status: nothing, or not everything, was judged.
pub const CANNOT_JUDGE: u8 = 2;

/// How many cases became what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// As expected.
    pub passed: usize,
    /// Otherwise, and that fails the run.
    pub failed: usize,
    /// Otherwise, at a level that does not count.
    pub not_counted: usize,
    /// Not judged.
    pub skipped: usize,
    /// Could not be judged, by the testbed's fault.
    pub broken: usize,
    /// Failed, as expected.
    pub expected_failures: usize,
    /// Passed, and was expected to fail.
    pub unexpected_passes: usize,
}

/// What became of a case, whether that was expected, and whether it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseResult {
    /// It passed.
    Passed,
    /// It failed: that fails the run.
    Failed,
    /// It failed, at a level that does not count.
    NotCounted,
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
    /// Of a verdict on a case of this level, and whether a failure was expected. `last` is the last level that counts.
    pub fn of(verdict: VerdictName, is_expected: bool, level: Level, last: Level) -> Self {
        match (verdict, is_expected) {
            (VerdictName::Passed, false) => Self::Passed,
            (VerdictName::Passed, true) => Self::UnexpectedPass,
            (VerdictName::Failed, false) if level.counts(last) => Self::Failed,
            (VerdictName::Failed, false) => Self::NotCounted,
            (VerdictName::Failed, true) => Self::ExpectedFailure,
            (VerdictName::Skipped, _) => Self::Skipped,
            (VerdictName::Broken, _) => Self::Broken,
        }
    }

    /// Whether it fails the run.
    pub fn fails(self) -> bool {
        matches!(self, Self::Failed | Self::UnexpectedPass)
    }

    /// In a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotCounted => "failed (not counted)",
            Self::ExpectedFailure => "failed, as expected",
            Self::UnexpectedPass => "passed, and was expected to fail",
            Self::Skipped => "skipped",
            Self::Broken => "could not be judged",
        }
    }
}

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, came: CaseResult) {
        *match came {
            CaseResult::Passed => &mut self.passed,
            CaseResult::Failed => &mut self.failed,
            CaseResult::NotCounted => &mut self.not_counted,
            CaseResult::ExpectedFailure => &mut self.expected_failures,
            CaseResult::UnexpectedPass => &mut self.unexpected_passes,
            CaseResult::Skipped => &mut self.skipped,
            CaseResult::Broken => &mut self.broken,
        } += 1;
    }

    /// How many were judged to the end.
    pub fn judged(self) -> usize {
        self.passed + self.failed + self.not_counted + self.expected_failures + self.unexpected_passes
    }
}

/// The counts in words: what is never left out first, then what is there.
impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)?;
        for (count, what) in [
            (self.not_counted, "failed (not counted)"),
            (self.expected_failures, "failed as expected"),
            (self.unexpected_passes, "passed unexpectedly"),
            (self.broken, "could not be judged"),
        ] {
            if count > 0 {
                write!(formatter, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{CaseResult, Counts};
    use crate::catalogue::clause::{LEVELS, Level};
    use crate::judge::verdict::VerdictName;

    #[test]
    fn a_failure_counts_up_to_the_last_level_that_does() {
        for level in LEVELS {
            for last in LEVELS {
                let came = CaseResult::of(VerdictName::Failed, false, level, last);
                assert_eq!(came == CaseResult::Failed, level <= last, "{level} {last}");
                assert_eq!(came.fails(), level <= last);
            }
        }
    }

    #[test]
    fn an_expectation_counts_at_every_level() {
        for level in LEVELS {
            let came = |verdict| CaseResult::of(verdict, true, level, Level::Documented);
            assert_eq!(came(VerdictName::Passed), CaseResult::UnexpectedPass);
            assert_eq!(came(VerdictName::Failed), CaseResult::ExpectedFailure);
            assert_eq!(came(VerdictName::Skipped), CaseResult::Skipped);
            assert_eq!(came(VerdictName::Broken), CaseResult::Broken);
        }
    }

    #[test]
    fn every_result_has_a_count_of_its_own() {
        let mut counts = Counts::default();
        for came in [
            CaseResult::Passed,
            CaseResult::Failed,
            CaseResult::NotCounted,
            CaseResult::ExpectedFailure,
            CaseResult::UnexpectedPass,
            CaseResult::Broken,
            CaseResult::Skipped,
        ] {
            counts.add(came);
        }
        assert_eq!(counts.judged(), 5);
        let words = "1 passed, 1 failed, 1 skipped, 1 failed (not counted), 1 failed as expected, \
                     1 passed unexpectedly, 1 could not be judged";
        assert_eq!(counts.to_string(), words);
        assert_eq!(Counts::default().to_string(), "0 passed, 0 failed, 0 skipped");
    }
}
