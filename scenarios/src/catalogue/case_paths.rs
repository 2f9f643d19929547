//! Finds and reads case files that are not in the catalogue.
//! A word of a selection may be the path of such a file, or of a folder of them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use postfix_fakes::regular::{self, Links};

use crate::catalogue::case::Case;
use crate::catalogue::case_reader::{self, CaseFileError, is_path};
use crate::catalogue::clause::Clause;

/// How large a case file may be, in bytes: a thousand times what the longest has.
const MOST: u64 = 16 << 20;

/// Why a file is no case.
#[derive(Debug, thiserror::Error)]
pub enum CannotRead {
    /// It cannot be read.
    #[error("{path}: {source}; give the path of a case file, or of a folder of them")]
    File {
        /// The path, as it was given.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A folder without cases.
    #[error("{0}: this is a directory without case files (*.toml)")]
    Empty(String),
    /// A name that no report can have.
    #[error("{0:?}: give a case file a name in UTF-8")]
    Name(PathBuf),
    /// It is for another option.
    #[error(
        "{path}: this file has [[{table}]] tables and is no case; name it with {option}, and keep it apart from cases"
    )]
    Other {
        /// The path.
        path: String,
        /// What it has.
        table: &'static str,
        /// What takes it.
        option: &'static str,
    },
    /// It holds a mistake.
    #[error(transparent)]
    Case(#[from] CaseFileError),
}

/// Whether a word can be nothing but a path.
pub fn must_be_path(word: &str) -> bool {
    let begins = word.starts_with(['/']) || word.starts_with("./") || word.starts_with("../");
    begins || word == "." || word == ".." || is_path(word)
}

/// Whether the case of this name is the file, or in the folder, of this path.
pub fn is_at(path: &str, name: &str) -> bool {
    let path = case_name(path.trim_end_matches('/'));
    name == path || name.strip_prefix(&path).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether the case of this name is the file of this path.
pub fn is_case_at(path: &str, name: &str) -> bool {
    name == case_name(path)
}

/// The case files at a path: it, or those below it if it is a folder, by name.
///
/// # Errors
/// When a folder cannot be read, or has none.
pub fn files_at(path: &str) -> Result<Vec<String>, CannotRead> {
    if !Path::new(path).is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    collect(Path::new(path.trim_end_matches('/')), &mut found)?;
    found.sort();
    if found.is_empty() { Err(CannotRead::Empty(path.to_owned())) } else { Ok(found) }
}

fn collect(folder: &Path, found: &mut Vec<String>) -> Result<(), CannotRead> {
    let failed = |source| CannotRead::File { path: folder.to_path_buf(), source };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        // A link to a folder may lead back to where it is.
        if entry.file_type().map_err(failed)?.is_dir() {
            collect(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path.into_os_string().into_string().map_err(|name| CannotRead::Name(name.into()))?);
        }
    }
    Ok(())
}

/// The case in a file. It goes by its path, so that the command which repeats it can be given again.
///
/// # Errors
/// When the file cannot be read, or is no case.
pub fn read(path: &str, clauses: &[Clause]) -> Result<Case, CannotRead> {
    let text = regular::read_to_string(Path::new(path), MOST, Links::Followed)
        .map_err(|source| CannotRead::File { path: path.into(), source })?;
    case_reader::parse(&case_name(path), &text, clauses)
        .map_err(|error| other_file(path, &text).unwrap_or(error.into()))
}

/// Whether a value is written as `[[tables]]`.
fn is_of_tables(value: &toml::Value) -> bool {
    value.as_array().and_then(|list| list.first()).is_some_and(toml::Value::is_table)
}

/// What a file is, if it is no case but is known all the same.
fn other_file(path: &str, text: &str) -> Option<CannotRead> {
    let tables: toml::Table = toml::from_str(text).ok()?;
    let known = [("clause", "--clauses"), ("expected_failure", "--expected-failures")];
    let (table, option) = known.into_iter().find(|(name, _)| tables.get(*name).is_some_and(is_of_tables))?;
    Some(CannotRead::Other { path: path.to_owned(), table, option })
}

/// What the case at a path is called.
fn case_name(path: &str) -> String {
    if path.contains('/') || !is_path(path) { path.to_owned() } else { format!("./{path}") }
}

#[cfg(test)]
mod tests {
    use super::{files_at, is_at, is_case_at, must_be_path, read};
    use crate::catalogue::clause;

    #[test]
    fn paths_are_told_from_other_words() {
        for word in ["./a.toml", "b.toml", "./cases", "/cases", "../cases", "."] {
            assert!(must_be_path(word), "{word}");
        }
        for word in ["MGR-3", "toml", "manager/list-mixed", "manager", ""] {
            assert!(!must_be_path(word), "{word}");
        }
        assert!(is_at("a.toml", "./a.toml") && is_at("./mine/", "./mine/a.toml") && is_at(".", "./a.toml"));
        assert!(!is_at("./mine", "./miner/a.toml"));
        assert!(is_case_at("a.toml", "./a.toml") && !is_case_at("./mine", "./mine/a.toml"));
    }

    #[test]
    fn a_folder_has_the_case_files_below_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        assert!(files_at(&path("")).unwrap_err().to_string().contains("without case files"));
        std::fs::create_dir(path("deep")).unwrap();
        std::os::unix::fs::symlink(folder.path(), path("deep/back")).unwrap();
        for name in ["b.toml", "deep/a.toml", ".hidden.toml", "notes.md"] {
            std::fs::write(path(name), "").unwrap();
        }
        assert_eq!(files_at(&path("")).unwrap(), [path("b.toml"), path("deep/a.toml")]);
        assert_eq!(files_at("missing.toml").unwrap(), ["missing.toml"]);
    }

    #[test]
    fn a_mistake_is_told_with_the_path_and_the_line() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("mine.toml").display().to_string();
        let clauses = clause::all().unwrap();
        assert!(read(&path, &clauses).unwrap_err().to_string().starts_with(&path));
        std::fs::write(&path, "title = \"x\"\nclause = []\n").unwrap();
        let message = read(&path, &clauses).unwrap_err().to_string();
        assert!(message.starts_with(&format!("{path}:2:1: ")), "{message}");
        std::fs::write(&path, "[[clause]]\nid = \"OWN-1\"\n").unwrap();
        assert!(read(&path, &clauses).unwrap_err().to_string().contains("name it with --clauses"));
    }
}
