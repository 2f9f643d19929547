//! Tests generated systems in the simulation, with the project's own manager.
//! For every drawn system, the results must be what the oracle says, and the oracle was written from the
//! specification alone.

use std::cell::Cell;
use std::path::Path;

use postfix_fakes::bytes::ByteString;
use postfix_harness::layout::Damage;
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::testbed::sandbox::Sandbox;
use postfix_harness::testbed::simulated::Simulated;
use postfix_harness::testbed::{PrepareError, Testbed};
use postfix_process::skip::skip;
use postfix_random::generate::trial::{Trial, try_out};
use postfix_random::generate::{self, Case, FEW, oddness::Oddness, sequences};
use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, TestRunner};

const MANAGER: &str = "$daemon_directory/postfix-wrapper";
const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/random/generated.proptest-regressions");

fn run_directory() -> RunDirectory {
    let program = Path::new(env!("CARGO_BIN_EXE_postfix-conformance"));
    RunDirectory::create(Path::new(env!("CARGO_TARGET_TMPDIR")), program).unwrap()
}

/// Runs `cases` of these (or as many as `PROPTEST_CASES` says) beside the oracle.
fn assert_agreement(testbed: &dyn Testbed, cases: u32, strategy: &impl Strategy<Value = Case>) {
    let run = run_directory();
    let asked = std::env::var("PROPTEST_CASES").ok().map(|text| text.parse().unwrap());
    let configuration = ProptestConfig {
        cases: asked.unwrap_or(cases),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(REGRESSIONS))),
        max_shrink_iters: 3000,
        max_shrink_time: 30_000,
        ..ProptestConfig::default()
    };
    let (commands, unspecified) = (Cell::new(0), Cell::new(0));
    let outcome = TestRunner::new(configuration).run(strategy, |case| {
        match try_out(testbed, &run, &ByteString::from(MANAGER), &case).unwrap() {
            Trial::Agreed(count) => commands.set(commands.get() + count),
            Trial::Unspecified(count, _) => {
                commands.set(commands.get() + count);
                unspecified.set(unspecified.get() + 1);
            }
            Trial::Disagreed(how) => return Err(TestCaseError::fail(how.to_string())),
        }
        Ok(())
    });
    #[expect(clippy::print_stdout, reason = "for whoever runs it with --nocapture")]
    {
        println!("{} commands as predicted, {} cases unspecified", commands.get(), unspecified.get());
    }
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

#[test]
fn sound_systems_come_as_predicted() {
    assert_agreement(&Simulated::default(), 24, &generate::case(FEW, Oddness::Sound));
}

#[test]
fn rough_systems_come_as_predicted() {
    assert_agreement(&Simulated::default(), 48, &generate::case(FEW, Oddness::Odd));
}

#[test]
fn sequences_come_as_predicted() {
    assert_agreement(&Simulated::default(), 12, &sequences::sequence());
}

#[test]
fn large_systems_come_as_predicted() {
    assert_agreement(&Simulated::default(), 2, &generate::case(200, Oddness::Sound));
}

/// The oracle speaks of Postfix, not of the simulation: the installed one must bear it out. With
/// `POSTFIX_CONFORMANCE_REQUIRE=all` it must be able to.
#[test]
fn what_is_drawn_comes_as_predicted_on_the_installed_postfix() {
    let sandbox = match Sandbox::prepare(&run_directory()) {
        Err(PrepareError::Lacking(need)) => return skip(need),
        prepared => prepared.unwrap(),
    };
    // A sandbox covers the compiled-in directory with the world's, so there must be one.
    let coverable = |case: &Case| case.layout.default_instance().damage != Some(Damage::DirectoryMissing);
    let cases = prop_oneof![
        3 => generate::case(4, Oddness::Odd),
        1 => sequences::sequence(),
    ];
    assert_agreement(&sandbox, 8, &cases.prop_filter("no directory to cover", coverable));
}
