//! The sandbox testbed on the installed Postfix, if there is one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

use postfix_fakes::bytes::ByteString;
use postfix_harness::expectation::{Expectation, Status};
use postfix_harness::invocation::Invocation;
use postfix_harness::journal::ScriptCall;
use postfix_harness::layout::{Draft, Instance, Layout};
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::testbed::sandbox::Sandbox;
use postfix_harness::testbed::{PrepareError, Testbed};
use postfix_process::skip::skip;

fn run_directory() -> RunDirectory {
    let program = Path::new(env!("CARGO_BIN_EXE_postfix-world-program"));
    RunDirectory::create(Path::new(env!("CARGO_TARGET_TMPDIR")), program).unwrap()
}

/// The sandbox, unless it cannot run here; then says why. With `POSTFIX_CONFORMANCE_REQUIRE=all` it must run.
fn sandbox(run: &RunDirectory) -> Option<Sandbox> {
    match Sandbox::prepare(run) {
        Err(PrepareError::Lacking(need)) => skip(need),
        prepared => return Some(prepared.unwrap()),
    }
    None
}

fn run(instance: &str, arguments: &[&str]) -> ScriptCall {
    ScriptCall {
        instance: instance.to_owned(),
        arguments: arguments.iter().map(|a| ByteString::from(*a)).collect(),
    }
}

#[test]
fn the_installed_postfix_reads_the_world_and_not_the_host() {
    let directory = run_directory();
    let Some(sandbox) = sandbox(&directory) else { return };
    let layout =
        Layout::try_from(Draft { instances: vec![Instance::enabled("a")], ..Draft::default() }).unwrap();
    let world = sandbox.world(&directory, "single", &layout, &ByteString::from("/nonexistent")).unwrap();
    for (options, instance) in
        [(&["-c", "@root@/etc/postfix-a"][..], "a"), (&["-c", "@default@"][..], "default")]
    {
        let arguments = [options, &["check", "a b", ""][..]].concat();
        let outcome = sandbox.run(&world, &Invocation::postfix(&arguments)).unwrap();
        let expected = Expectation::of(Status::Exactly(0), vec![run(instance, &["check", "a b", ""])]);
        assert_eq!(expected.compare(&world, &outcome), [], "{outcome:?}");
    }
}
