//! What people read of a run: progress, failures, a summary. Knows nothing of judging.

mod diff;
pub mod failure;
pub mod progress;
pub mod summary;

use postfix_harness::journal::Run;

/// Runs as lines, one each.
fn lines(runs: &[Run]) -> String {
    runs.iter().map(|run| format!("{run}\n")).collect()
}
