//! Finds the instances of a system, listed or not, and which of their directories each of them has to itself.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use postfix_fakes::main_cf::{COMMA_SPACE, ExpansionLimit, MainCf, Mode, expand, split};
use serde::Deserialize;

use super::mounts::{self, Mount};
use super::system::{Found, Snapshot};

/// Directories that belong to the installation.
const OF_INSTALLATION: [&str; 4] =
    ["command_directory", "daemon_directory", "meta_directory", "shlib_directory"];

/// What the names of instances begin with.
pub const PREFIX: &str = "postfix-";

/// What keeps postmulti(1) from working, or ours from some of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unsound {
    /// A managed instance's main.cf cannot be read, or its master.cf is no file that can end.
    Damaged,
    /// Two managed instances have one name, or one directory by the same text; or one has the installation's.
    Claimed,
    /// Two instances have one directory, or one has what lies in another's, however it is written.
    Shared,
    /// The record or the lock is not the tool's.
    Foreign,
}

/// No main.cf that anybody wrote is larger.
const LARGEST: u64 = 1 << 20;

/// How an instance is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It is the default instance.
    Default,
    /// It is in `multi_instance_directories`.
    Listed,
    /// It is in `alternate_config_directories` alone.
    Alternate,
    /// Nobody lists it, but there is its main.cf.
    Stranger,
}

/// What its main.cf says of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its configuration directory, as it is listed.
    pub config: PathBuf,
    /// Where that was when the system was looked at.
    pub place: PathBuf,
    /// How it is known.
    pub role: Role,
    /// Its values, if its main.cf can be read.
    pub says: Option<Says>,
}

/// The values that matter here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Says {
    /// `multi_instance_name`
    pub name: OsString,
    /// `multi_instance_group`
    pub group: OsString,
    /// `multi_instance_enable`
    pub enable: OsString,
    /// `queue_directory`
    pub queue: PathBuf,
    /// `data_directory`
    pub data: PathBuf,
}

/// What Postfix takes a parameter to be that no main.cf sets.
#[derive(Clone, Debug, Default)]
pub struct Defaults(BTreeMap<Vec<u8>, Vec<u8>>);

/// All instances, and where their directories are.
#[derive(Clone, Debug)]
pub struct Owners {
    /// The instances, the default one first.
    pub instances: Vec<Instance>,
    installation: Vec<PathBuf>,
    mounts: Vec<Mount>,
}

impl Defaults {
    /// Asks the installed postconf(1).
    ///
    /// # Errors
    /// When it cannot be run.
    pub fn ask() -> io::Result<Self> {
        let output = Command::new("postconf").arg("-d").output()?;
        let lines = output.stdout.split(|byte| *byte == b'\n');
        let setting = |line: &[u8]| {
            let equals = line.iter().position(|byte| *byte == b'=')?;
            Some((line[..equals].trim_ascii().to_vec(), line[equals + 1..].trim_ascii().to_vec()))
        };
        Ok(Self(lines.filter_map(setting).collect()))
    }

    /// A value, without asking any main.cf.
    pub fn path(&self, name: &str) -> PathBuf {
        self.value(&MainCf::default(), name).map(PathBuf::from).unwrap_or_default()
    }

    fn value(&self, main_cf: &MainCf, name: &str) -> Option<OsString> {
        let written = |name: &[u8]| main_cf.get(name).or_else(|| self.0.get(name).map(Vec::as_slice));
        let value = written(name.as_bytes())?.to_vec();
        let work = ExpansionLimit::default();
        let mut lookup = |name: &[u8]| written(name).map(<[u8]>::to_vec);
        let expansion =
            expand(&value, Mode::Recursive, main_cf.version(), &work, &mut lookup, &mut Vec::new());
        (!expansion.failed && expansion.fatal.is_none()).then(|| OsString::from_vec(expansion.text))
    }
}

