//! Defines the options of the commands that draw at random.
//! A suite that is built without these commands has the options, too, and says what to use instead.

use std::num::NonZero;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
#[cfg(feature = "measures")]
use postfix_random::fidelity::case::Row;

use crate::commands::options::count::count;
use crate::commands::options::requirement::Requirement;

/// Which cases to generate.
#[derive(Clone, Debug, Args)]
pub struct DrawOptions {
    /// Judge N random cases instead of the written ones; print each that fails as a case file
    #[arg(
        long,
        value_name = "N",
        value_parser = count::<NonZero<u64>>,
        conflicts_with_all = ["filter", "skip", "failed_in", "clauses", "repeat", "keep", "verbose"]
    )]
    pub generate: Option<NonZero<u64>>,

    /// The seed of the random cases: the same seed gives the same cases
    #[arg(long, value_name = "S", default_value_t = 1, requires = "generate")]
    pub seed: u64,
}

/// How to compare.
#[derive(Debug, Args)]
pub struct DifferentialOptions {
    /// How many sequences to carry out
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub cases: u64,

    /// The number of the first sequence, to continue an earlier run
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub first: u64,

    /// The seed of the random sequences: the same seed gives the same sequences
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,

    /// The image: 3.5, 3.7, 3.10 and 3.11 are our own, localhost/postfix-conformance:SERIES
    #[arg(long, value_name = "REF", default_value = "3.11")]
    pub image: String,

    /// How many containers work at a time
    #[arg(long, short, value_name = "N", default_value_t = 12)]
    pub jobs: u64,

    /// Carry out one sequence, as it was printed with a difference
    #[arg(long, value_name = "SEQUENCE")]
    pub replay: Option<String>,

    /// The directory that containers share [default: TMPDIR, or /dev/shm if it can be used, or /tmp]
    #[arg(long, value_name = "DIRECTORY")]
    pub work_dir: Option<PathBuf>,

    /// Which part of the sequences to carry out in the container that this runs in already
    #[arg(long, hide = true)]
    pub part: Option<u64>,
}

/// How to measure.
#[derive(Debug, Args)]
pub struct FidelityOptions {
    /// How many calls of postconf(1) to try; of the other kinds there are fewer, in proportion
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub cases: usize,

    /// The seed of the random cases: the same seed gives the same cases
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,

    /// Only cases of this kind
    #[arg(long, value_name = "KIND", value_enum)]
    pub only: Vec<RowName>,

    /// Try the questions and edits on your own configurations instead of random ones: those in FOLDER/*/main.cf and
    /// FOLDER/*/master.cf
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["cases", "seed", "only", "replay", "speed"])]
    pub corpus: Option<PathBuf>,

    /// Try one case, as it was printed with a difference
    #[arg(long, value_name = "CASE")]
    pub replay: Option<String>,

    /// Time the simulated programs beside the installed ones instead, and print ratios
    #[arg(long, conflicts_with_all = ["replay", "only"])]
    pub speed: bool,

    /// Measure in a container of this image, against the Postfix installed there; 3.5, 3.7, 3.10 and 3.11 are our own
    /// images, localhost/postfix-conformance:SERIES
    #[arg(long, value_name = "REF")]
    pub image: Option<String>,

    /// The image that this is measured in already
    #[arg(long, hide = true, conflicts_with = "image")]
    pub measured_in: Option<String>,

    /// What must not be missing; for containers, which do not get the variable
    #[arg(long, value_name = "NEED", value_enum, hide = true)]
    pub require: Vec<Requirement>,

    /// The directory for worlds [default: TMPDIR, or /dev/shm if it can be used, or /tmp]
    #[arg(long, value_name = "DIRECTORY")]
    pub work_dir: Option<PathBuf>,
}

/// A kind of case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RowName {
    /// Calls of postconf(1)
    Postconf,
    /// Calls of postfix(1)
    Postfix,
    /// Sequences of commands
    Sequence,
    /// Calls of the other programs
    Programs,
    /// Calls of postfix(1) with its own scripts
    Scripts,
}

#[cfg(feature = "measures")]
impl From<RowName> for Row {
    fn from(name: RowName) -> Self {
        match name {
            RowName::Postconf => Self::Postconf,
            RowName::Postfix => Self::Postfix,
            RowName::Sequence => Self::Sequence,
            RowName::Programs => Self::Programs,
            RowName::Scripts => Self::Scripts,
        }
    }
}
