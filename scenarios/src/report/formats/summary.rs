//! Prints the end of a report for people: expected failures, skips, who was judged, the counts.

use std::io::{self, Write};

use crate::judge::result::{CONFORMS, CaseResult};
use crate::report::completeness::Gap;
use crate::report::model::{CaseRecord, ResultRecord};
use crate::report::run_head::RunHead;
use crate::report::tally::{Tally, number};
use crate::report::terminal::{Look, Paint};

/// Prints that a failure was expected, that one was and did not come, or that a case could not be judged.
///
/// # Errors
/// When it cannot be written.
pub fn not_as_usual(
    out: &mut dyn Write,
    case: &CaseRecord,
    result: &ResultRecord,
    outcome: CaseResult,
    paint: Paint,
) -> io::Result<()> {
    let reason = result.expected_failure.as_deref().unwrap_or_default();
    match outcome {
        CaseResult::ExpectedFailure => {
            writeln!(out, "{} {}: {reason}", paint.look(Look::Yellow, "expected failure:"), case.name)
        }
        CaseResult::UnexpectedPass => {
            let word = paint.look(Look::Red, "unexpected:");
            writeln!(out, "{word} {} passes, and {UNEXPECTED} ({reason}); {CURE}", case.name)
        }
        CaseResult::Broken => {
            let word = paint.look(Look::Red, "could not be judged:");
            writeln!(out, "{word} {}: {}", case.name, result.in_brief())
        }
        CaseResult::Passed | CaseResult::Failed | CaseResult::NotCounted | CaseResult::Skipped => Ok(()),
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
pub fn skips(out: &mut dyn Write, tally: &Tally, paint: Paint) -> io::Result<()> {
    for (reason, count) in &tally.skips {
        writeln!(out, "{} {}: {reason}", paint.look(Look::Yellow, "skipped:"), number(*count, "case"))?;
    }
    if tally.skips.is_empty() { Ok(()) } else { writeln!(out) }
}

/// Prints how many of these failures came at a time limit, which may be the machine's fault, and what to do then.
///
/// # Errors
/// When it cannot be written.
pub fn time_limits(out: &mut dyn Write, failed: &[&ResultRecord], paint: Paint) -> io::Result<()> {
    let late = failed.iter().filter(|result| result.ended_at_a_time_limit()).count();
    if late == 0 {
        return Ok(());
    }
    let label = paint.look(Look::Yellow, "time limit:");
    let cure = paint.look(Look::Bold, "--timeout-factor");
    let verb = if late == 1 { "was" } else { "were" };
    writeln!(out, "{label} {late} of {} {verb} ended at a time limit:", number(failed.len(), "failure"))?;
    writeln!(out, "  the manager did not end, or this machine is too slow; if it is, try a greater {cure}\n")
}

/// Prints the counts of each level.
///
/// # Errors
/// When it cannot be written.
pub fn levels(out: &mut dyn Write, tally: &Tally, paint: Paint) -> io::Result<()> {
    let above = format!("{:<12}{:<30}{}", "", "clauses", "cases");
    writeln!(out, "{}", paint.look(Look::Faint, above))?;
    let header = format!(
        "{:<12}{:<5}{:<9}{:<16}{:>6}{:>8}{:>9}",
        "level", "met", "not met", "not judged", "passed", "failed", "skipped"
    );
    writeln!(out, "{}", paint.look(Look::Faint, header))?;
    for (level, cases) in &tally.levels {
        let clauses = tally.of_level(*level);
        let failed = cases.failed + cases.not_counted + cases.expected_failures;
        let look = |count: usize, text: String| match count {
            0 => text,
            _ if cases.failed > 0 => paint.look(Look::Red, text),
            _ => paint.look(Look::Yellow, text),
        };
        let note = if level.counts(tally.last) { "" } else { "  not counted" };
        writeln!(
            out,
            "{level:<12}{:<5}{}{:<16}{:>6}{}{:>9}{note}",
            clauses.met,
            look(clauses.not_met, format!("{:<9}", clauses.not_met)),
            clauses.not_judged + clauses.in_doubt,
            cases.passed + cases.unexpected_passes,
            look(failed, format!("{failed:>8}")),
            cases.skipped + cases.broken
        )?;
    }
    writeln!(out)
}

/// Prints who was judged, and where.
///
/// # Errors
/// When it cannot be written.
pub fn setting(out: &mut dyn Write, head: &RunHead) -> io::Result<()> {
    writeln!(out, "manager  {}", head.told_manager())?;
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

/// Prints the last lines: the counts, and the verdict.
///
/// # Errors
/// When it cannot be written.
pub fn last_lines(
    out: &mut dyn Write,
    tally: &Tally,
    gaps: &[Gap],
    verdict: &str,
    paint: Paint,
) -> io::Result<()> {
    writeln!(out, "{}", tally.total)?;
    let look = match tally.status() {
        CONFORMS if gaps.is_empty() => Look::Green,
        CONFORMS => Look::Yellow,
        _ => Look::Red,
    };
    writeln!(out, "verdict: {}", paint.look(look, verdict))
}
