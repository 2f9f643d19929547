//! Defines the mark that shows how a clause or a case stands.
//! A mark has a shape and a word, so that nobody needs its colour.

use crate::report::tally::Standing;

/// All of them, for the legend.
pub(super) const ALL: [Standing; 8] = [
    Standing::Holds,
    Standing::Fails,
    Standing::ExpectedFailure,
    Standing::UnexpectedPass,
    Standing::NotCounted,
    Standing::InDoubt,
    Standing::NotJudged,
    Standing::Broken,
];

impl Standing {
    /// In a word or two.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::NotJudged => "not judged",
            Self::InDoubt => "in doubt",
            Self::NotCounted => "fails, not counted",
            Self::ExpectedFailure => "fails, as expected",
            Self::UnexpectedPass => "passes, and was expected to fail",
            Self::Broken => "could not be judged",
            Self::Fails => "fails",
        }
    }

    /// Of a case, in a word or two.
    pub(super) fn word_of_case(self) -> &'static str {
        match self {
            Self::Holds => "passed",
            Self::Fails => "failed",
            Self::NotCounted => "failed, not counted",
            Self::ExpectedFailure => "failed, as expected",
            Self::UnexpectedPass => "passed, and was expected to fail",
            Self::NotJudged => "skipped",
            Self::InDoubt | Self::Broken => self.word(),
        }
    }

    /// What the word means, for the legend.
    pub(super) fn meaning(self) -> &'static str {
        match self {
            Self::Holds => "every case that is about it first came as expected",
            Self::NotJudged => "no case of it was judged here",
            Self::InDoubt => {
                "only cases that are about another clause first judge it, and one of them failed"
            }
            Self::ExpectedFailure => "a case fails that the list of expected failures has, and nothing else",
            Self::UnexpectedPass => "the list of expected failures has it, and it passes: the list is wrong",
            Self::NotCounted => "it fails at a level that does not count in that run",
            Self::Broken => "the testbed did not work",
            Self::Fails => "a case that is about it first came otherwise than expected",
        }
    }

    /// The class of its mark and of what it is on.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::NotJudged => "idle",
            Self::InDoubt => "doubt",
            Self::NotCounted => "noted",
            Self::ExpectedFailure => "expected-failure",
            Self::UnexpectedPass => "unexpected-pass",
            Self::Broken => "broken",
            Self::Fails => "fails",
        }
    }

    /// Its shape. Words must stand beside it.
    pub(super) fn mark(self) -> String {
        format!("<svg class=\"mark {0}\" aria-hidden=\"true\"><use href=\"#mark-{0}\"/></svg>", self.class())
    }

    /// Whether somebody should look at it.
    pub(super) fn is_bad(self) -> bool {
        !matches!(self, Self::Holds | Self::NotJudged | Self::ExpectedFailure)
    }
}
