//! Runs a drawn case on a testbed and compares each step with the oracle. Does not say which of the two is wrong.

use std::fmt::{self, Write};

use postfix_fakes::bytes::ByteString;

use super::model::Model;
use super::{Case, Step};
use postfix_harness::expectation::Mismatch;
use postfix_harness::oracle::Prediction;
use postfix_harness::oracle::facts::Facts;
use postfix_harness::oracle::unspecified::Unspecified;
use postfix_harness::outcome::Outcome;
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::testbed::{Testbed, TestbedError};

/// What came of a case.
#[derive(Debug)]
pub enum Trial {
    /// All commands came as predicted: this many.
    Agreed(usize),
    /// After this many commands that came as predicted there is one that no clause covers.
    Unspecified(usize, Unspecified),
    /// A command came otherwise.
    Disagreed(Box<Disagreement>),
}

/// A command that came otherwise than predicted.
#[derive(Debug)]
pub struct Disagreement {
    case: Case,
    number: usize,
    mismatches: Vec<Mismatch>,
    prediction: Prediction,
    outcome: Outcome,
}

/// Runs the case in a world of its own.
///
/// # Errors
/// When the testbed does not do its work.
pub fn try_out(
    testbed: &dyn Testbed,
    run: &RunDirectory,
    manager: &ByteString,
    case: &Case,
) -> Result<Trial, TestbedError> {
    let world = testbed.world(run, "generated", &case.layout, manager)?;
    let mut model = Model::new(Facts::of(&world));
    for (number, step) in case.steps.iter().enumerate() {
        let prediction = match model.take(step) {
            Ok(prediction) => prediction,
            Err(unspecified) => return Ok(Trial::Unspecified(number, unspecified)),
        };
        for instance in &step.rewrite {
            world.rewrite(instance)?;
        }
        let (outcome, mismatches) = prediction.expectation.try_out(testbed, &world, &step.invocation)?;
        if !mismatches.is_empty() {
            let case = case.clone();
            let disagreement = Disagreement { case, number, mismatches, prediction, outcome };
            return Ok(Trial::Disagreed(Box::new(disagreement)));
        }
    }
    Ok(Trial::Agreed(case.steps.len()))
}

impl fmt::Display for Disagreement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let layout = serde_json::to_string(&self.case.layout).map_err(|_| fmt::Error)?;
        writeln!(formatter, "layout: {layout}")?;
        for step in &self.case.steps[..=self.number] {
            for instance in &step.rewrite {
                let instance = serde_json::to_string(instance).map_err(|_| fmt::Error)?;
                writeln!(formatter, "edit: {instance}")?;
            }
            writeln!(formatter, "command: {}", command_line(step))?;
        }
        for mismatch in &self.mismatches {
            match mismatch {
                Mismatch::NotMentioned(text) => {
                    writeln!(formatter, "mismatch: standard error does not name {}", text.escape_ascii())?;
                }
                other => writeln!(formatter, "mismatch: {other:?}")?,
            }
        }
        writeln!(formatter, "predicted: {}", self.prediction.expectation.status)?;
        for run in self.prediction.expectation.runs.iter().flatten() {
            writeln!(formatter, "    {run}")?;
        }
        writeln!(formatter, "came: {}", self.outcome.ended)?;
        write!(formatter, "standard error: {}", String::from_utf8_lossy(&self.outcome.stderr))
    }
}

fn command_line(step: &Step) -> String {
    let mut line = String::new();
    for (name, value) in &step.invocation.environment {
        let _ = write!(line, "{name}={value:?} ");
    }
    line.push_str("postfix");
    for argument in &step.invocation.arguments {
        let _ = write!(line, " {argument:?}");
    }
    line
}
