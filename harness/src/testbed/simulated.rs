//! The simulated testbed: stand-ins only. Needs neither root nor a Postfix.

use postfix_fakes::bytes::ByteString;
use postfix_fakes::version::PostfixVersion;

use super::{Need, Testbed, TestbedError, launch};
use crate::invocation::Invocation;
use crate::outcome::Outcome;
use crate::run_directory::RunDirectory;
use crate::supervisor;
use crate::supervisor::request::Surroundings;
use crate::world::{Ground, OWN_MULTI, Programs, World};

/// The simulated testbed.
#[derive(Clone, Copy, Debug)]
pub struct Simulated {
    /// The Postfix version that its stand-ins simulate.
    pub version: PostfixVersion,
}

impl Default for Simulated {
    fn default() -> Self {
        Self { version: PostfixVersion::NEWEST }
    }
}

impl Testbed for Simulated {
    fn name(&self) -> &'static str {
        "simulated"
    }

    fn missing(&self, _run: &RunDirectory) -> Result<Option<Need>, TestbedError> {
        Ok(None)
    }

    fn ground(&self, manager: &ByteString) -> Ground {
        Ground {
            default_config_directory: None,
            postfix_version: self.version.full().to_owned(),
            installed: Vec::new(),
            manager: manager.clone(),
            multi: OWN_MULTI.into(),
            settings: Vec::new(),
            programs: Programs::StandIns,
            host: None,
        }
    }

    fn run(&self, world: &World, invocation: &Invocation) -> Result<Outcome, TestbedError> {
        launch::run(world, invocation, supervisor::NAME, Surroundings::default(), &launch::Here)
    }
}
