//! Why a command could not judge anything: one error for all commands. The program prints it and ends with 2.

use std::io;

use postfix_harness::run_directory::RunDirectoryError;
use postfix_harness::testbed::{Need, TestbedError};

use crate::catalogue::case_paths::CannotRead;
use crate::catalogue::contents::CatalogueError;
use crate::catalogue::selection::NothingSelected;
use crate::catalogue::specification::SpecificationError;
#[cfg(feature = "measures")]
use crate::commands::differential::CannotCompare;
#[cfg(feature = "measures")]
use crate::commands::fidelity::measure::CannotMeasure;
#[cfg(feature = "measures")]
use crate::commands::generate::error::CannotGenerate;
use crate::commands::report::CannotTell;
use crate::commands::requirement::UnknownRequirement;
use crate::commands::sharding::ShardError;
use crate::judge::expected_failures::ExpectedFailuresError;
use crate::report::formats::outputs::CannotWrite;
use crate::report::terminal::StdoutError;
use crate::subject::faulty::FaultyError;
use crate::subject::manager::ManagerError;
use crate::subject::multi_tool::MultiToolError;
use crate::subject::testbed_choice::Contradiction;

/// Why nothing could be judged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CannotJudge {
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error(transparent)]
    Selection(#[from] NothingSelected),
    #[error(transparent)]
    Shard(#[from] ShardError),
    #[error(transparent)]
    ExpectedFailures(#[from] ExpectedFailuresError),
    #[error(transparent)]
    Specification(#[from] SpecificationError),
    #[error(transparent)]
    Faulty(#[from] FaultyError),
    #[error(
        "there is nothing called {0:?} here; `postfix-conformance self-test --list` has all, and with --testbed \
         live all multi-instance tools"
    )]
    NoFaulty(String),
    #[error(
        "faulty managers and fakes are judged on the simulation, and faulty multi-instance tools where all of \
         Postfix is: leave out --testbed, or give --testbed live"
    )]
    FaultyElsewhere,
    #[error("cannot write the faulty scripts: {0}; name another directory with --work-dir or TMPDIR")]
    Script(io::Error),
    #[error(transparent)]
    Manager(#[from] ManagerError),
    #[error(transparent)]
    MultiTool(#[from] MultiToolError),
    #[error(transparent)]
    RunDirectory(#[from] RunDirectoryError),
    #[error("testbed {testbed}: {source}")]
    Testbed { testbed: &'static str, source: TestbedError },
    #[error("testbed {testbed} is required, and this machine cannot have it: {need}")]
    Lacking { testbed: &'static str, need: Need },
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
    #[error(transparent)]
    Requirement(#[from] UnknownRequirement),
    #[error("there is no case and no clause {0:?}; `postfix-conformance list` has the cases")]
    NothingToExplain(String),
    #[error("{clause} is a clause, and one case is judged again: {cases}; `run {clause}` judges all of them")]
    ClauseInPlaceOfCase { clause: String, cases: String },
    #[error("there is no case {0:?} to judge again; `postfix-conformance list` has the cases")]
    NoCase(String),
    #[error(transparent)]
    Kept(#[from] CannotRead),
    #[cfg(not(feature = "measures"))]
    #[error(
        "this suite was built without {0}; use \"cargo xtask conformance {0}\", or build it with its default features"
    )]
    BuiltWithout(&'static str),
    #[cfg(feature = "measures")]
    #[error(transparent)]
    Generate(#[from] CannotGenerate),
    #[cfg(feature = "measures")]
    #[error(transparent)]
    Measure(#[from] CannotMeasure),
    #[cfg(feature = "measures")]
    #[error(transparent)]
    Differential(#[from] CannotCompare),
    #[error(transparent)]
    Report(#[from] CannotWrite),
    #[error(transparent)]
    Tell(#[from] CannotTell),
    #[error(transparent)]
    Output(#[from] StdoutError),
    #[error(
        "the completions for {0} lack {1}, which has to be put right in them; this program was built wrongly"
    )]
    Completions(&'static str, &'static str),
}
