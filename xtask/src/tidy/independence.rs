//! The rule that keeps the judge apart from the judged: which crates must not meet in one dependency tree.
//!
//! A parser that the thing under test shares with the thing that tests it hides its own bugs. Knows the
//! crates' names, and nothing about what is in them.

use std::path::PathBuf;
use std::process::Stdio;

use super::file::File;
use super::finding::Finding;
use crate::workspace;

/// A crate that stands apart from others.
struct Apart {
    folder: &'static str,
    package: &'static str,
    /// Which of its dependencies count, as `cargo tree` calls them.
    edges: &'static str,
    from: &'static [&'static str],
}

/// A program's own dependencies, and those of its tests and its build script.
const ALL: &str = "normal,dev,build";

const APART: [Apart; 6] = [
    Apart {
        folder: "wrapper",
        package: "postfix-wrapper",
        edges: ALL,
        from: &["postfix-fakes", "postfix-harness", "postfix-random", "postfix-scenarios"],
    },
    // It runs as root: what its tests may use, it may not.
    Apart {
        folder: "wrapper",
        package: "postfix-wrapper",
        edges: "normal,build",
        from: &["postfix-process"],
    },
    Apart {
        folder: "fakes",
        package: "postfix-fakes",
        edges: ALL,
        from: &["postfix-wrapper", "postfix-harness", "postfix-random", "postfix-scenarios"],
    },
    Apart {
        folder: "harness/process",
        package: "postfix-process",
        edges: ALL,
        from: &["postfix-wrapper", "postfix-fakes", "postfix-harness", "postfix-random", "postfix-scenarios"],
    },
    Apart {
        folder: "harness",
        package: "postfix-harness",
        edges: ALL,
        from: &["postfix-wrapper", "postfix-random", "postfix-scenarios"],
    },
    Apart {
        folder: "harness/random",
        package: "postfix-random",
        edges: ALL,
        from: &["postfix-wrapper", "postfix-scenarios"],
    },
];

/// Asks Cargo for each tree. Needs all files, to name the line.
pub(super) fn of_the_crates(files: &[File]) -> Result<Vec<Finding>, String> {
    let mut findings = Vec::new();
    for apart in &APART {
        let tree = tree_of(apart)?;
        findings.extend(judge(apart, &tree, files));
    }
    Ok(findings)
}

/// Every package in a crate's tree, a line each.
fn tree_of(Apart { package, edges, .. }: &Apart) -> Result<String, String> {
    let output = workspace::cargo()
        .args(["tree", "--quiet", "-e", edges, "--prefix", "none", "-p", package])
        .current_dir(workspace::root())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot run cargo tree: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo tree -p {package} failed, see above"));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn judge(apart: &Apart, tree: &str, files: &[File]) -> Vec<Finding> {
    let packages: Vec<&str> = tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let manifest = PathBuf::from(apart.folder).join("Cargo.toml");
    let met = apart.from.iter().filter(|other| packages.contains(other));
    met.map(|other| {
        let line = files
            .iter()
            .find(|file| file.path == manifest)
            .and_then(|file| file.lines().find(|(_, line)| line.trim_start().starts_with(other)))
            .map_or(1, |(number, _)| number);
        let cure = format!("{} must not depend on {other}: repeat the few lines instead", apart.package);
        Finding::new(&manifest, line, "independence", cure)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::file::sample;
    use super::*;

    const TREE: &str = "postfix-wrapper v0.1.0 (/srv/clone/wrapper)\nnix v0.30.1\n";

    #[test]
    fn a_forbidden_dependency_is_found_with_its_line() {
        let manifest = sample("wrapper/Cargo.toml", "[dev-dependencies]\npostfix-fakes.workspace = true\n");
        let tree = format!("{TREE}postfix-fakes v0.1.0 (/srv/clone/fakes)\n");
        let findings = judge(&APART[0], &tree, &[manifest]);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].line, 2);
    }

    #[test]
    fn a_tree_without_them_is_fine() {
        assert_eq!(judge(&APART[0], TREE, &[]), []);
    }

    #[test]
    fn cargo_names_the_crate_itself_first() {
        for apart in &APART {
            let tree = tree_of(apart).unwrap();
            assert!(tree.starts_with(&format!("{} v", apart.package)), "{tree}");
        }
    }
}
