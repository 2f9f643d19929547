//! Makes a pseudo-terminal that changes nothing of what is written to it.
//!
//! It is for programs that say more, or say it at once, if a stream is a terminal. It is nobody's controlling terminal,
//! so no signal and no job control comes from it.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;

use nix::pty::openpty;
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};

/// A pseudo-terminal: where its output is read, and the terminal itself. A read fails once nobody has that open.
pub(crate) fn open() -> io::Result<(File, OwnedFd)> {
    let pair = openpty(None, None)?;
    let mut settings = tcgetattr(&pair.slave)?;
    // A line's end stays one byte.
    cfmakeraw(&mut settings);
    tcsetattr(&pair.slave, SetArg::TCSANOW, &settings)?;
    Ok((File::from(pair.master), pair.slave))
}

#[cfg(test)]
mod tests {
    use std::io::{IsTerminal, Read, Write};

    use super::*;

    #[test]
    fn what_is_written_is_read_unchanged_up_to_its_end() {
        let Ok((mut source, end)) = open() else {
            return postfix_process::skip::skip("there are no pseudo-terminals");
        };
        let mut terminal = File::from(end);
        assert!(terminal.is_terminal());
        terminal.write_all(b"one\ntwo\x04\x03\xff\n").unwrap();
        drop(terminal);
        let mut bytes = Vec::new();
        // The end is an error on Linux.
        let _ = source.read_to_end(&mut bytes);
        assert_eq!(bytes, b"one\ntwo\x04\x03\xff\n");
    }
}
