//! Runs fakes only: needs neither root nor a Postfix.
//! If the system grants private namespaces, commands run in them, and see neither the machine's processes nor its
//! Postfix.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use postfix_fakes::bytes::ByteString;
use postfix_fakes::version::PostfixVersion;

use super::here::Here;
use super::{Testbed, TestbedError, run_command};
use crate::invocation::{Invocation, Program};
use crate::outcome::{Ended, Outcome};
use crate::supervisor;
use crate::supervisor::request::{Cover, Surroundings};
use crate::world::{COMMAND_LINKS, DAEMON_LINKS, World, WorldOptions};

/// Where the programs of a Postfix are by custom, and the links to the world's own.
const GUESSED: [(&str, &str); 5] = [
    ("/usr/sbin", COMMAND_LINKS),
    ("/usr/local/sbin", COMMAND_LINKS),
    ("/usr/libexec/postfix", DAEMON_LINKS),
    ("/usr/lib/postfix", DAEMON_LINKS),
    ("/usr/lib/postfix/sbin", DAEMON_LINKS),
];

/// Whether programs in this directory may be hidden, because a world's own lie over those of the machine.
pub fn may_hide(directory: &Path) -> bool {
    directory
        .canonicalize()
        .is_ok_and(|directory| GUESSED.iter().any(|(place, _)| directory == Path::new(place)))
}

/// Where its configuration is.
const GUESSED_CONFIGURATION: &str = "/etc/postfix";

/// How long a command may take that does nothing.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the machine may have programs of one.
static THERE: OnceLock<Vec<(&str, &str)>> = OnceLock::new();

/// Whether this system grants private namespaces; asked once.
static ARE_GRANTED: OnceLock<bool> = OnceLock::new();

/// The simulated testbed. It needs nothing, so it is prepared as it is.
#[derive(Clone, Copy, Debug)]
pub struct Simulated {
    /// The Postfix version that its fakes simulate.
    pub version: PostfixVersion,
}

impl Default for Simulated {
    fn default() -> Self {
        Self { version: PostfixVersion::NEWEST }
    }
}

impl Testbed for Simulated {
    fn world_options(&self, manager: &ByteString) -> WorldOptions {
        WorldOptions::with_fakes(self.version.into(), manager)
    }

    fn run(&self, world: &World, invocation: &Invocation) -> Result<Outcome, TestbedError> {
        if *ARE_GRANTED.get_or_init(|| are_granted(world)) {
            let surroundings = Surroundings {
                covers: configuration(world),
                overlays: commands(world),
                ..Surroundings::default()
            };
            run_command::run(world, invocation, supervisor::SANDBOX_NAME, surroundings, &Here)
        } else {
            run_command::run(world, invocation, supervisor::NAME, Surroundings::default(), &Here)
        }
    }
}

/// Whether a command that does nothing can be run in private namespaces.
fn are_granted(world: &World) -> bool {
    let nothing = Invocation {
        entry: Program::Other,
        arguments: vec![ByteString::from("true")],
        deadline: PATIENCE,
        ..Invocation::postfix(&[])
    };
    run_command::run(world, &nothing, supervisor::SANDBOX_NAME, Surroundings::default(), &Here)
        .is_ok_and(|outcome| outcome.ended == Ended::Exited(0))
}

/// The world's commands, over those of the machine.
fn commands(world: &World) -> Vec<Cover> {
    let has = |place: &str, name| Path::new(place).join(name).exists();
    let may_have =
        |place: &&(&str, &str)| place.0 == GUESSED[0].0 || has(place.0, "postfix") || has(place.0, "master");
    THERE
        .get_or_init(|| GUESSED.iter().filter(may_have).copied().collect())
        .iter()
        .map(|(place, links)| Cover { with: world.root().join(links).into(), at: ByteString::from(*place) })
        .collect()
}

/// The world's configuration, over the machine's.
fn configuration(world: &World) -> Vec<Cover> {
    let own = world.config_directory_below_root(world.layout().default_instance());
    let is_there = Path::new(GUESSED_CONFIGURATION).is_dir() && own.is_dir();
    let cover = || Cover { with: own.into(), at: ByteString::from(GUESSED_CONFIGURATION) };
    is_there.then(cover).into_iter().collect()
}
