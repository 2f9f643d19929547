//! A simulated Postfix with one faulty fake: a script in its place, which may call the right one.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use postfix_fakes::bytes::ByteString;
use postfix_harness::invocation::Invocation;
use postfix_harness::layout::Layout;
use postfix_harness::outcome::Outcome;
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::testbed::simulated::Simulated;
use postfix_harness::testbed::{Testbed, TestbedError};
use postfix_harness::world::{World, WorldOptions};

/// Where a fake lies whose place a script has taken.
const ASIDE: &str = "behind";

/// The simulation with one broken fake.
#[derive(Clone, Debug)]
pub struct FaultyFake {
    /// The simulation.
    pub simulated: Simulated,
    /// The program that is broken: its path below a world's root.
    pub program: PathBuf,
    /// What takes its place.
    pub script: PathBuf,
}

impl FaultyFake {
    fn break_in(&self, run: &RunDirectory, root: &Path) -> io::Result<()> {
        let aside = root.join(ASIDE);
        fs::create_dir(&aside)?;
        run.link_program(&aside.join(self.program.file_name().unwrap_or_default()))?;
        let place = root.join(&self.program);
        fs::remove_file(&place)?;
        symlink(&self.script, &place)
    }
}

impl Testbed for FaultyFake {
    fn world_options(&self, manager: &ByteString) -> WorldOptions {
        self.simulated.world_options(manager)
    }

    fn run(&self, world: &World, invocation: &Invocation) -> Result<Outcome, TestbedError> {
        self.simulated.run(world, invocation)
    }

    fn world(
        &self,
        run: &RunDirectory,
        name: &str,
        layout: &Layout,
        manager: &ByteString,
    ) -> Result<World, TestbedError> {
        let world = self.simulated.world(run, name, layout, manager)?;
        let doing = || format!("breaking {}", self.program.display());
        self.break_in(run, world.root()).map_err(|source| TestbedError::System { doing: doing(), source })?;
        Ok(world)
    }
}
