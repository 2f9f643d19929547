//! A small measure of the distance to the installed Postfix; `cargo xtask fidelity` takes a large one.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on has failed")]

use std::path::Path;

use postfix_fakes::bytes::ByteString;
use postfix_harness::fidelity::{Measure, Plan, Row};
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::testbed::sandbox::Sandbox;

#[test]
fn the_simulation_does_as_the_installed_postfix() {
    let run = RunDirectory::create(
        Path::new(env!("CARGO_TARGET_TMPDIR")),
        Path::new(env!("CARGO_BIN_EXE_postfix-world-program")),
    )
    .unwrap();
    let sandbox = Sandbox::default();
    let measure =
        match Measure::new(&run, &sandbox, Path::new("/usr/sbin"), &ByteString::from("/bin/echo")).unwrap() {
            Ok(measure) => measure,
            Err(need) => {
                println!("skipped: {need}");
                return;
            }
        };
    let mut rows = vec![(Row::Postconf, 400), (Row::Postfix, 60), (Row::Sequence, 20)];
    for (row, cases) in [(Row::Programs, 100), (Row::Scripts, 20)] {
        match measure.missing(row) {
            Some(need) => println!("skipped, {row}: {need}"),
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
