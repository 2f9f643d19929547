//! The system that a tool works on: the Postfix of a container, which is put back to how it was, and looked at.
//! Everything in it is the container's own; nothing here may ever run elsewhere. Knows nothing of tools.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use postfix_fakes::bytes::ByteString;

use crate::world::make_older;

/// Folders in which instances have their directories, and with what those begin.
const PLACES: [(&str, &str); 4] =
    [("/etc", "postfix"), ("/var/spool", "postfix"), ("/var/lib", "postfix"), ("/srv", "")];

/// Where the system is kept as it was at first.
const PRISTINE: &str = "/pristine";

/// The main.cf that the default instance begins with.
const MAIN_CF: &str = "compatibility_level = 2\nmyhostname = host.example\n";

/// Files of an instance whose text is compared line by line.
const TEXTS: [&str; 2] = ["main.cf", "master.cf"];

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A directory or something else without content, by its mode and owner.
    Node(String),
    /// A file, by mode, owner and content.
    File(String, ByteString),
}

/// All that is in the places of instances.
pub type Snapshot = BTreeMap<PathBuf, Found>;

/// The container's system.
#[derive(Debug)]
pub struct System(());

impl System {
    /// Takes the container over, and keeps what it finds.
    ///
    /// # Errors
    /// When this is no container, or a file cannot be written.
    pub fn take_over() -> io::Result<Self> {
        if !Path::new("/run/.containerenv").exists() && !Path::new("/.dockerenv").exists() {
            return Err(io::Error::other("this is no container, and whatever is here would be lost"));
        }
        let system = Self(());
        if !Path::new(PRISTINE).exists() {
            fs::write("/etc/postfix/main.cf", MAIN_CF)?;
            for (number, (folder, _)) in PLACES.iter().enumerate() {
                let kept = format!("{PRISTINE}/{number}");
                fs::create_dir_all(&kept)?;
                for path in instances_in(folder, PLACES[number].1)? {
                    copy(&path, Path::new(&kept))?;
                }
            }
        }
        Ok(system)
    }

    /// Puts everything back to how it was.
    ///
    /// # Errors
    /// When that fails.
    pub fn reset(&self) -> io::Result<()> {
        for (number, (folder, prefix)) in PLACES.iter().enumerate() {
            for path in instances_in(folder, prefix)? {
                if path.is_dir() && !path.is_symlink() {
                    fs::remove_dir_all(&path)?;
                } else {
                    fs::remove_file(&path)?;
                }
            }
            for entry in fs::read_dir(format!("{PRISTINE}/{number}"))? {
                copy(&entry?.path(), Path::new(folder))?;
            }
        }
        self.make_older()
    }

    /// Lets every main.cf look as if nobody had written it for an hour: Postfix reads a younger one again and again.
    ///
    /// # Errors
    /// When one cannot be written.
    pub fn make_older(&self) -> io::Result<()> {
        for path in self.look()?.keys().filter(|path| path.file_name().is_some_and(|name| name == "main.cf"))
        {
            make_older(path)?;
        }
        Ok(())
    }

    /// What is there now.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn look(&self) -> io::Result<Snapshot> {
        let mut snapshot = Snapshot::new();
        for (folder, prefix) in PLACES {
            for path in instances_in(folder, prefix)? {
                note(&path, &mut snapshot)?;
            }
        }
        Ok(snapshot)
    }
}

/// Whether a file's text is compared line by line.
pub fn is_text(path: &Path) -> bool {
    path.file_name().is_some_and(|name| TEXTS.iter().any(|text| name == *text))
}

fn instances_in(folder: &str, prefix: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().as_bytes().starts_with(prefix.as_bytes()) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

fn copy(from: &Path, into: &Path) -> io::Result<()> {
    let status = Command::new("cp").arg("-a").arg("--").arg(from).arg(into).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("cp {}: {status}", from.display()))) }
}

fn note(path: &Path, snapshot: &mut Snapshot) -> io::Result<()> {
    let metadata = path.symlink_metadata()?;
    let owner = format!("{}:{}", metadata.uid(), metadata.gid());
    let mode = metadata.permissions().mode() & 0o7777;
    let found = if metadata.is_symlink() {
        Found::Node(format!("link to {}", fs::read_link(path)?.display()))
    } else if metadata.is_dir() {
        Found::Node(format!("directory {mode:o} {owner}"))
    } else if metadata.is_file() {
        Found::File(format!("file {mode:o} {owner}"), ByteString(fs::read(path)?))
    } else {
        Found::Node(format!("other {mode:o} {owner}"))
    };
    snapshot.insert(path.to_path_buf(), found);
    if metadata.is_dir() {
        for entry in fs::read_dir(path)? {
            note(&entry?.path(), snapshot)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Found, Snapshot, System, note};
    use std::path::Path;

    #[test]
    fn no_machine_is_taken_over() {
        let here = Path::new("/run/.containerenv").exists() || Path::new("/.dockerenv").exists();
        assert!(here || System::take_over().is_err());
    }

    #[test]
    fn modes_and_contents_are_noted() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("x"), "text").unwrap();
        let mut snapshot = Snapshot::new();
        note(folder.path(), &mut snapshot).unwrap();
        let Some(Found::File(kind, content)) = snapshot.get(&folder.path().join("x")) else {
            panic!("{snapshot:?}")
        };
        assert!(kind.starts_with("file 6") && content.0 == b"text", "{kind}");
        assert!(
            matches!(snapshot.get(folder.path()), Some(Found::Node(kind)) if kind.starts_with("directory"))
        );
    }
}
