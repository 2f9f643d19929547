//! A case: a layout, its steps, and what is expected of each step.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use postfix_fakes::bytes::ByteString;
use postfix_fakes::journal::{Event, What};
use postfix_fakes::version::{PostfixVersion, Series};
use postfix_harness::expectation::Expectation;
use postfix_harness::invocation::Invocation;
use postfix_harness::layout::{Instance, Layout};
use serde::Deserialize;

use crate::catalogue::testbed_name::{ALL, TestbedName};

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its file's path below the folder of cases, without `.toml`.
    pub name: String,
    /// What must happen, in a few words.
    pub title: String,
    /// The clauses it judges. The first one's level is the case's.
    pub clauses: Vec<String>,
    /// Why, for someone who reads it for the first time.
    pub prose: String,
    /// Where it can be judged, if not everywhere.
    pub restriction: Option<Restriction>,
    /// The first Postfix that has what it is about, if not all have it.
    pub since: Option<Series>,
    /// The multi-instance system.
    pub layout: Layout,
    /// What is done, in this order.
    pub steps: Vec<Step>,
    /// The case file.
    pub text: String,
}

/// The only testbeds that can judge a case.
#[derive(Clone, Debug)]
pub struct Restriction {
    /// Which.
    pub testbeds: Vec<TestbedName>,
    /// Why not the others.
    pub reason: String,
}

/// One command, and what must come of it.
#[derive(Clone, Debug)]
pub struct Step {
    /// Instances whose main.cf is written anew before.
    pub rewrite: Vec<Instance>,
    /// What a fault strikes. A command that does without it shows nothing, and is not judged.
    pub requires_call: Option<Call>,
    /// The command.
    pub invocation: Invocation,
    /// What must come of it.
    pub expectation: Expectation,
}

/// A call of a program.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Its name.
    pub program: String,
    /// One of its arguments.
    pub argument: ByteString,
}

impl Call {
    /// Whether an event is the start of such a call.
    pub fn is_begun_by(&self, event: &Event) -> bool {
        let What::Start { arguments, .. } = &event.what else { return false };
        event.program == self.program && arguments.contains(&self.argument)
    }
}

/// By how much every time limit is longer, for a machine that is slow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeoutFactor(f64);

/// Why a text is no such factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("give a number from 1 to 1000, such as 3 or 2.5")]
pub struct NoTimeoutFactor;

impl FromStr for TimeoutFactor {
    type Err = NoTimeoutFactor;

    fn from_str(text: &str) -> Result<Self, NoTimeoutFactor> {
        let factor: f64 = text.parse().map_err(|_| NoTimeoutFactor)?;
        if (1.0..=1000.0).contains(&factor) { Ok(Self(factor)) } else { Err(NoTimeoutFactor) }
    }
}

/// As an option takes it.
impl fmt::Display for TimeoutFactor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl TimeoutFactor {
    /// A time limit, made longer.
    pub fn of(self, limit: Duration) -> Duration {
        limit.mul_f64(self.0)
    }
}

impl Case {
    /// Whether it came with the suite. A case of another file goes by the path of that.
    pub fn is_shipped(&self) -> bool {
        Path::new(&self.name).extension().is_none()
    }

    /// The testbeds that can judge it.
    pub fn testbeds(&self) -> impl Iterator<Item = TestbedName> {
        ALL.into_iter().filter(|testbed| self.excluded_from(*testbed).is_none())
    }

    /// The folder it is in: a section of the specification.
    pub fn section(&self) -> &str {
        self.name.split_once('/').map_or("", |(section, _)| section)
    }

    /// Whether it can be judged only if nothing is replaced.
    pub fn is_only_live(&self) -> bool {
        self.restriction.as_ref().is_some_and(|restriction| restriction.testbeds == [TestbedName::Live])
    }

    /// Whether a Postfix is too old for it.
    pub fn needs_newer_than(&self, version: PostfixVersion) -> bool {
        self.since.is_some_and(|since| version.series < since)
    }

    /// Why this testbed cannot judge it.
    pub fn excluded_from(&self, testbed: TestbedName) -> Option<&str> {
        let Some(restriction) = self.restriction.as_ref() else {
            // There is no journal if nothing is replaced.
            return (testbed == TestbedName::Live).then_some("it asks what the recording postfix-script saw");
        };
        (!restriction.testbeds.contains(&testbed)).then_some(restriction.reason.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::TimeoutFactor;
    use std::time::Duration;

    #[test]
    fn a_factor_makes_limits_longer_and_never_shorter() {
        let factor = |text: &str| text.parse::<TimeoutFactor>();
        assert_eq!(factor("2.5").unwrap().of(Duration::from_secs(30)), Duration::from_secs(75));
        assert_eq!(factor("3").unwrap().to_string(), "3");
        for text in ["0.5", "0", "-1", "nan", "inf", "x", "", "1001"] {
            assert!(factor(text).is_err(), "{text}");
        }
    }
}
