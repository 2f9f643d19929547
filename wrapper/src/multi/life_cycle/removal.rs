//! Removes the files that Postfix created for an instance. Other files are kept and listed.
//!
//! Doing it again does what is left to do. Knows nothing of the list of instances.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use crate::multi::changing::instance_dirs::{FILES, QUEUE, Stamps};
use crate::multi::ownership::owned::Owned;
use crate::os::files::directory::{Directory, FileKind};
use crate::os::files::mounts::{Mounts, mount_number};
use crate::os::printable::{error_text, printable, shell_word};

/// How deep Postfix divides a queue at most: the bound of `hash_queue_depth`.
const DEEPEST: usize = 10;

/// Those of them that hold messages.
const MAIL: [&str; 5] = ["maildrop", "incoming", "active", "deferred", "hold"];

/// What daemons leave in a data directory: locks, and what they remember to be quicker next time.
const DATA: [&[u8]; 2] = [b"master.lock", b"prng_exch"];
const CACHES: [&[u8]; 6] =
    [b"smtp_scache", b"smtpd_scache", b"lmtp_scache", b"verify_cache", b"postscreen_cache", b"psc_cache"];

/// Endings of the files that a cache is kept in.
const ENDINGS: [&[u8]; 5] = [b".db", b".lmdb", b".lmdb-lock", b".pag", b".dir"];

/// The directories of an instance, each proved to be its alone.
#[derive(Debug)]
pub(crate) struct OwnedDirs {
    /// `config_directory`
    pub(crate) config: Owned,
    /// `queue_directory`
    pub(crate) queue: Owned,
    /// `data_directory`
    pub(crate) data: Owned,
}

/// The number of files in a queue that are, or may be, mail.
pub(crate) fn messages(queue: &Directory) -> io::Result<usize> {
    let mut count = 0;
    for name in MAIL {
        count += files(queue, OsStr::new(name), DEEPEST)?;
    }
    Ok(count)
}

