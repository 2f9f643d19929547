//! Makes the files of a layout below one directory.
//! It writes the files that a Postfix needs, fills in placeholders, and reads the state of an instance.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File, FileTimes};
use std::io::{self, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::slice;
use std::time::{Duration, SystemTime};

use postfix_fakes::bytes::ByteString;
use postfix_fakes::fault::Fault;
use postfix_fakes::regular::{self, Links};
use postfix_fakes::relative_path::RelativePath;
use postfix_fakes::version::Build;
use postfix_fakes::world::{HostAddresses, MARKER, Settings, World as Root};

use crate::layout::{DEFAULT, Damage, Instance, Layout};
use crate::run_directory::RunDirectory;
use crate::run_directory::removal;

/// What a testbed decides about a world.
#[derive(Clone, Debug)]
pub struct WorldOptions {
    /// The default instance's configuration directory as programs see it; absent: the place in the world.
    pub default_config_directory: Option<PathBuf>,
    /// The Postfix that fakes simulate.
    pub postfix: Build,
    /// Installed programs that take the place of the fakes of that name: path below the world's root, and
    /// the program's own path.
    pub installed: Vec<(PathBuf, PathBuf)>,
    /// The manager under judgement: a value of `multi_instance_wrapper`.
    pub manager: ByteString,
    /// The multi-instance tool under judgement: a program's path, in which `@root@` is the world's root.
    pub multi: ByteString,
    /// Settings that every main.cf begins with, after those of its own directories.
    pub settings: Vec<(String, ByteString)>,
    /// Whose programs run in it.
    pub programs: Programs,
    /// The root directory of the machine whose files the fakes' scripts copy or compare; none for a machine
    /// without such files.
    pub host: Option<ByteString>,
}

impl WorldOptions {
    /// Worlds of fakes of this Postfix, without any setting of their own.
    pub fn with_fakes(postfix: Build, manager: &ByteString) -> Self {
        Self {
            default_config_directory: None,
            postfix,
            installed: Vec::new(),
            manager: manager.clone(),
            multi: OWN_MULTI.into(),
            settings: Vec::new(),
            programs: Programs::Fakes,
            host: None,
        }
    }
}

/// Whose programs run in a world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Programs {
    /// The world's own, and no daemon ever.
    Fakes,
    /// An installed Postfix's, daemons and all.
    Installed {
        /// Where its commands are.
        command_directory: PathBuf,
        /// Where its daemons and scripts are.
        daemon_directory: PathBuf,
    },
}

/// The port at which the first instance of a world with daemons takes mail; the others follow, in the order of the
/// layout.
const FIRST_PORT: usize = 2500;

/// The services of an instance with daemons, behind its port.
const SERVICES: &str = include_str!("world/services.cf");

/// Why a world could not be made.
#[derive(Debug, thiserror::Error)]
#[error("making a world: {path}: {source}")]
pub struct WorldError {
    path: PathBuf,
    source: io::Error,
}

/// A layout made real. It vanishes when dropped, also in a panic, unless it was kept.
#[derive(Debug)]
pub struct World {
    root: Root,
    layout: Layout,
    manager: ByteString,
    multi: ByteString,
    settings: Vec<(String, ByteString)>,
    programs: Programs,
    keep: bool,
}

/// `command_directory`, below the root.
const COMMAND_DIRECTORY: &str = "usr/sbin";

/// `daemon_directory`, below the root.
const DAEMON_DIRECTORY: &str = "usr/libexec/postfix";

/// Links to the programs of the one and of the other, below the root.
pub(crate) const COMMAND_LINKS: &str = "links/commands";
pub(crate) const DAEMON_LINKS: &str = "links/daemons";

/// The fakes below `command_directory`.
const COMMANDS: [&str; 9] = [
    "postfix",
    "postconf",
    "postlog",
    "postqueue",
    "postdrop",
    "sendmail",
    "postsuper",
    "postalias",
    "postfix-multi",
];

/// Our own multi-instance tool, which every world has among its commands.
pub const OWN_MULTI: &str = "@root@/usr/sbin/postfix-multi";

