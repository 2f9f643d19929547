//! The options of `postfix-conformance fidelity`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use postfix_harness::fidelity::Row;

use crate::commands::requirement::Requirement;

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
