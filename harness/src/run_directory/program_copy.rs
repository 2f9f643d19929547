//! Makes the private copy of a program that worlds link to.
//! So no change in a world reaches the installed program. Detects changes of the copy.
//!
//! A copy is written by a child process: were it written here, another thread's fork would inherit the open descriptor,
//! and the copy could not be run (ETXTBSY).

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The name under which a program writes a copy of its standard input.
pub(crate) const NAME: &str = "postfix-worlds-copier";

/// The copier's whole life. The only argument is the path of the copy.
pub(crate) fn run(arguments: &[OsString]) -> u8 {
    let Some(at) = arguments.first() else { return 64 };
    let copied = io::stdin().as_fd().try_clone_to_owned().map(File::from).and_then(|source| {
        let length = needed(&source)?;
        let mut copy = fs::OpenOptions::new().write(true).create_new(true).mode(0o700).open(at)?;
        // The mode that it shall have, whatever the mask of this process.
        copy.set_permissions(fs::Permissions::from_mode(0o755))?;
        io::copy(&mut source.take(length), &mut copy)?;
        copy.flush()
    });
    u8::from(copied.is_err())
}

/// How much of a program its running needs. What is for debuggers stands behind all that is loaded, and is much the
/// larger part.
fn needed(mut program: &File) -> io::Result<u64> {
    let whole = program.metadata()?.len();
    let mut head = [0; 64];
    let is_whole = program.read_exact(&mut head).is_ok();
    let length = if is_whole { end_of_loaded(program, &head) } else { None };
    program.seek(SeekFrom::Start(0))?;
    Ok(length.filter(|length| *length <= whole).unwrap_or(whole))
}