/// The fakes below `daemon_directory`, the manager's own name among them.
const DAEMONS: [&str; 4] = ["postfix-script", "post-install", "master", "postfix-wrapper"];

impl World {
    /// Makes `layout` real.
    ///
    /// # Errors
    /// When a file cannot be written; what was made until then is removed.
    pub fn materialise(
        run: &RunDirectory,
        name: &str,
        layout: &Layout,
        options: &WorldOptions,
    ) -> Result<Self, WorldError> {
        let path = run.next_world(name);
        let config = path.join("etc/postfix");
        let is_own = options.default_config_directory.is_none();
        let settings = Settings {
            default_config_directory: options.default_config_directory.clone().unwrap_or(config).into(),
            postfix_version: options.postfix.mail_version.clone(),
            postfix_vendor: options.postfix.vendor,
            tls_library: None,
            real_programs: behind_fakes(layout, options),
            built_with: BTreeMap::new(),
            // Where all of Postfix is the world's own, nobody below postfix(1) shall find the machine's.
            commands_on_path: is_own.then(|| path.join(COMMAND_DIRECTORY).into()),
            host: options.host.clone(),
            addresses: HostAddresses::Any,
        };
        let world = Self {
            root: Root { root: path.clone(), settings },
            layout: layout.clone(),
            manager: options.manager.clone(),
            multi: options.multi.clone(),
            settings: options.settings.clone(),
            programs: options.programs.clone(),
            keep: false,
        };
        let made = world.write_all(run, options);
        made.map_err(|(path, source)| WorldError { path, source })?;
        Ok(world)
    }

    /// Its root directory.
    pub fn root(&self) -> &Path {
        &self.root.root
    }

    /// The same world as the programs in it see it.
    pub fn as_seen_inside(&self) -> &Root {
        &self.root
    }

    /// The layout it was made from.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Leaves it where it is when this value goes.
    pub fn keep(&mut self, run: &RunDirectory) {
        self.keep = true;
        run.keep();
    }

    /// Fills in the placeholders of a layout's text.
    pub fn fill_in(&self, text: &[u8]) -> Vec<u8> {
        let values: [(&[u8], &[u8]); 4] = [
            (b"@root@", self.root().as_os_str().as_bytes()),
            (b"@default@", &self.root.settings.default_config_directory.0),
            (b"@manager@", &self.manager.0),
            (b"@multi@", &self.multi.0),
        ];
        let mut filled = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.first() {
            match values.iter().find(|(name, _)| rest.starts_with(name)) {
                // What is judged may lie below the root itself.
                Some((name @ (b"@manager@" | b"@multi@"), value)) => {
                    filled.extend(replace(value, b"@root@", self.root().as_os_str().as_bytes()));
                    rest = &rest[name.len()..];
                }
                Some((name, value)) => {
                    filled.extend_from_slice(value);
                    rest = &rest[name.len()..];
                }
                None => {
                    filled.push(*first);
                    rest = &rest[1..];
                }
            }
        }
        filled
    }

    /// The configuration directory of an instance, as programs see it.
    pub fn config_directory(&self, instance: &Instance) -> PathBuf {
        if instance.name == DEFAULT && instance.directory.is_none() {
            self.root.settings.default_config_directory.to_path_buf()
        } else {
            self.root().join(instance.relative_directory().as_os_str())
        }
    }

    /// Where the files of that directory lie in the world, whatever programs see.
    pub fn config_directory_below_root(&self, instance: &Instance) -> PathBuf {
        self.root().join(instance.relative_directory().as_os_str())
    }

    /// The name of the instance with this configuration directory; if there is none, the directory itself
    /// with the world's root as `@root@`.
    pub fn name_of(&self, directory: &Path) -> String {
        let known = self.layout.instances().find(|instance| self.config_directory(instance) == directory);
        known
            .map_or_else(|| self.relative(directory.as_os_str().as_bytes()), |instance| instance.name.clone())
    }

    /// Text for people, with the world's root as `@root@`.
    pub fn relative(&self, text: &[u8]) -> String {
        self.relative_bytes(text).to_string()
    }

