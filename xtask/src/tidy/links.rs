//! The rule about documents: what they point to in this tree is there.
//!
//! Knows how Markdown writes a link, and nothing about addresses on the network.

use std::path::{Component, Path, PathBuf};

use super::file::File;
use super::finding::Finding;

/// Every relative link of a Markdown file names a file or a folder of the tree. Needs all files.
pub(super) fn lead_somewhere(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.extension() == "md") {
        let folder = file.path.parent().unwrap_or(Path::new(""));
        for (number, line) in file.lines() {
            for target in targets(line).filter(|target| !exists(&folder.join(target), files)) {
                let cure = format!("`{target}` is not in the tree: mend the link");
                findings.push(Finding::new(&file.path, number, "dead-link", cure));
            }
        }
    }
    findings
}

/// The places in the tree that a line links to, without the heading behind a `#`.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let (target, _) = rest.split_once(')')?;
        let place = target.split('#').next()?;
        (!place.is_empty() && !target.contains("://") && !target.starts_with("mailto:")).then_some(place)
    })
}

fn exists(path: &Path, files: &[File]) -> bool {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if !plain.pop() => return false,
            Component::ParentDir | Component::CurDir => {}
            other => plain.push(other),
        }
    }
    files.iter().any(|file| file.path.starts_with(&plain))
}

#[cfg(test)]
mod tests {
    use super::super::file::sample;
    use super::*;

    #[test]
    fn a_link_to_nothing_is_found() {
        for bad in ["see [it](docs/gone.md)", "[a](LICENSE) and [b](gone.md#part)", "[up](../LICENSE)"] {
            let files = [sample("README.md", bad), sample("LICENSE", "")];
            assert_eq!(lead_somewhere(&files).len(), 1, "{bad}");
        }
    }

    #[test]
    fn links_to_files_folders_headings_and_the_network_are_fine() {
        let text =
            "[a](packagers.md#ship-it) [b](../LICENSE) [c](../docs/) [d](#here) [e](https://docs.rs/x)";
        let files = [sample("docs/a.md", text), sample("docs/packagers.md", ""), sample("LICENSE", "")];
        assert_eq!(lead_somewhere(&files), []);
    }
}
