//! Runs the whole Postfix of an image, with nothing replaced: each world is a container of its own with real daemons.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use postfix_fakes::bytes::ByteString;
use postfix_fakes::version::Build;

use super::container::{ask, ask_in, compiled_in};
use super::{
    COMMAND_DIRECTORY, Need, PrepareError, Process, Testbed, TestbedError, build, installed, run_command,
};
use crate::container::remote::{Remote, Started};
use crate::container::{ContainerError, Image, mail_log};
use crate::invocation::Invocation;
use crate::layout::Layout;
use crate::outcome::Outcome;
use crate::run_directory::RunDirectory;
use crate::supervisor;
use crate::supervisor::request::Surroundings;
use crate::world::{OWN_MULTI, Programs, World, WorldOptions};

/// The value of our own manager, which would name another one if the daemon directory is the installed one.
const OWN: &[u8] = b"$daemon_directory/postfix-wrapper";

/// Where that manager is in a world.
const OWN_IN_WORLD: &str = "@root@/usr/libexec/postfix/postfix-wrapper";

/// The commands of the installed Postfix that a world has.
const COMMANDS: [&str; 8] =
    ["postfix", "postconf", "postlog", "postqueue", "postdrop", "sendmail", "postsuper", "postalias"];

/// The file with the mail log, below a world's root.
pub const MAIL_LOG: &str = "mail.log";

/// How long a container may take to get ready.
const PATIENCE: Duration = Duration::from_secs(90);

/// Puts the world's default instance where the installed Postfix looks for it, with what the package has put there
/// and the world has not, and gives to Postfix what is its own. Its arguments: the configuration directory, the
/// world's, the world's root.
const PREPARE: &str = r#"set -e
mv "$1" "$1.image" && ln -s "$2" "$1"
for file in "$1.image"/* "$1.image"/.[!.]*; do
    [ -e "$file" ] || continue
    [ -e "$2/${file##*/}" ] || cp -a "$file" "$2/"