    /// The same for what is kept as bytes.
    pub fn relative_bytes(&self, text: &[u8]) -> ByteString {
        ByteString(replace(text, self.root().as_os_str().as_bytes(), b"@root@"))
    }

    /// Whether the instance of this name runs, by its queue directory. An unknown instance does not.
    pub fn is_running(&self, name: &str) -> bool {
        let found = self.layout.instances().find(|instance| instance.name == name);
        found.is_some_and(|instance| postfix_fakes::instance_runs(&self.queue_directory(instance)))
    }

    /// Opens a gate, for everyone who waits at it now or later.
    ///
    /// # Errors
    /// When there is no such gate, or nobody waits at it.
    pub fn open_gate(&self, gate: &RelativePath) -> io::Result<()> {
        use std::os::unix::fs::OpenOptionsExt;
        let nonblocking = nix::fcntl::OFlag::O_NONBLOCK.bits();
        File::options().write(true).custom_flags(nonblocking).open(self.root.gate(gate)).map(drop)
    }

    /// Writes an instance's main.cf anew, with all its damage, where it is: as [`Layout::rewritten`] has it.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn rewrite(&self, instance: &Instance) -> Result<(), WorldError> {
        let rewritten = self.layout.clone().rewritten(slice::from_ref(instance));
        let mut known = rewritten.instances().filter(|known| known.name == instance.name);
        known
            .try_for_each(|known| self.write_instance(known))
            .map_err(|(path, source)| WorldError { path, source })
    }

    /// The queue directory of the instance of this name.
    pub fn queue_directory_of(&self, name: &str) -> Option<PathBuf> {
        let found = self.layout.instances().find(|instance| instance.name == name);
        found.map(|instance| self.queue_directory(instance))
    }

    fn queue_directory(&self, instance: &Instance) -> PathBuf {
        self.root().join("var/spool").join(instance.spool_name())
    }

    fn write_all(&self, run: &RunDirectory, options: &WorldOptions) -> Result<(), (PathBuf, io::Error)> {
        let root = self.root();
        let own = [COMMAND_DIRECTORY, DAEMON_DIRECTORY, COMMAND_LINKS, DAEMON_LINKS];
        for directory in own.into_iter().chain(["usr/bin", "etc", "gates", "home", "tmp", "runs"]) {
            make_directory(&root.join(directory))?;
        }
        let marker =
            serde_json::to_vec(&self.root.settings).map_err(|error| (root.join(MARKER), error.into()))?;
        write(&root.join(MARKER), &marker)?;
        let commands = COMMANDS.iter().map(|name| Path::new(COMMAND_DIRECTORY).join(name));
        let daemons = DAEMONS.iter().map(|name| Path::new(DAEMON_DIRECTORY).join(name));
        if options.default_config_directory.is_none() {
            self.write_links()?;
        }
        for program in commands.chain(daemons) {
            let path = root.join(&program);
            let name = program.file_name().unwrap_or_default().to_string_lossy();
            match options.installed.iter().find(|(place, _)| *place == program) {
                Some((_, installed)) if !self.root.settings.real_programs.contains_key(&*name) => {
                    std::os::unix::fs::symlink(installed, &path)
                }
                _ => run.link_program(&path),
            }
            .map_err(|error| (path, error))?;
        }
        for program in [
            crate::supervisor::NAME,
            crate::supervisor::SANDBOX_NAME,
            crate::supervisor::LIVE_NAME,
            crate::supervisor::timing::NAME,
        ] {
            let path = root.join(program);
            run.link_program(&path).map_err(|error| (path, error))?;
        }
        for instance in self.layout.instances() {
            self.write_instance(instance)?;
        }
        self.write_faults()
    }

    /// Links to the programs, for the places where somebody may guess them to be: a fake finds its world from its own
    /// path.
    fn write_links(&self) -> Result<(), (PathBuf, io::Error)> {
        let names = |folder, links, names: &'static [&'static str]| {
            names.iter().map(move |name| (folder, links, *name))
        };
        let commands = names(COMMAND_DIRECTORY, COMMAND_LINKS, &COMMANDS);
        for (folder, links, name) in commands.chain(names(DAEMON_DIRECTORY, DAEMON_LINKS, &DAEMONS)) {
            let link = self.root().join(links).join(name);
            std::os::unix::fs::symlink(self.root().join(folder).join(name), &link)
                .map_err(|error| (link, error))?;
        }
        Ok(())
    }

    fn write_instance(&self, instance: &Instance) -> Result<(), (PathBuf, io::Error)> {
        // The default instance's files lie in the world even where programs see them elsewhere.
        let directory = self.config_directory_below_root(instance);
        let data_directory = self.root().join("var/lib").join(instance.spool_name());
        for own in [&directory, &self.queue_directory(instance), &data_directory] {
            self.refuse_outside(own)?;
        }
        make_directory(&self.queue_directory(instance))?;
        make_directory(&data_directory)?;
        remove(&directory.join("main.cf"))?;
        if instance.damage == Some(Damage::DirectoryMissing) {
            return Ok(());
        }
        make_directory(&directory)?;
        let main_cf = directory.join("main.cf");
        match instance.damage {
            Some(Damage::MainCfMissing) => return Ok(()),
            Some(Damage::MainCfDirectory) => return make_directory(&main_cf),
            Some(Damage::MainCfUnreadable) => {
                return std::os::unix::fs::symlink("main.cf", &main_cf).map_err(|error| (main_cf, error));
            }
            Some(Damage::MainCfFifo) => {
                let mode = nix::sys::stat::Mode::from_bits_truncate(0o644);
                return nix::unistd::mkfifo(&main_cf, mode).map_err(|errno| (main_cf, errno.into()));
            }
            Some(Damage::MainCfSyntax | Damage::DirectoryMissing) | None => {}
        }
        write(&main_cf, &self.main_cf(instance))?;
        let master_cf = directory.join("master.cf");
        // It may have become another name of a file outside.
        remove(&master_cf)?;
        write(&master_cf, self.master_cf(instance).as_bytes())?;
        make_older(&main_cf).map_err(|error| (main_cf, error))
    }

    /// A command may have put a link there since the world was made.
    fn refuse_outside(&self, directory: &Path) -> Result<(), (PathBuf, io::Error)> {
        let real = directory.ancestors().find_map(|part| part.canonicalize().ok());
        if real.is_some_and(|real| real.starts_with(self.root())) {
            return Ok(());
        }
        let error = io::Error::other("a link leads out of the world; nothing is written there");
        Err((directory.to_path_buf(), error))
    }

    fn master_cf(&self, instance: &Instance) -> String {
        if self.programs == Programs::Fakes {
            return "# No services: nothing is started in a world.\n".to_owned();
        }
        let place = self.layout.instances().position(|other| other.name == instance.name).unwrap_or(0);
        format!("127.0.0.1:{} inet n - n - - smtpd\n{SERVICES}", FIRST_PORT + place)
    }

    fn main_cf(&self, instance: &Instance) -> Vec<u8> {
        let root = self.root().display();
        let (commands, daemons) = match &self.programs {
            Programs::Fakes => (self.root().join("usr/sbin"), self.root().join("usr/libexec/postfix")),
            Programs::Installed { command_directory, daemon_directory } => {
                (command_directory.clone(), daemon_directory.clone())
            }
        };
        let (commands, daemons) = (commands.display(), daemons.display());
        let spool = instance.spool_name();
        let level = self.root.settings.version().series.latest_compatibility_level;
        let mut text = format!(
            "compatibility_level = {level}\ncommand_directory = {commands}\n\
             daemon_directory = {daemons}\nqueue_directory = {root}/var/spool/{spool}\n\
             data_directory = {root}/var/lib/{spool}\n"
        )
        .into_bytes();
        let mut set = |name: &str, value: &[u8]| {
            text.extend_from_slice(name.as_bytes());
            text.extend_from_slice(b" = ");
            text.extend(self.fill_in(value));
            text.push(b'\n');
        };
        for (name, value) in &self.settings {
            set(name, &value.0);
        }
        if instance.name == DEFAULT {
            let list = self.layout.list();
            if !list.0.is_empty() {
                set("multi_instance_directories", &list.0);
            }
            set("multi_instance_wrapper", &self.layout.manager().0);
        }
        if let Some(enable) = &instance.enable {
            set("multi_instance_enable", &enable.0);
        }
        for (name, value) in &instance.settings {
            set(name, &value.0);
        }
        if let Some(raw) = &instance.main_cf {
            text.extend(self.fill_in(&raw.0));
        }
        if instance.damage == Some(Damage::MainCfSyntax) {
            text.extend_from_slice(b"this line is no setting\n");
        }
        text
    }

    fn write_faults(&self) -> Result<(), (PathBuf, io::Error)> {
        let faults: Vec<Fault> = self.layout.faults().iter().map(|fault| self.located(fault)).collect();
        for gate in faults.iter().filter_map(|fault| fault.gate.as_ref()) {
            let path = self.root.gate(gate);
            if !path.exists() {
                let mode = nix::sys::stat::Mode::from_bits_truncate(0o600);
                nix::unistd::mkfifo(&path, mode).map_err(|errno| (path, errno.into()))?;
            }
        }
        let path = self.root().join("faults.json");
        let text = serde_json::to_vec(&faults).map_err(|error| (path.clone(), error.into()))?;
        write(&path, &text)
    }

    /// A layout's fault names an instance, and may hold placeholders; a fake knows directories.
    fn located(&self, fault: &Fault) -> Fault {
        let mut fault = fault.clone();
        for text in [&mut fault.stdout, &mut fault.stderr].into_iter().flatten() {
            text.0 = self.fill_in(&text.0);
        }
        if let Some(name) = fault.instance.take() {
            let instance = self.layout.instances().find(|instance| instance.name.as_bytes() == name.0);
            fault.instance = instance.map(|instance| self.config_directory(instance).into());
        }
        fault
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !self.keep {
            let _ = removal::remove(self.root());
        }
    }
}

