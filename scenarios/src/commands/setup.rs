//! The options that say where a command judges, and the testbed and run directory made from them.

use std::ffi::OsString;
use std::num::NonZero;
use std::path::PathBuf;

use clap::Args;
use postfix_fakes::version::PostfixVersion;
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::testbed::{Need, PrepareError};

use crate::catalogue::case::TimeoutFactor;
use crate::catalogue::clause::Level;
use crate::catalogue::testbed_name::TestbedName;
use crate::commands::error::CannotJudge;
use crate::commands::options::count::count;
use crate::commands::work_directory;
use crate::judge::judge_case::Kept;
use crate::judge::parallel;
use crate::report::replay_command::Replay;
use crate::subject::manager::Manager;
use crate::subject::multi_tool::MultiTool;
use crate::subject::testbed_choice::{Contradiction, PreparedTestbed, TestbedChoice};

/// Where to judge.
#[derive(Debug, Args)]
pub struct SetupOptions {
    /// The testbed to judge on
    #[arg(long, value_enum, default_value_t)]
    pub testbed: TestbedName,

    /// The Postfix that is simulated: a series from 3.4 to 3.12, or a release such as 3.7.11; with -debian behind it,
    /// as Debian builds it. For the testbeds container and live: the series of our own image [default: the newest]
    #[arg(long, value_name = "VERSION")]
    pub postfix_version: Option<PostfixVersion>,

    /// The image for the testbeds container and live: any that has a Postfix [default:
    /// localhost/postfix-conformance:SERIES, with the series of --postfix-version]
    #[arg(long, value_name = "REF")]
    pub image: Option<String>,

    /// The multi-instance tool that cases call as `multi_tool`: ours, postmulti, faulty:NAME, or the path of a program
    /// in the image [default: ours]
    #[arg(long, value_name = "PROGRAM")]
    pub multi_tool: Option<OsString>,

    /// The directory for worlds, on a file system that programs may be run on [default: TMPDIR, or /dev/shm if it can be
    /// used and nothing is kept, or /tmp]
    #[arg(long, value_name = "DIRECTORY")]
    pub work_dir: Option<PathBuf>,

    /// Make every time limit F times as long, for a slow machine [default: 1]
    #[arg(long, value_name = "F")]
    pub timeout_factor: Option<TimeoutFactor>,

    /// How many cases to judge at a time [default: twice the number of processors]
    #[arg(long, short, value_name = "N", value_parser = count::<NonZero<usize>>)]
    pub jobs: Option<NonZero<usize>>,
}

/// Where a command judges.
pub(crate) struct Setup<T = PreparedTestbed> {
    /// The testbed.
    pub(crate) testbed: T,
    /// The multi-instance tool under judgement there.
    pub(crate) multi_tool: MultiTool,
    /// The run directory.
    pub(crate) run: RunDirectory,
    /// How many cases are judged at a time.
    pub(crate) jobs: NonZero<usize>,
    /// By how much every time limit is longer.
    pub(crate) factor: Option<TimeoutFactor>,
}

impl SetupOptions {
    /// Makes the setup. What this machine lacks for the testbed takes its place.
    pub(crate) fn prepare(&self, keep: Kept) -> Result<Setup<Result<PreparedTestbed, Need>>, CannotJudge> {
        let multi_tool = MultiTool::from_option(self.multi_tool.as_deref())?;
        if !multi_tool.is_own() && self.testbed != TestbedName::Live {
            return Err(Contradiction::ToolOfNothing.into());
        }
        let choice = TestbedChoice::of(self.testbed, self.postfix_version, self.image.as_deref())?;
        let run = work_directory::create(self.work_dir.as_deref(), keep)?;
        let testbed = match choice.prepare(&run) {
            // A tool is judged only if nothing is replaced.
            Ok(PreparedTestbed::Live(live)) => {
                let program = multi_tool.program(&run).map_err(CannotJudge::Script)?;
                Ok(PreparedTestbed::Live(live.for_multi(program)))
            }
            Ok(testbed) => Ok(testbed),
            Err(PrepareError::Lacking(need)) => Err(need),
            Err(PrepareError::Testbed(source)) => {
                return Err(CannotJudge::Testbed { testbed: self.testbed.name(), source });
            }
        };
        let jobs = self.jobs.unwrap_or_else(parallel::usual_jobs);
        Ok(Setup { testbed, multi_tool, run, jobs, factor: self.timeout_factor })
    }

    /// Makes the setup. A testbed that this machine cannot have is an error: there would be nothing to show.
    pub(crate) fn make(&self, keep: Kept) -> Result<Setup, CannotJudge> {
        let Setup { testbed, multi_tool, run, jobs, factor } = self.prepare(keep)?;
        let lacking = |need| CannotJudge::Lacking { testbed: self.testbed.name(), need };
        Ok(Setup { testbed: testbed.map_err(lacking)?, multi_tool, run, jobs, factor })
    }

    /// The command that judges a case again with this manager and tool, where failures count up to the level `last`.
    pub(crate) fn replay(&self, manager: &Manager, multi_tool: &MultiTool, last: Level) -> Replay {
        let usual = Level::usually_last(manager.is_own() && multi_tool.is_own());
        Replay::new(self.testbed.name(), self.postfix_version, self.image.as_deref(), manager)
            .with_multi_tool(multi_tool)
            .with_timeout_factor(self.timeout_factor)
            .with_level(last, usual)
    }
}
