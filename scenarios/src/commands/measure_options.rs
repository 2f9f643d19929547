//! Defines the options of the commands that draw at random. A suite that is built without these commands has the options,
//! too, and says what to use instead.

use std::num::NonZero;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
#[cfg(feature = "measures")]
use postfix_random::fidelity::case::Row;

use crate::commands::requirement::Requirement;

/// What to draw.
#[derive(Clone, Debug, Args)]
pub struct DrawOptions {
    /// Judge N cases that are drawn at random, in place of the written ones; print what fails as a case file
    #[arg(long, value_name = "N", conflicts_with_all = ["filter", "keep", "verbose"])]
    pub generate: Option<NonZero<u64>>,

    /// What they are drawn from: the same seed draws the same cases
    #[arg(long, value_name = "S", default_value_t = 1, requires = "generate")]
    pub seed: u64,
}

/// How to compare.
#[derive(Debug, Args)]
pub struct DifferentialOptions {
    /// How many sequences to carry out
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub cases: u64,

    /// The number of the first, to go on where an earlier run has ended
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub first: u64,

    /// What they are drawn from: the same seed draws the same sequences
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,

    /// The image: 3.5, 3.7, 3.10 and 3.11 are those of `cargo xtask images`
    #[arg(long, value_name = "REF", default_value = "3.11")]
    pub image: String,

    /// How many containers work at a time
    #[arg(long, short, value_name = "N", default_value_t = 12)]
    pub jobs: u64,

    /// Carry out one sequence, as it was printed with a difference
    #[arg(long, value_name = "SEQUENCE")]
    pub replay: Option<String>,

    /// Where to put what containers share [default: TMPDIR, or /dev/shm where that will do, or /tmp]
    #[arg(long, value_name = "DIRECTORY")]
    pub work_dir: Option<PathBuf>,

    /// Which part of the sequences to carry out in the container that this runs in already
    #[arg(long, hide = true)]
    pub part: Option<u64>,
}

/// How to measure.
#[derive(Debug, Args)]
pub struct FidelityOptions {
    /// How many calls of postconf(1) to try; for every twenty three of postfix(1), and one of
    /// each other kind
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub cases: usize,

    /// What the cases are drawn from: the same seed draws the same cases
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,

    /// Only cases of this kind
    #[arg(long, value_name = "KIND", value_enum)]
    pub only: Vec<RowName>,

    /// Try one case, as it was printed with a difference
    #[arg(long, value_name = "CASE")]
    pub replay: Option<String>,

    /// Time the simulated programs beside the installed ones instead, and print ratios
    #[arg(long, conflicts_with_all = ["replay", "only"])]
    pub speed: bool,

    /// Measure in a container of this image, against the Postfix installed there; 3.5, 3.7, 3.10 and 3.11 are the
    /// images of `cargo xtask images`
    #[arg(long, value_name = "REF")]
    pub image: Option<String>,

    /// The image that this is measured in already
    #[arg(long, hide = true, conflicts_with = "image")]
    pub measured_in: Option<String>,

    /// What must not be missing, where the variable does not reach
    #[arg(long, value_name = "NEED", value_enum, hide = true)]
    pub require: Vec<Requirement>,

    /// Where to make worlds [default: TMPDIR, or /dev/shm where that will do, or /tmp]
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
