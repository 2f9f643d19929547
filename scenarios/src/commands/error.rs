//! Why a command could not judge anything: one error for all commands. The program prints it and ends with 2.

use std::io;
use std::path::PathBuf;

use postfix_harness::run_directory::RunDirectoryError;
use postfix_harness::testbed::{Need, TestbedError};
use postfix_process::suite_command::suite_command;

use crate::catalogue::case_paths::CannotRead;
use crate::catalogue::clause::ClauseError;
use crate::catalogue::contents::CatalogueError;
use crate::catalogue::selection::NothingSelected;
use crate::catalogue::specification::SpecificationError;
#[cfg(feature = "measures")]
use crate::commands::measures::differential::CannotCompare;
#[cfg(feature = "measures")]
use crate::commands::measures::fidelity::measure::CannotMeasure;
#[cfg(feature = "measures")]
use crate::commands::measures::generate::error::CannotGenerate;
use crate::commands::options::requirement::UnknownRequirement;
use crate::commands::options::sharding::ShardError;
use crate::commands::report::CannotTell;
use crate::judge::expected_failures::ExpectedFailuresError;
use crate::report::formats::json::ReadError;
use crate::report::formats::outputs::CannotWrite;
use crate::report::terminal::StdoutError;
use crate::subject::faulty::{self, FaultyError};
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
        "there is nothing called {word:?} here{hint}; `{suite} self-test --list` has all, and with --testbed live all \
         multi-instance tools",
        hint = faulty::did_you_mean(.word),
        suite = suite_command()
    )]
    NoFaulty { word: String },
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
    #[error("{word} means {count} cases, and one case is judged again; `{suite} run {word}` judges all of them", suite = suite_command())]
    SeveralCases { word: String, count: usize },
    #[error(transparent)]
    Kept(#[from] CannotRead),
    #[error(transparent)]
    Clauses(#[from] ClauseError),
    #[error(transparent)]
    FailedIn(#[from] ReadError),
    #[error(
        "nothing that is selected failed in {}; judge without --failed-in",
        .0.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
    )]
    NothingFailed(Vec<PathBuf>),
    #[error(
        "--failed-in: this suite has no case {0}, so the report is of another one; judge with the suite that wrote it"
    )]
    NotInThisSuite(String),
    #[error("--write-expected-failures {0}: this file is there already; bring it up to date with --update")]
    ListExists(PathBuf),
    #[error("--reason is empty; say why these cases fail: it is what remains to be read later")]
    NoReason,
    #[error(
        "--write-expected-failures {0}: {1}; name a file in a folder that is there, and that you may write to"
    )]
    List(PathBuf, io::Error),
    #[error("cannot write {0}: {1}; give the path of a file that is not there yet")]
    NewCase(PathBuf, io::Error),
    #[error("{0}: this folder is not empty; name one that is empty or not there yet")]
    NotEmpty(PathBuf),
    #[error("cannot write {0}: {1}; name a folder that you may write to")]
    Export(PathBuf, io::Error),
    #[cfg(not(feature = "measures"))]
    #[error(
        "this suite was built without {0}; use one that was built with its default features, or with the feature measures"
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
    #[error("cannot wait for signals: {0}; end other programs, or raise the limit of threads")]
    Signals(io::Error),
    #[error(transparent)]
    Output(#[from] StdoutError),
    #[error(
        "the completions for {0} lack {1}, which has to be put right in them; this program was built wrongly"
    )]
    Completions(&'static str, &'static str),
}
