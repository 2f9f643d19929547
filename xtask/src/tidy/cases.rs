//! The rule about case files: a report can say in a few words what each one shows.
//!
//! Knows the one key that it looks for. Everything else about cases is judged by the suite, which reads them.

use super::file::File;
use super::finding::Finding;

/// Every case below `scenarios/cases` has a title: the file's own, or that of each of its `[[case]]` tables.
pub(super) fn has_a_title(file: &File) -> Vec<Finding> {
    if !file.path.starts_with("scenarios/cases") || file.extension() != "toml" {
        return Vec::new();
    }
    let mut cases: Vec<usize> =
        file.lines().filter(|(_, line)| line.trim() == "[[case]]").map(|(number, _)| number).collect();
    if cases.is_empty() {
        cases.push(1);
    }
    let ends = cases.iter().skip(1).copied().chain([usize::MAX]);
    cases
        .iter()
        .zip(ends)
        .filter(|(begin, end)| {
            !file.lines().any(|(number, line)| (**begin..*end).contains(&number) && is_title(line))
        })
        .map(|(begin, _)| Finding::new(&file.path, *begin, "case-title", "give the case a `title = \"...\"`"))
        .collect()
}

/// Whether a line sets a title that is not empty.
fn is_title(line: &str) -> bool {
    let Some((key, value)) = line.split_once('=') else { return false };
    key.trim() == "title" && !value.trim().trim_matches(['"', '\'']).trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::file::sample;
    use super::*;

    #[test]
    fn a_case_without_title_is_found() {
        for bad in ["clause = \"MGR-1\"\n", "title = \"\"\n", "subtitle = \"no\"\n", ""] {
            assert_eq!(has_a_title(&sample("scenarios/cases/mgr.toml", bad)).len(), 1, "{bad:?}");
        }
        let second = "[[case]]\ntitle = \"one\"\n[[case]]\nid = 2\n";
        assert_eq!(has_a_title(&sample("scenarios/cases/mgr.toml", second))[0].line, 3);
    }

    #[test]
    fn titles_and_other_files_are_fine() {
        let both = "[[case]]\ntitle = \"one\"\n[[case]]\nid = 2\ntitle='two'\n";
        for good in ["title = \"stops in reverse\"\n", both] {
            assert_eq!(has_a_title(&sample("scenarios/cases/mgr/a.toml", good)), [], "{good}");
        }
        assert_eq!(has_a_title(&sample("scenarios/Cargo.toml", "")), []);
    }
}
