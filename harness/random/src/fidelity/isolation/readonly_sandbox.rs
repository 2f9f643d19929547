//! Runs programs that need all accounts and real files, in a sandbox.
//! Only the world can be written in the sandbox. On the installed side, the installed directories cover the fakes.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use nix::unistd::{Gid, Uid, chown};
use postfix_fakes::account_files;
use postfix_fakes::bytes::ByteString;

use crate::fidelity::system_pair::Side;
use postfix_harness::invocation::Invocation;
use postfix_harness::layout::{Draft, Layout};
use postfix_harness::outcome::Outcome;
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::supervisor::request::Cover;
use postfix_harness::testbed::sandbox::Sandbox;
use postfix_harness::testbed::{Need, Testbed, TestbedError};
use postfix_harness::world::{World, WorldOptions};

/// One side of the secluded stage.
#[derive(Debug)]
pub(crate) struct ReadonlySandbox<'a> {
    pub(crate) sandbox: &'a Sandbox,
    pub(crate) side: Side,
    /// What each side would else have its own defaults for.
    pub(crate) settings: &'a [(String, ByteString)],
    /// The directories of the installed Postfix, each with its place below the world's root.
    pub(crate) installed: &'a [(PathBuf, &'static str)],
}

/// The directories below a queue directory, with their modes, and whether they belong to the owner of the mail system
/// and to the group that may submit mail.
const QUEUE: [(&str, u32, bool, bool); 15] = [
    ("active", 0o700, true, false),
    ("bounce", 0o700, true, false),
    ("corrupt", 0o700, true, false),
    ("defer", 0o700, true, false),
    ("deferred", 0o700, true, false),
    ("flush", 0o700, true, false),
    ("hold", 0o700, true, false),
    ("incoming", 0o700, true, false),
    ("private", 0o700, true, false),
    ("maildrop", 0o730, true, true),
    ("public", 0o710, true, true),
    ("pid", 0o755, false, false),
    ("saved", 0o700, true, false),
    ("tlstrace", 0o700, true, false),
    ("trace", 0o700, true, false),
];

/// The services of an instance that has all it should have.
const SERVICES: &str = include_str!("services.cf");

/// The file with what an installation consists of, which the scripts need.
const LIST: &str = "postfix-files";

/// The account and the groups of the mail system.
struct Accounts {
    owner: Uid,
    group: Gid,
    submitters: Gid,
}

impl Accounts {
    fn found() -> Option<Self> {
        let owner = account_files::user(b"postfix")?;
        let submitters = account_files::group(b"postdrop")?;
        let [group, submitters] = [owner.gid, submitters].map(Gid::from_raw);
        Some(Self { owner: Uid::from_raw(owner.uid), group, submitters })
    }
}

/// What the stage needs and this machine lacks, as far as it can be seen without a trial.
fn obviously_missing(run: &RunDirectory) -> Option<Need> {
    if !Uid::effective().is_root() {
        return Some(Need::Namespaces("only the superuser can have other accounts in them".to_owned()));
    }
    if Accounts::found().is_none() {
        return Some(Need::Postfix("the account postfix, or the group postdrop".to_owned()));
    }
    let is_closed = |directory: &&Path| {
        fs::metadata(directory).is_ok_and(|found| found.permissions().mode() & 0o001 == 0)
    };
    let closed = run.path().ancestors().skip(1).find(is_closed)?;
    Some(Need::WorkDirectory(closed.display().to_string()))
}

