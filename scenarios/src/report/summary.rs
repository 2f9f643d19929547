//! The end of a report: who was judged where, the counts of each level, what was not judged and why. Knows
//! nothing of single cases.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use crate::conclusion::{Conclusion, Counts, RobustFailures};
use crate::output::{Look, Paint};

/// Who was judged, and where.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The value of `multi_instance_wrapper`.
    pub manager: String,
    /// The testbed's name.
    pub testbed: String,
    /// The Postfix version there; empty, where there is none.
    pub postfix_version: String,
    /// How long it took.
    pub took: Duration,
    /// Where the worlds were left, if they were.
    pub worlds: Option<PathBuf>,
    /// Whether failures of robust cases count.
    pub robust: RobustFailures,
}

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
pub fn write(
    out: &mut dyn Write,
    conclusion: &Conclusion,
    setting: &Setting,
    paint: Paint,
) -> io::Result<()> {
    let header = format!("{:<12}{:>8}{:>8}{:>9}", "level", "passed", "failed", "skipped");
    writeln!(out, "{}", paint.look(Look::Faint, header))?;
    for (level, counts) in &conclusion.levels {
        let failed = format!("{:>8}", counts.failed);
        let failed = match counts.failed {
            0 => failed,
            _ if setting.robust.fail(*level) => paint.look(Look::Red, failed),
            _ => paint.look(Look::Yellow, failed),
        };
        let note = if counts.failed > 0 && !setting.robust.fail(*level) {
            "  reported only; they count with --strict"
        } else {
            ""
        };
        writeln!(out, "{level:<12}{:>8}{failed}{:>9}{note}", counts.passed, counts.skipped)?;
    }
    writeln!(out)?;
    writeln!(out, "manager  {}", setting.manager)?;
    match setting.postfix_version.as_str() {
        "" => writeln!(out, "testbed  {}", setting.testbed)?,
        version => writeln!(out, "testbed  {}, Postfix {version}", setting.testbed)?,
    }
    if let Some(worlds) = &setting.worlds {
        writeln!(out, "worlds   {}", worlds.display())?;
    }
    writeln!(out, "time     {:.2} s", setting.took.as_secs_f64())
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
    if counts.broken > 0 {
        parts.push(paint.look(Look::Red, format!("{} could not be judged", counts.broken)));
    }
    writeln!(out, "{}", parts.join(", "))
}

fn cases(count: usize) -> String {
    if count == 1 { "1 case".to_owned() } else { format!("{count} cases") }
}
