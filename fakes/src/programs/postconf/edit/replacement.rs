//! Replaces a configuration file, so that a reader sees either the old text or the new one.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::PathBuf;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use super::EditRequest;
use crate::config::parameters;
use crate::programs::postconf::request::stop::{BUFFER, Stop};
use crate::protocol::fault::EditFault;
use crate::protocol::features::Feature;
use crate::protocol::version::PostfixVersion;
use crate::runtime::fatal::system_message;

/// The permissions of a file that is not complete.
const PRIVATE: u32 = 0o600;

/// The new text of a file, in a locked file beside it.
pub(crate) struct Replacement {
    path: PathBuf,
    temporary: PathBuf,
    lock: Flock<File>,
    fault: Option<EditFault>,
}

/// The text of a file, as far as it could be read.
pub(crate) struct Original {
    /// The file's path, for messages.
    pub(crate) path: Vec<u8>,
    pub(crate) text: Vec<u8>,
    /// Whether it could be read to its end. If not, the edit fails with this error, but only after all other steps.
    pub(crate) end: Result<(), Stop>,
}

impl Replacement {
    /// Opens the replacement of a file and waits until nobody else has it. Returns it with the file's old text.
    pub(crate) fn open(request: &EditRequest, name: &str) -> Result<(Self, Original), Stop> {
        let (path, fault) = (parameters::file(request.directory, name), request.fault);
        if fault == Some(EditFault::ReadOnly) {
            return Err(failed("open", &path, ".tmp", &Errno::EROFS.into()));
        }
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(".tmp");
        let temporary = PathBuf::from(temporary);
        let lock = locked(&temporary).map_err(|error| failed("open", &path, ".tmp", &error))?;
        let replacement = Self { path, temporary, lock, fault };
        let original = replacement.original(request.version)?;
        Ok((replacement, original))
    }

    fn original(&self, version: PostfixVersion) -> Result<Original, Stop> {
        let mut text = Vec::new();
        let mut file = File::open(&self.path).map_err(|error| {
            let _ = std::fs::remove_file(&self.temporary);
            failed("open", &self.path, " for reading", &error)
        })?;
        let end = file.read_to_end(&mut text);
        complete_last_line(&mut text, version);
        let end = end.map(drop).map_err(|error| failed("read", &self.path, "", &error));
        Ok(Original { path: self.path.as_os_str().as_bytes().to_vec(), text, end })
    }

    /// Finishes an edit if it succeeded, or else leaves it half done.
    pub(crate) fn end(self, text: &[u8], came_to: Result<(), Stop>) -> Result<(), Stop> {
        match came_to {
            Ok(()) => self.finish(text),
            Err(stop) => {
                self.abandon(text);
                Err(stop)
            }
        }
    }

    /// Puts the new text in the place of the old one.
    fn finish(self, text: &[u8]) -> Result<(), Stop> {
        let mut file: &File = &self.lock;
        let written = match self.fault {
            Some(fault) => {
                let half = file.write_all(&text[..text.len() / 2]);
                if fault == EditFault::Killed {
                    return Err(Stop::Killed);
                }
                half.and(Err(Errno::ENOSPC.into()))
            }
            None => self.replace(text),
        };
        written.map_err(|error| {
            let _ = std::fs::remove_file(&self.temporary);
            failed("close", &self.path, ".tmp", &error)
        })
    }

    fn replace(&self, text: &[u8]) -> io::Result<()> {
        let mut file: &File = &self.lock;
        file.write_all(text)?;
        file.set_permissions(Permissions::from_mode(0o644))?;
        file.sync_all()?;
        std::fs::rename(&self.temporary, &self.path)
    }

    /// Leaves a half-written file beside the old one; the next edit clears it. The last buffer is not written.
    fn abandon(self, text: &[u8]) {
        let mut file: &File = &self.lock;
        let _ = file.write_all(&text[..text.len().saturating_sub(1) / BUFFER * BUFFER]);
    }
}

/// A last line without an end that ends with the byte 255 is taken for the end of the file. Another gets its end in
/// newer versions; in older ones, what is added joins it.
fn complete_last_line(text: &mut Vec<u8>, version: PostfixVersion) {
    match text.last() {
        Some(0xff) => {
            let start = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            text.truncate(start);
        }
        Some(last) if *last != b'\n' && version.has(Feature::LastLineCompleted) => text.push(b'\n'),
        _ => {}
    }
}

/// The lines of a text, each with its end. A line is a C string to Postfix: it, and its end, stop at a NUL.
pub(crate) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n')
        .map(|line| line.split(|byte| *byte == 0).next().unwrap_or(line))
}

fn failed(verb: &str, path: &std::path::Path, suffix: &str, error: &io::Error) -> Stop {
    let why = system_message(error);
    let path = path.as_os_str().as_bytes();
    Stop::Fatal([verb.as_bytes(), b" ", path, suffix.as_bytes(), b": ", why.as_bytes()].concat())
}

fn locked(temporary: &std::path::Path) -> io::Result<Flock<File>> {
    loop {
        let file =
            OpenOptions::new().write(true).create(true).truncate(false).mode(PRIVATE).open(temporary)?;
        let lock = Flock::lock(file, FlockArg::LockExclusive).map_err(|(_, error)| io::Error::from(error))?;
        let (held, named) = (lock.metadata()?, std::fs::metadata(temporary));
        if !named.is_ok_and(|named| (named.dev(), named.ino()) == (held.dev(), held.ino())) {
            continue;
        }
        if held.is_file() && held.nlink() == 1 && held.mode() & 0o7777 == PRIVATE {
            // Removes what a crashed process left in it.
            lock.set_len(0)?;
            return Ok(lock);
        }
        std::fs::remove_file(temporary)?;
    }
}

#[cfg(test)]
mod tests {
    use super::{complete_last_line, lines};
    use crate::protocol::version::{PostfixVersion, Series};

    #[test]
    fn a_last_line_without_end_is_taken_as_each_version_takes_it() {
        let completed = |text: &[u8], version| {
            let mut text = text.to_vec();
            complete_last_line(&mut text, version);
            text
        };
        assert_eq!(completed(b"a\nb", PostfixVersion::debian(Series::V3_7)), b"a\nb");
        assert_eq!(completed(b"a\nb", PostfixVersion::debian(Series::V3_10)), b"a\nb\n");
        assert_eq!(completed(b"a\nb\xff", PostfixVersion::debian(Series::V3_7)), b"a\n");
        assert_eq!(completed(b"\xff", PostfixVersion::debian(Series::V3_11)), b"");
        assert_eq!(completed(b"\xff\n", PostfixVersion::debian(Series::V3_11)), b"\xff\n");
    }

    #[test]
    fn a_line_stops_at_a_nul() {
        assert_eq!(lines(b"a\0b\nc\n\0\n").collect::<Vec<_>>(), [&b"a"[..], b"c\n", b""]);
    }
}
