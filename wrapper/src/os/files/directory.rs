//! An open directory. Its entries are examined and changed by file descriptor.
//!
//! No name is followed further than one level, and no symbolic link at all: what is found, made or removed is in this
//! very directory, whatever somebody does meanwhile to the path that led here.

use std::ffi::{CStr, OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat, readlinkat, renameat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat, fstatat, mkdirat};
use nix::unistd::{LinkatFlags, UnlinkatFlags, linkat, symlinkat, unlinkat};

use crate::os::files::file_identity::Identity;

/// How a directory is opened that is only passed through. It needs no right to read it, if the system knows that.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
const PASS: OFlag = OFlag::O_PATH;
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
const PASS: OFlag = OFlag::O_RDONLY;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// A directory.
    Directory,
    /// A regular file.
    File,
    /// A symbolic link.
    Link,
    /// A socket.
    Socket,
    /// A named pipe.
    Fifo,
    /// Anything else.
    Other,
}

impl FileKind {
    /// The kind that a file's status tells.
    pub(crate) fn of(status: &FileStat) -> Self {
        match SFlag::from_bits_truncate(status.st_mode) & SFlag::S_IFMT {
            SFlag::S_IFDIR => Self::Directory,
            SFlag::S_IFREG => Self::File,
            SFlag::S_IFLNK => Self::Link,
            SFlag::S_IFSOCK => Self::Socket,
            SFlag::S_IFIFO => Self::Fifo,
            _ => Self::Other,
        }
    }
}

/// A directory that is held open.
#[derive(Debug)]
pub(crate) struct Directory {
    descriptor: OwnedFd,
    /// How it was reached; for messages.
    path: PathBuf,
}

impl Directory {
    /// The root of the file system.
    pub(crate) fn root() -> io::Result<Self> {
        let descriptor = nix::fcntl::open("/", PASS | FLAGS, Mode::empty())?;
        Ok(Self { descriptor, path: PathBuf::from("/") })
    }

    /// How it was reached.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The directory of this name in it. A symbolic link is an error.
    pub(crate) fn child(&self, name: &OsStr) -> io::Result<Self> {
        let descriptor = openat(self, name, PASS | FLAGS | OFlag::O_NOFOLLOW, Mode::empty())?;
        Ok(Self { descriptor, path: self.path.join(name) })
    }

    /// The directory above it.
    pub(crate) fn parent(&self) -> io::Result<Self> {
        let descriptor = openat(self, "..", PASS | FLAGS, Mode::empty())?;
        let path = self.path.parent().unwrap_or(&self.path).to_owned();
        Ok(Self { descriptor, path })
    }

    /// Device and inode.
    pub(crate) fn identity(&self) -> io::Result<Identity> {
        Ok(identity(&self.status()?))
    }

    /// Its status.
    pub(crate) fn status(&self) -> io::Result<FileStat> {
        Ok(fstat(self)?)
    }

