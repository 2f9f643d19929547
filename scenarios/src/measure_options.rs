//! Defines the options of the commands that draw at random. A suite that is built without these commands has the options,
//! too, and says what to use instead.

use std::num::NonZero;
use std::path::PathBuf;

use clap::Args;

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
