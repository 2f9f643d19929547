//! Reads case files that are not in the catalogue. A word of a selection that ends in `.toml` is the path of such a
//! file.

use std::io;
use std::path::Path;

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
    #[error("{path}: {source}; give the path of a case file")]
    File {
        /// The path, as it was given.
        path: String,
        /// Why not.
        source: io::Error,
    },
    /// It holds a mistake.
    #[error(transparent)]
    Case(#[from] CaseFileError),
}

/// The paths among the words of a selection, and the other words.
pub fn separate(words: &[String]) -> (Vec<String>, Vec<String>) {
    words.iter().cloned().partition(|word| is_path(word))
}

/// The cases in these files. Each goes by its path, so that the command which repeats it can be given again.
///
/// # Errors
/// When a file cannot be read, or is no case.
pub fn read(paths: &[String], clauses: &[Clause]) -> Result<Vec<Case>, CannotRead> {
    paths
        .iter()
        .map(|path| {
            let text = regular::read_to_string(Path::new(path), MOST, Links::Followed)
                .map_err(|source| CannotRead::File { path: path.clone(), source })?;
            let name = if path.contains('/') { path.clone() } else { format!("./{path}") };
            Ok(case_reader::parse(&name, &text, clauses)?)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{read, separate};
    use crate::catalogue::clause;

    #[test]
    fn paths_are_told_from_other_words() {
        let words = ["MGR-3", "./a.toml", "toml", "b.toml"].map(str::to_owned);
        let (paths, others) = separate(&words);
        assert_eq!(paths, ["./a.toml", "b.toml"]);
        assert_eq!(others, ["MGR-3", "toml"]);
    }

    #[test]
    fn a_mistake_is_told_with_the_path_and_the_line() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("mine.toml").display().to_string();
        let clauses = clause::all().unwrap();
        assert!(read(std::slice::from_ref(&path), &clauses).unwrap_err().to_string().starts_with(&path));
        std::fs::write(&path, "title = \"x\"\nclause = []\n").unwrap();
        let message = read(std::slice::from_ref(&path), &clauses).unwrap_err().to_string();
        assert!(message.starts_with(&format!("{path}:2: ")), "{message}");
    }
}
