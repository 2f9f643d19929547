//! Finds master(8) processes, and which instance each serves, from their environment.
//!
//! A process counts only if it is root's or the caller's own: anybody can call a program "master". A call of `master
//! -t`, as `postfix status` makes one, serves nobody. Knows nothing of locks.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::os::files::file_identity::{Identity, identity_of};
use crate::postfix::environment::MAIL_CONFIG;

/// A process that is a master.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Master {
    /// Its number.
    pub(crate) process: i32,
    /// Which instance it serves.
    pub(crate) serves: Serves,
    /// The configuration directory of that instance, if it is there.
    pub(crate) config: Option<Identity>,
    /// The program, as it was called.
    pub(crate) program: PathBuf,
}

/// Which instance a process serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Serves {
    /// The one with this configuration directory.
    This(PathBuf),
    /// None was named to it, which means the default one to a master.
    Unnamed,
    /// It only tries the lock.
    Nobody,
    /// That cannot be told.
    Unknown,
}

/// All masters that can be seen. `default` is the configuration directory of one to which none was named.
pub(crate) fn masters(proc: &Path, default: &Path) -> Vec<Master> {
    let own = user(&proc.join("self"));
    let mut masters: Vec<Master> =
        numbers(proc).filter_map(|process| master(proc, process, own, default)).collect();
    masters.sort_unstable_by_key(|master| master.process);
    masters
}

