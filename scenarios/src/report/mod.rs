//! What people read of a run: progress, failures, a summary. Knows nothing of judging.

mod diff;
pub mod failure;
pub mod progress;
pub mod summary;

use std::fmt::Write as _;

use postfix_harness::journal::Run;

/// Runs as lines, one each.
fn lines(runs: &[Run]) -> String {
    let mut lines = String::new();
    for run in runs {
        // Writing to a text cannot fail.
        let _ = writeln!(lines, "{run}");
    }
    lines
}
