//! The multi-instance tools among the mutants: how one is judged, and which tools it is compared with. They need a whole
//! Postfix, so each case is a container. Knows nothing of kills.

use std::ffi::OsStr;
use std::io;

use postfix_harness::run_directory::RunDirectory;
use postfix_harness::testbed::live::LiveTestbed;

use crate::case::Case;
use crate::catalogue::Catalogue;
use crate::clause::Part;
use crate::manager::Manager;
use crate::multi::Multi;
use crate::zoo::Mutant;

use super::mutants::{Found, Subject, Whom};

/// Our own, the one that all mutants are made from, and the one that comes with Postfix.
const NAMES: [&str; 3] = ["ours", "zoo:right", "postmulti"];

/// Whether a case is about a multi-instance tool.
pub(super) fn judge_it(catalogue: &Catalogue, case: &Case) -> bool {
    let first = case.clauses.first();
    catalogue.clauses().iter().any(|clause| Some(&clause.id) == first && clause.needs == Part::MultiTool)
}

/// A tool that is wrong, and where it is judged.
///
/// # Errors
/// When its script cannot be written.
pub(super) fn subject(
    mutant: &Mutant,
    live: &LiveTestbed,
    run: &RunDirectory,
) -> io::Result<Subject<'static>> {
    let script = run.write_script(&format!("tool-{}", mutant.name), &mutant.text())?;
    let testbed = Box::new(live.for_multi(script.into()));
    Ok(Subject { manager: Manager::own().value().clone(), testbed })
}

/// The tools that must hold what the mutants break.
pub(super) fn references(live: &LiveTestbed, run: &RunDirectory) -> Vec<Found<'static>> {
    NAMES.map(|name| (name, reference(name, live, run))).into()
}

fn reference(name: &str, live: &LiveTestbed, run: &RunDirectory) -> Result<Whom<'static>, String> {
    let multi = Multi::from_option(Some(OsStr::new(name))).map_err(|error| error.to_string())?;
    let program = multi.program(run).map_err(|error| error.to_string())?;
    Ok(Whom { manager: Manager::own(), multi, testbed: Box::new(live.for_multi(program)) })
}
