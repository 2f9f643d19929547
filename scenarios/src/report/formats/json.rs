//! Writes a report as JSON, and reads it back. `schema/report-1.json` describes it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use postfix_fakes::regular::{self, Links};
use serde::{Deserialize, Serialize};

use crate::judge::result::Counts;
use crate::report::model::{CaseRecord, ClauseRecord, Document, FORMAT, RunRecord, VERSION};
use crate::report::run_summary::{Conclusion, RunSummary};
use crate::report::tally::ClauseCounts;

/// The JSON Schema of a report.
pub const SCHEMA: &str = include_str!("../../../schema/report-1.json");

/// How large a report may be that is read back, in bytes: a hundred times what a run of all cases writes.
const MOST: u64 = 512 << 20;

/// A report as it is written: with what its runs come to, for readers that do not count. Who reads it back counts again.
#[derive(Serialize)]
struct Written<'a> {
    format: &'a str,
    version: u32,
    suite: &'a str,
    conclusion: Conclusion,
    clauses: &'a [ClauseRecord],
    cases: &'a [CaseRecord],
    runs: Vec<WrittenRun<'a>>,
}

#[derive(Serialize)]
struct WrittenRun<'a> {
    #[serde(flatten)]
    run: &'a RunRecord,
    summary: WrittenSummary,
}

#[derive(Serialize)]
struct WrittenSummary {
    conclusion: Conclusion,
    verdict: String,
    missing: Vec<String>,
    cases: Counts,
    counted_clauses: ClauseCounts,
}

impl From<RunSummary> for WrittenSummary {
    fn from(summary: RunSummary) -> Self {
        Self {
            conclusion: summary.conclusion(),
            verdict: summary.verdict(),
            missing: summary.gaps.iter().map(ToString::to_string).collect(),
            cases: summary.tally.total,
            counted_clauses: summary.tally.counted_clauses(),
        }
    }
}

/// Writes a report: one line.
///
/// # Errors
/// When it cannot be written.
pub fn write(out: &mut dyn Write, document: &Document) -> io::Result<()> {
    let summaries = RunSummary::of_each(document);
    let written = Written {
        format: &document.format,
        version: document.version,
        suite: &document.suite,
        conclusion: Conclusion::of_all(&summaries),
        clauses: &document.clauses,
        cases: &document.cases,
        runs: document
            .runs
            .iter()
            .zip(summaries)
            .map(|(run, summary)| WrittenRun { run, summary: summary.into() })
            .collect(),
    };
    let mut text = serde_json::to_vec(&written)?;
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

#[cfg(test)]
mod tests {
    use postfix_fakes::version::{Build, Vendor};
    use serde_json::Value;

    use super::{FORMAT, SCHEMA, VERSION, write};
    use crate::catalogue::clause::Level;
    use crate::catalogue::testbed_name::TestbedName;
    use crate::judge::verdict::VerdictName;
    use crate::report::model::{Document, PartRecord, ResultRecord, RunRecord, ShardRecord, WholeRecord};
    use crate::report::replay_command::Replay;
    use crate::report::run_head::head;
    use crate::subject::manager::Manager;

    /// A run that has whatever a run can have.
    fn full() -> RunRecord {
        let manager = Manager::own();
        let replay = Replay::new("simulated", None, None, &manager);
        let build = Build { mail_version: "3.99.1".to_owned(), vendor: Vendor::default() };
        let worlds = Some("/w".to_owned());
        let mut head = head(TestbedName::Simulated, Some(&build), &manager, Level::Robust, &replay, worlds);
        head.multi_tool = Some("t".to_owned());
        head.generates = Some("g".to_owned());
        assert!(head.judged_as.is_some());
        let part = PartRecord {
            begun: head.begun.clone(),
            took: 1,
            selection: vec!["MGR".to_owned()],
            shard: Some(ShardRecord { number: 1, of: 2 }),
            whole: Some(WholeRecord { cases: 2, digest: "d".to_owned() }),
            program: Some("p".to_owned()),
            cases: 1,
            interrupted: Some("SIGINT".to_owned()),
            unjudged: vec!["a/b".to_owned()],
        };
        let result = ResultRecord {
            case: "a/c".to_owned(),
            verdict: VerdictName::Skipped,
            reason: Some("r".to_owned()),
            expected_failure: Some("e".to_owned()),
            took: 1,
            world: Some("/w/0".to_owned()),
            seen: Vec::new(),
        };
        RunRecord { head, took: 1, parts: vec![part], results: vec![result] }
    }

    #[test]
    fn the_schema_has_whatever_a_run_can_have() {
        let document = Document {
            format: FORMAT.to_owned(),
            version: VERSION,
            suite: "1".to_owned(),
            clauses: Vec::new(),
            cases: Vec::new(),
            runs: vec![full()],
        };
        let mut text = Vec::new();
        write(&mut text, &document).unwrap();
        let (schema, report): (Value, Value) =
            (serde_json::from_str(SCHEMA).unwrap(), serde_json::from_slice(&text).unwrap());
        let validator = jsonschema::validator_for(&schema).unwrap();
        let complaints: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
        assert_eq!(complaints, Vec::<String>::new());
        assert_eq!(report["conclusion"], "incomplete");
        let again: Document = serde_json::from_slice(&text).unwrap();
        assert_eq!(again, document);
    }
}
