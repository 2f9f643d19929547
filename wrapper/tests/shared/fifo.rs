//! What the fakes of both programs' tests wait at.
//!
//! Knows nothing of who waits, nor for what.

use std::fs::File;
use std::path::Path;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

/// Makes a FIFO, open at both ends, so that nobody waits for the other to open it.
pub(crate) fn make(path: &Path) -> File {
    mkfifo(path, Mode::S_IRWXU).unwrap();
    File::options().read(true).write(true).open(path).unwrap()
}
