//! Computes the difference between two texts, in the format of `diff -u`.
//!
//! Knows nothing of what the texts are.

use std::fmt::Write as _;

use crate::os::printable::printable_bytes;

/// How many lines that are the same are shown around those that are not.
const CONTEXT: usize = 3;

/// How many pairs of lines are compared at most, beside those that are the same at both ends: 64 MiB.
const MOST_PAIRS: usize = 1 << 24;

/// A line, and where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DiffLine<'a> {
    Both(&'a [u8]),
    Old(&'a [u8]),
    New(&'a [u8]),
}

/// The difference, with a heading for each of both texts; nothing if they are the same.
pub(crate) fn unified(old: &[u8], new: &[u8], old_name: &str, new_name: &str) -> String {
    let (old, new) = (split(old), split(new));
    let Some(lines) = compare(&old, &new) else {
        let (head, [old, new]) = differing(&old, &new);
        let (from, old, new) = (head + 1, old.len(), new.len());
        return format!(
            "--- {old_name}\n+++ {new_name}\n@@ {old} lines from line {from} on are replaced by {new}: too many to \
             compare @@\n"
        );
    };
    let changed: Vec<usize> =
        (0..lines.len()).filter(|at| !matches!(lines[*at], DiffLine::Both(_))).collect();
    let mut text = String::new();
    if changed.is_empty() {
        return text;
    }
    // Writing to a string cannot fail, here and below.
    let _ = write!(text, "--- {old_name}\n+++ {new_name}\n");
    let mut rest = changed.as_slice();
    while let Some(first) = rest.first() {
        // Changes whose surroundings touch are shown together.
        let apart = rest.windows(2).position(|pair| pair[1] - pair[0] - 1 > 2 * CONTEXT);
        let (together, behind) = rest.split_at(apart.map_or(rest.len(), |at| at + 1));
        let last = together.last().unwrap_or(first);
        let begin = first.saturating_sub(CONTEXT);
        let end = (last + CONTEXT + 1).min(lines.len());
        hunk(&lines, begin, end, &mut text);
        rest = behind;
    }
    text
}

fn hunk(lines: &[DiffLine<'_>], begin: usize, end: usize, text: &mut String) {
    let count = |lines: &[DiffLine<'_>], of_old: bool| {
        let counts = |line: &&DiffLine<'_>| match line {
            DiffLine::Both(_) => true,
            DiffLine::Old(_) => of_old,
            DiffLine::New(_) => !of_old,
        };
        lines.iter().filter(counts).count()
    };
    let side = |of_old: bool| {
        let (above, here) = (count(&lines[..begin], of_old), count(&lines[begin..end], of_old));
        // A part without lines is named by the line in front of it.
        let start = if here == 0 { above } else { above + 1 };
        if here == 1 { format!("{start}") } else { format!("{start},{here}") }
    };
    let _ = writeln!(text, "@@ -{} +{} @@", side(true), side(false));
    for line in &lines[begin..end] {
        let (sign, line) = match line {
            DiffLine::Both(line) => (' ', line),
            DiffLine::Old(line) => ('-', line),
            DiffLine::New(line) => ('+', line),
        };
        text.push(sign);
        text.push_str(&printable_bytes(line).replace("\\011", "\t"));
        text.push('\n');
    }
}

fn split(text: &[u8]) -> Vec<&[u8]> {
    text.strip_suffix(b"\n")
        .unwrap_or(text)
        .split(|byte| *byte == b'\n')
        .filter(|_| !text.is_empty())
        .collect()
}

/// How many lines are the same at the beginning, and the lines of both behind these and in front of those that are the
/// same at the end.
fn differing<'t, 'a>(old: &'t [&'a [u8]], new: &'t [&'a [u8]]) -> (usize, [&'t [&'a [u8]]; 2]) {
    let shorter = old.len().min(new.len());
    let head = (0..shorter).take_while(|at| old[*at] == new[*at]).count();
    let tail =
        (0..shorter - head).take_while(|at| old[old.len() - 1 - at] == new[new.len() - 1 - at]).count();
    (head, [&old[head..old.len() - tail], &new[head..new.len() - tail]])
}

