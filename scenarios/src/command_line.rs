//! The command line of postfix-conformance. Knows what may be said, not what comes of it.

use std::ffi::OsString;
use std::num::NonZero;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use postfix_fakes::version::PostfixVersion;

use crate::commands::compare::CompareOptions;
use crate::commands::coverage::CoverageOptions;
use crate::commands::mutants::MutantsOptions;
use crate::commands::replay::ReplayOptions;
use crate::extent::ExtentOptions;
use crate::measure_options::{DifferentialOptions, DrawOptions};
use crate::report::options::{ReportCommand, ReportOptions};

/// Judges a Postfix multi-instance manager by postfix-wrapper(5).
#[derive(Debug, Parser)]
#[command(
    name = "postfix-conformance",
    version,
    after_help = "Exit status: 0 all that was judged conforms, 1 something does not, 2 nothing could be judged."
)]
pub struct CommandLine {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Judge a manager
    Run(RunOptions),
    /// Tell reports again, and several as one
    ///
    /// Exit status: that of the runs, the worst of them; 2 where reports cannot be read or contradict each other.
    Report(ReportCommand),
    /// List the cases: name, level, clauses, title
    List {
        /// Only these: cases, parts of their names, sections, levels, clauses or families of clauses
        filter: Vec<String>,
    },
    /// Judge several managers, and show clauses by managers
    ///
    /// Exit status: 0 all of them conform, 1 one does not, 2 something could not be judged.
    Compare(CompareOptions),
    /// Judge one case and tell all about it
    ///
    /// Exit status: 0 it passes, 1 it fails, 2 it could not be judged.
    Replay(ReplayOptions),
    /// Show what postfix-wrapper(5) says, section by section, and which clauses and cases judge it
    ///
    /// Exit status: 0 all of it is judged, 1 something is not.
    Coverage(CoverageOptions),
    /// Judge managers and stand-ins that are wrong on purpose: each must fail where it is wrong
    ///
    /// With --testbed live it is multi-instance tools that are judged, in containers; that takes minutes.
    ///
    /// Exit status: 0 each does and no reference manager fails beside it, 1 otherwise, 2 nothing could be judged.
    Mutants(MutantsOptions),
    /// Explain a case or a clause
    Explain {
        /// Its name or id
        name: String,
    },
    /// Compare our multi-instance tool with postmulti(1), by sequences of commands in containers
    ///
    /// Exit status: 0 no difference that is not accepted, 1 there are some, 2 nothing could be compared.
    Differential(DifferentialOptions),
    /// Print what makes a shell complete command lines of this program
    ///
    /// For bash: `postfix-conformance completions bash >/usr/share/bash-completion/completions/postfix-conformance`.
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Measure how far the simulated Postfix is from the installed one
    ///
    /// Exit status: 0 no unexplained difference, 1 there are some, 2 nothing could be measured.
    Fidelity(FidelityOptions),
}

/// A shell that completions can be printed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// bash
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
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

/// How to judge.
#[derive(Debug, Args)]
pub struct RunOptions {
    /// Only these: cases, parts of their names, sections, levels, clauses or families of clauses; or case files,
    /// by paths that end in `.toml`
    pub filter: Vec<String>,

    /// Drawn cases in place of written ones.
    #[command(flatten)]
    pub drawn: DrawOptions,

    /// The manager to judge: ours, shell or postmulti (as installed), example (of postfix-wrapper(5)), or a value
    /// of `multi_instance_wrapper`, arguments included [default: ours]
    #[arg(long, value_name = "VALUE", allow_hyphen_values = false)]
    pub manager: Option<OsString>,

    /// The multi-instance tool that cases call as `multi`: ours, postmulti, zoo:NAME, or the path of a program in the image
    /// [default: ours]
    #[arg(long, value_name = "PROGRAM")]
    pub multi: Option<OsString>,

    /// Where to judge it
    #[arg(long, value_enum, default_value_t)]
    pub testbed: TestbedName,

    /// The Postfix version that the simulation behaves as, or that is in the container: 3.5, 3.7, 3.10 or 3.11
    /// [default: the newest]
    #[arg(long, value_name = "SERIES")]
    pub postfix_version: Option<PostfixVersion>,

    /// The image for the testbeds container and live: any that has a Postfix [default: the one that `cargo xtask images`
    /// builds of --postfix-version]
    #[arg(long, value_name = "REF")]
    pub image: Option<String>,
    /// How much is judged, and what may fail
    #[command(flatten)]
    pub extent: ExtentOptions,

    /// Leave the worlds of the judged cases, and say where they are
    #[arg(long)]
    pub keep: bool,

    /// Let failures of robust cases count for any manager, not only for our own
    #[arg(long)]
    pub strict: bool,

    /// Fail, with exit status 2, where this machine lacks that for the testbed [also: the variable
    /// `POSTFIX_CONFORMANCE_REQUIRE`]
    #[arg(long, value_name = "NEED", value_enum)]
    pub require: Vec<Requirement>,

    /// Where to make worlds; a file system that programs may be run on [default: TMPDIR,
    /// or /dev/shm where that will do and nothing is kept, or /tmp]
    #[arg(long, value_name = "DIRECTORY")]
    pub work_dir: Option<PathBuf>,

    /// How many cases to judge at a time [default: twice the number of processors]
    #[arg(long, short, value_name = "N")]
    pub jobs: Option<NonZero<usize>>,

    /// How to tell what came of it
    #[command(flatten)]
    pub report: ReportOptions,
}

/// A testbed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TestbedName {
    /// Stand-ins alone: no root, no Postfix
    #[default]
    Simulated,
    /// The installed postfix(1) and postconf(1), in private namespaces
    Sandbox,
    /// The postfix(1) and postconf(1) of an image, in a container
    Container,
    /// All of an image's Postfix, its daemons running, in a container for each case
    Live,
}

/// Something that a testbed needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Requirement {
    /// All of the following
    All,
    /// An installed Postfix
    Postfix,
    /// Private namespaces
    Namespaces,
    /// Linux
    Linux,
    /// A container engine and the image
    Containers,
}