/// Installed programs that must stay behind their fake, because a fault is keyed to it.
fn behind_fakes(layout: &Layout, options: &WorldOptions) -> BTreeMap<String, ByteString> {
    let faulty = |name: &str| layout.faults().iter().any(|fault| fault.program == name);
    options
        .installed
        .iter()
        .filter_map(|(place, installed)| {
            Some((place.file_name()?.to_str()?.to_owned(), installed.clone().into()))
        })
        .filter(|(name, _)| faulty(name))
        .collect()
}

fn make_directory(path: &Path) -> Result<(), (PathBuf, io::Error)> {
    fs::create_dir_all(path).map_err(|error| (path.to_path_buf(), error))
}

/// A judged program may have put anything there since the world was made.
fn write(path: &Path, text: &[u8]) -> Result<(), (PathBuf, io::Error)> {
    let mut options = File::options();
    regular::open(path, options.write(true).create(true).truncate(true), Links::Refused)
        .and_then(|mut file| file.write_all(text))
        .map_err(|error| (path.to_path_buf(), error))
}

fn remove(path: &Path) -> Result<(), (PathBuf, io::Error)> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err((path.to_path_buf(), error)),
        _ => Ok(()),
    }
}

/// Makes a file look an hour old. Real Postfix reads a main.cf that is younger than about two seconds again and again
/// until it is not.
///
/// # Errors
/// When it is no regular file, or its times cannot be set.
pub fn make_older(path: &Path) -> io::Result<()> {
    let then = SystemTime::now() - Duration::from_secs(3600);
    regular::open(path, File::options().write(true), Links::Refused)?
        .set_times(FileTimes::new().set_modified(then).set_accessed(then))
}

fn replace(text: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(what.len()).position(|window| window == what) {
        replaced.extend_from_slice(&rest[..at]);
        replaced.extend_from_slice(with);
        rest = &rest[at + what.len()..];
    }
    replaced.extend_from_slice(rest);
    replaced
}

/// A path from bytes of a layout.
pub(crate) fn path_from(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes))
}
