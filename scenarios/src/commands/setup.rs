//! Where a command judges: the testbed, the run directory, how many cases at a time. Knows nothing of what is
//! judged there.

use std::ffi::OsString;
use std::num::NonZero;
use std::path::PathBuf;

use clap::Args;
use postfix_fakes::version::PostfixVersion;
use postfix_harness::run_directory::RunDirectory;

use crate::catalogue::testbed_name::TestbedName;
use crate::commands::error::CannotJudge;
use crate::commands::work_directory;
use crate::judge::judge_case::Kept;
use crate::judge::parallel;
use crate::report::replay_command::Replay;
use crate::report::terminal::Colour;
use crate::subject::manager::Manager;
use crate::subject::multi_tool::Multi;
use crate::subject::testbed_choice::Place;

/// Where, and how it is shown.
#[derive(Debug, Args)]
pub struct PlaceOptions {
    /// Where to judge
    #[arg(long, value_enum, default_value_t)]
    pub testbed: TestbedName,

    /// The Postfix version that the simulation behaves as: 3.5, 3.7, 3.10 or 3.11 [default: the newest]
    #[arg(long, value_name = "SERIES")]
    pub postfix_version: Option<PostfixVersion>,

    /// The image for the testbeds container and live [default: the one of --postfix-version]
    #[arg(long, value_name = "REF")]
    pub image: Option<String>,

    /// The multi-instance tool, as `run` takes it [default: ours]
    #[arg(long, value_name = "PROGRAM")]
    pub multi: Option<OsString>,

    /// Where to make worlds [default: TMPDIR, or /dev/shm where that will do, or /tmp]
    #[arg(long, value_name = "DIRECTORY")]
    pub work_dir: Option<PathBuf>,

    /// How many cases to judge at a time [default: twice the number of processors]
    #[arg(long, short, value_name = "N")]
    pub jobs: Option<NonZero<usize>>,

    /// When to use colours
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Colour,
}

/// A place that works, and where its worlds are made.
pub(crate) struct Site {
    /// The place.
    pub(crate) place: Place,
    /// The multi-instance tool under judgement there.
    pub(crate) multi: Multi,
    /// The run directory.
    pub(crate) run: RunDirectory,
    /// How many cases are judged at a time.
    pub(crate) jobs: NonZero<usize>,
}

impl PlaceOptions {
    /// Makes the site. A testbed that this machine cannot have is an error: there would be nothing to show.
    pub(crate) fn make(&self) -> Result<Site, CannotJudge> {
        let multi = Multi::from_option(self.multi.as_deref())?;
        let place = Place::of(self.testbed, self.postfix_version, self.image.as_deref())?;
        let run = work_directory::create(self.work_dir.as_deref(), Kept::No)?;
        let place = place.with_multi(&multi, &run).map_err(CannotJudge::Script)?;
        let name = place.testbed().name();
        let missing =
            place.testbed().missing(&run).map_err(|source| CannotJudge::Testbed { testbed: name, source })?;
        match missing {
            Some(need) => Err(CannotJudge::Lacking { testbed: name, need }),
            None => Ok(Site { place, multi, run, jobs: self.jobs.unwrap_or_else(parallel::usual_jobs) }),
        }
    }

    /// The command that judges a case again with this manager.
    pub(crate) fn replay(&self, site: &Site, manager: &Manager) -> Replay {
        Replay::new(site.place.testbed().name(), self.postfix_version, self.image.as_deref(), manager)
            .with_multi(&site.multi)
    }
}
