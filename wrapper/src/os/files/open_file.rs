//! Opens files for reading without a wait.
//! A FIFO does not wait for a writer, and a terminal does not become the terminal of this program.
//!
//! Knows nothing of what is in a file.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::fcntl::OFlag;

/// Opens a file. A symbolic link is followed.
pub(crate) fn without_wait(path: &Path) -> io::Result<File> {
    open(path, OFlag::empty())
}

/// Opens a file, unless it is a symbolic link.
pub(crate) fn without_wait_or_link(path: &Path) -> io::Result<File> {
    open(path, OFlag::O_NOFOLLOW)
}

fn open(path: &Path, more: OFlag) -> io::Result<File> {
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY | more;
    OpenOptions::new().read(true).custom_flags(flags.bits()).open(path)
}
