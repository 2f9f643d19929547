//! Gives a command a terminal as its standard error, and copies what it writes there.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::thread::{self, JoinHandle};

use nix::pty::openpty;
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};

/// What is shown on a terminal, copied to a file.
pub(super) struct Screen {
    copying: JoinHandle<()>,
}

impl Screen {
    /// A terminal whose text goes to `file` as it is, and the side of it that a command writes to.
    pub(super) fn shown_in(mut file: File) -> io::Result<(OwnedFd, Self)> {
        let pair = openpty(None, None)?;
        let mut settings = tcgetattr(&pair.slave)?;
        cfmakeraw(&mut settings);
        tcsetattr(&pair.slave, SetArg::TCSANOW, &settings)?;
        let mut screen = File::from(pair.master);
        // Reading fails once nobody has the other side open any more.
        let copying = thread::Builder::new().spawn(move || drop(io::copy(&mut screen, &mut file)))?;
        Ok((pair.slave, Self { copying }))
    }

    /// Waits until everything is in the file.
    pub(super) fn finish(self) {
        let _ = self.copying.join();
    }
}
