//! Reads, makes and restores the Postfix of a container, on which a tool works. It must never run outside a container.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use super::mounts;
use super::running::{self, Running};
use postfix_harness::world::make_older;

/// Folders in which instances have their directories, and with what those begin.
const PLACES: [(&str, &str); 5] = [
    ("/etc", "postfix"),
    ("/etc", "mail-"),
    ("/var/spool", "postfix"),
    ("/var/lib", "postfix"),
    ("/srv", ""),
];

/// The main.cf that the default instance begins with.
const MAIN_CF: &str = "compatibility_level = 2\nmyhostname = host.example\n";

/// Files of an instance whose text is compared line by line.
const TEXTS: [&str; 2] = ["main.cf", "master.cf"];

/// What is larger is not read, only measured.
const LARGE: u64 = 4 << 20;

/// What stands in a snapshot for an instance that runs: nothing is in this place.
const RUNNING: &str = "/proc/running";

/// Whose something is, and who may do what with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Access {
    /// The mode's permission bits.
    pub mode: u32,
    /// The user.
    pub user: u32,
    /// The group.
    pub group: u32,
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Found {
    /// A directory.
    Directory(Access),
    /// A file and its content.
    File(Access, Rc<[u8]>),
    /// A file that is too large to be read, and its size.
    Large(Access, u64),
    /// A symbolic link, where it leads, and whose it is.
    Link(PathBuf, u32),
    /// A FIFO.
    Fifo(Access),
    /// Another directory of the system is shown here.
    Mounted(PathBuf),
    /// An instance runs.
    Runs(Running),
    /// A socket or the like.
    Other(Access),
}

/// All that is in the places of instances.
pub type Snapshot = BTreeMap<PathBuf, Found>;

impl fmt::Display for Access {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:o} {}:{}", self.mode, self.user, self.group)
    }
}

impl fmt::Display for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(access) => write!(formatter, "directory {access}"),
            Self::File(access, _) => write!(formatter, "file {access}"),
            Self::Large(access, size) => write!(formatter, "file {access} of {size} bytes"),
            Self::Link(target, user) => write!(formatter, "link of {user} to {}", target.display()),
            Self::Fifo(access) => write!(formatter, "fifo {access}"),
            Self::Mounted(origin) => write!(formatter, "mount of {}", origin.display()),
            Self::Runs(running) => {
                write!(formatter, "runs on {} and {}", running.queue.display(), running.data.display())
            }
            Self::Other(access) => write!(formatter, "other {access}"),
        }
    }
}

/// The container's system.
#[derive(Debug)]
pub struct System {
    pristine: Rc<Snapshot>,
    contents: Contents,
}

impl System {
    /// Takes the container over, and keeps what it finds.
    ///
    /// # Errors
    /// When this is no container, or a file cannot be read or written.
    pub fn take_over() -> io::Result<Self> {
        if !Path::new("/run/.containerenv").exists() && !Path::new("/.dockerenv").exists() {
            return Err(io::Error::other("this is no container, and whatever is here would be lost"));
        }
        fs::write("/etc/postfix/main.cf", MAIN_CF)?;
        let contents = Contents::default();
        let pristine = Rc::new(everything(&contents)?);
        Ok(Self { pristine, contents })
    }

    /// What was there at first.
    pub fn pristine(&self) -> Rc<Snapshot> {
        Rc::clone(&self.pristine)
    }

    /// What is there now.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn look(&self) -> io::Result<Snapshot> {
        everything(&self.contents)
    }

    /// Makes it this.
    ///
    /// # Errors
    /// When that fails.
    pub fn become_like(&self, wanted: &Snapshot) -> io::Result<()> {
        running::end_all()?;
        mounts::undo(is_ours)?;
        change(&self.look()?, wanted)?;
        for (path, found) in wanted {
            if let Found::Mounted(origin) = found {
                mounts::bind(origin, path)?;
            }
        }
        for found in wanted.values() {
            if let Found::Runs(running) = found {
                running.start()?;
            }
        }
        age(wanted)
    }
}

