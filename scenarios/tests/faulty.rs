//! Tests that every faulty implementation fails at the clauses that it breaks, one test each.
//! The right manager that the others were made from must pass everything, and the example must fail as expected and
//! nowhere else.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod suite;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use postfix_harness::run_directory::RunDirectory;
use postfix_scenarios::catalogue::contents::Catalogue;
use postfix_scenarios::commands::self_test;
use postfix_scenarios::subject::faulty::{self, Faulty};
use suite::{manager, manifest, run};

fn main() -> ExitCode {
    let catalogue = Arc::new(Catalogue::load().unwrap());
    let mut trials = vec![
        Trial::test("the_right_manager_conforms", right_conforms),
        Trial::test("the_example_fails_as_expected_and_nowhere_else", example_fails_as_expected),
    ];
    trials.extend(faulty::all().unwrap().into_iter().map(|faulty| {
        let catalogue = Arc::clone(&catalogue);
        let name = format!("{}_fails_{}", faulty.name, faulty.breaks.join("_"));
        Trial::test(name, move || fails(&catalogue, &faulty))
    }));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn right_conforms() -> Result<(), Failed> {
    let output = run(&["--strict", "--manager", &manager("right")]).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    if output.status.code() == Some(0) && text.contains(", 0 failed, 0 skipped") {
        return Ok(());
    }
    Err(format!("{text}{}", String::from_utf8_lossy(&output.stderr)).into())
}

fn example_fails_as_expected() -> Result<(), Failed> {
    let expected = manifest().join("faulty/expected-failures.toml");
    let output =
        run(&["--strict", "--manager", "example", "--expected-failures", expected.to_str().unwrap()])
            .output()?;
    if output.status.code() == Some(0) {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stdout).into_owned().into())
}

fn fails(catalogue: &Catalogue, faulty: &Faulty) -> Result<(), Failed> {
    let program = Path::new(env!("CARGO_BIN_EXE_postfix-conformance"));
    let run = RunDirectory::create(Path::new(env!("CARGO_TARGET_TMPDIR")), program)?;
    let kill = self_test::kill(catalogue, faulty, &run)?;
    if kill.survives() {
        return Err(format!("{} survives: {:?} {:?}", faulty.name, kill.clauses, kill.broken).into());
    }
    Ok(())
}
