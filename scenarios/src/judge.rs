//! Judges one case on a testbed: makes its world, runs its steps, compares each with its expectation. Knows
//! nothing of other cases, or of how a verdict is told.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use postfix_fakes::bytes::ByteString;
use postfix_harness::outcome::Outcome;
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::testbed::{Testbed, TestbedError};
use postfix_harness::world::World;
use serde::{Deserialize, Serialize};

use crate::case::{Case, LIVE, Step};
use crate::evidence::StepSeen;
use crate::live::LiveSights;

/// A verdict, and what it rests on.
#[derive(Debug)]
pub struct Judgement {
    /// What became of the case.
    pub verdict: Verdict,
    /// What was seen, step by step, as far as it came.
    pub seen: Vec<StepSeen>,
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
    /// It shows nothing on this testbed, or of this manager, whatever machine it runs on.
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

/// Whether a world is left for someone to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is.
    Yes,
    /// It is gone.
    No,
}

/// What all cases of a run are judged with.
#[derive(Clone, Copy)]
pub struct Judge<'a> {
    /// Where.
    pub testbed: &'a dyn Testbed,
    /// Where the worlds are.
    pub run: &'a RunDirectory,
    /// Who.
    pub manager: &'a ByteString,
    /// Whether worlds are left.
    pub keep: Kept,
}

impl Judge<'_> {
    /// Judges a case.
    pub fn judge(&self, case: &Case) -> Judgement {
        let begun = Instant::now();
        let mut seen = Vec::new();
        let mail_version = self.testbed.world_options(self.manager).postfix_version;
        let verdict = match case.excluded_from(self.testbed.name()) {
            None if case.needs_newer_than(&mail_version) => {
                Verdict::Skipped(Skip::NotApplicable(format!("Postfix {mail_version} has no such thing yet")))
            }
            Some(reason) => Verdict::Skipped(Skip::NotApplicable(reason.to_owned())),
            None => self.try_out(case, &mut seen).unwrap_or_else(Verdict::Broken),
        };
        Judgement { verdict, seen, took: begun.elapsed() }
    }

    fn try_out(&self, case: &Case, seen: &mut Vec<StepSeen>) -> Result<Verdict, TestbedError> {
        let mut world =
            self.testbed.world(self.run, &case.name.replace('/', "."), &case.layout, self.manager)?;
        if self.keep == Kept::Yes {
            world.keep(self.run);
        }
        let mut otherwise = Vec::new();
        for (number, step) in case.steps.iter().enumerate() {
            let (step_seen, outcome) = self.step(&world, step)?;
            if let (Some(call), true) = (&step.provided_ran, otherwise.is_empty()) {
                if !outcome.events.iter().any(|event| call.is_begun_by(event)) {
                    let reason = format!("the manager does without {} {}", call.program, call.argument);
                    return Ok(Verdict::Skipped(Skip::NotApplicable(reason)));
                }
            }
            let is_as_expected = step_seen.findings.is_empty();
            if !is_as_expected {
                otherwise.push(number);
            }
            seen.push(step_seen);
            // What follows a command that had to be stopped shows nothing, nor does what daemons do that were not
            // brought where they should be.
            let running_system = self.testbed.name() == LIVE;
            if outcome.ended.status().is_none() || (running_system && !is_as_expected) {
                break;
            }
        }
        let Some((first, later)) = otherwise.split_first() else { return Ok(Verdict::Passed) };
        let kept = (self.keep == Kept::Yes).then(|| world.root().to_path_buf());
        Ok(Verdict::Failed(Box::new(Failure { step: *first, later: later.to_vec(), world: kept })))
    }

    fn step(&self, world: &World, step: &Step) -> Result<(StepSeen, Outcome), TestbedError> {
        for instance in &step.rewrite {
            world.rewrite(instance)?;
        }
        let before = LiveSights::begin(world);
        let outcome = self.testbed.run(world, &step.invocation)?;
        let mut unseen = step.sights.missing(world, &outcome);
        unseen.extend(step.live.missing(self.testbed, world, before)?);
        let mismatches = step.expectation.compare(world, &outcome);
        Ok((StepSeen::of(world, &outcome, &mismatches, &unseen), outcome))
    }
}
