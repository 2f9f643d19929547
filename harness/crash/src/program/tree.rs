//! Saves, restores and compares everything below some directories.
//!
//! Knows nothing of what the files mean, except that the order of settings in a main.cf does not matter: some
//! versions of postconf add them in an order that is never the same.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Whatever begins like this belongs to Postfix.
const ROOTS: [&str; 3] = ["/etc", "/var/spool", "/var/lib"];
const PREFIX: &str = "postfix";

/// Files beside the default instance's main.cf that the tool writes, postconf's unfinished one among them.
const TOOLS: [&str; 5] = [
    "/main.cf",
    "/main.cf.tmp",
    "/postfix-multi.lock",
    "/postfix-multi.unfinished",
    "/postfix-multi.unfinished.new",
];

/// What is in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its kind and mode.
    pub(crate) mode: u32,
    /// Its owner and group.
    pub(crate) owner: (u32, u32),
    /// What is in it: the lines of a text, sorted; nothing for what is no file.
    pub(crate) lines: Vec<Vec<u8>>,
}

/// All there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tree(pub(crate) BTreeMap<PathBuf, Entry>);

impl Tree {
    /// Looks at all there is.
    pub(crate) fn now() -> io::Result<Self> {
        let mut entries = BTreeMap::new();
        for path in roots()? {
            collect(&path, &mut entries)?;
        }
        Ok(Self(entries))
    }

    /// All files called main.cf.
    pub(crate) fn main_cfs(&self) -> impl Iterator<Item = (&Path, &Entry)> {
        let is_main_cf = |path: &Path| path.file_name().is_some_and(|name| name == "main.cf");
        self.0.iter().map(|(path, entry)| (path.as_path(), entry)).filter(move |(path, _)| is_main_cf(path))
    }

    /// What an instance with these directories does not have to itself: all but what is in them, the tool's own two
    /// files, and the lists in the default instance's main.cf, which are looked at elsewhere.
    pub(crate) fn without(&self, own: &[&str]) -> Self {
        let default = Path::new("/etc/postfix");
        let is_own = |path: &Path| {
            // Written until it is whole, by a new name each time.
            let text = path.to_string_lossy();
            let in_place =
                own.iter().any(|one| path.starts_with(one) || text.starts_with(&format!("{one}.")));
            let is_the_tools = path.parent() == Some(default) && TOOLS.iter().any(|one| text.ends_with(one));
            in_place || is_the_tools
        };
        let kept = self.0.iter().filter(|(path, _)| !is_own(path));
        Self(kept.map(|(path, entry)| (path.clone(), entry.clone())).collect())
    }

    /// Files that somebody has made between a kill and the next command.
    pub(crate) fn intruders(&self) -> Self {
        let is_theirs = |path: &Path, entry: &Entry| {
            path.file_name().is_some_and(|name| name == "mine") || entry.lines.contains(&b"# mine".to_vec())
        };
        let theirs = self.0.iter().filter(|(path, entry)| is_theirs(path, entry));
        Self(theirs.map(|(path, entry)| (path.clone(), entry.clone())).collect())
    }

    /// The first few differences, readable.
    pub(crate) fn differences(&self, other: &Self) -> Vec<String> {
        let mut paths: Vec<&PathBuf> = self.0.keys().chain(other.0.keys()).collect();
        paths.sort();
        paths.dedup();
        let differing = paths.into_iter().filter(|path| self.0.get(*path) != other.0.get(*path));
        let tell = |path: &PathBuf| match (self.0.get(path), other.0.get(path)) {
            (None, _) => format!("{} should not be there", path.display()),
            (_, None) => format!("{} is missing", path.display()),
            (Some(one), Some(other)) if one.lines == other.lines => format!(
                "{}: mode {:o}, owner {:?}, not mode {:o}, owner {:?}",
                path.display(),
                other.mode,
                other.owner,
                one.mode,
                one.owner
            ),
            _ => format!("{} holds something else", path.display()),
        };
        differing.take(5).map(tell).collect()
    }
}

/// The directories that belong to Postfix.
fn roots() -> io::Result<Vec<PathBuf>> {
    let mut roots = Vec::new();
    for root in ROOTS {
        for entry in fs::read_dir(root)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(PREFIX) {
                roots.push(entry.path());
            }
        }
    }
    Ok(roots)
}

fn collect(path: &Path, entries: &mut BTreeMap<PathBuf, Entry>) -> io::Result<()> {
    let metadata = fs::symlink_metadata(path)?;
    let kind = metadata.file_type();
    let mut lines = Vec::new();
    if kind.is_file() {
        // The lock says who had it last.
        let is_lock = path.extension().is_some_and(|extension| extension == "lock");
        let text = if is_lock { Vec::new() } else { fs::read(path)? };
        lines = text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        lines.sort();
    }
    let entry = Entry { mode: metadata.mode(), owner: (metadata.uid(), metadata.gid()), lines };
    entries.insert(path.to_owned(), entry);
    if kind.is_dir() && !kind.is_symlink() && !kind.is_socket() {
        for entry in fs::read_dir(path)? {
            collect(&entry?.path(), entries)?;
        }
    }
    Ok(())
}

/// Keeps a copy of all there is.
pub(crate) fn keep(copy: &Path) -> io::Result<()> {
    if copy.exists() {
        fs::remove_dir_all(copy)?;
    }
    for root in roots()? {
        let place = copy.join(root.strip_prefix("/").map_err(io::Error::other)?);
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        copy_tree(&root, &place)?;
    }
    Ok(())
}

/// Brings a copy back, and nothing else stays.
pub(crate) fn bring_back(copy: &Path) -> io::Result<()> {
    for root in roots()? {
        remove(&root)?;
    }
    for root in ROOTS {
        let Ok(kept) = fs::read_dir(copy.join(&root[1..])) else { continue };
        for entry in kept {
            let entry = entry?;
            copy_tree(&entry.path(), &Path::new(root).join(entry.file_name()))?;
        }
    }
    Ok(())
}

fn remove(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

/// With owners, modes and times.
fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    let status = Command::new("cp").arg("-a").arg("--").arg(from).arg(to).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other("cp failed")) }
}