/// Lets every main.cf of it look as if nobody had written it for an hour: Postfix reads a younger one again and again.
///
/// # Errors
/// When one cannot be written.
pub fn age(snapshot: &Snapshot) -> io::Result<()> {
    let main_cf = |path: &&PathBuf| path.file_name().is_some_and(|name| name == "main.cf");
    let files = snapshot.iter().filter(|(_, found)| matches!(found, Found::File(..) | Found::Large(..)));
    files.map(|(path, _)| path).filter(main_cf).try_for_each(|path| make_older(path))
}

/// Whether a file's text is compared line by line.
pub fn is_text(path: &Path) -> bool {
    path.file_name().is_some_and(|name| TEXTS.iter().any(|text| name == *text))
}

/// The contents of files, each kept once, however many snapshots have it.
#[derive(Debug, Default)]
struct Contents(RefCell<HashSet<Rc<[u8]>>>);

impl Contents {
    fn of(&self, path: &Path) -> io::Result<Rc<[u8]>> {
        let content = running::without_pid(path, fs::read(path)?);
        let mut known = self.0.borrow_mut();
        if let Some(same) = known.get(content.as_slice()) {
            return Ok(Rc::clone(same));
        }
        let content: Rc<[u8]> = content.into();
        known.insert(Rc::clone(&content));
        Ok(content)
    }
}

/// Whether a path is in a place of instances.
fn is_ours(path: &Path) -> bool {
    PLACES.iter().any(|(folder, prefix)| {
        let first = path.strip_prefix(folder).ok().and_then(|rest| rest.components().next());
        first.is_some_and(|first| first.as_os_str().as_bytes().starts_with(prefix.as_bytes()))
    })
}

fn everything(contents: &Contents) -> io::Result<Snapshot> {
    let mounted: BTreeMap<PathBuf, PathBuf> = mounts::all()?
        .into_iter()
        .filter(|mount| is_ours(&mount.place))
        .map(|mount| (mount.place, mount.origin))
        .collect();
    let mut snapshot = Snapshot::new();
    for (folder, prefix) in PLACES {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_name().as_bytes().starts_with(prefix.as_bytes()) {
                note(&entry.path(), contents, &mounted, &mut snapshot)?;
            }
        }
    }
    for running in Running::all()? {
        let place = running.config.strip_prefix("/").unwrap_or(&running.config);
        snapshot.insert(Path::new(RUNNING).join(place), Found::Runs(running));
    }
    Ok(snapshot)
}

fn note(
    path: &Path,
    contents: &Contents,
    mounted: &BTreeMap<PathBuf, PathBuf>,
    snapshot: &mut Snapshot,
) -> io::Result<()> {
    if let Some(origin) = mounted.get(path) {
        // It is noted where it is at home.
        snapshot.insert(path.to_path_buf(), Found::Mounted(origin.clone()));
        return Ok(());
    }
    let metadata = path.symlink_metadata()?;
    let mode = metadata.permissions().mode() & 0o7777;
    let access = Access { mode, user: metadata.uid(), group: metadata.gid() };
    let found = if metadata.is_symlink() {
        Found::Link(fs::read_link(path)?, metadata.uid())
    } else if metadata.is_dir() {
        Found::Directory(access)
    } else if metadata.is_file() && metadata.len() > LARGE {
        Found::Large(access, metadata.len())
    } else if metadata.is_file() {
        Found::File(access, contents.of(path)?)
    } else if metadata.file_type().is_fifo() {
        Found::Fifo(access)
    } else {
        Found::Other(access)
    };
    snapshot.insert(path.to_path_buf(), found);
    if metadata.is_dir() {
        for entry in fs::read_dir(path)? {
            note(&entry?.path(), contents, mounted, snapshot)?;
        }
    }
    Ok(())
}

