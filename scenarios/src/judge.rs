//! Judges one case on a testbed: makes its world, runs its steps, compares each with its expectation. Knows
//! nothing of other cases, or of how a verdict is told.

use std::path::PathBuf;

use postfix_fakes::bytes::ByteString;
use postfix_harness::expectation::Mismatch;
use postfix_harness::journal::{self, Run};
use postfix_harness::outcome::{Ended, Outcome};
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::testbed::{Testbed, TestbedError};
use postfix_harness::world::World;

use crate::case::{Case, Step};

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

/// Why a case was not judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Skip {
    /// It shows nothing on this testbed, or of this manager, whatever machine it runs on.
    NotApplicable(String),
    /// This machine lacks something.
    Lacking(String),
}

/// How a case failed: its first step that came otherwise than expected.
#[derive(Debug)]
pub struct Failure {
    /// The step, counted from 0.
    pub step: usize,
    /// How many steps the case has.
    pub steps: usize,
    /// Later steps that came otherwise too, counted from 0.
    pub later: Vec<usize>,
    /// In which ways.
    pub mismatches: Vec<Mismatch>,
    /// In which further ways, in words.
    pub unseen: Vec<String>,
    /// The postfix-scripts that ran.
    pub ran: Vec<Run>,
    /// How the command ended.
    pub ended: Ended,
    /// What it printed, with the world's root as `@root@`.
    pub stdout: String,
    /// What it printed to standard error, likewise.
    pub stderr: String,
    /// The world's root, to make it readable elsewhere too.
    pub root: PathBuf,
    /// Whether the world is still there.
    pub world: Kept,
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
    pub fn judge(&self, case: &Case) -> Verdict {
        if let Some(reason) = case.excluded_from(self.testbed.name()) {
            return Verdict::Skipped(Skip::NotApplicable(reason.to_owned()));
        }
        self.try_out(case).unwrap_or_else(Verdict::Broken)
    }

    fn try_out(&self, case: &Case) -> Result<Verdict, TestbedError> {
        let mut world =
            self.testbed.world(self.run, &case.name.replace('/', "."), &case.layout, self.manager)?;
        if self.keep == Kept::Yes {
            world.keep(self.run);
        }
        let mut first: Option<Failure> = None;
        for (number, step) in case.steps.iter().enumerate() {
            let (mismatches, unseen, outcome) = self.step(&world, step)?;
            if let (Some(call), None) = (&step.provided_ran, &first) {
                if !outcome.events.iter().any(|event| call.is_begun_by(event)) {
                    let reason = format!("the manager does without {} {}", call.program, call.argument);
                    return Ok(Verdict::Skipped(Skip::NotApplicable(reason)));
                }
            }
            let stuck = outcome.ended.status().is_none();
            if !mismatches.is_empty() || !unseen.is_empty() {
                match &mut first {
                    None => {
                        let failure = self.failure(&world, &outcome, number, case.steps.len());
                        first = Some(Failure { mismatches, unseen, ..failure });
                    }
                    Some(failure) => failure.later.push(number),
                }
            }
            // What follows a command that had to be stopped shows nothing.
            if stuck {
                break;
            }
        }
        Ok(first.map_or(Verdict::Passed, |failure| Verdict::Failed(Box::new(failure))))
    }

    fn step(
        &self,
        world: &World,
        step: &Step,
    ) -> Result<(Vec<Mismatch>, Vec<String>, Outcome), TestbedError> {
        for instance in &step.rewrite {
            world.rewrite(instance)?;
        }
        let outcome = self.testbed.run(world, &step.invocation)?;
        let unseen = step.sights.missing(world, &outcome);
        Ok((step.expectation.compare(world, &outcome), unseen, outcome))
    }

    /// What there is to say about an outcome, whatever is wrong with it.
    fn failure(&self, world: &World, outcome: &Outcome, step: usize, steps: usize) -> Failure {
        Failure {
            step,
            steps,
            later: Vec::new(),
            mismatches: Vec::new(),
            unseen: Vec::new(),
            ran: journal::runs(&outcome.events, "postfix-script", |directory| world.name_of(directory)),
            ended: outcome.ended,
            stdout: world.relative(&outcome.stdout),
            stderr: world.relative(&outcome.stderr),
            root: world.root().to_path_buf(),
            world: self.keep,
        }
    }
}
