//! Runs the whole Postfix of an image, with nothing replaced: each world is a container of its own with real daemons.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use postfix_fakes::bytes::ByteString;

use super::container::{COMMAND_DIRECTORY, ask, ask_in};
use super::{Need, Process, Testbed, TestbedError, run_command};
use crate::container::remote::{Remote, Started};
use crate::container::{Image, mail_log};
use crate::invocation::Invocation;
use crate::layout::Layout;
use crate::outcome::Outcome;
use crate::run_directory::RunDirectory;
use crate::supervisor;
use crate::supervisor::request::Surroundings;
use crate::world::{OWN_MULTI, Programs, World, WorldOptions};

/// The value of our own manager, which would name another one where the daemon directory is the installed one.
const OWN: &[u8] = b"$daemon_directory/postfix-wrapper";

/// Where that manager is in a world.
const OWN_IN_WORLD: &str = "@root@/usr/libexec/postfix/postfix-wrapper";

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
    image: String,
    multi: ByteString,
    asked: OnceLock<Result<Asked, Need>>,
    systems: Mutex<BTreeMap<PathBuf, Arc<System>>>,
}

/// What the image's Postfix has compiled in.
#[derive(Clone, Debug)]
struct Asked {
    image: Image,
    config_directory: PathBuf,
    daemon_directory: PathBuf,
    version: String,
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
    /// On the image of this name, which need not be there.
    pub fn on(image: &str) -> Self {
        let multi = OWN_MULTI.into();
        Self { image: image.to_owned(), multi, asked: OnceLock::new(), systems: Mutex::default() }
    }

    /// The same for another multi-instance tool than our own: a program's path in the image.
    pub fn judge_multi(&mut self, program: ByteString) {
        self.multi = program;
    }

    /// One more on the same image for another multi-instance tool; what this one knows of the image it need not ask.
    #[must_use]
    pub fn for_multi(&self, program: ByteString) -> Self {
        let image = self.image.clone();
        Self { image, multi: program, asked: self.asked.clone(), systems: Mutex::default() }
    }

    fn asked(&self, run: &RunDirectory) -> &Result<Asked, Need> {
        self.asked.get_or_init(|| {
            let lacking = |error: &dyn std::fmt::Display| Need::Container(error.to_string());
            let image = Image::find(&self.image).map_err(|error| lacking(&error))?;
            let remote = Remote::start(&image, run).map_err(|error| lacking(&error))?;
            let postconf = format!("{COMMAND_DIRECTORY}/postconf");
            let default_of = |parameter: &str| {
                ask(&remote, run, &[&postconf, "-dh", parameter]).map_err(|error| lacking(&error))
            };
            Ok(Asked {
                config_directory: default_of("config_directory")?.into(),
                daemon_directory: default_of("daemon_directory")?.into(),
                version: default_of("mail_version")?,
                image: image.clone(),
            })
        })
    }

    fn found(&self) -> Result<&Asked, TestbedError> {
        let found = self.asked.get().and_then(|asked| asked.as_ref().ok());
        found.ok_or_else(|| TestbedError::Broken("nobody has looked at the image".to_owned()))
    }

    /// What a program in the image prints, where it succeeds.
    ///
    /// # Errors
    /// When there is no container, or the program fails.
    pub fn ask(&self, run: &RunDirectory, command: &[&str]) -> Result<String, TestbedError> {
        let image = match self.asked(run) {
            Ok(asked) => &asked.image,
            Err(need) => return Err(TestbedError::Broken(need.to_string())),
        };
        let remote = Remote::start(image, run).map_err(|error| TestbedError::Broken(error.to_string()))?;
        ask(&remote, run, command)
    }

    fn system(&self, world: &World) -> Result<Arc<System>, TestbedError> {
        let systems = self.systems.lock().unwrap_or_else(PoisonError::into_inner);
        let found = systems.get(world.root()).map(Arc::clone);
        found.ok_or_else(|| TestbedError::Broken("this world has no container".to_owned()))
    }

    fn prepare(&self, run: &RunDirectory, world: &World) -> Result<(), TestbedError> {
        let asked = self.found()?;
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
        let remote =
            Remote::start(&asked.image, run).map_err(|error| TestbedError::Broken(error.to_string()))?;
        let log = world.root().join(MAIL_LOG);
        let listener = remote.start_program(&program, &log, world.root()).map_err(failed("the mail log"))?;
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
        let words = [text(&asked.config_directory), text(&own), text(world.root())];
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
    fn name(&self) -> &'static str {
        "live"
    }

    fn missing(&self, run: &RunDirectory) -> Result<Option<Need>, TestbedError> {
        Ok(self.asked(run).as_ref().err().cloned())
    }

    fn world_options(&self, manager: &ByteString) -> WorldOptions {
        let asked = self.found().ok();
        let manager = if manager.0 == OWN { ByteString::from(OWN_IN_WORLD) } else { manager.clone() };
        let daemon_directory =
            asked.map_or_else(|| "/usr/libexec/postfix".into(), |asked| asked.daemon_directory.clone());
        let commands =
            ["postfix", "postconf", "postlog", "postqueue", "postdrop", "sendmail", "postsuper", "postalias"];
        WorldOptions {
            default_config_directory: asked.map(|asked| asked.config_directory.clone()),
            postfix_version: asked.map_or_else(String::new, |asked| asked.version.clone()),
            installed: commands
                .map(|name| (Path::new("usr/sbin").join(name), Path::new(COMMAND_DIRECTORY).join(name)))
                .to_vec(),
            manager,
            multi: self.multi.clone(),
            settings: COMMON_SETTINGS
                .map(|(name, value)| (name.to_owned(), ByteString::from(value)))
                .to_vec(),
            programs: Programs::Installed { command_directory: COMMAND_DIRECTORY.into(), daemon_directory },
            host: None,
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
        self.prepare(run, &world)?;
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
