//! The result of a clause in a run, from its cases, and its mark. A mark has a shape and a word, so that nobody needs
//! its colour.

use crate::judge::result::CaseResult;
use crate::report::formats::html::page::Page;
use crate::report::model::{CaseRecord, ClauseRecord, ResultRecord};
use crate::report::run_head::RunHead;

/// How a clause or a case stands, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// It holds.
    Holds,
    /// Nobody judged it.
    NotJudged,
    /// It is one of several clauses of a case that failed, and of none that failed at it.
    InDoubt,
    /// It fails, as expected.
    ExpectedFailure,
    /// It fails, at a level at which that does not count.
    Noted,
    /// It could not be judged.
    Broken,
    /// It was expected to fail, and does not.
    UnexpectedPass,
    /// It fails.
    Fails,
}

/// All of them, for the legend.
pub(super) const ALL: [Standing; 8] = [
    Standing::Holds,
    Standing::Fails,
    Standing::ExpectedFailure,
    Standing::UnexpectedPass,
    Standing::Noted,
    Standing::InDoubt,
    Standing::NotJudged,
    Standing::Broken,
];

/// How a clause stands in a run, and by how many cases.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stand {
    pub(super) standing: Standing,
    pub(super) passed: usize,
    pub(super) judged: usize,
}

impl Standing {
    /// Of a case in a run.
    pub(super) fn of_case(head: &RunHead, case: &CaseRecord, result: Option<&ResultRecord>) -> Self {
        match result.map(ResultRecord::came) {
            Some(CaseResult::Passed) => Self::Holds,
            Some(CaseResult::ExpectedFailure) => Self::ExpectedFailure,
            Some(CaseResult::UnexpectedPass) => Self::UnexpectedPass,
            Some(CaseResult::Failed) if head.robust_failures.fail(case.level) => Self::Fails,
            Some(CaseResult::Failed) => Self::Noted,
            Some(CaseResult::Broken) => Self::Broken,
            Some(CaseResult::Skipped) | None => Self::NotJudged,
        }
    }

    /// In a word or two.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::NotJudged => "not judged",
            Self::InDoubt => "in doubt",
            Self::Noted => "fails, not counted",
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
            Self::Noted => "failed, not counted",
            Self::ExpectedFailure => "failed, as expected",
            Self::UnexpectedPass => "passed, and was expected to fail",
            Self::NotJudged => "skipped",
            Self::InDoubt | Self::Broken => self.word(),
        }
    }

    /// What the word means, for the legend.
    pub(super) fn meaning(self) -> &'static str {
        match self {
            Self::Holds => "every case that was judged came as expected",
            Self::NotJudged => "no case of it was judged here",
            Self::InDoubt => "a case failed that is about another clause first, and about this one too",
            Self::ExpectedFailure => "a case fails that the list of expected failures has, and nothing else",
            Self::UnexpectedPass => "the list of expected failures has it, and it passes: the list is wrong",
            Self::Noted => "it fails at level robust, which is reported and counts with --strict only",
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
            Self::Noted => "noted",
            Self::ExpectedFailure => "expected-failure",
            Self::UnexpectedPass => "unexpected-pass",
            Self::Broken => "broken",
            Self::Fails => "fails",
        }
    }

    /// Its shape. Words must stand beside it.
    pub(super) fn mark(self) -> String {
        format!(
            "<svg class=\"mark {0}\" aria-hidden=\"true\" focusable=\"false\"><use href=\"#mark-{0}\"/></svg>",
            self.class()
        )
    }

    /// Whether it fails the run.
    pub(super) fn fails(self) -> bool {
        matches!(self, Self::Fails | Self::UnexpectedPass)
    }

    /// Whether somebody should look at it.
    pub(super) fn is_bad(self) -> bool {
        !matches!(self, Self::Holds | Self::NotJudged | Self::ExpectedFailure)
    }
}

impl Stand {
    /// Of a clause in a run.
    pub(super) fn of_clause(page: &Page<'_>, run: usize, clause: &ClauseRecord) -> Self {
        let mut stand = Self { standing: Standing::NotJudged, passed: 0, judged: 0 };
        let mut worst: Option<Standing> = None;
        for case in page.cases_of(&clause.id) {
            let Some(record) = page.document.runs.get(run) else { continue };
            let standing = match Standing::of_case(&record.head, case, page.result(run, case)) {
                // Nothing was judged of it, so it neither counts nor hides the others.
                Standing::NotJudged => continue,
                // It passed, and what is expected is about the first clause.
                Standing::UnexpectedPass if case.clauses.first() != Some(&clause.id) => Standing::Holds,
                bad if bad.is_bad() && case.clauses.first() != Some(&clause.id) => Standing::InDoubt,
                standing => standing,
            };
            stand.judged += 1;
            stand.passed += usize::from(standing == Standing::Holds);
            worst = Some(worst.map_or(standing, |worst| worst.max(standing)));
        }
        if let Some(worst) = worst {
            stand.standing = worst;
        }
        stand
    }
}
