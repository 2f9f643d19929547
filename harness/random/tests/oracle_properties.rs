//! Checks rules that every prediction of the oracle must keep, on systems that are drawn at random. No process is started.

use std::collections::BTreeSet;

use postfix_fakes::bytes::ByteString;
use postfix_harness::expectation::Status;
use postfix_harness::invocation::Invocation;
use postfix_harness::layout::DEFAULT;
use postfix_harness::oracle::facts::Facts;
use postfix_harness::oracle::predict;
use postfix_harness::oracle::script::State;
use postfix_random::generate::{self, oddness::Oddness};
use proptest::prelude::*;

const REVERSED: [&str; 4] = ["stop", "abort", "drain", "quick-stop"];
const NEEDS_RUNNING: [&str; 6] = ["stop", "abort", "drain", "quick-stop", "reload", "flush"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_prediction_keeps_the_rules(case in generate::case(generate::FEW, Oddness::Odd)) {
        let facts = Facts::imagined(case.layout.clone());
        let mut state = State::default();
        for invocation in case.steps.iter().map(|step| &step.invocation) {
            let Ok(prediction) = predict(&facts, &state, invocation) else { return Err(TestCaseError::reject("unspecified")) };
            let expectation = &prediction.expectation;
            let runs = expectation.runs.as_ref().unwrap();
            let names: BTreeSet<&str> = runs.iter().map(|run| &*run.instance).collect();
            prop_assert_eq!(names.len(), runs.len(), "an instance runs at most once");
            let arguments: Vec<ByteString> = runs.first().map(|run| run.arguments.clone()).unwrap_or_default();
            let all = invocation.environment.is_empty() && invocation.arguments.first() != Some(&"-c".into());
            let whole = runs.len() > 1;
            prop_assert!(all || !whole, "one instance is addressed");
            if whole && names.contains(DEFAULT) {
                let command = arguments[0].to_string();
                let place = runs.iter().position(|run| run.instance == DEFAULT).unwrap();
                let last = REVERSED.contains(&&*command);
                prop_assert_eq!(place, if last { runs.len() - 1 } else { 0 }, "default first, or last");
            }
            for run in runs.iter().filter(|_| whole) {
                let instance = case.layout.instances().find(|one| one.name == run.instance).unwrap();
                prop_assert_eq!(instance.damage, None, "a damaged instance runs nothing");
                let off = instance.enable.as_ref().is_none_or(|value| value.0.eq_ignore_ascii_case(b"no"));
                let command = run.arguments[0].to_string();
                prop_assert!(!off || command != "start" && !NEEDS_RUNNING.contains(&&*command));
            }
            if expectation.status == Status::Exactly(0) && all && case.layout.faults().is_empty() {
                let listed = case.layout.secondary_instances().iter().filter(|one| one.listed);
                prop_assert!(!listed.clone().any(|one| one.damage.is_some()) || case.layout.list().0.is_empty());
            }
            state = prediction.state_after;
        }
    }

    #[test]
    fn stopping_is_starting_backwards(layout in generate::layout(generate::FEW, Oddness::Sound)) {
        let facts = Facts::imagined(layout);
        let of = |command: &str| {
            let expectation = predict(&facts, &State::default(), &Invocation::postfix(&[command])).unwrap().expectation;
            let runs = expectation.runs.unwrap();
            let multiple = runs.len() > 1;
            let names = runs.into_iter().filter(|run| run.arguments[0].0 == command.as_bytes()).map(|run| run.instance);
            (names.collect::<Vec<String>>(), multiple)
        };
        let ((mut started, _), (stopped, _)) = (of("start"), of("stop"));
        started.reverse();
        prop_assert_eq!(started, stopped);
    }

    #[test]
    fn what_starts_is_what_then_runs(layout in generate::layout(generate::FEW, Oddness::Sound)) {
        let facts = Facts::imagined(layout);
        let after = |state: &State, command: &str| predict(&facts, state, &Invocation::postfix(&[command])).unwrap();
        let started = after(&State::default(), "start");
        let again = after(&started.state_after, "start");
        prop_assert_eq!(&again.state_after, &started.state_after);
        prop_assert_eq!(after(&started.state_after, "stop").state_after, State::default());
        let expectation = &started.expectation;
        for run in expectation.runs.as_ref().unwrap() {
            prop_assert_eq!(expectation.running[&run.instance], run.arguments[0].0 == b"start");
        }
    }
}
