//! Why generated cases could not be judged.

use crate::catalogue::case_reader::CaseFileError;
use crate::catalogue::case_writer::CaseTextError;
use crate::commands::options::sharding::ShardError;
use crate::report::formats::outputs::CannotWrite;
use crate::report::terminal::StdoutError;

/// Why drawn cases could not be judged.
#[derive(Debug, thiserror::Error)]
pub enum CannotGenerate {
    /// Expected failures, which name written cases.
    #[error(
        "--expected-failures names written cases, and those that --generate draws have no names that it could list: \
         leave it out, or keep what is found as a case file and judge that"
    )]
    ExpectedFailures,
    /// No case for this share.
    #[error(transparent)]
    Shard(#[from] ShardError),
    /// A case file that was just written is wrong.
    #[error("a case file that was just written cannot be read: {0}; please report it, with the seed")]
    Unreadable(#[from] CaseFileError),
    /// A report cannot be written.
    #[error(transparent)]
    Report(#[from] CannotWrite),
    /// A drawn case has no text.
    #[error(transparent)]
    Text(#[from] CaseTextError),
    /// Standard output.
    #[error(transparent)]
    Output(#[from] StdoutError),
}
