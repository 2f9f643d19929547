//! A small measure of the distance to the installed Postfix; `cargo xtask fidelity` takes a large one.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on has failed")]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use postfix_fakes::bytes::ByteString;
use postfix_harness::run_directory::RunDirectory;
use postfix_process::skip::skip;
use postfix_random::fidelity::case::Row;
use postfix_random::fidelity::error::FidelityError;
use postfix_random::fidelity::{Measure, Plan};

/// A directory for worlds: one that ordinary users can get to, if there is one, as some rows need that.
fn place() -> PathBuf {
    let own = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let is_open = |place: &PathBuf| {
        place.canonicalize().is_ok_and(|place| {
            place.ancestors().all(|directory| {
                directory.metadata().is_ok_and(|found| found.permissions().mode() & 0o001 != 0)
            })
        })
    };
    [own.clone(), std::env::temp_dir()].into_iter().find(is_open).unwrap_or(own)
}

#[test]
fn the_simulation_does_as_the_installed_postfix() {
    let program = Path::new(env!("CARGO_BIN_EXE_postfix-random-program"));
    let run = RunDirectory::create(&place(), program).unwrap();
    let measure = match Measure::new(&run, &ByteString::from("/bin/echo")) {
        Err(FidelityError::Lacking(need)) => return skip(need),
        begun => begun.unwrap(),
    };
    let mut rows = vec![(Row::Postconf, 400), (Row::Postfix, 60), (Row::Sequence, 20)];
    for (row, cases) in [(Row::Programs, 100), (Row::Scripts, 20)] {
        match measure.missing(row) {
            Some(need) => skip(format!("{row}: {need}")),
            None => rows.push((row, cases)),
        }
    }
    let plan = Plan { seed: 1, rows };
    let table = measure.take(&plan, |_, _| ()).unwrap();
    let differences: Vec<String> = table
        .shrunk()
        .map(|(case, differences)| {
            let differences: Vec<String> = differences.iter().map(ToString::to_string).collect();
            format!("{case}\n{}\n", differences.join("\n"))
        })
        .collect();
    assert!(table.all_explained(), "{table}\n{}", differences.join("\n"));
}
