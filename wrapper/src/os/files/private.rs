//! Creates private temporary directories and files, and uses them by descriptor, so that nobody can replace them.
//!
//! As root, only a place is used where nobody but root can replace what is made there (see `trust`): the one that
//! `TMPDIR` names counts only then. Knows nothing of what is put in there.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::Mode;
use nix::unistd::{UnlinkatFlags, geteuid, unlinkat};

use crate::os::files::directory::{Directory, identity};
use crate::os::files::reach::{Links, reach};
use crate::os::files::trust::{Access, can_be_changed_by_others};

/// Where directories and files are made by root, behind what `TMPDIR` says.
const PLACES: [&str; 3] = ["/tmp", "/var/tmp", "/run"];

/// How many names are tried.
const TRIES: usize = 8;

/// A place where temporary files can be.
struct Place {
    directory: Directory,
}

impl Place {
    /// The places to try, best first.
    fn all() -> impl Iterator<Item = Self> {
        let told = std::env::var_os("TMPDIR").filter(|told| !told.is_empty()).map(PathBuf::from);
        let is_root = geteuid().is_root();
        let usual = if is_root { &PLACES[..] } else { &PLACES[..1] };
        // A user other than root who names a place gets that place, or none.
        let usual = usual.iter().filter({
            let is_told = told.is_some();
            move |_| is_root || !is_told
        });
        let places: Vec<PathBuf> = told.into_iter().chain(usual.map(PathBuf::from)).collect();
        places.into_iter().filter_map(move |path| {
            let directory = if is_root { roots_own(&path)? } else { any_directory(&path)? };
            Some(Self { directory })
        })
    }

    /// Does something in the first place in which it can be done. `make` gets a name that is most likely free.
    fn first<T>(make: impl Fn(&Self, &str) -> io::Result<T>) -> io::Result<T> {
        let mut error = io::ErrorKind::NotFound.into();
        for place in Self::all() {
            for _ in 0..TRIES {
                match make(&place, &name()) {
                    Err(other) => error = other,
                    done => return done,
                }
                if error.kind() != io::ErrorKind::AlreadyExists {
                    break;
                }
            }
        }
        Err(error)
    }
}

/// A directory where what root makes stays what it is: nobody else can replace it, or the way to it.
fn roots_own(path: &Path) -> Option<Directory> {
    let way = reach(path, Links::Trusted).ok()?;
    let access = Access::of(&way.directory.status().ok()?);
    // What is made there will belong to the same user as the directory, as far as trust goes.
    let is_fit = way.missing.is_empty() && way.exposed.is_none() && !can_be_changed_by_others(access, access);
    is_fit.then_some(way.directory)
}

fn any_directory(path: &Path) -> Option<Directory> {
    let absolute = std::path::absolute(path).ok()?;
    let way = reach(&absolute, Links::Any).ok()?;
    way.missing.is_empty().then_some(way.directory)
}

/// A name that is hard to guess, though nothing depends on that.
fn name() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().subsec_nanos();
    format!("postfix-wrapper.{}.{now}", std::process::id())
}

/// A directory of our own, which goes when this goes.
pub(crate) struct Private {
    parent: Directory,
    name: OsString,
    directory: Directory,
    path: PathBuf,
    /// What was put into it, or may have been.
    entries: Vec<&'static str>,
}

impl Private {
    /// Makes the directory. `entries` are the names of all that will ever be in it.
    pub(crate) fn new(entries: &[&'static str]) -> io::Result<Self> {
        Place::first(|Place { directory: parent }, name| {
            let directory = parent.make(OsStr::new(name), 0o700)?;
            let Access { user, mode } = Access::of(&directory.status()?);
            if user != geteuid().as_raw() || mode & 0o777 != 0o700 {
                return Err(Errno::EPERM.into());
            }
            let path = by_descriptor(&directory).unwrap_or_else(|| directory.path().to_owned());
            let parent = parent.again()?;
            Ok(Self { parent, name: name.into(), directory, path, entries: entries.to_vec() })
        })
    }

    /// What programs that we run are told. It leads to the descriptor, as long as this lives, where the system has the
    /// process file system.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a symbolic link in it.
    pub(crate) fn link(&self, target: &Path, name: &str) -> io::Result<()> {
        self.directory.make_link(OsStr::new(name), target)
    }

    /// Writes a file in it.
    pub(crate) fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        self.directory.make_file(OsStr::new(name), 0o600)?.write_all(content)
    }