/// Reads the main.cf of a directory, if it is a file that can be.
fn read(directory: &Path) -> Option<MainCf> {
    let path = directory.join("main.cf");
    let metadata = fs::metadata(&path).ok()?;
    let is_readable = metadata.is_file() && metadata.len() <= LARGEST;
    let text = is_readable.then(|| fs::read(&path).ok()).flatten()?;
    let mut main_cf = MainCf::default();
    main_cf.set(b"config_directory", directory.as_os_str().as_bytes());
    main_cf.parse(&text, path.as_os_str().as_bytes(), &mut Vec::new()).ok()?;
    Some(main_cf)
}

/// Whether something is there that is no file: reading a FIFO waits for ever.
fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file())
}

fn list(value: &OsStr) -> Vec<PathBuf> {
    let words = split(value.as_bytes(), COMMA_SPACE);
    words.into_iter().map(|word| PathBuf::from(OsString::from_vec(word.to_vec()))).collect()
}

impl Owners {
    /// Looks at the system as it is now. The snapshot tells which main.cf files nobody lists.
    ///
    /// # Errors
    /// When the mounts cannot be read.
    pub fn of(snapshot: &Snapshot, default: &Path, defaults: &Defaults) -> io::Result<Self> {
        let mut owners = Self { instances: Vec::new(), installation: Vec::new(), mounts: mounts::all()? };
        let main_cf = read(default);
        let of_default = |name: &str| main_cf.as_ref().and_then(|main_cf| defaults.value(main_cf, name));
        owners.add(default, Role::Default, defaults);
        for directory in list(&of_default("multi_instance_directories").unwrap_or_default()) {
            owners.add(&directory, Role::Listed, defaults);
        }
        for directory in list(&of_default("alternate_config_directories").unwrap_or_default()) {
            owners.add(&directory, Role::Alternate, defaults);
        }
        for path in snapshot.keys().filter(|path| path.file_name().is_some_and(|name| name == "main.cf")) {
            let hidden = path.components().any(|part| part.as_os_str() == ".postfix-multi");
            if let Some(directory) = path.parent().filter(|_| !hidden) {
                owners.add(directory, Role::Stranger, defaults);
            }
        }
        let directories = OF_INSTALLATION.iter().filter_map(|name| of_default(name)).map(PathBuf::from);
        owners.installation = directories.filter(|path| path.is_absolute()).collect();
        Ok(owners)
    }

    fn add(&mut self, config: &Path, role: Role, defaults: &Defaults) {
        let place = self.place(config);
        // A path that is listed twice is one instance.
        let known = self.instances.iter().any(|one| one.place == place);
        if known && role != Role::Listed || self.instances.iter().any(|one| one.config == config) {
            return;
        }
        let says = read(config).and_then(|main_cf| {
            let value = |name| defaults.value(&main_cf, name);
            Some(Says {
                name: value("multi_instance_name")?,
                group: value("multi_instance_group")?,
                enable: value("multi_instance_enable")?,
                queue: value("queue_directory")?.into(),
                data: value("data_directory")?.into(),
            })
        });
        self.instances.push(Instance { config: config.to_owned(), place, role, says });
    }

    /// Where a path leads: without links and second places, as far as it exists.
    pub fn place(&self, path: &Path) -> PathBuf {
        for above in path.ancestors() {
            if let (Ok(real), Ok(rest)) = (fs::canonicalize(above), path.strip_prefix(above)) {
                let real = if rest.as_os_str().is_empty() { real } else { real.join(rest) };
                return mounts::origin_of(&real, &self.mounts);
            }
        }
        path.to_owned()
    }

    /// The instances that have this name or this configuration directory.
    pub fn called(&self, name: &str) -> Vec<&Instance> {
        let mut found: Vec<&Instance> = Vec::new();
        for instance in self.instances.iter().filter(|one| one.role <= Role::Listed) {
            let known = found.iter().any(|other| other.place == instance.place);
            if instance.is_called(name) && !known {
                found.push(instance);
            }
        }
        found
    }

