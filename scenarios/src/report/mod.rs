//! What is told of runs: to people, to programs that read TAP, JUnit's XML or JSON, and as a page. All of it is
//! fed by one stream of events. Knows nothing of judging.

pub mod again;
mod diff;
pub mod event;
pub mod failure;
pub mod html;
pub mod human;
pub mod json;
pub mod junit;
pub mod kills;
pub mod live;
pub mod matrix;
pub mod merge;
pub mod options;
pub mod progress;
mod put_off;
pub mod record;
pub mod recording;
pub mod reports;
pub mod summary;
pub mod tap;

use std::fmt::Write as _;

use postfix_harness::journal::ScriptCall;

/// Runs as lines, one each.
fn lines(runs: &[ScriptCall]) -> String {
    let mut lines = String::new();
    for run in runs {
        // Writing to a text cannot fail.
        let _ = writeln!(lines, "{run}");
    }
    lines
}