    /// The status of the entry of that name, which may be a symbolic link; nothing if there is no such name.
    pub(crate) fn status_of(&self, name: &OsStr) -> io::Result<Option<FileStat>> {
        match fstatat(self, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(status) => Ok(Some(status)),
            Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Where a symbolic link in it leads.
    pub(crate) fn link_target(&self, name: &OsStr) -> io::Result<PathBuf> {
        Ok(PathBuf::from(readlinkat(self, name)?))
    }

    /// The names in it.
    pub(crate) fn names(&self) -> io::Result<Vec<OsString>> {
        let mut listed = Dir::openat(self, ".", OFlag::O_RDONLY | FLAGS, Mode::empty())?;
        let mut names = Vec::new();
        for entry in listed.iter() {
            let entry = entry?;
            let name: &CStr = entry.file_name();
            if !matches!(name.to_bytes(), b"." | b"..") {
                names.push(OsStr::from_bytes(name.to_bytes()).to_owned());
            }
        }
        Ok(names)
    }

    /// Makes a directory in it. It is an error if the name is taken.
    pub(crate) fn make(&self, name: &OsStr, mode: u32) -> io::Result<Self> {
        mkdirat(self, name, Mode::from_bits_truncate(mode))?;
        self.child(name)
    }

    /// Makes a file in it, to be written. It is an error if the name is taken.
    pub(crate) fn make_file(&self, name: &OsStr, mode: u32) -> io::Result<File> {
        let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        Ok(File::from(openat(self, name, flags, Mode::from_bits_truncate(mode))?))
    }

    /// Opens a file in it for reading, without waiting for the writer of a named pipe.
    pub(crate) fn file(&self, name: &OsStr) -> io::Result<File> {
        let flags =
            OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC | OFlag::O_NOCTTY;
        Ok(File::from(openat(self, name, flags, Mode::empty())?))
    }

    /// Whether somebody receives what is sent to a socket in it. Nothing is sent.
    pub(crate) fn has_receiver(&self, name: &OsStr) -> bool {
        let here = PathBuf::from(format!("/proc/self/fd/{}", self.number()));
        let path = if here.exists() { here } else { self.path.clone() }.join(name);
        // To connect a datagram socket never waits, and a socket of another kind does not hear of it.
        let connected = UnixDatagram::unbound().and_then(|socket| socket.connect(path));
        let nobody = [io::ErrorKind::ConnectionRefused, io::ErrorKind::NotFound];
        !matches!(connected, Err(error) if nobody.contains(&error.kind()))
    }

    /// Whether somebody reads from a named pipe in it.
    pub(crate) fn has_reader(&self, name: &OsStr) -> bool {
        let flags =
            OFlag::O_WRONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC | OFlag::O_NOCTTY;
        openat(self, name, flags, Mode::empty()).err() != Some(Errno::ENXIO)
    }

    /// Gives a file in it a second name in another directory. It is an error if that name is taken.
    pub(crate) fn link(&self, name: &OsStr, to: &Self, new: &OsStr) -> io::Result<()> {
        Ok(linkat(self, name, to, new, LinkatFlags::empty())?)
    }

    /// Moves a file in it to another directory, where it takes the place of what has that name.
    pub(crate) fn rename(&self, name: &OsStr, to: &Self, new: &OsStr) -> io::Result<()> {
        Ok(renameat(self, name, to, new)?)
    }

    /// Makes a symbolic link in it. It is an error if the name is taken.
    pub(crate) fn make_link(&self, name: &OsStr, target: &Path) -> io::Result<()> {
        Ok(symlinkat(target, self, name)?)
    }

    /// The same directory, held open once more.
    pub(crate) fn again(&self) -> io::Result<Self> {
        Ok(Self { descriptor: self.descriptor.try_clone()?, path: self.path.clone() })
    }

    /// Removes a name that is no directory's.
    pub(crate) fn remove_file(&self, name: &OsStr) -> io::Result<()> {
        Ok(unlinkat(self, name, UnlinkatFlags::NoRemoveDir)?)
    }

    /// Removes an empty directory in it.
    pub(crate) fn remove_directory(&self, name: &OsStr) -> io::Result<()> {
        Ok(unlinkat(self, name, UnlinkatFlags::RemoveDir)?)
    }

    /// Waits until what happened in it is on disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        let readable = openat(self, ".", OFlag::O_RDONLY | FLAGS, Mode::empty())?;
        File::from(readable).sync_all()
    }

    /// The number of its file descriptor.
    pub(crate) fn number(&self) -> i32 {
        self.descriptor.as_raw_fd()
    }
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

/// How every directory is opened.
const FLAGS: OFlag = OFlag::O_DIRECTORY.union(OFlag::O_CLOEXEC);

/// Device and inode of a status.
// The widths differ between systems.
#[allow(clippy::unnecessary_cast)]
pub(crate) fn identity(status: &FileStat) -> Identity {
    (status.st_dev as u64, status.st_ino as u64)
}
