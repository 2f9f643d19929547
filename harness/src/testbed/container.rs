//! Runs the sandbox in an image of another Postfix.
//! Worlds are made here, in a directory that the container shares, and their commands run in the container; one
//! container serves a whole run.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use postfix_fakes::bytes::ByteString;
use postfix_fakes::version::Build;

use super::run_command::{Launcher, Started};
use super::sandbox::{REAL_COMMANDS, try_out};
use super::{COMMAND_DIRECTORY, Need, PrepareError, Testbed, TestbedError, build, installed, run_command};
use crate::container::Image;
use crate::container::remote::Remote;
use crate::invocation::Invocation;
use crate::outcome::Outcome;
use crate::run_directory::RunDirectory;
use crate::supervisor;
use crate::supervisor::request::{Cover, Request, Surroundings};
use crate::world::{World, WorldOptions};

/// How long a question to the image's own programs may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// The container testbed on one image: a container that serves, and what its Postfix has compiled in.
#[derive(Debug)]
pub struct ContainerTestbed {
    remote: Remote,
    config_directory: PathBuf,
    postfix: Build,
}

impl ContainerTestbed {
    /// Starts a container of the image of this name, and runs a command in it.
    ///
    /// # Errors
    /// When there is no engine or no image, or the container does not work.
    pub fn prepare(image: &str, run: &RunDirectory) -> Result<Self, PrepareError> {
        let image = Image::find(image).map_err(Need::from)?;
        let remote = Remote::start(&image, run).map_err(Need::from)?;
        let config_directory = PathBuf::from(compiled_in(&image, &remote, run, "config_directory")?);
        let postfix = build(|parameter| compiled_in(&image, &remote, run, parameter))?;
        let testbed = Self { remote, config_directory, postfix };
        try_out(&testbed, run)?;
        Ok(testbed)
    }

    /// What a program in the image prints, if it succeeds. It gets no configuration.
    ///
    /// # Errors
    /// When the program fails.
    pub fn ask(&self, run: &RunDirectory, command: &[&str]) -> Result<String, TestbedError> {
        ask(&self.remote, run, command)
    }
}

/// A default that the image's Postfix has compiled in.
pub(super) fn compiled_in(
    image: &Image,
    remote: &Remote,
    run: &RunDirectory,
    parameter: &str,
) -> Result<String, Need> {
    let postconf = format!("{COMMAND_DIRECTORY}/postconf");
    ask(remote, run, &[&postconf, "-dh", parameter])
        .map_err(|error| Need::Container(format!("{}: {error}", image.reference())))
}

/// Runs a program of the image through a supervisor of the run directory's own, which tells what it printed.
pub(super) fn ask(remote: &Remote, run: &RunDirectory, command: &[&str]) -> Result<String, TestbedError> {
    let system = |source: io::Error| TestbedError::System { doing: command.join(" "), source };
    let folder = run.next_world("question");
    fs::create_dir(&folder).map_err(system)?;
    run.link_program(&folder.join(supervisor::NAME)).map_err(system)?;
    let answer = ask_in(remote, &folder, command);
    let _ = fs::remove_dir_all(&folder);
    answer
}

/// The same through the supervisor that is in this directory already.
pub(super) fn ask_in(remote: &Remote, folder: &Path, command: &[&str]) -> Result<String, TestbedError> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let broken = |reason: String| TestbedError::Broken(reason);
    let system = |source: io::Error| TestbedError::System { doing: command.join(" "), source };
    let program = folder.join(supervisor::NAME);
    let folder = folder.join(format!("question-{}", NUMBER.fetch_add(1, Ordering::Relaxed)));
    fs::create_dir(&folder).map_err(system)?;
    let file = |name: &str| ByteString::from(folder.join(name));
    fs::write(folder.join("stdin"), "").map_err(system)?;
    let request = Request {
        command: command.iter().map(|word| ByteString::from(*word)).collect(),
        environment: [("PATH".to_owned(), ByteString::from("/usr/sbin:/usr/bin:/sbin:/bin"))].into(),
        directory: ByteString::from("/"),
        stdin: file("stdin"),
        stdout: file("stdout"),
        stderr: file("stderr"),
        terminal: false,
        report: file("report"),
        caller: None,
        surroundings: Surroundings::default(),
    };
    let text = serde_json::to_vec(&request).map_err(|error| system(error.into()))?;
    fs::write(folder.join("request"), text).map_err(system)?;
    let (control, ended) = remote.start_program(&program, &folder.join("request")).map_err(system)?;
    let ended = ended.recv_timeout(PATIENCE);
    drop(control);
    let name = command.first().copied().unwrap_or_default();
    ended.map_err(|_| broken(format!("{name} does not answer")))?.map_err(system)?;
    let report: supervisor::request::Report =
        serde_json::from_slice(&fs::read(folder.join("report")).map_err(system)?)
            .map_err(|error| system(error.into()))?;
    if report.ended.status() != Some(0) {
        let said = fs::read_to_string(folder.join("stderr")).unwrap_or_default();
        return Err(broken(format!("{name}: {}; {}", report.ended, said.trim_end())));
    }
    let answer = fs::read(folder.join("stdout")).map_err(system)?;
    let _ = fs::remove_dir_all(&folder);
    Ok(String::from_utf8_lossy(&answer).trim_end().to_owned())
}

impl Launcher for Remote {
    fn start(&self, supervisor: &Path, request: &Path) -> io::Result<Started> {
        self.start_program(supervisor, request)
    }
}

impl Testbed for ContainerTestbed {
    fn world_options(&self, manager: &ByteString) -> WorldOptions {
        WorldOptions {
            default_config_directory: Some(self.config_directory.clone()),
            installed: installed(&REAL_COMMANDS),
            ..WorldOptions::with_fakes(self.postfix.clone(), manager)
        }
    }

    fn run(&self, world: &World, invocation: &Invocation) -> Result<Outcome, TestbedError> {
        let own = world.config_directory_below_root(world.layout().default_instance());
        let cover = Cover { with: own.into(), at: self.config_directory.clone().into() };
        let surroundings = Surroundings { covers: vec![cover], ..Surroundings::default() };
        run_command::run(world, invocation, supervisor::SANDBOX_NAME, surroundings, &self.remote)
    }
}
