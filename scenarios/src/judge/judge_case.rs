//! Judges one case on a testbed: makes its world, runs its steps, compares each with what was expected.

use std::time::Instant;

use postfix_fakes::bytes::ByteString;
use postfix_harness::outcome::{Ended, Outcome};
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::testbed::TestbedError;
use postfix_harness::world::World;

use crate::catalogue::case::{Case, Step, TimeoutFactor};
use crate::catalogue::testbed_name::TestbedName;
use crate::judge::observation::{Finding, FindingKind, StepObservation};
use crate::judge::verdict::{Failure, Judgement, Skip, Verdict};
use crate::subject::testbed_choice::PreparedTestbed;

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
    pub testbed: &'a PreparedTestbed,
    /// Where the worlds are.
    pub run: &'a RunDirectory,
    /// Who.
    pub manager: &'a ByteString,
    /// Whether worlds are left.
    pub keep: Kept,
    /// By how much every time limit is longer, of whatever is judged.
    pub factor: Option<TimeoutFactor>,
}

impl Judge<'_> {
    /// Judges a case.
    pub fn judge(&self, case: &Case) -> Judgement {
        let begun = Instant::now();
        let mut seen = Vec::new();
        let postfix = self.testbed.postfix();
        let verdict = match case.excluded_from(self.testbed.name()) {
            None if case.needs_newer_than(postfix.version()) => {
                Verdict::Skipped(Skip::NotApplicable(format!("Postfix {postfix} has no such thing yet")))
            }
            Some(reason) => Verdict::Skipped(Skip::NotApplicable(reason.to_owned())),
            None => self.try_out(case, &mut seen).unwrap_or_else(Verdict::Broken),
        };
        Judgement { verdict, seen, took: begun.elapsed() }
    }

    fn try_out(&self, case: &Case, seen: &mut Vec<StepObservation>) -> Result<Verdict, TestbedError> {
        let mut world = self.testbed.testbed().world(self.run, &case.name, &case.layout, self.manager)?;
        if self.keep == Kept::Yes {
            world.keep(self.run);
        }
        let mut otherwise = Vec::new();
        for (number, step) in case.steps.iter().enumerate() {
            let (step_seen, outcome) = self.step(&world, step)?;
            if let (Some(call), true) = (&step.requires_call, otherwise.is_empty()) {
                if !does_harm(&outcome, &step_seen)
                    && !outcome.events.iter().any(|event| call.is_begun_by(event))
                {
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
            let running_system = self.testbed.name() == TestbedName::Live;
            if outcome.ended.status().is_none() || (running_system && !is_as_expected) {
                break;
            }
        }
        let Some((first, later)) = otherwise.split_first() else { return Ok(Verdict::Passed) };
        let kept = (self.keep == Kept::Yes).then(|| world.root().to_path_buf());
        Ok(Verdict::Failed(Box::new(Failure { step: *first, later: later.to_vec(), world: kept })))
    }

    fn step(&self, world: &World, step: &Step) -> Result<(StepObservation, Outcome), TestbedError> {
        for instance in &step.rewrite {
            world.rewrite(instance)?;
        }
        let testbed = self.testbed.testbed();
        let mut invocation = step.invocation.clone();
        invocation.deadline =
            self.factor.map_or(invocation.deadline, |factor| factor.of(invocation.deadline));
        let (outcome, mismatches) = step.expectation.try_out(testbed, world, &invocation)?;
        Ok((StepObservation::of(world, &outcome, &mismatches), outcome))
    }
}

/// Whether a command came otherwise than expected in a way that no case is about: it is as wrong if the manager does
/// without the call that this one is about.
fn does_harm(outcome: &Outcome, seen: &StepObservation) -> bool {
    let harm = |finding: &Finding| matches!(finding.kind, FindingKind::Leftovers | FindingKind::Panicked);
    let ended_itself = matches!(outcome.ended, Ended::Exited(_));
    seen.findings.iter().any(|finding| !ended_itself || harm(finding))
}
