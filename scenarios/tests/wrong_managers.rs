//! Managers that are wrong in one way each must fail at the clause that they break, and the right one that they
//! were made from must hold it. It shows that the cases can fail, and that they fail for the right reason.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod suite;

use std::path::PathBuf;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use suite::{manager, manifest, run};

/// One wrong manager, in the words of its own file.
struct Wrong {
    name: String,
    clause: String,
}

fn main() -> ExitCode {
    let mut trials = vec![Trial::test("the_right_manager_conforms", right_conforms)];
    let wrong = all();
    let count = wrong.len();
    trials.push(Trial::test("there_are_wrong_managers", move || {
        if count >= 12 { Ok(()) } else { Err(format!("only {count}").into()) }
    }));
    trials.extend(
        wrong.into_iter().map(|wrong| {
            Trial::test(format!("{}_fails_{}", wrong.name, wrong.clause), move || fails(&wrong))
        }),
    );
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// All of them, by the `# breaks:` line in each.
fn all() -> Vec<Wrong> {
    let folder = manifest().join("tests/wrong_managers");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
        .iter()
        .filter_map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            let clause = text.lines().find_map(|line| line.strip_prefix("# breaks: "))?;
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (clause != "nothing").then(|| Wrong { name, clause: clause.to_owned() })
        })
        .collect()
}

fn right_conforms() -> Result<(), Failed> {
    let right = manager("right");
    let output = run(&["--strict", "--manager", right.to_str().unwrap()]).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    if output.status.code() == Some(0) && text.contains(", 0 failed, 0 skipped") {
        return Ok(());
    }
    Err(format!("{text}{}", String::from_utf8_lossy(&output.stderr)).into())
}

fn fails(wrong: &Wrong) -> Result<(), Failed> {
    let path = manager(&wrong.name);
    let arguments = ["--strict", "--quiet", "--manager", path.to_str().unwrap(), &wrong.clause];
    let output = run(&arguments).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    // A case of which the broken clause is the first, so that the failure is reported as that clause's.
    let blamed = format!("\n  {} (", wrong.clause);
    let reports = text.split("\nfailed: ").map(|report| {
        let mut lines = report.lines().skip(2);
        lines.next().is_some_and(|line| line.starts_with(&blamed[1..]))
    });
    if output.status.code() == Some(1) && reports.into_iter().any(|found| found) {
        return Ok(());
    }
    Err(format!(
        "{} should fail a case of {}\n{text}{}",
        wrong.name,
        wrong.clause,
        String::from_utf8_lossy(&output.stderr)
    )
    .into())
}
