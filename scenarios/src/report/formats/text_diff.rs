//! Compares two texts line by line.

use std::fmt::Write as _;

use postfix_harness::journal::ScriptCall;
use similar::{ChangeTag, TextDiff};

use crate::report::terminal::{Look, Paint};

/// The lines of both: ` ` in both, `-` only expected, `+` only seen.
pub(super) fn unified(expected: &str, seen: &str, paint: Paint) -> Vec<String> {
    TextDiff::from_lines(expected, seen)
        .iter_all_changes()
        .map(|change| {
            let line = change.value().trim_end_matches('\n');
            match change.tag() {
                ChangeTag::Equal => format!("  {line}"),
                ChangeTag::Delete => paint.look(Look::Red, format!("- {line}")),
                ChangeTag::Insert => paint.look(Look::Green, format!("+ {line}")),
            }
        })
        .collect()
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
    use super::unified;
    use crate::report::terminal::Paint;

    #[test]
    fn both_sides_and_what_they_share_are_told_apart() {
        assert_eq!(unified("a\nb\n", "b\nc\n", Paint::plain()), ["- a", "  b", "+ c"]);
        assert_eq!(unified("", "c\n", Paint::plain()), ["+ c"]);
    }
}
