//! Predicts each step of a drawn case: a step changes the layout and the state, and the oracle says what must be seen.
//! Knows nothing of worlds.

use super::{Case, Step};
use postfix_harness::expectation::Expectation;
use postfix_harness::oracle::facts::Facts;
use postfix_harness::oracle::script::State;
use postfix_harness::oracle::unspecified::Unspecified;
use postfix_harness::oracle::{Prediction, predict};

/// A multi-instance system between two commands.
#[derive(Clone, Debug)]
pub struct Model {
    facts: Facts,
    state: State,
}

/// A case with what must come of each of its steps, as far as the clauses say.
#[derive(Clone, Debug)]
pub struct Predicted {
    /// What must come of each step, up to the first of which no clause says it.
    pub expectations: Vec<Expectation>,
    /// Why there are no more.
    pub silence: Option<Unspecified>,
}

impl Model {
    /// A fresh system: nothing runs.
    pub fn new(facts: Facts) -> Self {
        Self { facts, state: State::default() }
    }

    /// Takes a step, and tells what must be seen of it.
    ///
    /// # Errors
    /// When no clause says it. The model is of no use then.
    pub fn take(&mut self, step: &Step) -> Result<Prediction, Unspecified> {
        self.facts.layout = self.facts.layout.clone().rewritten(&step.rewrite);
        let prediction = predict(&self.facts, &self.state, &step.invocation)?;
        self.state = prediction.state_after.clone();
        Ok(prediction)
    }
}

impl Predicted {
    /// What must come of a case in any world. Texts hold the placeholders of layouts.
    pub fn of(case: &Case) -> Self {
        let facts = Facts::of_any_world(case.layout.clone());
        let mut model = Model::new(facts.clone());
        let mut expectations = Vec::new();
        for step in &case.steps {
            let mut expectation = match model.take(step) {
                Ok(prediction) => prediction.expectation,
                Err(silence) => return Self { expectations, silence: Some(silence) },
            };
            for text in &mut expectation.stderr_contains {
                *text = facts.with_placeholders(text);
            }
            for argument in expectation.runs.iter_mut().flatten().flat_map(|run| &mut run.arguments) {
                argument.0 = facts.with_placeholders(&argument.0);
            }
            expectations.push(expectation);
        }
        Self { expectations, silence: None }
    }
}

#[cfg(test)]
mod tests {
    use super::{Model, Predicted};
    use crate::generate::drawing::draw;
    use postfix_harness::oracle::facts::Facts;

    #[test]
    fn what_is_predicted_for_any_world_is_predicted_for_this_one() {
        let mut steps = 0;
        for case in (0..300).map(|number| draw(5, number)) {
            let predicted = Predicted::of(&case);
            // The default instance lies below the root, or elsewhere as in a sandbox.
            for default in ["/world/etc/postfix", "/etc/postfix"] {
                let facts = Facts {
                    default_config_directory: default.into(),
                    ..Facts::imagined(case.layout.clone())
                };
                let mut model = Model::new(facts.clone());
                for (step, anywhere) in case.steps.iter().zip(&predicted.expectations) {
                    let mut anywhere = anywhere.clone();
                    anywhere.stderr_contains.iter_mut().for_each(|text| *text = facts.fill_in(text));
                    for argument in anywhere.runs.iter_mut().flatten().flat_map(|run| &mut run.arguments) {
                        argument.0 = facts.fill_in(&argument.0);
                    }
                    assert_eq!(model.take(step).unwrap().expectation, anywhere);
                    steps += 1;
                }
                let next = case.steps.get(predicted.expectations.len());
                assert_eq!(next.and_then(|step| model.take(step).err()), predicted.silence);
            }
        }
        assert!(steps > 1000, "{steps}");
    }
}
