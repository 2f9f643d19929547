//! Prints the end of a report for people: expected failures, skips, who was judged, the counts.

use std::io::{self, Write};

use crate::judge::result::{CaseResult, Conclusion, Counts};
use crate::report::model::{CaseRecord, ResultRecord};
use crate::report::run_head::RunHead;
use crate::report::terminal::{Look, Paint};

/// Prints that a failure was expected, or that one was and did not come.
///
/// # Errors
/// When it cannot be written.
pub fn expected_failure(
    out: &mut dyn Write,
    case: &CaseRecord,
    result: &ResultRecord,
    paint: Paint,
) -> io::Result<()> {
    let reason = result.expected_failure.as_deref().unwrap_or_default();
    match result.came() {
        CaseResult::ExpectedFailure => {
            writeln!(out, "{} {}: {reason}", paint.look(Look::Yellow, "expected failure:"), case.name)
        }
        CaseResult::UnexpectedPass => {
            let word = paint.look(Look::Red, "unexpected:");
            writeln!(out, "{word} {} passes, and {UNEXPECTED} ({reason}); {CURE}", case.name)
        }
        CaseResult::Passed | CaseResult::Failed | CaseResult::Skipped | CaseResult::Broken => Ok(()),
    }
}

/// What is wrong with a case that passes and was expected to fail.
pub const UNEXPECTED: &str = "was expected to fail";

/// What to do about it.
pub const CURE: &str = "remove it from the file of --expected-failures";

/// Prints what was not judged, and why.
///
/// # Errors
/// When it cannot be written.
pub fn skips(out: &mut dyn Write, conclusion: &Conclusion, paint: Paint) -> io::Result<()> {
    for (reason, count) in &conclusion.skips {
        writeln!(out, "{} {}: {reason}", paint.look(Look::Yellow, "skipped:"), cases(*count))?;
    }
    if conclusion.skips.is_empty() { Ok(()) } else { writeln!(out) }
}

/// Prints who was judged, and the counts of each level.
///
/// # Errors
/// When it cannot be written.
pub fn write(out: &mut dyn Write, conclusion: &Conclusion, head: &RunHead, paint: Paint) -> io::Result<()> {
    let header = format!("{:<12}{:>8}{:>8}{:>9}", "level", "passed", "failed", "skipped");
    writeln!(out, "{}", paint.look(Look::Faint, header))?;
    for (level, counts) in &conclusion.levels {
        let failed = format!("{:>8}", counts.failed);
        let failed = match counts.failed {
            0 => failed,
            _ if head.robust_failures.fail(*level) => paint.look(Look::Red, failed),
            _ => paint.look(Look::Yellow, failed),
        };
        let note = if counts.failed > 0 && !head.robust_failures.fail(*level) {
            "  reported only; they count with --strict"
        } else {
            ""
        };
        writeln!(out, "{level:<12}{:>8}{failed}{:>9}{note}", counts.passed, counts.skipped)?;
    }
    writeln!(out)?;
    writeln!(out, "manager  {}", head.manager)?;
    if let Some(multi_tool) = &head.multi_tool {
        writeln!(out, "tool     {multi_tool}")?;
    }
    match head.postfix() {
        None => writeln!(out, "testbed  {}", head.testbed)?,
        Some(postfix) => writeln!(out, "testbed  {}, Postfix {postfix}", head.testbed)?,
    }
    match &head.worlds {
        Some(worlds) => writeln!(out, "worlds   {worlds}"),
        None => Ok(()),
    }
}

/// Prints how long it took, in microseconds, and which case took longest.
///
/// # Errors
/// When it cannot be written.
pub fn time(out: &mut dyn Write, took: u64, slowest: Option<(&str, u64)>) -> io::Result<()> {
    write!(out, "time     {} s", seconds(took))?;
    match slowest {
        Some((name, took)) => writeln!(out, "; longest {} s, {name}", seconds(took)),
        None => writeln!(out),
    }
}

/// Microseconds as seconds, to the hundredth.
fn seconds(took: u64) -> String {
    let hundredths = took.saturating_add(5_000) / 10_000;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// Prints the last line.
///
/// # Errors
/// When it cannot be written.
pub fn last_line(out: &mut dyn Write, counts: Counts, paint: Paint) -> io::Result<()> {
    let look = |count: usize, look: Look, text: String| if count > 0 { paint.look(look, text) } else { text };
    let mut parts = vec![
        look(counts.passed, Look::Green, format!("{} passed", counts.passed)),
        look(counts.failed, Look::Red, format!("{} failed", counts.failed)),
        look(counts.skipped, Look::Yellow, format!("{} skipped", counts.skipped)),
    ];
    if counts.expected_failures > 0 {
        parts.push(paint.look(Look::Yellow, format!("{} failed as expected", counts.expected_failures)));
    }
    if counts.unexpected_passes > 0 {
        parts.push(paint.look(Look::Red, format!("{} passed unexpectedly", counts.unexpected_passes)));
    }
    if counts.broken > 0 {
        parts.push(paint.look(Look::Red, format!("{} could not be judged", counts.broken)));
    }
    writeln!(out, "{}", parts.join(", "))
}

fn cases(count: usize) -> String {
    if count == 1 { "1 case".to_owned() } else { format!("{count} cases") }
}
