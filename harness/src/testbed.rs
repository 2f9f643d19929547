//! Defines the trait of all testbeds, and what they share. Knows nothing of what a command should do.

pub mod container;
mod here;
pub mod live;
mod run_command;
mod run_files;
pub mod sandbox;
pub mod simulated;

use std::io;
use std::path::{Path, PathBuf};

use postfix_fakes::bytes::ByteString;
use postfix_fakes::version::{Build, Vendor};

use crate::container::ContainerError;
use crate::invocation::Invocation;
use crate::layout::Layout;
use crate::outcome::Outcome;
use crate::run_directory::RunDirectory;
use crate::world::{World, WorldError, WorldOptions};

/// Why a command could not be run in a world. This is never the judged program's fault.
#[derive(Debug, thiserror::Error)]
pub enum TestbedError {
    /// The world could not be made.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The testbed does not work on this machine.
    #[error("the testbed does not work: {0}")]
    Broken(String),
    /// A file of the world could not be read or written.
    #[error("{doing}: {source}")]
    System {
        /// What was tried.
        doing: String,
        /// Why not.
        source: io::Error,
    },
}

/// Something that a testbed needs and this machine lacks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Need {
    /// No installed Postfix.
    #[error("no installed Postfix ({0} is not there); install the package postfix")]
    Postfix(String),
    /// No private namespaces.
    #[error("no private namespaces here ({0})")]
    Namespaces(String),
    /// A work directory that is closed to the ordinary users who shall run programs there.
    #[error("an ordinary user cannot get to worlds in {0}; name another directory with --work-dir or TMPDIR")]
    WorkDirectory(String),
    /// No container engine, or no image.
    #[error("{0}")]
    Container(String),
    /// Another system than the testbed is for.
    #[error("only on Linux")]
    Linux,
}

impl From<ContainerError> for Need {
    fn from(error: ContainerError) -> Self {
        Self::Container(error.to_string())
    }
}

/// Why a testbed could not be prepared.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// This machine lacks something that it needs.
    #[error(transparent)]
    Lacking(#[from] Need),
    /// It does not work.
    #[error(transparent)]
    Testbed(#[from] TestbedError),
}

/// Where an installed Postfix has its commands, on this machine and in an image.
pub const COMMAND_DIRECTORY: &str = "/usr/sbin";

/// Which Postfix it is whose compiled-in defaults `default_of` gives.
fn build<E>(default_of: impl Fn(&str) -> Result<String, E>) -> Result<Build, E> {
    let vendor = Vendor::built_for(default_of("daemon_directory")?.as_bytes());
    Ok(Build { mail_version: default_of("mail_version")?, vendor })
}

/// These commands of an installed Postfix, each with its place below a world's root.
fn installed(commands: &[&str]) -> Vec<(PathBuf, PathBuf)> {
    let place = |name| (Path::new("usr/sbin").join(name), Path::new(COMMAND_DIRECTORY).join(name));
    commands.iter().map(place).collect()
}

/// A process in a world that runs by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its id, as the processes in there see it.
    pub id: u32,
    /// Its parent's.
    pub parent: u32,
    /// Its program's name.
    pub name: String,
}

impl Process {
    /// Of a line `ID PARENT NAME`.
    fn of_line(line: &str) -> Option<Self> {
        let mut words = line.splitn(3, ' ');
        Some(Self {
            id: words.next()?.parse().ok()?,
            parent: words.next()?.parse().ok()?,
            name: words.next()?.to_owned(),
        })
    }
}

/// A place where worlds run. Each type has its own function `prepare`, the only way to a value of it: whoever has one
/// has a testbed that works on this machine.
pub trait Testbed: Sync {
    /// What it decides about its worlds. `manager` is a value of `multi_instance_wrapper`.
    fn world_options(&self, manager: &ByteString) -> WorldOptions;

    /// Runs one command in a world of its options.
    fn run(&self, world: &World, invocation: &Invocation) -> Result<Outcome, TestbedError>;

    /// The processes of a world if its daemons are real ones; otherwise none.
    ///
    /// # Errors
    /// When they cannot be listed.
    fn processes(&self, _world: &World) -> Result<Vec<Process>, TestbedError> {
        Ok(Vec::new())
    }

    /// Makes a world for this testbed.
    fn world(
        &self,
        run: &RunDirectory,
        name: &str,
        layout: &Layout,
        manager: &ByteString,
    ) -> Result<World, TestbedError> {
        Ok(World::materialise(run, name, layout, &self.world_options(manager))?)
    }
}