impl Testbed for ReadonlySandbox<'_> {
    fn world_options(&self, manager: &ByteString) -> WorldOptions {
        let options = self.sandbox.world_options(manager);
        let mut settings = self.settings.to_vec();
        // Without it, an upgrade would add it.
        settings.push(("inet_protocols".to_owned(), "ipv4".into()));
        WorldOptions { settings, installed: Vec::new(), host: Some("/".into()), ..options }
    }

    fn world(
        &self,
        run: &RunDirectory,
        name: &str,
        layout: &Layout,
        manager: &ByteString,
    ) -> Result<World, TestbedError> {
        let world = World::materialise(run, name, layout, &self.world_options(manager))?;
        make_ready(run, &world)
            .and_then(|()| self.add_mailq(run, &world))
            .and_then(|()| Self::add_list(&world))
            .map_err(|source| TestbedError::System { doing: "making a world ready".to_owned(), source })?;
        Ok(world)
    }

    fn run(&self, world: &World, invocation: &Invocation) -> Result<Outcome, TestbedError> {
        let covers = match self.side {
            Side::Simulated => Vec::new(),
            Side::Installed => {
                let cover = |(directory, place): &(PathBuf, &'static str)| Cover {
                    with: directory.clone().into(),
                    at: world.root().join(place).into(),
                };
                self.installed.iter().map(cover).collect()
            }
        };
        self.sandbox.run_readonly(world, invocation, covers)
    }
}

impl ReadonlySandbox<'_> {
    /// What this machine lacks for it.
    pub(crate) fn missing(&self, run: &RunDirectory) -> Option<Need> {
        obviously_missing(run).or_else(|| self.refused(run))
    }

    /// Why the system does not let a sandbox have all accounts, which only a trial tells: it may itself have a part of
    /// them, or give none away.
    fn refused(&self, run: &RunDirectory) -> Option<Need> {
        let trial = || {
            let layout = Layout::try_from(Draft::default());
            let layout = layout.map_err(|error| TestbedError::Broken(error.to_string()))?;
            let world = self.world(run, "trial", &layout, &ByteString::default())?;
            self.run(&world, &Invocation::postfix(&["check"]))
        };
        trial().err().map(|error| Need::Namespaces(error.to_string()))
    }

    /// Where it lies in the configuration directory, it is hidden with that.
    fn add_list(world: &World) -> io::Result<()> {
        let (seen, own) =
            (&world.as_seen_inside().settings.default_config_directory, world.layout().default_instance());
        let found = seen.to_path_buf().join(LIST);
        if !found.is_file() {
            return Ok(());
        }
        fs::write(world.config_directory_below_root(own).join(LIST), fs::read(found)?)
    }

    /// mailq(1) is sendmail(1) by another name.
    fn add_mailq(&self, run: &RunDirectory, world: &World) -> io::Result<()> {
        let path = world.root().join("usr/bin/mailq");
        match self.side {
            Side::Simulated => run.link_program(&path),
            Side::Installed => symlink("../sbin/sendmail", path),
        }
    }
}

/// Makes the queues of all instances as an installation leaves them, and lets ordinary users in.
fn make_ready(run: &RunDirectory, world: &World) -> io::Result<()> {
    let accounts = Accounts::found().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
    let open = |path: &Path, mode: u32| fs::set_permissions(path, Permissions::from_mode(mode));
    open(run.path(), 0o711)?;
    open(world.root(), 0o755)?;
    // A fake that an ordinary user runs writes it too.
    let journal = world.root().join("journal.jsonl");
    fs::write(&journal, "")?;
    open(&journal, 0o666)?;
    for instance in world.layout().instances() {
        let configuration = world.config_directory_below_root(instance);
        fs::write(configuration.join("master.cf"), SERVICES)?;
        let data = world.root().join("var/lib").join(instance.spool_name());
        chown(&data, Some(accounts.owner), Some(Gid::from_raw(0)))?;
        open(&data, 0o700)?;
        let queue = world.root().join("var/spool").join(instance.spool_name());
        for (name, mode, is_of_owner, is_for_submitters) in QUEUE {
            let path = queue.join(name);
            fs::create_dir(&path)?;
            let owner = if is_of_owner { accounts.owner } else { Uid::from_raw(0) };
            let group = match (is_for_submitters, is_of_owner) {
                (true, _) => accounts.submitters,
                (false, true) => accounts.group,
                (false, false) => Gid::from_raw(0),
            };
            chown(&path, Some(owner), Some(group))?;
            open(&path, mode)?;
        }
    }
    Ok(())
}