    /// What is wrong with the system.
    pub fn unsound(&self, snapshot: &Snapshot) -> BTreeSet<Unsound> {
        let managed: Vec<&Instance> = self.instances.iter().filter(|one| one.role <= Role::Listed).collect();
        let mut found = BTreeSet::new();
        if managed.iter().any(|one| one.says.is_none() || is_special(&one.place.join("master.cf"))) {
            found.insert(Unsound::Damaged);
        }
        let mut claims: Vec<OsString> = self.installation.iter().map(|path| path.clone().into()).collect();
        claims.sort();
        // meta_directory may be anybody's.
        claims.dedup();
        claims.retain(|one| managed.iter().all(|other| other.config.as_os_str() != one));
        for one in &managed {
            claims.extend(one.directories().into_iter().map(|path| path.as_os_str().to_owned()));
            let name = one.says.as_ref().map(|says| says.name.clone());
            claims.extend(name.filter(|name| !name.is_empty()));
        }
        let several = claims.len();
        claims.sort();
        claims.dedup();
        if claims.len() < several {
            found.insert(Unsound::Claimed);
        }
        let is_shared = |one: &Instance| {
            let wanted: Vec<&Path> =
                one.directories().into_iter().filter(|path| path.is_absolute()).collect();
            self.alone(&one.config, &wanted).len() < wanted.len()
        };
        if self.instances.iter().any(|one| one.role != Role::Default && is_shared(one)) {
            found.insert(Unsound::Shared);
        }
        let default = self.instances.first().map(|one| one.place.clone()).unwrap_or_default();
        let is_foreign = |name: &&str| {
            let is_the_tools = |found: &Found| match found {
                // No tool ever takes the default instance apart.
                Found::File(access, text) => {
                    let is_nonsense = name.ends_with("unfinished") && !text.starts_with(b"postfix-multi ");
                    access.user == 0 && !is_nonsense && !names(text, &default)
                }
                _ => false,
            };
            snapshot.get(&default.join(name)).is_some_and(|found| !is_the_tools(found))
        };
        if ["postfix-multi.lock", "postfix-multi.unfinished"].iter().any(is_foreign) {
            found.insert(Unsound::Foreign);
        }
        found
    }

    /// Those of an instance's directories that it has to itself: no other instance, and not the installation, has one
    /// of them, has one in it, or lies in one; and no link leads there that somebody else than root may have made.
    pub fn alone(&self, config: &Path, directories: &[&Path]) -> Vec<PathBuf> {
        let known = self.instances.iter().find(|one| one.config == config);
        let own = known.map_or_else(|| self.place(config), |one| one.place.clone());
        let mut taken: Vec<PathBuf> = self.installation.iter().map(|path| self.place(path)).collect();
        for other in self.instances.iter().filter(|other| other.place != own) {
            taken.push(other.place.clone());
            if let Some(says) = &other.says {
                let absolute = [&says.queue, &says.data].into_iter().filter(|path| path.is_absolute());
                taken.extend(absolute.map(|path| self.place(path)));
            }
        }
        let reached = directories.iter().filter(|path| path.is_absolute() && only_root_leads(path));
        let places = reached.map(|path| self.place(path));
        places
            .filter(|one| !taken.iter().any(|other| one.starts_with(other) || other.starts_with(one)))
            .collect()
    }
}

/// Whether a record is about the instance with this configuration directory.
fn names(record: &[u8], config: &Path) -> bool {
    let line = [b"config_directory ", config.as_os_str().as_bytes()].concat();
    record.split(|byte| *byte == b'\n').any(|one| one == line)
}

/// Whether all symbolic links on the way are root's, in directories that nobody else can change.
fn only_root_leads(path: &Path) -> bool {
    let is_roots_alone = |above: &Path| {
        let shared = |metadata: &fs::Metadata| metadata.mode() & 0o022 != 0 && metadata.mode() & 0o1000 == 0;
        fs::metadata(above).is_ok_and(|metadata| metadata.uid() == 0 && !shared(&metadata))
    };
    path.ancestors().all(|one| match one.symlink_metadata() {
        Ok(metadata) if metadata.is_symlink() => {
            metadata.uid() == 0 && one.parent().is_none_or(is_roots_alone)
        }
        _ => true,
    })
}

