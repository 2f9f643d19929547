//! Sums up a run of a report: its tally, and what it lacks.

use serde::Serialize;

use crate::judge::result::{CANNOT_JUDGE, CONFORMS, FAILS};
use crate::report::completeness::{Gap, MayLack, gaps, with_gaps};
use crate::report::model::{Document, RunRecord};
use crate::report::tally::Tally;

/// What a run comes to.
#[derive(Clone, Debug)]
pub struct RunSummary {
    /// What became of its cases and clauses.
    pub tally: Tally,
    /// What it lacks.
    pub gaps: Vec<Gap>,
}

/// What a run comes to, in a word. The worst is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conclusion {
    /// All that counts holds.
    Conforms,
    /// Nothing, or not everything, was judged.
    #[serde(rename = "incomplete")]
    CannotTell,
    /// Only the list of expected failures is wrong: a case passed that should have failed.
    NotAsExpected,
    /// Something that counts does not hold, whatever else was not judged.
    DoesNotConform,
}

impl RunSummary {
    /// Of a run of this report.
    pub fn of(document: &Document, run: &RunRecord) -> Self {
        let gaps = gaps(&run.parts, |case| run.has_result_of(case));
        Self { tally: Tally::of_run(document, run), gaps }
    }

    /// Of each run of this report, in its order.
    pub fn of_each(document: &Document) -> Vec<Self> {
        document.runs.iter().map(|run| Self::of(document, run)).collect()
    }

    /// Whether the manager conforms, in a word.
    pub fn conclusion(&self) -> Conclusion {
        if self.tally.total.failed > 0 {
            return Conclusion::DoesNotConform;
        }
        if self.tally.total.unexpected_passes > 0 {
            return Conclusion::NotAsExpected;
        }
        if self.status() == CONFORMS { Conclusion::Conforms } else { Conclusion::CannotTell }
    }

    /// Whether the manager conforms, in words, and what is missing.
    pub fn verdict(&self) -> String {
        with_gaps(&self.gaps, &self.tally.verdict())
    }

    /// Why the exit status says that nothing, or not everything, was judged, beside what became of the cases.
    pub fn lacking(&self, may_lack: MayLack) -> Vec<String> {
        let gaps = self.gaps.iter().filter(|gap| gap.is_wrong(may_lack)).map(ToString::to_string);
        let nothing = self.tally.counts_nothing().filter(|_| !self.is_share()).map(str::to_owned);
        gaps.chain(self.tally.silence()).chain(nothing).collect()
    }

    fn is_share(&self) -> bool {
        self.gaps.iter().any(|gap| matches!(gap, Gap::Shares { .. }))
    }

    /// The exit status of a report that need not be complete.
    pub fn status_of_what_was_judged(&self) -> u8 {
        if self.is_share() { self.tally.status_of_share() } else { self.tally.status() }
    }

    /// The exit status of a report that must be complete.
    pub fn status(&self) -> u8 {
        match self.tally.status() {
            // It stopped because there was enough to know this.
            FAILS if self.gaps.iter().all(Gap::is_by_choice) => FAILS,
            status if self.gaps.is_empty() => status,
            _ => CANNOT_JUDGE,
        }
    }
}

impl Conclusion {
    /// That of several runs: the worst.
    pub fn of_all<'a>(runs: impl IntoIterator<Item = &'a RunSummary>) -> Self {
        runs.into_iter().map(RunSummary::conclusion).max().unwrap_or(Self::CannotTell)
    }

    /// In a word or two.
    pub fn words(self) -> &'static str {
        match self {
            Self::Conforms => "conforms",
            Self::NotAsExpected => "does not come as expected",
            Self::DoesNotConform => "does not conform",
            Self::CannotTell => "incomplete",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Conclusion, RunSummary};
    use crate::catalogue::clause::Level;
    use crate::judge::result::{CANNOT_JUDGE, CaseResult};
    use crate::report::completeness::Gap;
    use crate::report::tally::Tally;

    #[test]
    fn a_failure_is_known_whatever_else_is_not() {
        let summary = |came: &[CaseResult], gaps: Vec<Gap>| {
            let mut tally = Tally::begin([("D-1", Level::Documented)], Level::Documented);
            for came in came {
                tally.add(Level::Documented, &["D-1".to_owned()], *came, None);
            }
            RunSummary { tally, gaps }
        };
        let gap = || vec![Gap::Interrupted { by: "SIGTERM".to_owned(), unjudged: 1, of: 2 }];
        for (summary, conclusion) in [
            (summary(&[CaseResult::Failed, CaseResult::Broken], Vec::new()), Conclusion::DoesNotConform),
            (summary(&[CaseResult::Failed], gap()), Conclusion::DoesNotConform),
            (summary(&[CaseResult::UnexpectedPass], gap()), Conclusion::NotAsExpected),
            (summary(&[CaseResult::Passed, CaseResult::Broken], Vec::new()), Conclusion::CannotTell),
            (summary(&[CaseResult::Passed], gap()), Conclusion::CannotTell),
            (summary(&[], Vec::new()), Conclusion::CannotTell),
        ] {
            assert_eq!((summary.conclusion(), summary.status()), (conclusion, CANNOT_JUDGE));
            let says_so = summary.verdict().contains(Conclusion::DoesNotConform.words());
            assert_eq!(says_so, conclusion == Conclusion::DoesNotConform, "{}", summary.verdict());
        }
        // So does the badge of several runs.
        assert!(Conclusion::DoesNotConform > Conclusion::CannotTell);
    }
}
