//! Writes a report as JSON, and reads it back. `schema/report-1.json` describes it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use postfix_fakes::regular::{self, Links};
use serde::Deserialize;

use crate::report::model::{Document, FORMAT, VERSION};

/// The JSON Schema of a report.
pub const SCHEMA: &str = include_str!("../../../schema/report-1.json");

/// How large a report may be that is read back, in bytes: a hundred times what a run of all cases writes.
const MOST: u64 = 512 << 20;

/// Writes a report: one line.
///
/// # Errors
/// When it cannot be written.
pub fn write(out: &mut dyn Write, document: &Document) -> io::Result<()> {
    let mut text = serde_json::to_vec(document)?;
    text.push(b'\n');
    out.write_all(&text)?;
    out.flush()
}

/// Why a file is no report that can be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It cannot be read.
    #[error("{path}: {source}; name a file that `run --json FILE` has written")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It is something else.
    #[error(
        "{}: this is no report of postfix-conformance: {what}; make one with `run --json FILE`",
        place(.path, .at.as_ref())
    )]
    NoReport {
        /// The file.
        path: PathBuf,
        /// Line and column, counted from 1, if one is known.
        at: Option<(usize, usize)>,
        /// What is wrong.
        what: String,
    },
    /// It is of another version.
    #[error(
        "{path}: a report of version {found}, and this program reads version {VERSION}; make it again with the \
         postfix-conformance that is to read it, or read it with the one that made it"
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// It contradicts itself.
    #[error("{path}: {what}; the file was changed, make it again with `run --json FILE`")]
    Contradiction {
        /// The file.
        path: PathBuf,
        /// How.
        what: String,
    },
}

fn place(path: &Path, at: Option<&(usize, usize)>) -> String {
    let path = path.display();
    at.map_or_else(|| path.to_string(), |(line, column)| format!("{path}:{line}:{column}"))
}

/// Enough of a report to tell whether the rest can be understood.
#[derive(Deserialize)]
struct Label {
    format: String,
    version: u32,
}

/// Reads a report.
///
/// # Errors
/// When the file cannot be read, or holds no report of this version.
pub fn read(path: &Path) -> Result<Document, ReadError> {
    let file = |source| ReadError::File { path: path.to_path_buf(), source };
    let no_report = |error: serde_json::Error| {
        let at = (error.line() > 0).then(|| (error.line(), error.column()));
        // It says itself where, in words that are ours to say.
        let what = error.to_string();
        let what = what.split(" at line ").next().unwrap_or_default().to_owned();
        ReadError::NoReport { path: path.to_path_buf(), at, what }
    };
    let text = regular::read(path, MOST, Links::Followed).map_err(file)?;
    let label: Label = serde_json::from_slice(&text).map_err(no_report)?;
    if label.format != FORMAT {
        let what = format!("its format is {:?}, not {FORMAT:?}", label.format);
        return Err(ReadError::NoReport { path: path.to_path_buf(), at: None, what });
    }
    if label.version != VERSION {
        return Err(ReadError::Version { path: path.to_path_buf(), found: label.version });
    }
    let document: Document = serde_json::from_slice(&text).map_err(no_report)?;
    let stranger =
        document.runs.iter().flat_map(|run| &run.results).find(|one| document.case(&one.case).is_none());
    match stranger {
        Some(result) => {
            let what = format!("it has a result of {}, and no such case", result.case);
            Err(ReadError::Contradiction { path: path.to_path_buf(), what })
        }
        None => Ok(document),
    }
}
