//! Runs the installed postfix(1) and postconf(1) with the recording postfix-script, in private namespaces that cover
//! the compiled-in configuration directory. The host's configuration, queues and log are out of reach.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use postfix_fakes::bytes::ByteString;

use super::here::Here;
use super::{Need, Testbed, TestbedError, run_command};
use crate::invocation::Invocation;
use crate::layout::{Draft, Layout};
use crate::outcome::{Ended, Outcome};
use crate::run_directory::RunDirectory;
use crate::supervisor::{
    self,
    request::{Cover, Surroundings},
};
use crate::world::{OWN_MULTI, Programs, World, WorldOptions};

/// The commands of the installed Postfix that a sandbox uses in place of the fakes.
pub(super) const REAL_COMMANDS: [&str; 2] = ["postfix", "postconf"];

/// The sandbox testbed on one installed Postfix.
#[derive(Debug)]
pub struct Sandbox {
    command_directory: PathBuf,
    compiled_in: OnceLock<CompiledIn>,
}

/// What the installed Postfix has compiled in.
#[derive(Clone, Debug)]
struct CompiledIn {
    config_directory: PathBuf,
    version: String,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::on(Path::new("/usr/sbin"))
    }
}

impl Sandbox {
    /// The sandbox on the Postfix whose commands are in this directory.
    pub fn on(command_directory: &Path) -> Self {
        Self { command_directory: command_directory.to_path_buf(), compiled_in: OnceLock::new() }
    }

    fn compiled_in(&self) -> &CompiledIn {
        self.compiled_in.get_or_init(|| CompiledIn {
            config_directory: PathBuf::from(
                self.default_of("config_directory").unwrap_or("/etc/postfix".to_owned()),
            ),
            version: self.default_of("mail_version").unwrap_or_default(),
        })
    }

    /// A compiled-in default, asked of the installed postconf(1) without any configuration.
    pub fn default_of(&self, parameter: &str) -> Option<String> {
        let output = Command::new(self.command_directory.join("postconf"))
            .env_clear()
            .args(["-dh", parameter])
            .current_dir("/")
            .output()
            .ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        Some(text.trim_end().to_owned()).filter(|text| !text.is_empty())
    }
}

/// Runs a command that must succeed and must be seen by the recording postfix-script, so that a sandbox that does
/// not work is told apart from a manager that does not.
pub(super) fn try_out(testbed: &dyn Testbed, run: &RunDirectory) -> Result<Option<Need>, TestbedError> {
    let layout =
        Layout::try_from(Draft::default()).map_err(|error| TestbedError::Broken(error.to_string()))?;
    let world = testbed.world(run, "trial", &layout, &ByteString::default())?;
    let outcome = match testbed.run(&world, &Invocation::postfix(&["check"])) {
        Err(TestbedError::Broken(reason)) => return Ok(Some(Need::Namespaces(reason))),
        other => other?,
    };
    if outcome.ended == Ended::Exited(0)
        && outcome.events.iter().any(|event| event.program == "postfix-script")
    {
        return Ok(None);
    }
    Err(TestbedError::Broken(format!(
        "postfix check in a sandbox: {}; {}",
        outcome.ended,
        String::from_utf8_lossy(&outcome.stderr).trim_end()
    )))
}

impl Testbed for Sandbox {
    fn name(&self) -> &'static str {
        "sandbox"
    }

    fn missing(&self, run: &RunDirectory) -> Result<Option<Need>, TestbedError> {
        if !cfg!(target_os = "linux") {
            return Ok(Some(Need::Linux));
        }
        for command in ["postfix", "postconf"] {
            let program = self.command_directory.join(command);
            if !program.is_file() {
                return Ok(Some(Need::Postfix(program.display().to_string())));
            }
        }
        let compiled_in = &self.compiled_in().config_directory;
        if !compiled_in.is_dir() {
            return Ok(Some(Need::Postfix(compiled_in.display().to_string())));
        }
        try_out(self, run)
    }

    fn world_options(&self, manager: &ByteString) -> WorldOptions {
        let compiled_in = self.compiled_in();
        let installed = REAL_COMMANDS
            .iter()
            .map(|name| (Path::new("usr/sbin").join(name), self.command_directory.join(name)))
            .filter(|(_, program)| program.is_file())
            .collect();
        WorldOptions {
            default_config_directory: Some(compiled_in.config_directory.clone()),
            postfix_version: compiled_in.version.clone(),
            installed,
            manager: manager.clone(),
            multi: OWN_MULTI.into(),
            settings: Vec::new(),
            programs: Programs::Fakes,
            host: None,
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
        let mut covers =
            vec![Cover { with: own.into(), at: self.compiled_in().config_directory.clone().into() }];
        // The host's mail log shall not hear of what happens in here.
        if let Ok(socket) = Path::new("/dev/log").canonicalize() {
            covers.push(Cover { with: ByteString::from("/dev/null"), at: socket.into() });
        }
        covers
    }
}
