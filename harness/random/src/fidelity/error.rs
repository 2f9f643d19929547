//! Says why the measure could not be taken.

use std::io;

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

impl From<PrepareError> for FidelityError {
    fn from(error: PrepareError) -> Self {
        match error {
            PrepareError::Lacking(need) => Self::Lacking(need),
            PrepareError::Testbed(error) => Self::Testbed(error),
        }
    }
}
