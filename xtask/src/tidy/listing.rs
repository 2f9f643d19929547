//! Lists the project's files: those that Git tracks, and those that it would track.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use crate::workspace;

/// The arguments after `ls-files` for each question put to Git.
const QUESTIONS: [&[&str]; 2] = [
    &["--cached", "--others", "--exclude-standard"],
    // Snapshots that wait to be accepted are ignored by Git, so that nobody commits them, and are exactly
    // what must not be overlooked. The build's own folders are left out.
    &["--others", "-x", "/target*", "--", "*.snap.new", "*.pending-snap"],
];

/// Paths relative to the root, each once.
pub(super) fn of_the_tree() -> Result<BTreeSet<PathBuf>, String> {
    let mut paths = BTreeSet::new();
    for question in QUESTIONS {
        let output = workspace::git()
            .args(["ls-files", "-z"])
            .args(question)
            .output()
            .map_err(|error| format!("git cannot be run: {error}"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("git ls-files failed: {}", said.lines().next().unwrap_or("it said nothing")));
        }
        paths.extend(split(&output.stdout));
    }
    Ok(paths)
}

fn split(answer: &[u8]) -> impl Iterator<Item = PathBuf> + '_ {
    answer
        .split(|byte| *byte == 0)
        .filter(|path| !path.is_empty())
        .map(|path| PathBuf::from(OsString::from_vec(path.to_vec())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_at_nul_and_kept_byte_for_byte() {
        let paths: Vec<_> = split(b"a b.rs\0c\nd.rs\0\xff.rs\0").collect();
        let last = PathBuf::from(OsString::from_vec(b"\xff.rs".to_vec()));
        assert_eq!(paths, [PathBuf::from("a b.rs"), PathBuf::from("c\nd.rs"), last]);
    }
}
