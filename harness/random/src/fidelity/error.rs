//! Says why the measure could not be taken.

use std::io;
use std::path::PathBuf;

use postfix_harness::testbed::{Need, PrepareError, TestbedError};

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
pub enum FidelityError {
    /// What the measure needs is not here.
    #[error("there is nothing to measure against: {0}")]
    Lacking(Need),
    /// A testbed does not do its work.
    #[error(transparent)]
    Testbed(#[from] TestbedError),
    /// Something of the system failed.
    #[error("{doing}: {source}")]
    System {
        /// What was tried.
        doing: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// A case could not be tried.
    #[error("{case}\n{source}")]
    Case {
        /// The case.
        case: String,
        /// Why not.
        source: Box<FidelityError>,
    },
    /// The file of accepted differences is malformed.
    #[error("the accepted differences: {0}")]
    Accepted(#[from] toml::de::Error),
    /// No case could be drawn.
    #[error("drawing a case: {0}")]
    Drawing(String),
    /// A thread has died.
    #[error("a thread of the measure has died")]
    Died,
}

/// Why a corpus cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// Its folder cannot be read.
    #[error("{}: {source}; name a folder that holds one folder for each configuration", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// There is nothing in it.
    #[error(
        "{}: there is no configuration; put the main.cf and the master.cf of each into a folder of its own in there",
        folder.display()
    )]
    Empty {
        /// The folder.
        folder: PathBuf,
    },
    /// A file in it cannot be read.
    #[error("{}: {source}; correct that, or take the file out of the corpus", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl From<PrepareError> for FidelityError {
    fn from(error: PrepareError) -> Self {
        match error {
            PrepareError::Lacking(need) => Self::Lacking(need),
            PrepareError::Testbed(error) => Self::Testbed(error),
        }
    }
}