    /// Reads a file in it.
    pub(crate) fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        self.directory.file(OsStr::new(name))?.read_to_end(&mut content)?;
        Ok(content)
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        for name in &self.entries {
            let _ = self.directory.remove_file(OsStr::new(name));
        }
        // Another directory of the same name is none of our business.
        let found = self.parent.status_of(&self.name).ok().flatten().map(|status| identity(&status));
        if found.is_some() && found == self.directory.identity().ok() {
            let _ = self.parent.remove_directory(&self.name);
        }
    }
}

/// A path by which other processes of ours reach an open directory, whatever it is called.
fn by_descriptor(directory: &Directory) -> Option<PathBuf> {
    let path = PathBuf::from(format!("/proc/{}/fd/{}", std::process::id(), directory.number()));
    let found = std::fs::metadata(&path).map(|metadata| (metadata.dev(), metadata.ino())).ok()?;
    // In another process namespace's file system, the number is another process's.
    (found == directory.identity().ok()?).then_some(path)
}

/// A file that nobody else can open, and that is gone when it is closed.
pub(crate) fn nameless_file() -> io::Result<File> {
    let mode = Mode::S_IRUSR | Mode::S_IWUSR;
    Place::first(|place, name| {
        let flags = OFlag::O_RDWR | OFlag::O_CLOEXEC;
        if let Ok(file) = openat(&place.directory, ".", flags | OFlag::O_TMPFILE, mode) {
            return Ok(file.into());
        }
        // Not every file system has files without a name.
        let flags = flags | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW;
        let file = File::from(openat(&place.directory, name, flags, mode)?);
        unlinkat(&place.directory, name, UnlinkatFlags::NoRemoveDir)?;
        Ok(file)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_behind() {
        let private = Private::new(&["main.cf", "other"]).unwrap();
        let (path, real) = (private.path().to_owned(), private.path().canonicalize().unwrap());
        private.link(Path::new("/nowhere"), "main.cf").unwrap();
        private.write("other", b"x").unwrap();
        assert_eq!(private.read("other").unwrap(), b"x");
        assert_eq!(std::fs::read(path.join("other")).unwrap(), b"x");
        assert_eq!(real.metadata().unwrap().mode() & 0o7777, 0o700);
        drop(private);
        assert!(real.symlink_metadata().is_err());
    }

    #[test]
    fn what_was_put_in_its_place_is_left_alone() {
        let world = tempfile::tempdir().unwrap();
        let (moved, victim) = (world.path().join("moved"), world.path().join("victim"));
        std::fs::create_dir(&victim).unwrap();
        std::fs::write(victim.join("main.cf"), "kept").unwrap();
        let private = Private::new(&["main.cf"]).unwrap();
        let real = private.path().canonicalize().unwrap();
        if std::fs::rename(&real, &moved).is_err() {
            postfix_process::skip::skip("temporary files and the tests' own are on two file systems");
            return;
        }
        std::os::unix::fs::symlink(&victim, &real).unwrap();
        private.write("main.cf", b"own").unwrap();
        assert_eq!(
            std::fs::read(moved.join("main.cf")).unwrap(),
            b"own",
            "it is the same directory all the time"
        );
        assert_eq!(std::fs::read(private.path().join("main.cf")).unwrap(), b"own");
        drop(private);
        std::fs::remove_file(&real).unwrap();
        assert_eq!(std::fs::read(victim.join("main.cf")).unwrap(), b"kept");
        assert!(moved.join("main.cf").symlink_metadata().is_err());
    }

    #[test]
    fn a_file_without_a_name_is_our_own() {
        let file = nameless_file().unwrap();
        assert_eq!(file.metadata().unwrap().nlink(), 0);
    }
}
