//! Prints the status for people: a table that fits a terminal of 80 columns, with the findings below each instance.

use std::time::SystemTime;

use crate::multi::status::moment;
use crate::multi::status::report::Report;
use crate::os::printable::printable_bytes;
use crate::postfix::running::Running;
use crate::report::columns::aligned;

/// How wide a line is at most, if no word is longer.
const WIDTH: usize = 80;

/// The longest name that stands in its column. A longer one has a line of its own.
const LONGEST_NAME: usize = 20;

/// The most of a group's name that is shown.
const LONGEST_GROUP: usize = 10;

/// What stands before a problem.
const INDENT: &str = "  ";

/// The whole table.
pub(crate) fn text(reports: &[Report<'_>], now: SystemTime) -> String {
    let title = ["instance", "group", "on", "pid", "up", "drop", "in", "active", "defer", "hold"];
    let mut rows = vec![title.map(str::to_owned)];
    rows.extend(reports.iter().map(|report| row(report, now)));
    let table = aligned(&rows);
    let mut text = String::new();
    let mut lines = table.lines();
    text.extend(lines.next().map(|title| format!("{title}\n")));
    for (report, line) in reports.iter().zip(lines) {
        if report.shown().len() > LONGEST_NAME {
            text.push_str(&report.shown());
            text.push('\n');
        }
        text.push_str(line);
        text.push('\n');
        for problem in &report.problems {
            let mut what = format!("{}: {}", problem.severity.name(), problem.what);
            if let Some(mend) = &problem.mend {
                what = format!("{what}; mend it with: {mend}");
            }
            text.push_str(&wrapped(&what));
        }
    }
    text
}

/// A sentence in lines that fit.
fn wrapped(sentence: &str) -> String {
    let mut lines = String::new();
    let mut line = INDENT.to_owned();
    for word in sentence.split(' ') {
        let is_first = line.trim().is_empty();
        if !is_first && line.len() + 1 + word.len() > WIDTH {
            lines.push_str(&line);
            lines.push('\n');
            line = format!("{INDENT}{INDENT}{word}");
        } else {
            line.push_str(if is_first { "" } else { " " });
            line.push_str(word);
        }
    }
    lines.push_str(&line);
    lines.push('\n');
    lines
}

fn row(report: &Report<'_>, now: SystemTime) -> [String; 10] {
    let (_, group, enabled) = report.names();
    let name = report.shown();
    let group = group.map_or_else(|| "-".to_owned(), printable_bytes);
    let (running, up) = match report.running() {
        Some(Running::Yes { process, since }) => {
            (process.to_string(), since.map(|since| moment::ago(since, now)))
        }
        Some(Running::No | Running::UsedByAnother(_)) => ("-".to_owned(), None),
        Some(Running::Unknown(_)) | None => ("?".to_owned(), None),
    };
    let [maildrop, incoming, active, deferred, hold, _] = report.queues.0.map(number);
    [
        if name.len() > LONGEST_NAME { String::new() } else { name },
        if group.len() > LONGEST_GROUP { format!("{}~", &group[..LONGEST_GROUP - 1]) } else { group },
        match enabled {
            Some(true) => "yes",
            Some(false) => "no",
            None => "?",
        }
        .to_owned(),
        running,
        up.unwrap_or_else(|| "-".to_owned()),
        maildrop,
        incoming,
        active,
        deferred,
        hold,
    ]
}

/// A number of messages, in at most five letters.
fn number(count: Option<u64>) -> String {
    match count {
        None => "?".to_owned(),
        Some(count @ 0..=99_999) => count.to_string(),
        Some(count @ ..=9_999_999) => format!("{}k", count / 1000),
        Some(count) => format!("{}M", count / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_sentence_is_wrapped_and_a_long_word_is_not() {
        let text = wrapped(&format!("critical: {} {}", "word ".repeat(30), "x".repeat(100)));
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.len() > 2 && lines[1].starts_with("    word"), "{text}");
        assert!(lines.iter().all(|line| line.len() <= WIDTH || line.trim().len() == 100), "{text}");
    }

    #[test]
    fn large_numbers_are_short() {
        let shown = [Some(0), Some(99_999), Some(100_000), Some(12_345_678), None].map(number);
        assert_eq!(shown, ["0", "99999", "100k", "12M", "?"]);
    }
}
