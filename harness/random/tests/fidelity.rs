//! A small measure of the distance to the installed Postfix; `cargo xtask fidelity` takes a large one.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on has failed")]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use postfix_fakes::bytes::ByteString;
use postfix_harness::run_directory::RunDirectory;
use postfix_process::skip::skip;
use postfix_random::fidelity::case::{Case, Row};
use postfix_random::fidelity::corpus::Corpus;
use postfix_random::fidelity::error::FidelityError;
use postfix_random::fidelity::{Measure, Plan, Verdict};

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

/// A configuration of some lines, of which one refers to a default that can be chosen when a Postfix is built.
fn configuration_with_a_reference() -> Corpus {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("one");
    std::fs::create_dir(&place).unwrap();
    let mut lines: Vec<String> = (0..40).map(|number| format!("a{number} = x,\n  y\n")).collect();
    lines.insert(20, "local_recipient_maps = $alias_maps\n".to_owned());
    let main_cf = lines.concat();
    std::fs::write(place.join("main.cf"), main_cf).unwrap();
    std::fs::write(place.join("master.cf"), "smtp inet n - y - - smtpd\n  -o a1=$a2\n").unwrap();
    Corpus::read(folder.path()).unwrap()
}

#[test]
fn a_difference_on_a_corpus_is_found_and_reduced_and_can_be_tried_without_it() {
    let program = Path::new(env!("CARGO_BIN_EXE_postfix-random-program"));
    let run = RunDirectory::create(&place(), program).unwrap();
    let measure = match Measure::new(&run, &ByteString::from("/bin/echo")) {
        Err(FidelityError::Lacking(need)) => return skip(need),
        begun => begun.unwrap(),
    };
    let corpus = configuration_with_a_reference();
    let mut cases = 0;
    let table = measure.take_corpus(&corpus, |_, count| cases = count).unwrap();
    assert!(table.all_explained(), "{table}\n{:?}", table.shrunk().next());
    assert!(cases > 100, "{cases}");

    let mut built = measure.installed().clone();
    built.built_with.insert("alias_maps".to_owned(), "static:planted".into());
    let measure = measure.with_fakes_built_as(built);
    let table = measure.take_corpus(&corpus, |_, _| ()).unwrap();
    assert!(!table.all_explained(), "{table}");
    let is_smallest = |case: &Case| {
        let Case::Corpus(case) = case else { panic!("{case}") };
        let main_cf = case.call.main_cf.as_ref().map(ToString::to_string);
        main_cf.as_deref() == Some("local_recipient_maps = $alias_maps\n")
            && case.call.master_cf == Some(ByteString::default())
    };
    let found = table.shrunk().find(|(case, _)| is_smallest(case));
    let (case, _) = found.unwrap_or_else(|| panic!("{table}\n{:?}", table.shrunk().next()));
    let written = serde_json::to_string(case).unwrap();
    let read = serde_json::from_str(&written).unwrap();
    assert!(matches!(measure.try_case(&read).unwrap(), Verdict::Differed(_)), "{written}");
}
