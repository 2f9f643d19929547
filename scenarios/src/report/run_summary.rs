//! Sums up a run of a report: its tally, and what it lacks.

use crate::judge::result::{CANNOT_JUDGE, CONFORMS, FAILS};
use crate::report::completeness::{Gap, gaps, with_gaps};
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conclusion {
    /// All that counts holds.
    Conforms,
    /// Something does not.
    DoesNotConform,
    /// Nothing, or not everything, was judged.
    CannotTell,
}

impl RunSummary {
    /// Of a run of this report.
    pub fn of(document: &Document, run: &RunRecord) -> Self {
        let gaps = gaps(&run.parts, |case| run.has_result_of(case));
        Self { tally: Tally::of_run(document, run), gaps }
    }

    /// Whether the manager conforms, in a word.
    pub fn conclusion(&self) -> Conclusion {
        match self.tally.status() {
            CONFORMS if self.gaps.is_empty() => Conclusion::Conforms,
            FAILS => Conclusion::DoesNotConform,
            _ => Conclusion::CannotTell,
        }
    }

    /// Whether the manager conforms, in words, and what is missing.
    pub fn verdict(&self) -> String {
        with_gaps(&self.gaps, &self.tally.verdict())
    }

    /// The exit status of a report that must be complete.
    pub fn status(&self) -> u8 {
        if self.gaps.is_empty() { self.tally.status() } else { CANNOT_JUDGE }
    }
}

impl Conclusion {
    /// In a word or two.
    pub fn words(self) -> &'static str {
        match self {
            Self::Conforms => "conforms",
            Self::DoesNotConform => "does not conform",
            Self::CannotTell => "incomplete",
        }
    }
}