/// The number of files in a directory and in its hash subdirectories (`hash_queue_depth`).
fn files(above: &Directory, name: &OsStr, depth: usize) -> io::Result<usize> {
    let directory = match above.child(name) {
        Ok(directory) => directory,
        Err(_) if kind(above, name) == Some(FileKind::Link) => return Err(link(name)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut count = 0;
    for name in directory.names()? {
        count += match kind(&directory, &name) {
            Some(FileKind::Directory) if depth > 0 => files(&directory, &name, depth - 1)?,
            Some(FileKind::File) => 1,
            Some(FileKind::Link) if is_division(name.as_bytes()) => return Err(link(&name)),
            _ => 0,
        };
    }
    Ok(count)
}

/// What is behind a link may be mail of this instance.
fn link(name: &OsStr) -> io::Error {
    let name = printable(name);
    io::Error::other(format!(
        "{name} in it is a symbolic link, which is not followed; move what is there, and remove it"
    ))
}

/// Whether a name is one of the directories that divide a large queue.
fn is_division(name: &[u8]) -> bool {
    name.len() == 1 && name[0].is_ascii_hexdigit()
}

/// What a name stands for; nothing if it has gone.
fn kind(directory: &Directory, name: &OsStr) -> Option<FileKind> {
    directory.status_of(name).ok()?.map(|status| FileKind::of(&status))
}

/// How many of the names in a directory that is left are told.
const NAMES_TOLD: usize = 5;

/// Something that was not removed, and why.
#[derive(Debug)]
pub(crate) struct Leftover {
    /// What is left.
    pub(crate) path: PathBuf,
    /// Why.
    pub(crate) error: io::Error,
    /// What is in it.
    names: Vec<OsString>,
    /// Where something is mounted in it, which is not the instance's.
    mounts: Vec<PathBuf>,
    /// Those of these that are directories and lie in no other one: something that nobody sees may lie below them.
    covers: Vec<PathBuf>,
    /// Whether something is mounted on itself.
    is_covered: bool,
}

impl Leftover {
    fn new(path: PathBuf, error: io::Error) -> Self {
        let mut names = Vec::new();
        if error.kind() == io::ErrorKind::DirectoryNotEmpty {
            let entries = std::fs::read_dir(&path).into_iter().flatten();
            names.extend(entries.flatten().map(|entry| entry.file_name()));
        }
        names.sort();
        // A link is removed itself.
        let place = match (path.parent().map(std::fs::canonicalize), path.file_name()) {
            (Some(Ok(above)), Some(name)) => above.join(name),
            _ => path.clone(),
        };
        let mounts = Mounts::read().within(&place);
        let mut covers: Vec<PathBuf> = mounts.clone();
        covers.dedup();
        covers.retain(|point| {
            point.is_dir()
                && !point.ancestors().skip(1).any(|above| mounts.iter().any(|other| other == above))
        });
        let is_covered = mounts.contains(&place);
        Self { path, error, names, mounts, covers, is_covered }
    }
}

impl std::fmt::Display for Leftover {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = printable(&self.path);
        if self.names.is_empty() {
            write!(formatter, "{place} is left: {}; see to that", error_text(&self.error))?;
        } else {
            let told: Vec<String> = self.names.iter().take(NAMES_TOLD).map(printable).collect();
            let more = match self.names.len() - told.len() {
                0 => String::new(),
                more => format!(", and {more} more"),
            };
            write!(formatter, "{place} is left, as it holds {}{more}; look at that", told.join(", "))?;
        }
        let remove = format!("rm -r {}", shell_word(&self.path));
        if self.mounts.is_empty() {
            return write!(formatter, ", and remove it with \"{remove}\"");
        }
        let words = |paths: &[PathBuf]| paths.iter().map(shell_word).collect::<Vec<_>>().join(" ");
        write!(formatter, ", and remove it with \"umount {}", words(&self.mounts))?;
        if !self.covers.is_empty() {
            write!(formatter, " && rmdir {}", words(&self.covers))?;
        }
        if !self.is_covered {
            write!(formatter, " && {remove}")?;
        }
        write!(
            formatter,
            "\", which leaves what is mounted there as it is; older files may lie below: rmdir leaves them, too"
        )
    }
}

/// What tells the files of a configuration directory from others that come later.
pub(crate) fn stamps(config: &Owned) -> Stamps {
    let Some(directory) = config.directory() else { return Vec::new() };
    let stamped = |name: &'static str| Some((name, stamp(directory, name)?));
    FILES.into_iter().filter_map(stamped).collect()
}

fn stamp(directory: &Directory, name: &str) -> Option<OsString> {
    let status = directory.status_of(OsStr::new(name)).ok()??;
    let (modified, nanoseconds) = (status.st_mtime, status.st_mtime_nsec);
    Some(format!("{} {} {modified}.{nanoseconds:09}", status.st_ino, status.st_size).into())
}

/// Removes a file of a configuration directory, unless another one is in its place by now.
fn remove_stamped(directory: &Directory, name: &str, stamps: &Stamps) -> io::Result<()> {
    let Some(found) = stamp(directory, name) else { return Ok(()) };
    let known = stamps.iter().find(|(known, _)| *known == name).map(|(_, stamp)| stamp);
    if known == Some(&found) {
        directory.remove_file(OsStr::new(name))
    } else {
        Err(io::Error::other("it was written meanwhile"))
    }
}

/// Removes an instance's files, as they were when that began. The configuration goes last, as it tells where the rest
/// is.
pub(crate) fn remove(dirs: &OwnedDirs, stamps: &Stamps) -> Vec<Leftover> {
    let mut left = Vec::new();
    if let Some(queue) = dirs.queue.directory() {
        for name in QUEUE.map(OsStr::new) {
            if let Some(inside) = inside(queue, name) {
                empty(&inside, DEEPEST, &|kind, file| made_in_queue(name, kind, file));
            }
            note(&mut left, queue.path().join(name), queue.remove_directory(name));
        }
    }
    if let Some(data) = dirs.data.directory() {
        empty(data, 0, &|kind, file| kind == FileKind::File && made_in_data(file));
    }
    remove_owned(&dirs.data, &mut left);
    remove_owned(&dirs.queue, &mut left);
    if let Some(config) = dirs.config.directory() {
        for name in FILES {
            note(&mut left, config.path().join(name), remove_stamped(config, name, stamps));
        }
    }
    remove_owned(&dirs.config, &mut left);
    without_mounts_twice(left)
}

/// Leaves out what lies in something else that is left, if something is mounted in it: one command unmounts it.
fn without_mounts_twice(mut left: Vec<Leftover>) -> Vec<Leftover> {
    let paths: Vec<PathBuf> = left.iter().map(|one| one.path.clone()).collect();
    let lies_in_another = |path: &PathBuf| paths.iter().any(|above| path != above && path.starts_with(above));
    left.retain(|one| one.mounts.is_empty() || !lies_in_another(&one.path));
    left
}

/// What Postfix makes in a directory of the queue: sockets, locks, and directories that divide a large one.
fn made_in_queue(directory: &OsStr, kind: FileKind, name: &[u8]) -> bool {
    match directory.as_bytes() {
        b"private" | b"public" => matches!(kind, FileKind::Socket | FileKind::Fifo),
        b"pid" => {
            let is_lock = name == b"master.pid" || name.starts_with(b"inet.") || name.starts_with(b"unix.");
            kind == FileKind::File && is_lock
        }
        _ => kind == FileKind::Directory && is_division(name),
    }
}

/// Whether a name in a data directory is one that Postfix's daemons make.
pub(crate) fn made_in_data(name: &[u8]) -> bool {
    let is_cache = |base: &&[u8]| {
        name.strip_prefix(*base).is_some_and(|rest| rest.is_empty() || ENDINGS.contains(&rest))
    };
    DATA.contains(&name) || CACHES.iter().any(is_cache)
}

/// A directory in another one. A link or a mount in its place leads elsewhere, where nothing may be removed.
fn inside(directory: &Directory, name: &OsStr) -> Option<Directory> {
    let is_here = |inside: &Directory| {
        !cfg!(target_os = "linux")
            || mount_number(inside).is_some_and(|number| mount_number(directory) == Some(number))
    };
    directory.child(name).ok().filter(is_here)
}

/// Removes what Postfix made in a directory, and in those below it down to a depth. If something cannot be removed, the
/// directory cannot either, and that is reported.
fn empty(directory: &Directory, depth: usize, is_made: &impl Fn(FileKind, &[u8]) -> bool) {
    for name in directory.names().unwrap_or_default() {
        match kind(directory, &name) {
            Some(kind) if is_made(kind, name.as_bytes()) && !is_served(directory, &name, kind) => {
                let _ = match kind {
                    FileKind::Directory => {
                        if let Some(below) = inside(directory, &name).filter(|_| depth > 0) {
                            empty(&below, depth - 1, is_made);
                        }
                        directory.remove_directory(&name)
                    }
                    _ => directory.remove_file(&name),
                };
            }
            _ => {}
        }
    }
}

/// Whether a process waits at a socket or named pipe. The instance does not run, so that it is another program's, such
/// as one that Postfix asks for passwords.
fn is_served(directory: &Directory, name: &OsStr, kind: FileKind) -> bool {
    match kind {
        FileKind::Socket => directory.has_receiver(name),
        FileKind::Fifo => directory.has_reader(name),
        _ => false,
    }
}

/// Removes a directory that is empty by now, and tells a link that had led there.
fn remove_owned(owned: &Owned, left: &mut Vec<Leftover>) {
    let Some((above, name)) = owned.entry() else { return };
    let place: PathBuf = above.path().join(OsString::from(name));
    note(left, place, above.remove_directory(name));
    if std::fs::symlink_metadata(owned.path()).is_ok_and(|metadata| metadata.is_symlink()) {
        let error = io::Error::other("it is a symbolic link that Postfix has not made");
        left.push(Leftover::new(owned.path().to_owned(), error));
    }
}

fn note(left: &mut Vec<Leftover>, path: PathBuf, result: io::Result<()>) {
    match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => left.push(Leftover::new(path, error)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::net::UnixListener;
    use std::path::Path;

    use super::*;
    use crate::multi::changing::instance_dirs::InstanceDirs;
    use crate::multi::ownership::claims::Claims;
    use crate::multi::ownership::owned::{Purpose, prove};
    use crate::multi::ownership::spot::Spot;
    use crate::postfix::instance::{MAIN_CF, MASTER_CF};

    /// Removes the files of an instance that has no neighbours.
    fn remove(dirs: &InstanceDirs) -> Vec<Leftover> {
        let claims = Claims::none(&Spot::written);
        let [config, queue, data] =
            dirs.claims().map(|claim| prove(claim, Purpose::Removal, &claims, &Mounts::read()).unwrap());
        let stamps = stamps(&config);
        super::remove(&OwnedDirs { config, queue, data }, &stamps)
    }

    fn messages(queue: &Path) -> usize {
        counted(queue).unwrap()
    }

    fn counted(queue: &Path) -> io::Result<usize> {
        let way = crate::os::files::reach::reach(queue, crate::os::files::reach::Links::Any).unwrap();
        super::messages(&way.directory)
    }

    fn instance(root: &Path) -> InstanceDirs {
        let dirs =
            InstanceDirs { config: root.join("etc"), queue: root.join("spool"), data: root.join("lib") };
        for name in QUEUE {
            fs::create_dir_all(dirs.queue.join(name)).unwrap();
        }
        fs::create_dir_all(&dirs.data).unwrap();
        fs::create_dir_all(&dirs.config).unwrap();
        for name in [MAIN_CF, MASTER_CF] {
            fs::write(dirs.config.join(name), "").unwrap();
        }
        dirs
    }

    #[test]
    fn an_instance_that_has_run_goes_without_a_trace() {
        let root = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let dirs = instance(root.path());
        drop(UnixListener::bind(dirs.queue.join("public/cleanup")).unwrap());
        fs::create_dir_all(dirs.queue.join("deferred/A/B/C/D")).unwrap();
        nix::unistd::mkfifo(&dirs.queue.join("public/qmgr"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        for file in ["spool/pid/master.pid", "spool/pid/inet.smtp", "lib/master.lock", "lib/smtp_scache.db"] {
            fs::write(root.path().join(file), "").unwrap();
        }
        let left = remove(&dirs);
        assert!(left.is_empty(), "{left:?}");
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
        assert!(remove(&dirs).is_empty(), "again");
    }

    #[test]
    fn what_postfix_did_not_make_stays_and_is_told() {
        let root = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let dirs = instance(root.path());
        let kept =
            ["etc/access", "spool/private/note", "spool/deferred/A1B2", "lib/notes.db", "spool/pid/other"];
        for file in kept {
            fs::write(root.path().join(file), "kept").unwrap();
        }
        fs::create_dir(dirs.queue.join("hold/kept")).unwrap();
        fs::write(dirs.queue.join("saved/A"), "kept").unwrap();
        let left = remove(&dirs);
        assert!(dirs.queue.join("hold/kept").exists() && dirs.queue.join("saved/A").exists());
        for file in kept {
            assert!(root.path().join(file).exists(), "{file}");
        }
        let named: Vec<PathBuf> =
            left.iter().map(|left| left.path.strip_prefix(root.path()).unwrap().to_owned()).collect();
        let expected = [
            "spool/deferred",
            "spool/hold",
            "spool/pid",
            "spool/private",
            "spool/saved",
            "lib",
            "spool",
            "etc",
        ];
        assert_eq!(named, expected.map(PathBuf::from));
        let queue = dirs.queue.display();
        let told = format!(
            "{queue} is left, as it holds deferred, hold, pid, private, saved; look at that, and remove it with \"rm -r \
             {queue}\""
        );
        assert_eq!(left[6].to_string(), told);
        assert!(!dirs.config.join(MAIN_CF).exists());
    }

    #[test]
    fn what_another_program_serves_stays() {
        let root = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let dirs = instance(root.path());
        let [stream, datagram, pipe] =
            ["private/auth", "public/log", "public/fifo"].map(|name| dirs.queue.join(name));
        let _stream = UnixListener::bind(&stream).unwrap();
        let _datagram = std::os::unix::net::UnixDatagram::bind(&datagram).unwrap();
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let _reader = crate::os::files::open_file::without_wait(&pipe).unwrap();
        let named: Vec<PathBuf> = remove(&dirs).into_iter().map(|left| left.path).collect();
        assert_eq!(named, ["private", "public", ""].map(|name| dirs.queue.join(name)));
        assert!(stream.exists() && datagram.exists() && pipe.exists());
    }

    #[test]
    fn a_file_that_cannot_be_removed_is_told_by_its_name() {
        let root = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let dirs = instance(root.path());
        fs::remove_file(dirs.config.join(MAIN_CF)).unwrap();
        fs::create_dir(dirs.config.join(MAIN_CF)).unwrap();
        let named: Vec<PathBuf> = remove(&dirs).into_iter().map(|left| left.path).collect();
        assert_eq!(named, [dirs.config.join(MAIN_CF), dirs.config]);
    }

    #[test]
    fn nothing_is_removed_behind_a_link() {
        let root = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let dirs = instance(root.path());
        let elsewhere = root.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        fs::write(elsewhere.join("master.pid"), "kept").unwrap();
        fs::remove_dir(dirs.queue.join("pid")).unwrap();
        std::os::unix::fs::symlink(&elsewhere, dirs.queue.join("pid")).unwrap();
        assert!(!remove(&dirs).is_empty());
        assert!(elsewhere.join("master.pid").exists());
    }

    #[test]
    fn mail_is_counted_wherever_it_waits() {
        let root = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let dirs = instance(root.path());
        assert_eq!(messages(&dirs.queue), 0);
        fs::create_dir(dirs.queue.join("deferred/A")).unwrap();
        for file in ["deferred/A/A1", "maildrop/B2", "hold/C3", "bounce/D4"] {
            fs::write(dirs.queue.join(file), "").unwrap();
        }
        assert_eq!(messages(&dirs.queue), 3);
        // As deep as Postfix divides a queue, and no deeper.
        fs::create_dir_all(dirs.queue.join("active/0/1/2/3/4/5/6/7/8/9/A")).unwrap();
        for file in ["active/0/1/2/3/4/5/6/7/8/9/E5", "active/0/1/2/3/4/5/6/7/8/9/A/F6"] {
            fs::write(dirs.queue.join(file), "").unwrap();
        }
        assert_eq!(messages(&dirs.queue), 4);
        // Behind a link there may be more.
        std::os::unix::fs::symlink("/srv/0", dirs.queue.join("active/1")).unwrap();
        let error = counted(&dirs.queue).unwrap_err().to_string();
        assert!(error.starts_with("1 in it is a symbolic link"), "{error}");
    }
}