/// The numbers of all processes.
pub(crate) fn numbers(proc: &Path) -> impl Iterator<Item = i32> {
    let entries = fs::read_dir(proc).into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

/// A process, if it is a master that is at work, or will be.
pub(crate) fn master_at(proc: &Path, process: i32, default: &Path) -> Option<Master> {
    master(proc, process, user(&proc.join("self")), default)
}

/// A process, if it is a master that is at work.
fn master(proc: &Path, process: i32, own: Option<u32>, default: &Path) -> Option<Master> {
    let directory = proc.join(process.to_string());
    if !is_named_master(&directory) || !is_trusted(&directory, own) {
        return None;
    }
    let words = words(&directory)?;
    let program = PathBuf::from(words.first()?);
    let serves = serves(&directory, &words);
    let config = match &serves {
        Serves::This(config) => Some(config.as_path()),
        Serves::Unnamed => Some(default),
        Serves::Nobody | Serves::Unknown => None,
    };
    let is_here =
        !is_elsewhere(proc, &directory) || config.is_some_and(|config| sees_here(&directory, config));
    let config = config.and_then(identity_of);
    (is_here && !is_test(&words)).then_some(Master { process, serves, config, program })
}

/// Which instance a process serves, whatever it is called.
pub(crate) fn serves_of(proc: &Path, process: i32) -> Serves {
    let directory = proc.join(process.to_string());
    match words(&directory) {
        Some(words) if is_trusted(&directory, user(&proc.join("self"))) => {
            if is_named_master(&directory) && is_test(&words) {
                Serves::Nobody
            } else {
                serves(&directory, &words)
            }
        }
        _ => Serves::Unknown,
    }
}

fn is_named_master(directory: &Path) -> bool {
    fs::read(directory.join("comm")).is_ok_and(|name| name.trim_ascii() == b"master")
}

/// Whether a process has other mounts or another root than this one, so that its directories are others. If that cannot
/// be told, it has not.
fn is_elsewhere(proc: &Path, directory: &Path) -> bool {
    let namespace = |of: &Path| fs::read_link(of.join("ns/mnt")).ok();
    let root = |of: &Path| fs::metadata(of.join("root")).ok().map(|found| (found.dev(), found.ino()));
    let own = proc.join("self");
    differ(namespace(&own).as_ref(), namespace(directory).as_ref())
        || differ(root(&own).as_ref(), root(directory).as_ref())
}

/// Whether a path leads a process with mounts of its own to the same place as this one: a service that only has `/tmp` of
/// its own has the host's configuration, and a container has not. If the place is gone, what is above it decides.
fn sees_here(directory: &Path, config: &Path) -> bool {
    // Its queue must be the host's as well: a container can have the configuration alone.
    let cwd = directory.join("cwd");
    let queue = fs::read_link(&cwd).ok().and_then(|path| identity_of(&path));
    if queue.is_none() || queue != identity_of(&cwd) {
        return false;
    }
    let root = directory.join("root");
    let its = |path: &Path| identity_of(&root.join(path.strip_prefix("/").unwrap_or(path)));
    for path in config.ancestors() {
        match (identity_of(path), its(path)) {
            (None, None) => {}
            (here, there) => return here == there,
        }
    }
    false
}

/// Whether both are known, and are not the same.
fn differ<T: PartialEq>(own: Option<&T>, its: Option<&T>) -> bool {
    own.is_some() && its.is_some() && own != its
}

/// Whether a process is root's, or the caller's own.
fn is_trusted(directory: &Path, own: Option<u32>) -> bool {
    user(directory).is_some_and(|user| user == 0 || Some(user) == own)
}

/// Whether a process has a file open; nothing if that cannot be told.
pub(crate) fn has_open(proc: &Path, process: i32, file: Identity) -> Option<bool> {
    let entries = fs::read_dir(proc.join(process.to_string()).join("fd")).ok()?;
    for entry in entries {
        match fs::metadata(entry.ok()?.path()) {
            Ok(metadata) if (metadata.dev(), metadata.ino()) == file => return Some(true),
            // One that may not be looked at may be it; one that was closed meanwhile is not.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => return None,
            _ => {}
        }
    }
    Some(false)
}

/// The words that a process was called with; nothing for one that has gone, or has ended and waits to be collected.
fn words(directory: &Path) -> Option<Vec<OsString>> {
    let bytes = fs::read(directory.join("cmdline")).ok()?;
    let bytes = bytes.strip_suffix(b"\0").unwrap_or(&bytes);
    if bytes.is_empty() {
        return None;
    }
    Some(bytes.split(|byte| *byte == 0).map(|word| OsString::from_vec(word.to_vec())).collect())
}

/// Whether a master was only called to try its lock.
fn is_test(words: &[OsString]) -> bool {
    words.iter().skip(1).any(|word| {
        let letters = word.as_bytes().strip_prefix(b"-").unwrap_or_default();
        // What follows -c or -e is its value.
        letters.iter().take_while(|letter| !matches!(letter, b'c' | b'e')).any(|letter| *letter == b't')
    })
}

fn serves(directory: &Path, words: &[OsString]) -> Serves {
    if let Some(directory) = option_c(words) {
        return Serves::This(directory.into());
    }
    match environ(directory) {
        Ok(environ) => {
            let prefix = format!("{MAIL_CONFIG}=");
            let mut variables = environ.split(|byte| *byte == 0);
            let value = variables.find_map(|variable| variable.strip_prefix(prefix.as_bytes()));
            value.map_or(Serves::Unnamed, |value| Serves::This(OsStr::from_bytes(value).into()))
        }
        Err(_) => Serves::Unknown,
    }
}

/// The environment that a process was started with.
fn environ(directory: &Path) -> io::Result<Vec<u8>> {
    let environ = fs::read(directory.join("environ"))?;
    // A process in its end has none, and one that has none at all is no master.
    if environ.is_empty() { Err(ErrorKind::NotFound.into()) } else { Ok(environ) }
}

/// The value of `-c`, in the same word or in the next one.
fn option_c(words: &[OsString]) -> Option<&OsStr> {
    let mut words = words.iter().skip(1);
    while let Some(word) = words.next() {
        let letters = word.as_bytes().strip_prefix(b"-")?;
        let at = letters.iter().position(|letter| matches!(letter, b'c' | b'e'));
        match at.map(|at| (letters[at], &letters[at + 1..])) {
            Some((b'c', [])) => return words.next().map(OsString::as_os_str),
            Some((b'c', glued)) => return Some(OsStr::from_bytes(glued)),
            Some((_, [])) => drop(words.next()),
            _ => {}
        }
    }
    None
}

/// The real user of a process.
fn user(directory: &Path) -> Option<u32> {
    let status = fs::read_to_string(directory.join("status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("Uid:")?.split_whitespace().next()?.parse().ok())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A process in a directory that is made like /proc.
    pub(crate) fn process(proc: &Path, number: i32, command: &str, environ: Option<&str>, user: u32) {
        let directory = proc.join(number.to_string());
        fs::create_dir_all(directory.join("fd")).unwrap();
        let program = command.split(' ').next().unwrap();
        let name = program.rsplit('/').next().unwrap();
        fs::write(directory.join("comm"), format!("{name}\n")).unwrap();
        fs::write(directory.join("cmdline"), command.replace(' ', "\0") + "\0").unwrap();
        fs::write(directory.join("status"), format!("Name:\t{name}\nUid:\t{user}\t0\t0\t0\n")).unwrap();
        if let Some(environ) = environ {
            fs::write(directory.join("environ"), environ.replace(' ', "\0")).unwrap();
        }
    }

    fn found(command: &str, environ: Option<&str>, user: u32) -> Vec<Serves> {
        let proc = tempfile::tempdir().unwrap();
        process(proc.path(), 7, command, environ, user);
        masters(proc.path(), Path::new("/nowhere")).into_iter().map(|master| master.serves).collect()
    }

    fn this(directory: &str) -> Vec<Serves> {
        vec![Serves::This(directory.into())]
    }

    #[test]
    fn a_master_serves_the_instance_that_it_was_told() {
        let environ = Some("PATH=/bin MAIL_CONFIG=/etc/postfix-a X_MAIL_CONFIG=/x");
        assert_eq!(found("/usr/lib/postfix/sbin/master -w", environ, 0), this("/etc/postfix-a"));
        for command in ["master -c /etc/b", "master -c/etc/b", "master -e 60 -wc /etc/b"] {
            assert_eq!(found(command, environ, 0), this("/etc/b"), "{command}");
        }
        assert_eq!(found("master", Some("PATH=/bin"), 0), [Serves::Unnamed]);
        assert_eq!(found("master -e 60", None, 0), [Serves::Unknown]);
        assert_eq!(found("master", Some(""), 0), [Serves::Unknown]);
    }

    #[test]
    fn others_and_what_only_tries_the_lock_are_none() {
        let environ = Some("MAIL_CONFIG=/etc/postfix-a");
        for command in ["master -t", "master -vt", "master -c /etc/b -t", "mymaster", "qmgr -l"] {
            assert_eq!(found(command, environ, 0), [], "{command}");
        }
        assert_eq!(found("master", environ, 1000), []);
    }

    #[test]
    fn a_process_of_ones_own_counts_as_one_of_roots() {
        let proc = tempfile::tempdir().unwrap();
        process(proc.path(), 7, "master", Some("MAIL_CONFIG=/a"), 1000);
        process(proc.path(), 8, "sh", None, 1000);
        std::os::unix::fs::symlink("8", proc.path().join("self")).unwrap();
        assert_eq!(masters(proc.path(), Path::new("/nowhere")).len(), 1);
    }

    #[test]
    fn what_has_ended_and_is_not_collected_yet_is_none() {
        let proc = tempfile::tempdir().unwrap();
        process(proc.path(), 7, "master", Some("MAIL_CONFIG=/a"), 0);
        fs::write(proc.path().join("7/cmdline"), "").unwrap();
        assert_eq!(masters(proc.path(), Path::new("/nowhere")), []);
        assert_eq!(masters(&proc.path().join("nowhere"), Path::new("/nowhere")), []);
    }

    #[test]
    fn a_master_with_mounts_of_its_own_counts_if_it_has_the_same_configuration() {
        use std::os::unix::fs::symlink;
        let world = tempfile::tempdir().unwrap();
        let proc = world.path().join("proc");
        let config = world.path().join("etc/a");
        fs::create_dir_all(&config).unwrap();
        let found = |root: &Path, queue: &Path| {
            let _ = fs::remove_dir_all(&proc);
            process(&proc, 7, "master", Some(&format!("MAIL_CONFIG={}", config.display())), 0);
            for (number, mounts, root) in [("7", "mnt:[2]", root), ("1", "mnt:[1]", Path::new("/"))] {
                fs::create_dir_all(proc.join(number).join("ns")).unwrap();
                symlink(mounts, proc.join(number).join("ns/mnt")).unwrap();
                symlink(root, proc.join(number).join("root")).unwrap();
            }
            symlink(queue, proc.join("7/cwd")).unwrap();
            symlink("1", proc.join("self")).unwrap();
            masters(&proc, Path::new("/nowhere")).len()
        };
        let container = world.path().join("container");
        fs::create_dir_all(container.join(config.strip_prefix("/").unwrap())).unwrap();
        let (host, queue) = (Path::new("/"), world.path());
        assert_eq!((found(host, queue), found(&container, queue)), (1, 0));
        assert_eq!(found(host, Path::new("/nowhere")), 0, "a queue that is only there");
        // The directory is gone, here and there.
        fs::remove_dir(&config).unwrap();
        fs::remove_dir(container.join(config.strip_prefix("/").unwrap())).unwrap();
        assert_eq!((found(host, queue), found(&container, queue)), (1, 0));
    }
}