impl Instance {
    /// Whether this name or this configuration directory means it. `postfix-` may be left out.
    pub fn is_called(&self, name: &str) -> bool {
        let has = |name: &str| self.says.as_ref().is_some_and(|says| says.name == name);
        let is_default = name == "-" && self.role == Role::Default;
        if name.starts_with('/') {
            // A path is a directory, whatever somebody is called: else nothing would be left to tell two apart.
            return self.config == Path::new(name);
        }
        let is_named = name != "-" && !name.is_empty() && (has(name) || has(&format!("{PREFIX}{name}")));
        is_named || is_default
    }

    /// Whether it gets commands.
    pub fn is_enabled(&self) -> bool {
        self.role <= Role::Listed
            && self.says.as_ref().is_some_and(|says| says.enable.eq_ignore_ascii_case("yes"))
    }

    /// Its directories.
    pub fn directories(&self) -> Vec<&Path> {
        let mut directories = vec![self.config.as_path()];
        if let Some(says) = &self.says {
            directories.extend([says.queue.as_path(), says.data.as_path()]);
        }
        directories
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, lchown, symlink};
    use std::path::Path;

    use super::{Defaults, Owners, Role, only_root_leads};
    use crate::differential::system::{Found, Snapshot};

    #[test]
    fn a_link_of_somebody_else_leads_to_nothing_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let (link, place) = (folder.path().join("link"), folder.path().join("link/x"));
        symlink("/", &link).unwrap();
        let is_root = fs::symlink_metadata(&link).unwrap().uid() == 0;
        assert_eq!(only_root_leads(&place), is_root);
        if is_root {
            lchown(&link, Some(1234), None).unwrap();
            assert!(!only_root_leads(&place));
        }
    }

    /// A default instance that lists `a`, and a stranger.
    fn system(folder: &Path, a_has: &str) -> Owners {
        for name in ["a", "default", "stranger", "var", "var/lib", "var/spool", "var/a"] {
            fs::create_dir_all(folder.join(name)).unwrap();
        }
        let shown = folder.display();
        let write = |name: &str, text: &str| fs::write(folder.join(name).join("main.cf"), text).unwrap();
        write("default", &format!("multi_instance_directories = {shown}/a\n"));
        write("a", &format!("multi_instance_name = n\nbase = {shown}/var\n{a_has}\n"));
        write("stranger", &format!("queue_directory={shown}/var/q\ndata_directory={shown}/var/s\n"));
        let defaults = [("queue_directory", "var/spool"), ("data_directory", "var/lib")];
        let value = |path: &str| folder.join(path).display().to_string().into_bytes();
        let mut defaults =
            Defaults(defaults.map(|(name, path)| (name.as_bytes().to_vec(), value(path))).into());
        for name in ["multi_instance_name", "multi_instance_group", "multi_instance_enable"] {
            defaults.0.insert(name.into(), Vec::new());
        }
        let main_cf = folder.join("stranger/main.cf");
        let snapshot = Snapshot::from([(main_cf, Found::Mounted("/".into()))]);
        Owners::of(&snapshot, &folder.join("default"), &defaults).unwrap()
    }

    fn alone(a_has: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        symlink("var", folder.path().join("link")).unwrap();
        let real = fs::canonicalize(folder.path()).unwrap();
        let owners = system(&real, a_has);
        let a = owners.called("n")[0];
        assert_eq!(a.role, Role::Listed);
        let own = owners.alone(&a.config, &a.directories());
        own.iter().map(|path| path.strip_prefix(&real).unwrap().display().to_string()).collect()
    }

    #[test]
    fn what_an_instance_shares_is_not_its_own_however_it_is_written() {
        assert_eq!(alone("queue_directory=$base/a/q\ndata_directory=$base/a/d"), ["a", "var/a/q", "var/a/d"]);
        assert_eq!(alone(""), ["a"]);
        assert_eq!(alone("queue_directory=$base/a/q\ndata_directory=$base/a/../lib"), ["a", "var/a/q"]);
        assert_eq!(alone("queue_directory=$base/../link/spool\ndata_directory=$base/a"), ["a", "var/a"]);
        assert_eq!(alone("queue_directory=$base/lib/in\ndata_directory=$base/a"), ["a", "var/a"]);
        assert_eq!(alone("queue_directory=$base\ndata_directory=$base/q/deep"), ["a"]);
    }
}