/// Changes what there is into what is wanted. A directory sorts before what is in it.
fn change(there: &Snapshot, wanted: &Snapshot) -> io::Result<()> {
    for (path, found) in there.iter().rev() {
        let stays = match (found, wanted.get(path)) {
            (Found::Directory(_), Some(Found::Directory(_))) => true,
            (found, wanted) => wanted == Some(found),
        };
        match found {
            _ if stays => {}
            Found::Runs(_) => {}
            Found::Directory(_) => fs::remove_dir(path)?,
            _ => fs::remove_file(path)?,
        }
    }
    for (path, found) in wanted {
        let before = there.get(path);
        if before != Some(found) {
            make(path, found, before)?;
        }
    }
    Ok(())
}

fn make(path: &Path, wanted: &Found, before: Option<&Found>) -> io::Result<()> {
    let access = match wanted {
        Found::Link(target, user) => {
            symlink(target, path)?;
            return lchown(path, Some(*user), None);
        }
        // These come when everything else is there.
        Found::Mounted(_) | Found::Runs(_) => return Ok(()),
        Found::Fifo(access) => {
            mkfifo(path, Mode::from_bits_truncate(access.mode))?;
            access
        }
        Found::Large(access, size) => {
            fs::File::create(path)?.set_len(*size)?;
            access
        }
        Found::Other(_) => {
            return Err(io::Error::other(format!("{}: {wanted} cannot be made", path.display())));
        }
        Found::Directory(access) => {
            if !matches!(before, Some(Found::Directory(_))) {
                fs::create_dir(path)?;
            }
            access
        }
        Found::File(access, content) => {
            fs::write(path, content)?;
            access
        }
    };
    // The owner first: a change of it may take bits of the mode away.
    chown(path, Some(access.user), Some(access.group))?;
    fs::set_permissions(path, fs::Permissions::from_mode(access.mode))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    use super::{Contents, Found, Snapshot, System, change, note};

    fn snapshot(folder: &Path) -> Snapshot {
        let mut snapshot = Snapshot::new();
        note(folder, &Contents::default(), &BTreeMap::new(), &mut snapshot).unwrap();
        snapshot
    }

    #[test]
    fn no_machine_is_taken_over() {
        let here = Path::new("/run/.containerenv").exists() || Path::new("/.dockerenv").exists();
        assert!(here || System::take_over().is_err());
    }

    #[test]
    fn modes_and_contents_are_noted() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("x"), "text").unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o750)).unwrap();
        let snapshot = snapshot(folder.path());
        let Some(found @ Found::File(_, content)) = snapshot.get(&folder.path().join("x")) else {
            panic!("{snapshot:?}")
        };
        assert!(found.to_string().starts_with("file 6") && **content == *b"text", "{found}");
        assert!(snapshot.get(folder.path()).unwrap().to_string().starts_with("directory 750"));
    }

    #[test]
    fn what_is_there_becomes_what_was_noted() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for directory in ["kept/deep", "file-later", "mode"] {
            fs::create_dir_all(at(directory)).unwrap();
        }
        fs::write(at("kept/deep/gone-later"), "one").unwrap();
        fs::write(at("kept/other-later"), "two").unwrap();
        fs::write(at("mode/file"), "three").unwrap();
        fs::set_permissions(at("mode/file"), fs::Permissions::from_mode(0o2640)).unwrap();
        symlink("kept", at("link")).unwrap();
        let wanted = snapshot(folder.path());

        fs::remove_dir_all(at("kept/deep")).unwrap();
        fs::write(at("kept/other-later"), "four").unwrap();
        fs::remove_dir(at("file-later")).unwrap();
        fs::write(at("file-later"), "five").unwrap();
        fs::set_permissions(at("mode"), fs::Permissions::from_mode(0o700)).unwrap();
        fs::set_permissions(at("mode/file"), fs::Permissions::from_mode(0o600)).unwrap();
        fs::remove_file(at("link")).unwrap();
        symlink("elsewhere", at("link")).unwrap();
        fs::create_dir_all(at("new/deep")).unwrap();
        fs::write(at("new/deep/file"), "six").unwrap();

        change(&snapshot(folder.path()), &wanted).unwrap();
        assert_eq!(snapshot(folder.path()), wanted);
    }
}
