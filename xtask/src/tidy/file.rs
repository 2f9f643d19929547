//! Reads a file of the tree as the rules see it: a path and text.
//!
//! Knows nothing about rules.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// One file. Its path is relative to the root.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) path: PathBuf,
    /// Empty if the file is not text or an input for fuzzing, which may contain anything. Bytes that are not UTF-8 are
    /// replaced.
    pub(super) text: String,
}

impl File {
    /// The last part of the name after a dot, or nothing.
    pub(super) fn extension(&self) -> &str {
        self.path.extension().and_then(|extension| extension.to_str()).unwrap_or_default()
    }

    pub(super) fn is_rust(&self) -> bool {
        self.extension() == "rs"
    }

    pub(super) fn is_snapshot(&self) -> bool {
        self.extension() == "snap"
    }

    /// The file's name without its folders.
    pub(super) fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Lines with their numbers, counted from 1.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.split_terminator('\n').enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// Reads files below `root`. One that Git lists and that is gone, or is not a plain file, is left out.
pub(super) fn read_all(root: &Path, paths: &BTreeSet<PathBuf>) -> Result<Vec<File>, String> {
    let mut files = Vec::new();
    for path in paths {
        let place = root.join(path);
        match fs::symlink_metadata(&place) {
            Ok(found) if found.is_file() => {}
            Ok(_) => continue,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(format!("cannot look at {}: {error}", path.display())),
        }
        let bytes = fs::read(&place).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let text = if is_fuzz_input(path) { String::new() } else { as_text(&bytes) };
        files.push(File { path: path.clone(), text });
    }
    Ok(files)
}

fn is_fuzz_input(path: &Path) -> bool {
    path.starts_with("harness/fuzz/corpus") || path.starts_with("harness/fuzz/found")
}

fn as_text(bytes: &[u8]) -> String {
    if bytes.contains(&0) { String::new() } else { String::from_utf8_lossy(bytes).into_owned() }
}

#[cfg(test)]
pub(super) fn sample(path: &str, text: &str) -> File {
    File { path: PathBuf::from(path), text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_from_one() {
        let file = sample("a.rs", "one\ntwo\n");
        assert_eq!(file.lines().collect::<Vec<_>>(), [(1, "one"), (2, "two")]);
    }

    #[test]
    fn what_fuzzing_keeps_is_not_text() {
        assert!(is_fuzz_input(Path::new("harness/fuzz/corpus/main_cf/a")));
        assert!(is_fuzz_input(Path::new("harness/fuzz/found/main_cf/a")));
        assert!(!is_fuzz_input(Path::new("harness/fuzz/src/lib.rs")));
    }

    #[test]
    fn a_file_with_nul_is_not_text() {
        assert_eq!(as_text(b"a\0b"), "");
        assert_eq!(as_text(b"a\xffb"), "a\u{fffd}b");
    }
}