/// Where the last segment of a 64-bit ELF file of this machine's byte order ends.
fn end_of_loaded(mut program: &File, head: &[u8; 64]) -> Option<u64> {
    let own_order = if cfg!(target_endian = "little") { 1 } else { 2 };
    if !head.starts_with(b"\x7fELF") || head[4] != 2 || head[5] != own_order {
        return None;
    }
    let long = |bytes: &[u8], at: usize| Some(u64::from_ne_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
    let short = |at: usize| Some(u16::from_ne_bytes(head.get(at..at + 2)?.try_into().ok()?));
    let (size, count) = (usize::from(short(54)?), usize::from(short(56)?));
    program.seek(SeekFrom::Start(long(head, 32)?)).ok()?;
    let mut table = vec![0; size.checked_mul(count)?];
    program.read_exact(&mut table).ok()?;
    let table_end = long(head, 32)?.checked_add(u64::try_from(table.len()).ok()?)?;
    table
        .chunks_exact(size.max(1))
        .try_fold(table_end, |end, segment| Some(end.max(long(segment, 8)?.checked_add(long(segment, 32)?)?)))
}

/// A private copy that is as it was made.
#[derive(Debug)]
pub(crate) struct ProgramCopy {
    folder: PathBuf,
    original: PathBuf,
    /// Held open: the installed program may be replaced meanwhile.
    source: File,
    made: u32,
    path: PathBuf,
    identity: Identity,
}

/// What nobody may have changed of a copy. How many names it has, and when it got one, is no business of this.
#[derive(Debug, PartialEq, Eq)]
struct Identity {
    file: (u64, u64),
    mode: u32,
    owner: (u32, u32),
    size: u64,
    changed: (i64, i64),
}

impl Identity {
    fn of(found: &Metadata) -> Self {
        Self {
            file: (found.dev(), found.ino()),
            mode: found.mode(),
            owner: (found.uid(), found.gid()),
            size: found.size(),
            changed: (found.mtime(), found.mtime_nsec()),
        }
    }
}

impl ProgramCopy {
    /// Makes one of `original` in a folder.
    pub(crate) fn make(original: &Path, folder: &Path) -> io::Result<Self> {
        let source = File::open(original)?;
        let path = folder.join("program");
        let identity = copy(original, &source, &path)?;
        Ok(Self {
            folder: folder.to_path_buf(),
            original: original.to_path_buf(),
            source,
            made: 1,
            path,
            identity,
        })
    }

    /// Makes `at` another name of it. If somebody has changed it, this is a name of a new one.
    pub(crate) fn link(&mut self, at: &Path) -> io::Result<()> {
        if !self.is_unchanged() {
            self.made += 1;
            self.path = self.folder.join(format!("program-{}", self.made));
            self.identity = copy(&self.original, &self.source, &self.path)?;
        }
        fs::hard_link(&self.path, at)
    }

    fn is_unchanged(&self) -> bool {
        self.path.symlink_metadata().is_ok_and(|found| Identity::of(&found) == self.identity)
    }
}

fn copy(original: &Path, source: &File, at: &Path) -> io::Result<Identity> {
    let mut input = source.try_clone()?;
    input.seek(SeekFrom::Start(0))?;
    let mut copier = Command::new(original);
    copier.arg0(NAME).arg(at).env_clear().stdin(input).stdout(Stdio::null()).stderr(Stdio::null());
    let ended = copier.status();
    if !at.exists() {
        // It may be a program that knows nothing of this: a test's own.
        let status = Command::new("cp").arg("--").arg(original).arg(at).status()?;
        if !status.success() {
            return Err(io::Error::other(format!("cp {}: {status}", original.display())));
        }
    } else if !ended?.success() {
        return Err(io::Error::other(format!("{} cannot be copied: is there room?", original.display())));
    }
    at.symlink_metadata().map(|found| Identity::of(&found))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    use super::{ProgramCopy, needed};

    #[test]
    fn a_copy_that_was_changed_is_made_anew_and_never_the_original() {
        let place = tempfile::tempdir().unwrap();
        let original = place.path().join("original");
        fs::write(&original, "#!/bin/sh\nexit 0\n").unwrap();
        fs::set_permissions(&original, fs::Permissions::from_mode(0o755)).unwrap();
        let before = original.metadata().unwrap();
        let mut copy = ProgramCopy::make(&original, place.path()).unwrap();
        let inode = |name: &str| place.path().join(name).metadata().unwrap().ino();
        for name in ["a", "b"] {
            copy.link(&place.path().join(name)).unwrap();
        }
        assert_eq!(inode("a"), inode("b"));
        assert_ne!(inode("a"), before.ino());
        fs::set_permissions(place.path().join("a"), fs::Permissions::from_mode(0o0)).unwrap();
        copy.link(&place.path().join("c")).unwrap();
        assert_ne!(inode("a"), inode("c"));
        fs::write(place.path().join("c"), "#!/bin/sh\nexit 1\n").unwrap();
        copy.link(&place.path().join("d")).unwrap();
        assert_eq!(fs::read(place.path().join("d")).unwrap(), fs::read(&original).unwrap());
        let after = original.metadata().unwrap();
        assert_eq!((before.mode(), before.nlink()), (after.mode(), after.nlink()));
    }

    #[test]
    fn what_is_for_debuggers_is_left_out_and_what_is_no_program_copied_whole() {
        let own = File::open(std::env::current_exe().unwrap()).unwrap();
        let (needed_of_it, whole) = (needed(&own).unwrap(), own.metadata().unwrap().len());
        assert!(needed_of_it > whole / 100 && needed_of_it <= whole, "{needed_of_it} of {whole}");
        let place = tempfile::tempdir().unwrap();
        for text in [&b""[..], b"#!/bin/sh\n", &[b"\x7fELF\x02\x01".as_slice(), &[0xff; 90]].concat()] {
            let path = place.path().join("script");
            fs::write(&path, text).unwrap();
            assert_eq!(needed(&File::open(&path).unwrap()).unwrap(), u64::try_from(text.len()).unwrap());
        }
    }
}
