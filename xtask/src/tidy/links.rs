//! The rules about documents: what they point to in this tree is there, and each one can be found.
//!
//! Knows how Markdown writes a link and a heading, and nothing about addresses on the network.

use std::path::{Component, Path, PathBuf};

use super::file::File;
use super::finding::Finding;

/// Every relative link of a Markdown file names a file or a folder of the tree, and a heading that it has. Needs all
/// files.
pub(super) fn lead_somewhere(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.extension() == "md") {
        let folder = file.path.parent().unwrap_or(Path::new(""));
        for (number, line) in file.lines() {
            for (target, heading) in targets(line) {
                let place = if target.is_empty() { plain(&file.path) } else { plain(&folder.join(target)) };
                let is_there =
                    place.is_some_and(|place| exists(&place, files) && has(&place, heading, files));
                if !is_there {
                    let mark = if heading.is_empty() { "" } else { "#" };
                    let cure = format!("`{target}{mark}{heading}` is not in the tree: mend the link");
                    findings.push(Finding::new(&file.path, number, "dead-link", cure));
                }
            }
        }
    }
    findings
}

/// The index of documents names each of them. Needs all files.
pub(super) fn name_each_document(files: &[File]) -> Vec<Finding> {
    let Some(index) = files.iter().find(|file| file.path == Path::new(INDEX)) else { return Vec::new() };
    let named: Vec<&str> =
        index.lines().flat_map(|(_, line)| targets(line)).map(|(target, _)| target).collect();
    files
        .iter()
        .filter(|file| file.extension() == "md" && file.path.parent() == index.path.parent())
        .filter(|file| file.path != index.path && !named.contains(&file.name().as_str()))
        .map(|file| Finding::new(&file.path, 1, "unnamed-document", format!("name it in {INDEX}")))
        .collect()
}

/// The index of documents.
const INDEX: &str = "docs/README.md";

/// The places in the tree that a line links to, each with the heading behind a `#`.
fn targets(line: &str) -> impl Iterator<Item = (&str, &str)> {
    line.split("](").skip(1).filter_map(|rest| {
        let (target, _) = rest.split_once(')')?;
        let (place, heading) = target.split_once('#').unwrap_or((target, ""));
        let is_here = !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:");
        is_here.then_some((place, heading))
    })
}

/// Whether a Markdown file has this heading. Other files have lines, and are not looked at.
fn has(place: &Path, heading: &str, files: &[File]) -> bool {
    let file = files.iter().find(|file| file.path == place && file.extension() == "md");
    heading.is_empty()
        || file.is_none_or(|file| {
            file.lines()
                .any(|(_, line)| line.starts_with('#') && anchor(line.trim_start_matches('#')) == heading)
        })
}

/// What a heading is called in a link: small letters, and a dash for each blank.
fn anchor(heading: &str) -> String {
    let kept = |letter: &char| letter.is_alphanumeric() || "-_ ".contains(*letter);
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter(kept)
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .collect()
}

/// A path without `.` and `..`, or nothing if it leads out of the tree.
fn plain(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if !plain.pop() => return None,
            Component::ParentDir | Component::CurDir => {}
            other => plain.push(other),
        }
    }
    Some(plain)
}

fn exists(place: &Path, files: &[File]) -> bool {
    files.iter().any(|file| file.path.starts_with(place))
}

#[cfg(test)]
mod tests {
    use super::super::file::sample;
    use super::*;

    #[test]
    fn a_link_to_nothing_is_found() {
        for bad in [
            "see [it](docs/gone.md)",
            "[a](LICENSE) and [b](gone.md#part)",
            "[up](../LICENSE)",
            "# Here\n[a](#there)",
            "# Here\n[a](README.md#her)",
        ] {
            let files = [sample("README.md", bad), sample("LICENSE", "")];
            assert_eq!(lead_somewhere(&files).len(), 1, "{bad}");
        }
    }

    #[test]
    fn links_to_files_folders_headings_and_the_network_are_fine() {
        let text = "# Here, `too`\n[a](packagers.md#ship-it) [b](../LICENSE#L3) [c](../docs/) [d](#here-too) [e](https://docs.rs/x)";
        let packagers = sample("docs/packagers.md", "## Ship it\n");
        let files = [sample("docs/a.md", text), packagers, sample("LICENSE", "")];
        assert_eq!(lead_somewhere(&files), []);
    }

    #[test]
    fn a_document_that_the_index_does_not_name_is_found() {
        let index = sample(INDEX, "[a](a.md)");
        let files = [index, sample("docs/a.md", ""), sample("docs/b.md", ""), sample("README.md", "")];
        let findings = name_each_document(&files);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].file, Path::new("docs/b.md"));
    }
}
