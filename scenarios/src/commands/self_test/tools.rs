//! Self-tests of multi-instance tools: each case needs a whole Postfix, in a container.

use std::ffi::OsStr;
use std::io;

use postfix_harness::run_directory::RunDirectory;
use postfix_harness::testbed::live::LiveTestbed;

use crate::catalogue::case::Case;
use crate::catalogue::clause::Part;
use crate::catalogue::contents::Catalogue;
use crate::commands::self_test::subject::{FoundReference, ReferenceSubject, Subject};
use crate::subject::faulty::Faulty;
use crate::subject::manager::Manager;
use crate::subject::multi_tool::MultiTool;
use crate::subject::testbed_choice::PreparedTestbed;

/// Our own, the one that all faulty ones are made from, and the one that comes with Postfix.
const NAMES: [&str; 3] = ["ours", "faulty:right", "postmulti"];

/// Whether a case is about a multi-instance tool.
pub(super) fn judge_it(catalogue: &Catalogue, case: &Case) -> bool {
    let first = case.clauses.first();
    catalogue.clauses().iter().any(|clause| Some(&clause.id) == first && clause.needs == Part::MultiTool)
}

/// A tool that is wrong, and where it is judged.
///
/// # Errors
/// When its script cannot be written.
pub(super) fn subject(faulty: &Faulty, live: &LiveTestbed, run: &RunDirectory) -> io::Result<Subject> {
    let script = run.write_script(&format!("tool-{}", faulty.name), &faulty.text())?;
    let testbed = PreparedTestbed::Live(live.for_multi(script.into()));
    Ok(Subject { manager: Manager::own().value().clone(), testbed })
}

/// The tools that must hold what the faulty ones break.
pub(super) fn references(live: &LiveTestbed, run: &RunDirectory) -> Vec<FoundReference> {
    NAMES.map(|name| (name, reference(name, live, run))).into()
}

fn reference(name: &str, live: &LiveTestbed, run: &RunDirectory) -> Result<ReferenceSubject, String> {
    let multi_tool = MultiTool::from_option(Some(OsStr::new(name))).map_err(|error| error.to_string())?;
    let program = multi_tool.program(run).map_err(|error| error.to_string())?;
    Ok(ReferenceSubject {
        manager: Manager::own(),
        multi_tool,
        testbed: PreparedTestbed::Live(live.for_multi(program)),
    })
}
