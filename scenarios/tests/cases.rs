//! Tests our manager on the simulation: every case is a test of its own.
//! `cargo test --test cases manager/` runs a folder, and each failure names its case.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::testbed::simulated::Simulated;
use postfix_scenarios::catalogue::contents::Catalogue;
use postfix_scenarios::judge::judge_case::{Judge, Kept};
use postfix_scenarios::judge::verdict::Verdict;
use postfix_scenarios::subject::manager::Manager;
use postfix_scenarios::subject::testbed_choice::PreparedTestbed;

fn main() -> ExitCode {
    let catalogue = Arc::new(Catalogue::load().unwrap());
    // What runs daemons has a testbed of its own.
    let trials = (0..catalogue.cases().len())
        .filter(|number| !catalogue.cases()[*number].is_only_live())
        .map(|number| {
            let of_all = Arc::clone(&catalogue);
            let name = catalogue.cases()[number].name.clone();
            Trial::test(name, move || passes(&of_all, number)).with_kind("case")
        })
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn passes(catalogue: &Catalogue, number: usize) -> Result<(), Failed> {
    let case = &catalogue.cases()[number];
    let program = Path::new(env!("CARGO_BIN_EXE_postfix-conformance"));
    let run = RunDirectory::create(Path::new(env!("CARGO_TARGET_TMPDIR")), program)?;
    let manager = Manager::own();
    let judge = Judge {
        testbed: &PreparedTestbed::Simulated(Simulated::default()),
        run: &run,
        manager: manager.value(),
        keep: Kept::No,
        factor: None,
    };
    match judge.judge(case).verdict {
        // A case that our manager does without is none that it fails.
        Verdict::Passed | Verdict::Skipped(_) => Ok(()),
        Verdict::Failed(_) => {
            Err(format!("{}; to see how: cargo xtask conformance {}", case.title, case.name).into())
        }
        Verdict::Broken(error) => Err(error.to_string().into()),
    }
}
