//! A generated case as a case of the suite: expectations from the oracle, clauses from its contents.

use postfix_harness::expectation::Expectation;
use postfix_harness::layout::Damage;
use postfix_harness::oracle::unspecified::Unspecified;
use postfix_random::generate::model::Predicted;
use postfix_random::generate::{self, drawing};

use crate::catalogue::case::{Case, Restriction, Step};
use crate::catalogue::case_writer::{self, CaseTextError};
use crate::catalogue::testbed_name::TestbedName;
use crate::commands::measures::generate::claims;

/// A drawn case and where it comes from.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// What it was drawn from.
    pub seed: u64,
    /// Which of the seed's cases it is.
    pub number: u64,
    /// The system, and what is done in it.
    pub case: generate::Case,
    /// What must come of it.
    pub predicted: Predicted,
}

impl Drawn {
    /// The case of this number.
    pub fn draw(seed: u64, number: u64) -> Self {
        Self::of(seed, number, drawing::draw(seed, number))
    }

    fn of(seed: u64, number: u64, case: generate::Case) -> Self {
        let predicted = Predicted::of(&case);
        Self { seed, number, case, predicted }
    }

    /// The same with another system and other steps, such as a smaller one.
    #[must_use]
    pub fn with(&self, case: generate::Case) -> Self {
        Self::of(self.seed, self.number, case)
    }

    /// The same without the steps after this one.
    #[must_use]
    pub fn up_to(&self, step: usize) -> Self {
        let mut case = self.case.clone();
        case.steps.truncate(step + 1);
        self.with(case)
    }

    /// What the case of this number is called. It can be kept in the working directory under this name.
    pub fn name(seed: u64, number: u64) -> String {
        format!("./seed-{seed}-case-{number}.toml")
    }

    /// Its kind.
    pub fn kind(&self) -> drawing::Kind {
        drawing::Kind::of(self.number)
    }

    /// Why no clause says what must come of all of it.
    pub fn silence(&self) -> Option<&Unspecified> {
        self.predicted.silence.as_ref()
    }

    /// Roughly what it costs to judge: how many instances get how many commands.
    pub fn size(&self) -> usize {
        self.case.layout.instances().count() * self.case.steps.len()
    }

    /// The case to judge: all steps of which the clauses say what must come; none if the first is not one.
    pub fn to_judge(&self) -> Option<Case> {
        let steps: Vec<Step> = self
            .case
            .steps
            .iter()
            .zip(&self.predicted.expectations)
            .map(|(step, what)| to_judge(step, what))
            .collect();
        if steps.is_empty() { None } else { Some(self.with_steps(steps)) }
    }

    /// The case as a report has it, even if there is nothing to judge in it.
    pub fn to_report(&self) -> Case {
        let mut case = self.to_judge().unwrap_or_else(|| self.with_steps(Vec::new()));
        // What has no text has none to be kept.
        case.text = case_writer::write(&case).unwrap_or_default();
        case
    }

    fn with_steps(&self, steps: Vec<Step>) -> Case {
        let last = self.case.steps.get(steps.len().saturating_sub(1));
        let words: Vec<String> = last
            .into_iter()
            .flat_map(|step| &step.invocation.arguments)
            .map(|word| format!("{word:?}"))
            .collect();
        Case {
            name: Self::name(self.seed, self.number),
            title: match steps.len() {
                0 | 1 => format!("seed {}, case {}: {}", self.seed, self.number, words.join(" ")),
                count => format!(
                    "seed {}, case {}: {count} commands, {} the last",
                    self.seed,
                    self.number,
                    words.join(" ")
                ),
            },
            clauses: claims::of(&self.case),
            prose: "Drawn at random, and made as small as it goes while it fails. What must come of it is what the \
                    oracle says of it."
                .to_owned(),
            restriction: self.restriction(),
            since: None,
            layout: self.case.layout.clone(),
            steps,
            text: String::new(),
        }
    }

    /// The text of its case file.
    ///
    /// # Errors
    /// When it has none.
    pub fn text(&self) -> Result<String, CaseTextError> {
        self.to_judge().map_or_else(|| Ok(String::new()), |case| case_writer::write(&case))
    }

    fn restriction(&self) -> Option<Restriction> {
        let missing = self.case.layout.default_instance().damage == Some(Damage::DirectoryMissing);
        missing.then(|| Restriction {
            testbeds: vec![TestbedName::Simulated],
            reason: "a sandbox covers the default instance's directory, so there must be one".to_owned(),
        })
    }
}

fn to_judge(step: &generate::Step, expectation: &Expectation) -> Step {
    Step {
        rewrite: step.rewrite.clone(),
        requires_call: None,
        invocation: step.invocation.clone(),
        expectation: expectation.clone(),
    }
}
