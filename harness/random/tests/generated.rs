//! Tests generated systems in the simulation, without a manager.
//! Every command addresses one instance, or there is only one. The results must be what the oracle says of postfix(1)
//! alone.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

use postfix_fakes::bytes::ByteString;
use postfix_harness::layout::{Draft, Layout};
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::testbed::simulated::Simulated;
use postfix_random::generate::trial::{Trial, try_out};
use postfix_random::generate::{self, Case, Step, oddness::Oddness};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// Turns a case into one where nothing needs a manager: commands for all instances become commands for one, or
/// the list says nothing.
fn without_manager(mut case: Case) -> Case {
    let addresses_all = |case: &Case| {
        case.steps.iter().any(|Step { invocation, .. }| {
            invocation.environment.is_empty() && invocation.arguments.first() != Some(&"-c".into())
        })
    };
    if addresses_all(&case) {
        let draft = Draft { list: Some(", \n , ".into()), ..Draft::from(case.layout) };
        case.layout = Layout::try_from(draft).unwrap();
    }
    case
}

#[test]
fn postfix_alone_does_what_the_oracle_says() {
    let run = RunDirectory::create(
        Path::new(env!("CARGO_TARGET_TMPDIR")),
        Path::new(env!("CARGO_BIN_EXE_postfix-random-program")),
    )
    .unwrap();
    let configuration = ProptestConfig {
        cases: 64,
        failure_persistence: None,
        max_shrink_iters: 2000,
        ..ProptestConfig::default()
    };
    let case = generate::case(4, Oddness::Odd).prop_map(without_manager);
    TestRunner::new(configuration)
        .run(&case, |case| {
            match try_out(&Simulated::default(), &run, &ByteString::from("/nonexistent/manager"), &case)
                .unwrap()
            {
                Trial::Agreed(_) => Ok(()),
                Trial::Unspecified(_, why) => Err(TestCaseError::reject(why.to_string())),
                Trial::Disagreed(how) => Err(TestCaseError::fail(how.to_string())),
            }
        })
        .unwrap();
}
