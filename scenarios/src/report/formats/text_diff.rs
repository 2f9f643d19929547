//! Compares two texts line by line.

use std::fmt::Write as _;

use postfix_harness::journal::ScriptCall;
use similar::{ChangeTag, TextDiff};

use crate::report::terminal::{Look, Paint};

/// Whether long rows of lines of one kind are shown in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// They are.
    Whole,
    /// The middle is counted.
    Shortened,
}

/// How many lines of one kind are shown at the beginning and at the end of a longer row of them.
const ENDS: usize = 3;

/// The lines of both: ` ` in both, `-` only expected, `+` only seen.
pub(super) fn unified(expected: &str, seen: &str, rows: Rows, paint: Paint) -> Vec<String> {
    let diff = TextDiff::from_lines(expected, seen);
    let changes: Vec<(ChangeTag, &str)> =
        diff.iter_all_changes().map(|change| (change.tag(), change.value().trim_end_matches('\n'))).collect();
    let row_by_row = changes.chunk_by(|(one, _), (other, _)| one == other);
    row_by_row
        .flat_map(|row| {
            let middle = row.len().saturating_sub(2 * ENDS);
            let (from, to) = if middle > 1 && rows == Rows::Shortened {
                (ENDS, ENDS + middle)
            } else {
                (row.len(), row.len())
            };
            let first = row[..from].iter().map(|(tag, line)| marked(*tag, line, paint));
            let left_out = row.get(from).filter(|_| from < to);
            let count =
                left_out.map(|(tag, _)| marked(*tag, &format!("... {middle} more such lines"), paint));
            first
                .chain(count)
                .chain(row[to..].iter().map(|(tag, line)| marked(*tag, line, paint)))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn marked(tag: ChangeTag, line: &str, paint: Paint) -> String {
    match tag {
        ChangeTag::Equal => format!("  {line}"),
        ChangeTag::Delete => paint.look(Look::Red, format!("- {line}")),
        ChangeTag::Insert => paint.look(Look::Green, format!("+ {line}")),
    }
}

/// Runs as lines, one each.
pub(super) fn lines(runs: &[ScriptCall]) -> String {
    let mut lines = String::new();
    for run in runs {
        // Writing to a text cannot fail.
        let _ = writeln!(lines, "{run}");
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{Rows, unified};
    use crate::report::terminal::Paint;

    #[test]
    fn both_sides_and_what_they_share_are_told_apart() {
        assert_eq!(unified("a\nb\n", "b\nc\n", Rows::Shortened, Paint::plain()), ["- a", "  b", "+ c"]);
        assert_eq!(unified("", "c\n", Rows::Shortened, Paint::plain()), ["+ c"]);
    }

    #[test]
    fn the_middle_of_a_long_row_is_counted() {
        let text =
            |count: usize| (1..=count).fold(String::new(), |text, number| format!("{text}n{number}\n"));
        let shown = unified(&text(130), "n1\n", Rows::Shortened, Paint::plain());
        assert_eq!(
            shown,
            ["  n1", "- n2", "- n3", "- n4", "- ... 123 more such lines", "- n128", "- n129", "- n130"]
        );
        assert_eq!(unified(&text(130), "n1\n", Rows::Whole, Paint::plain()).len(), 130);
        assert_eq!(unified("", &text(7), Rows::Shortened, Paint::plain()).len(), 7);
    }
}
