//! The verdict on a case: passed, failed, skipped with its reason, or broken because the testbed does not work.

use std::path::PathBuf;
use std::time::Duration;

use postfix_harness::testbed::TestbedError;
use serde::{Deserialize, Serialize};

use crate::judge::observation::StepObservation;

/// A verdict, and what it rests on.
#[derive(Debug)]
pub struct Judgement {
    /// What became of the case.
    pub verdict: Verdict,
    /// What was seen, step by step, as far as it came.
    pub seen: Vec<StepObservation>,
    /// How long it took.
    pub took: Duration,
}

/// What became of a case.
#[derive(Debug)]
pub enum Verdict {
    /// All came as expected.
    Passed,
    /// Something came otherwise.
    Failed(Box<Failure>),
    /// It was not judged, and why.
    Skipped(Skip),
    /// It could not be judged, because the testbed does not work.
    Broken(TestbedError),
}

/// What became of a case, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictName {
    /// All came as expected.
    Passed,
    /// Something came otherwise.
    Failed,
    /// It was not judged.
    Skipped,
    /// It could not be judged.
    Broken,
}

impl Verdict {
    /// In a word.
    pub fn name(&self) -> VerdictName {
        match self {
            Self::Passed => VerdictName::Passed,
            Self::Failed(_) => VerdictName::Failed,
            Self::Skipped(_) => VerdictName::Skipped,
            Self::Broken(_) => VerdictName::Broken,
        }
    }
}

/// Why a case was not judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Skip {
    /// It shows nothing on this testbed, or of this manager, on any machine.
    NotApplicable(String),
    /// This machine lacks something.
    Lacking(String),
}

impl Skip {
    /// In words.
    pub fn reason(&self) -> &str {
        match self {
            Self::NotApplicable(reason) | Self::Lacking(reason) => reason,
        }
    }
}

/// How a case failed: its first step that came otherwise than expected. What came instead is in what was seen.
#[derive(Debug)]
pub struct Failure {
    /// The step, counted from 0.
    pub step: usize,
    /// Later steps that came otherwise too, counted from 0.
    pub later: Vec<usize>,
    /// Where the world is, if it is still there.
    pub world: Option<PathBuf>,
}
