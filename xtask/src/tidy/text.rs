//! Rules about any text: blanks at line ends, the last newline, marks of unfinished work.

use super::file::File;
use super::finding::Finding;

/// Marks of work left for later. Put together here so that this file does not carry them.
const UNFINISHED: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")];

/// Snapshots hold what a program printed, blanks included.
pub(super) fn has_no_trailing_blanks(file: &File) -> Vec<Finding> {
    if file.is_snapshot() {
        return Vec::new();
    }
    let cure = "remove the blanks at the line's end";
    Finding::in_lines(file, "trailing-blank", cure, |line| line.ends_with([' ', '\t', '\r']))
}

/// A last line without newline is joined to whatever is appended.
pub(super) fn ends_with_a_newline(file: &File) -> Vec<Finding> {
    if file.text.is_empty() || file.text.ends_with('\n') {
        return Vec::new();
    }
    vec![Finding::new(&file.path, file.lines().count(), "final-newline", "end the file with a newline")]
}

/// What is in the tree is done; what is not done is not in the tree.
pub(super) fn is_finished(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        for mark in UNFINISHED {
            if has_word(line, mark) {
                let cure = format!("`{mark}`: do it now, or describe the limit in a document");
                findings.push(Finding::new(&file.path, number, "unfinished", cure));
            }
        }
    }
    findings
}

/// Whether a line holds a word, not only its letters within a longer one.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::super::file::sample;
    use super::*;

    #[test]
    fn blanks_at_line_ends_are_found() {
        let findings = has_no_trailing_blanks(&sample("a.md", "good\nbad \nbad\t\nbad\r\n"));
        assert_eq!(findings.iter().map(|finding| finding.line).collect::<Vec<_>>(), [2, 3, 4]);
        assert_eq!(has_no_trailing_blanks(&sample("a.md", " good\n\n")), []);
        assert_eq!(has_no_trailing_blanks(&sample("a.snap", "as printed \n")), []);
    }

    #[test]
    fn the_last_line_ends_too() {
        assert_eq!(ends_with_a_newline(&sample("a.md", "one\ntwo"))[0].line, 2);
        assert_eq!(ends_with_a_newline(&sample("a.md", "one\n")), []);
        assert_eq!(ends_with_a_newline(&sample("a.md", "")), []);
    }

    #[test]
    fn marks_of_unfinished_work_are_found_as_words() {
        for mark in UNFINISHED {
            assert_eq!(is_finished(&sample("a.rs", &format!("fine\n// {mark}: later\n")))[0].line, 2);
        }
        let template = "mktemp -d /tmp/ci.XXXXXX\n";
        assert_eq!(is_finished(&sample("run", template)), []);
    }
}