done
mkdir -p "$3/mail" && chown nobody "$3/mail"
for directory in "$3"/var/lib/*; do chown postfix "$directory"; done
"#;

/// Every process of the container: its id, its parent's, and its program's name.
const PROCESSES: &str = r#"for process in /proc/[0-9]*; do
    stat=$(cat "$process/stat" 2>/dev/null) || continue
    name=${stat#*\(}; rest=${stat##*\) }
    set -- $rest
    [ "$1" = Z ] || echo "${process#/proc/} $2 ${name%%\) *}"
done
"#;

/// The live testbed on one image.
#[derive(Debug)]
pub struct LiveTestbed {
    compiled_in: CompiledIn,
    multi: ByteString,
    systems: Mutex<BTreeMap<PathBuf, Arc<System>>>,
}

/// An image, and what its Postfix has compiled in.
#[derive(Clone, Debug)]
struct CompiledIn {
    image: Image,
    config_directory: PathBuf,
    daemon_directory: PathBuf,
    postfix: Build,
}

/// One world's container.
struct System {
    _log: Mutex<Started>,
    remote: Remote,
}

impl std::fmt::Debug for System {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.remote.fmt(formatter)
    }
}

impl LiveTestbed {
    /// Asks the image of this name what its Postfix has compiled in. Our own multi-instance tool is judged.
    ///
    /// # Errors
    /// When there is no engine or no image, or its Postfix does not answer.
    pub fn prepare(image: &str, run: &RunDirectory) -> Result<Self, PrepareError> {
        let image = Image::find(image).map_err(Need::from)?;
        let remote = Remote::start(&image, run).map_err(Need::from)?;
        let default_of = |parameter: &str| compiled_in(&image, &remote, run, parameter);
        let compiled_in = CompiledIn {
            config_directory: default_of("config_directory")?.into(),
            daemon_directory: default_of("daemon_directory")?.into(),
            postfix: build(default_of)?,
            image: image.clone(),
        };
        Ok(Self { compiled_in, multi: OWN_MULTI.into(), systems: Mutex::default() })
    }

    /// One more on the same image for another multi-instance tool: a program's path in the image.
    #[must_use]
    pub fn for_multi(&self, program: ByteString) -> Self {
        Self { compiled_in: self.compiled_in.clone(), multi: program, systems: Mutex::default() }
    }

    /// What a program in the image prints, if it succeeds.
    ///
    /// # Errors
    /// When there is no container, or the program fails.
    pub fn ask(&self, run: &RunDirectory, command: &[&str]) -> Result<String, TestbedError> {
        ask(&self.start(run)?, run, command)
    }

    fn start(&self, run: &RunDirectory) -> Result<Remote, TestbedError> {
        let broken = |error: ContainerError| TestbedError::Broken(error.to_string());
        Remote::start(&self.compiled_in.image, run).map_err(broken)
    }

    fn system(&self, world: &World) -> Result<Arc<System>, TestbedError> {
        let systems = self.systems.lock().unwrap_or_else(PoisonError::into_inner);
        let found = systems.get(world.root()).map(Arc::clone);
        found.ok_or_else(|| TestbedError::Broken("this world has no container".to_owned()))
    }

    /// Starts the world's container.
    fn start_world(&self, run: &RunDirectory, world: &World) -> Result<(), TestbedError> {
        let failed = |doing: &str| {
            let doing = doing.to_owned();
            move |source| TestbedError::System { doing, source }
        };
        // Daemons go through here as the users that they have become.
        for directory in [run.path(), world.root()] {
            fs::set_permissions(directory, Permissions::from_mode(0o755))
                .map_err(failed("opening a world"))?;
        }
        let program = world.root().join(mail_log::NAME);
        run.link_program(&program).map_err(failed("the mail log's program"))?;
        let remote = self.start(run)?;
        let log = world.root().join(MAIL_LOG);
        let listener = remote.start_program(&program, &log).map_err(failed("the mail log"))?;
        let deadline = Instant::now() + PATIENCE;
        while !log.exists() {
            if Instant::now() > deadline {
                return Err(TestbedError::Broken(
                    "nobody listens for the mail log in the container".to_owned(),
                ));
            }
            std::thread::park_timeout(Duration::from_millis(5));
        }
        let text = |path: &Path| path.display().to_string();
        let own = world.config_directory_below_root(world.layout().default_instance());
        let words = [text(&self.compiled_in.config_directory), text(&own), text(world.root())];
        ask(&remote, run, &["sh", "-c", PREPARE, "sh", &words[0], &words[1], &words[2]])?;
        let system = Arc::new(System { _log: Mutex::new(listener), remote });
        let mut systems = self.systems.lock().unwrap_or_else(PoisonError::into_inner);
        // A world that is gone needs its container no more.
        let ended = take_gone(&mut systems);
        systems.insert(world.root().to_path_buf(), system);
        drop(systems);
        drop(ended);
        Ok(())
    }
}

/// Takes out what belongs to worlds that are gone.
fn take_gone(systems: &mut BTreeMap<PathBuf, Arc<System>>) -> Vec<Arc<System>> {
    let gone: Vec<PathBuf> = systems.keys().filter(|root| !root.exists()).cloned().collect();
    gone.iter().filter_map(|root| systems.remove(root)).collect()
}

impl Testbed for LiveTestbed {
    fn world_options(&self, manager: &ByteString) -> WorldOptions {
        let CompiledIn { config_directory, daemon_directory, postfix, .. } = &self.compiled_in;
        let own = ByteString::from(OWN_IN_WORLD);
        let manager = if manager.0 == OWN { &own } else { manager };
        WorldOptions {
            default_config_directory: Some(config_directory.clone()),
            installed: installed(&COMMANDS),
            multi: self.multi.clone(),
            settings: COMMON_SETTINGS
                .map(|(name, value)| (name.to_owned(), ByteString::from(value)))
                .to_vec(),
            programs: Programs::Installed {
                command_directory: COMMAND_DIRECTORY.into(),
                daemon_directory: daemon_directory.clone(),
            },
            ..WorldOptions::with_fakes(postfix.clone(), manager)
        }
    }

    fn world(
        &self,
        run: &RunDirectory,
        name: &str,
        layout: &Layout,
        manager: &ByteString,
    ) -> Result<World, TestbedError> {
        let world = World::materialise(run, name, layout, &self.world_options(manager))?;
        self.start_world(run, &world)?;
        Ok(world)
    }

    fn run(&self, world: &World, invocation: &Invocation) -> Result<Outcome, TestbedError> {
        let system = self.system(world)?;
        run_command::run(world, invocation, supervisor::LIVE_NAME, Surroundings::default(), &system.remote)
    }

    fn processes(&self, world: &World) -> Result<Vec<Process>, TestbedError> {
        let system = self.system(world)?;
        let text = ask_in(&system.remote, world.root(), &["sh", "-c", PROCESSES])?;
        Ok(text.lines().filter_map(Process::of_line).collect())
    }
}

/// What every instance of a live world has: mail from this machine only, and to nobody whom the case does not name.
const COMMON_SETTINGS: [(&str, &str); 10] = [
    ("myhostname", "host.example"),
    ("mydestination", ""),
    ("inet_interfaces", "loopback-only"),
    ("inet_protocols", "ipv4"),
    ("mynetworks", "127.0.0.0/8"),
    ("smtp_dns_support_level", "disabled"),
    ("alias_maps", ""),
    ("alias_database", ""),
    ("local_recipient_maps", ""),
    ("minimal_backoff_time", "5s"),
];
