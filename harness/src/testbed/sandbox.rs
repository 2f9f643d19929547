//! Runs the installed postfix(1) and postconf(1) with the recording postfix-script, in private namespaces.
//! The namespaces cover the compiled-in configuration directory. The host's configuration, queues and log are out of
//! reach.

use std::path::{Path, PathBuf};
use std::process::Command;

use postfix_fakes::bytes::ByteString;
use postfix_fakes::version::Build;

use super::here::Here;
use super::{COMMAND_DIRECTORY, Need, PrepareError, Testbed, TestbedError, build, installed, run_command};
use crate::invocation::Invocation;
use crate::layout::{Draft, Layout};
use crate::outcome::{Ended, Outcome};
use crate::run_directory::RunDirectory;
use crate::supervisor::{
    self,
    request::{Cover, Surroundings},
};
use crate::world::{World, WorldOptions};

/// The commands of the installed Postfix that a sandbox uses in place of the fakes.
pub(super) const REAL_COMMANDS: [&str; 2] = ["postfix", "postconf"];

/// The sandbox testbed on the installed Postfix.
#[derive(Debug)]
pub struct Sandbox {
    config_directory: PathBuf,
    postfix: Build,
}

/// A compiled-in default, asked of the installed postconf(1) without any configuration.
pub fn compiled_in(parameter: &str) -> Option<String> {
    let output = Command::new(Path::new(COMMAND_DIRECTORY).join("postconf"))
        .env_clear()
        .args(["-dh", parameter])
        .current_dir("/")
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim_end().to_owned()).filter(|text| !text.is_empty())
}

/// Runs a command that must succeed and must be seen by the recording postfix-script, so that a sandbox that does
/// not work is told apart from a manager that does not.
pub(super) fn try_out(testbed: &dyn Testbed, run: &RunDirectory) -> Result<(), PrepareError> {
    let layout =
        Layout::try_from(Draft::default()).map_err(|error| TestbedError::Broken(error.to_string()))?;
    let world = testbed.world(run, "trial", &layout, &ByteString::default())?;
    let outcome = match testbed.run(&world, &Invocation::postfix(&["check"])) {
        Err(TestbedError::Broken(reason)) => return Err(Need::Namespaces(reason).into()),
        other => other?,
    };
    if outcome.ended == Ended::Exited(0)
        && outcome.events.iter().any(|event| event.program == "postfix-script")
    {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&outcome.stderr);
    let what = format!("postfix check in a sandbox: {}; {}", outcome.ended, said.trim_end());
    Err(TestbedError::Broken(what).into())
}

impl Testbed for Sandbox {
    fn world_options(&self, manager: &ByteString) -> WorldOptions {
        WorldOptions {
            default_config_directory: Some(self.config_directory.clone()),
            installed: installed(&REAL_COMMANDS),
            ..WorldOptions::with_fakes(self.postfix.clone(), manager)
        }
    }

    fn run(&self, world: &World, invocation: &Invocation) -> Result<Outcome, TestbedError> {
        run_command::run(
            world,
            invocation,
            supervisor::SANDBOX_NAME,
            Surroundings { covers: self.covers(world), ..Surroundings::default() },
            &Here,
        )
    }
}

impl Sandbox {
    /// Looks for the installed Postfix, and runs a command with it.
    ///
    /// # Errors
    /// When this machine lacks something, or the sandbox does not work.
    pub fn prepare(run: &RunDirectory) -> Result<Self, PrepareError> {
        if !cfg!(target_os = "linux") {
            return Err(Need::Linux.into());
        }
        if let Some((_, program)) = installed(&REAL_COMMANDS).iter().find(|(_, program)| !program.is_file()) {
            return Err(Need::Postfix(program.display().to_string()).into());
        }
        let default_of = |parameter: &str| {
            let silent =
                || TestbedError::Broken(format!("the installed postconf has no default {parameter}"));
            compiled_in(parameter).ok_or_else(silent)
        };
        let config_directory = PathBuf::from(default_of("config_directory")?);
        if !config_directory.is_dir() {
            return Err(Need::Postfix(config_directory.display().to_string()).into());
        }
        let sandbox = Self { config_directory, postfix: build(default_of)? };
        try_out(&sandbox, run)?;
        Ok(sandbox)
    }

    /// Runs a command with more covers, all accounts, and nothing but the world to write to.
    ///
    /// # Errors
    /// When the testbed does not do its work.
    pub fn run_readonly(
        &self,
        world: &World,
        invocation: &Invocation,
        more: Vec<Cover>,
    ) -> Result<Outcome, TestbedError> {
        let covers = self.covers(world).into_iter().chain(more).collect();
        let only_writable = Some(world.root().to_path_buf().into());
        let surroundings = Surroundings { covers, only_writable, ..Surroundings::default() };
        run_command::run(world, invocation, supervisor::SANDBOX_NAME, surroundings, &Here)
    }

    fn covers(&self, world: &World) -> Vec<Cover> {
        let own = world.config_directory_below_root(world.layout().default_instance());
        let mut covers = vec![Cover { with: own.into(), at: self.config_directory.clone().into() }];
        // The host's mail log shall not hear of what happens in here.
        if let Ok(socket) = Path::new("/dev/log").canonicalize() {
            covers.push(Cover { with: ByteString::from("/dev/null"), at: socket.into() });
        }
        covers
    }
}
