//! `cargo xtask tidy`: the rules of this tree that no compiler knows.
//!
//! A rule is a small function that looks at one file and returns findings; the few that need more say so.
//! Rules know nothing about each other, and none of them changes a file.

mod cases;
mod file;
mod finding;
mod imports;
mod independence;
mod links;
mod listing;
mod modules;
mod paths_and_hosts;
mod rooms;
mod snapshots;
mod testing;
mod text;

use std::process::ExitCode;

use crate::step::Ending;
use crate::{message, workspace};
use file::File;
use finding::Finding;

/// The rules that need one file and nothing else.
const RULES: [fn(&File) -> Vec<Finding>; 15] = [
    modules::opens_with_its_purpose,
    modules::has_a_telling_name,
    modules::is_short,
    modules::has_no_let_chain,
    rooms::has_modules_of_one_style,
    text::has_no_trailing_blanks,
    text::ends_with_a_newline,
    text::is_finished,
    paths_and_hosts::names_no_machine_path,
    paths_and_hosts::names_only_known_hosts,
    paths_and_hosts::replaces_no_registry,
    testing::says_why_a_test_is_ignored,
    testing::waits_for_no_fixed_time,
    cases::has_a_title,
    snapshots::is_accepted,
];

/// Checks the tree, as a command.
pub(crate) fn run() -> Result<ExitCode, String> {
    match ending()? {
        Ending::Passed => Ok(ExitCode::SUCCESS),
        Ending::Skipped(_) if !workspace::in_ci() => Ok(ExitCode::SUCCESS),
        Ending::Skipped(_) | Ending::Failed => Ok(ExitCode::FAILURE),
    }
}

/// Checks the tree and prints what it finds.
pub(crate) fn ending() -> Result<Ending, String> {
    let root = workspace::root();
    let paths = match listing::of_the_tree() {
        Ok(paths) => paths,
        Err(reason) => {
            let reason = format!("tidy asks Git which files are the project's, and {reason}");
            message::say(&format!("skipped: {reason}"));
            return Ok(Ending::Skipped(reason));
        }
    };
    let files = file::read_all(&root, &paths)?;
    let mut findings: Vec<Finding> =
        files.iter().flat_map(|file| RULES.iter().flat_map(|rule| rule(file))).collect();
    findings.extend(snapshots::all_belong_to_a_test(&files));
    findings.extend(links::lead_somewhere(&files));
    findings.extend(links::name_each_document(&files));
    findings.extend(modules::lie_in_small_folders(&files));
    findings.extend(rooms::are_kept(&files));
    findings.extend(independence::of_the_crates(&files)?);
    findings.sort();
    for finding in &findings {
        message::say(&finding.to_string());
    }
    message::say(&format!("tidy: {} files, {} findings", files.len(), findings.len()));
    // No files at all is a mistake in asking, never a tidy tree.
    Ok(if findings.is_empty() && !files.is_empty() { Ending::Passed } else { Ending::Failed })
}
