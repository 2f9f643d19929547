//! Everything in the zoo must fail at the clauses that it breaks, one test each; the right manager that the others
//! were made from must hold everything, and the example must fail what is known and nothing else. It shows that the
//! cases can fail, and that they fail for the right reason.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod suite;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use postfix_harness::run_directory::RunDirectory;
use postfix_scenarios::catalogue::contents::Catalogue;
use postfix_scenarios::commands::self_test;
use postfix_scenarios::subject::faulty::{self, Mutant};
use suite::{manager, manifest, run};

fn main() -> ExitCode {
    let catalogue = Arc::new(Catalogue::load().unwrap());
    let mut trials = vec![
        Trial::test("the_right_manager_conforms", right_conforms),
        Trial::test("the_example_fails_what_is_known_and_nothing_else", example_fails_what_is_known),
    ];
    trials.extend(faulty::all().unwrap().into_iter().map(|mutant| {
        let catalogue = Arc::clone(&catalogue);
        let name = format!("{}_fails_{}", mutant.name, mutant.breaks.join("_"));
        Trial::test(name, move || fails(&catalogue, &mutant))
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

fn example_fails_what_is_known() -> Result<(), Failed> {
    let known = manifest().join("zoo/known.toml");
    let output = run(&["--strict", "--manager", "example", "--known", known.to_str().unwrap()]).output()?;
    if output.status.code() == Some(0) {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stdout).into_owned().into())
}

fn fails(catalogue: &Catalogue, mutant: &Mutant) -> Result<(), Failed> {
    let program = Path::new(env!("CARGO_BIN_EXE_postfix-conformance"));
    let run = RunDirectory::create(Path::new(env!("CARGO_TARGET_TMPDIR")), program)?;
    let kill = self_test::kill(catalogue, mutant, &run)?;
    if kill.survives() {
        return Err(format!("{} survives: {:?} {:?}", mutant.name, kill.clauses, kill.broken).into());
    }
    Ok(())
}