/// All lines of both, in order, with as many in common as possible; nothing if too many would have to be compared.
fn compare<'a>(old: &[&'a [u8]], new: &[&'a [u8]]) -> Option<Vec<DiffLine<'a>>> {
    let (head, [old_middle, new_middle]) = differing(old, new);
    let middle = middle(old_middle, new_middle)?;
    let mut lines: Vec<DiffLine<'a>> = old[..head].iter().map(|line| DiffLine::Both(line)).collect();
    lines.extend(middle);
    lines.extend(old[head + old_middle.len()..].iter().map(|line| DiffLine::Both(line)));
    Some(lines)
}

/// The same for the parts that differ at both ends, by the longest common subsequence.
fn middle<'a>(old: &[&'a [u8]], new: &[&'a [u8]]) -> Option<Vec<DiffLine<'a>>> {
    let width = new.len() + 1;
    let pairs = (old.len() + 1).checked_mul(width).filter(|pairs| *pairs <= MOST_PAIRS)?;
    // How many lines are in common from here on, for each pair of places.
    let mut common = vec![0_u32; pairs];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            common[a * width + b] = if old[a] == new[b] {
                common[(a + 1) * width + b + 1] + 1
            } else {
                common[(a + 1) * width + b].max(common[a * width + b + 1])
            };
        }
    }
    let (mut a, mut b) = (0, 0);
    let mut lines = Vec::new();
    while a < old.len() || b < new.len() {
        if a < old.len() && b < new.len() && old[a] == new[b] {
            lines.push(DiffLine::Both(old[a]));
            (a, b) = (a + 1, b + 1);
        } else if b == new.len()
            // Without the old line as much is in common as with it.
            || (a < old.len() && common[(a + 1) * width + b] == common[a * width + b])
        {
            lines.push(DiffLine::Old(old[a]));
            a += 1;
        } else {
            lines.push(DiffLine::New(new[b]));
            b += 1;
        }
    }
    Some(lines)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_the_same_has_no_difference() {
        assert_eq!(unified(b"a\nb\n", b"a\nb\n", "x", "y"), "");
        assert_eq!(unified(b"", b"", "x", "y"), "");
    }

    #[test]
    fn changes_are_shown_with_their_surroundings() {
        let old = (1..=20).map(|number| number.to_string()).collect::<Vec<_>>().join("\n") + "\n";
        let new = old.replace("\n3\n", "\nthree\n").replace("\n17\n", "\n17\nmore\n");
        insta::assert_snapshot!(unified(old.as_bytes(), new.as_bytes(), "old", "new"));
    }

    #[test]
    fn changes_are_together_where_their_surroundings_touch() {
        let hunks = |between: usize| {
            let same = "same\n".repeat(between);
            let (old, new) = (format!("a\n{same}b\n"), format!("x\n{same}y\n"));
            unified(old.as_bytes(), new.as_bytes(), "old", "new").matches("@@ -").count()
        };
        assert_eq!([hunks(5), hunks(6), hunks(7)], [1, 1, 2]);
    }

    #[test]
    fn as_much_as_can_be_is_in_common() {
        let changed = |old: &str, new: &str| {
            let text = unified(old.as_bytes(), new.as_bytes(), "old", "new");
            text.lines().skip(3).map(str::to_owned).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(changed("a\nb\nc\nd\n", "b\nc\nd\ne\n"), "-a  b  c  d +e");
        assert_eq!(changed("b\nc\nd\ne\n", "a\nb\nc\nd\n"), "+a  b  c  d -e");
        assert_eq!(changed("a\nb\nx\nc\n", "x\na\nb\ny\n"), "+x  a  b -x -c +y");
        assert_eq!(changed("a\n", "b\nc\n"), "-a +b +c");
    }

    #[test]
    fn a_single_line_is_named_alone() {
        assert_eq!(unified(b"a\n", b"b\n", "x", "y"), "--- x\n+++ y\n@@ -1 +1 @@\n-a\n+b\n");
        assert_eq!(unified(b"", b"a\n", "x", "y"), "--- x\n+++ y\n@@ -0,0 +1 @@\n+a\n");
    }

    #[test]
    fn a_new_text_begins_at_nothing() {
        assert_eq!(unified(b"", b"a\nb\n", "x", "y"), "--- x\n+++ y\n@@ -0,0 +1,2 @@\n+a\n+b\n");
    }

    #[test]
    fn what_is_too_much_to_compare_is_counted() {
        let lines = |word: &str, count: usize| format!("same\n{}end\n", format!("{word}\n").repeat(count));
        let shown = |old: usize, new: usize| {
            unified(lines("old", old).as_bytes(), lines("new", new).as_bytes(), "x", "y")
        };
        let told = |old: usize, new: usize| {
            format!(
                "--- x\n+++ y\n@@ {old} lines from line 2 on are replaced by {new}: too many to compare @@\n"
            )
        };
        assert_eq!(shown(100_000, 100_000), told(100_000, 100_000));
        assert_eq!(shown(4096, 4096), told(4096, 4096));
        assert_eq!(shown(4095, 4095).lines().count(), 2 + 1 + 2 * 4095 + 2);
        assert_eq!(shown(0, 100_000).lines().count(), 2 + 1 + 100_000 + 2);
    }

    /// How many lines two texts can have in common, by trying everything.
    fn most_in_common(old: &[&[u8]], new: &[&[u8]]) -> usize {
        match (old.split_first(), new.split_first()) {
            (Some((first, old)), Some((other, new))) if first == other => 1 + most_in_common(old, new),
            (Some((_, old_rest)), Some((_, new_rest))) => {
                most_in_common(old_rest, new).max(most_in_common(old, new_rest))
            }
            _ => 0,
        }
    }

    proptest! {
        #[test]
        fn no_two_texts_could_have_more_in_common(
            old in proptest::collection::vec("[abc]", 0..9),
            new in proptest::collection::vec("[abc]", 0..9),
        ) {
            let (old, new) = (old.join("\n"), new.join("\n"));
            let (old, new) = (split(old.as_bytes()), split(new.as_bytes()));
            let lines = compare(&old, &new).unwrap();
            let both = lines.iter().filter(|line| matches!(line, DiffLine::Both(_))).count();
            prop_assert_eq!(both, most_in_common(&old, &new));
        }

        #[test]
        fn both_texts_can_be_had_from_the_difference(
            old in proptest::collection::vec("[abc]?", 0..12),
            new in proptest::collection::vec("[abc]?", 0..12),
        ) {
            let bytes = |lines: &[String]| lines.iter().flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect::<Vec<_>>();
            let (old, new) = (bytes(&old), bytes(&new));
            let lines = compare(&split(&old), &split(&new)).unwrap();
            let of = |want_old: bool| lines.iter().filter_map(|line| match line {
                DiffLine::Both(line) => Some(*line),
                DiffLine::Old(line) => want_old.then_some(*line),
                DiffLine::New(line) => (!want_old).then_some(*line),
            }).collect::<Vec<_>>();
            prop_assert_eq!(of(true), split(&old));
            prop_assert_eq!(of(false), split(&new));
        }
    }
}
