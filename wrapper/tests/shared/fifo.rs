//! Makes the FIFOs at which fakes wait, for the tests of both programs.

use std::fs::File;
use std::path::Path;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

/// Makes a FIFO, open at both ends, so that nobody waits for the other to open it.
pub(crate) fn make(path: &Path) -> File {
    mkfifo(path, Mode::S_IRWXU).unwrap();
    File::options().read(true).write(true).open(path).unwrap()
}
