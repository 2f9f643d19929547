//! A generated case on a testbed, with the oracle beside it: runs every command, compares what came with what
//! was predicted, and tells a disagreement so that it can be made again. Does not tell which side is wrong.

use std::fmt::{self, Write};

use postfix_fakes::bytes::ByteString;

use super::Case;
use crate::expectation::Mismatch;
use crate::invocation::Invocation;
use crate::oracle::{Facts, Prediction, State, Unspecified, predict_in};
use crate::outcome::Outcome;
use crate::run_directory::RunDirectory;
use crate::testbed::{Testbed, TestbedError};

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
    let facts = Facts::of(&world);
    let mut state = State::default();
    for (number, invocation) in case.invocations.iter().enumerate() {
        let prediction = match predict_in(&facts, &state, invocation) {
            Ok(prediction) => prediction,
            Err(unspecified) => return Ok(Trial::Unspecified(number, unspecified)),
        };
        let outcome = testbed.run(&world, invocation)?;
        let mismatches = prediction.expectation.compare(&world, &outcome);
        if !mismatches.is_empty() {
            let case = case.clone();
            return Ok(Trial::Disagreed(Box::new(Disagreement {
                case,
                number,
                mismatches,
                prediction,
                outcome,
            })));
        }
        state = prediction.after;
    }
    Ok(Trial::Agreed(case.invocations.len()))
}

impl fmt::Display for Disagreement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let layout = serde_json::to_string(&self.case.layout).map_err(|_| fmt::Error)?;
        writeln!(formatter, "layout: {layout}")?;
        for invocation in &self.case.invocations[..=self.number] {
            writeln!(formatter, "command: {}", command_line(invocation))?;
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

fn command_line(invocation: &Invocation) -> String {
    let mut line = String::new();
    for (name, value) in &invocation.environment {
        let _ = write!(line, "{name}={value:?} ");
    }
    line.push_str("postfix");
    for argument in &invocation.arguments {
        let _ = write!(line, " {argument:?}");
    }
    line
}
