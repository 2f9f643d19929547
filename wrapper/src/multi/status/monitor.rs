//! Formats the report for monitors, as plugins of Nagios and Icinga do.
//! It has a line with the worst state and with performance data, a line for each problem, and an exit status.
//!
//! Knows nothing of how it is known.

use std::cmp::Reverse;
use std::fmt::Write as _;

use crate::multi::check::finding::Severity;
use crate::multi::request::thresholds::{Limit, Thresholds};
use crate::multi::status::queues::QUEUES;
use crate::multi::status::report::{Problem, Report};
use crate::postfix::running::Running;

/// The exit status that tells a monitor that nothing is known.
pub(crate) const UNKNOWN: u8 = 3;

/// How many problems are shown: monitors cut what is longer than some kilobytes.
const MOST_SHOWN: usize = 30;

/// How many instances the first line names.
const MOST_NAMED: usize = 5;

/// The exit status that stands for a severity.
pub(crate) fn exit_status(severity: Severity) -> u8 {
    match severity {
        Severity::Ok => 0,
        Severity::Warning => 1,
        Severity::Critical => 2,
        Severity::Unknown => UNKNOWN,
    }
}

/// The text, and the exit status. `doubtful` is how many instances may be meant as well.
pub(crate) fn text(reports: &[Report<'_>], thresholds: &Thresholds, doubtful: usize) -> (String, u8) {
    let mut all: Vec<(&Report<'_>, Problem)> = Vec::new();
    for report in reports {
        all.extend(report.problems.iter().map(|problem| (report, problem.clone())));
        all.extend(full_queues(report, thresholds).into_iter().map(|problem| (report, problem)));
    }
    all.sort_by_key(|(_, problem)| Reverse(problem.severity));
    let mut worst = all.first().map_or(Severity::Ok, |(_, problem)| problem.severity);
    if doubtful > 0 {
        worst = worst.max(Severity::Critical);
    }
    let mut names: Vec<String> = Vec::new();
    for (report, _) in &all {
        if !names.contains(&report.shown()) {
            names.push(report.shown());
        }
    }
    let summary = if names.is_empty() && doubtful == 0 {
        format!("{} of {} instances run", number_running(reports), reports.len())
    } else {
        let shown = names[..names.len().min(MOST_NAMED)].join(", ");
        let more = if names.len() > MOST_NAMED { ", ..." } else { "" };
        let damaged = if doubtful > 0 {
            format!("{doubtful} cannot be read, and may be meant; ")
        } else {
            String::new()
        };
        format!("{damaged}{} of {} instances have problems: {shown}{more}", names.len(), reports.len())
    };
    let mut text = first_line(worst, &summary, Some(&performance(reports)));
    for (report, problem) in all.iter().take(MOST_SHOWN) {
        let line = format!("{}: {}: {}", problem.severity.name(), report.shown(), problem.what);
        text.push_str(&without_bars(&line));
        text.push('\n');
    }
    if all.len() > MOST_SHOWN {
        // Writing to a string does not fail.
        let _ = writeln!(text, "and {} more", all.len() - MOST_SHOWN);
    }
    (text, exit_status(worst))
}

/// The text if nothing is known.
pub(crate) fn unknown(reason: &str) -> String {
    first_line(Severity::Unknown, reason, None)
}

fn first_line(severity: Severity, summary: &str, performance: Option<&str>) -> String {
    let state = severity.name().to_ascii_uppercase();
    let performance = performance.map(|data| format!(" | {data}")).unwrap_or_default();
    format!("POSTFIX {state} - {}{performance}\n", without_bars(summary))
}

/// Text that is not taken for performance data.
fn without_bars(text: &str) -> String {
    text.replace('|', "/")
}

/// The queues of an instance that hold more than they should.
fn full_queues(report: &Report<'_>, thresholds: &Thresholds) -> Vec<Problem> {
    let mut problems = Vec::new();
    let asked = std::iter::once(None).chain(QUEUES.into_iter().map(Some));
    for queue in asked {
        let limits = [
            (Severity::Critical, thresholds.critical.of(queue)),
            (Severity::Warning, thresholds.warning.of(queue)),
        ];
        let limits = limits.into_iter().filter_map(|(severity, limit)| Some((severity, limit?)));
        let count = match queue {
            Some(queue) => report.queues.of(queue),
            None => report.queues.waiting(),
        };
        let place = queue.map_or_else(|| "its queues".to_owned(), |queue| format!("its queue {queue}"));
        let found = limits.into_iter().find_map(|(severity, limit)| match count {
            None => {
                let what = format!("cannot count the messages in {place}");
                Some(Problem::new(Severity::Unknown, "queue-unknown", what))
            }
            Some(count) if count > limit => {
                let what = format!("{count} messages in {place}, more than {limit}");
                Some(Problem::new(severity, "queue-full", what))
            }
            Some(_) => None,
        });
        problems.extend(found);
    }
    problems
}

fn number_running(reports: &[Report<'_>]) -> usize {
    reports.iter().filter(|report| matches!(report.running(), Some(Running::Yes { .. }))).count()
}

/// Numbers of all instances together, for graphs. A queue that cannot be counted has none.
fn performance(reports: &[Report<'_>]) -> String {
    let enabled = reports.iter().filter(|report| report.names().2 == Some(true)).count();
    let mut data = vec![
        format!("instances={}", reports.len()),
        format!("enabled={enabled}"),
        format!("running={}", number_running(reports)),
    ];
    for queue in QUEUES {
        let total: Option<u64> = reports.iter().map(|report| report.queues.of(queue)).sum();
        data.extend(total.map(|total| format!("{queue}={total}")));
    }
    data.join(" ")
}

impl Limit {
    /// The limit for a queue, or for all together.
    fn of(&self, queue: Option<&str>) -> Option<u64> {
        match queue {
            None => self.total,
            Some(queue) => self.queues.iter().rev().find(|(name, _)| *name == queue).map(|(_, limit)| *limit),
        }
    }
}
