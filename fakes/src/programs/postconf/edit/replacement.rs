//! Replaces a configuration file, so that a reader sees either the old text or the new one.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use super::edit_request::EditRequest;
use crate::config::parameters;
use crate::programs::postconf::request::stop::{BUFFER, Stop};
use crate::protocol::fault::EditFault;
use crate::protocol::features::Feature;
use crate::protocol::version::PostfixVersion;
use crate::runtime::fatal::system_message;

/// The permissions of a file that is not complete.
const PRIVATE: u32 = 0o600;

/// Replaces a file once nobody else has it. `edit` gets its path, for messages, its old text as far as it could be read,
/// and where the new one goes: into a locked file beside it.
pub(crate) fn replace(
    request: &EditRequest,
    name: &str,
    edit: impl FnOnce(&[u8], &[u8], &mut Vec<u8>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let path = parameters::file(request.directory, name);
    let shown = path.as_os_str().as_bytes();
    let failed = |verb: &str, suffix: &str, error: io::Error| {
        let why = system_message(&error);
        Stop::Fatal([verb.as_bytes(), b" ", shown, suffix.as_bytes(), b": ", why.as_bytes()].concat())
    };
    if request.fault == Some(EditFault::ReadOnly) {
        return Err(failed("open", ".tmp", Errno::EROFS.into()));
    }
    let temporary = path.with_extension("cf.tmp");
    let lock = locked(&temporary).map_err(|error| failed("open", ".tmp", error))?;
    let given_up = |verb: &str, suffix: &str, error: io::Error| {
        let _ = std::fs::remove_file(&temporary);
        failed(verb, suffix, error)
    };
    let mut file = File::open(&path).map_err(|error| given_up("open", " for reading", error))?;
    let (mut text, mut edited) = (Vec::new(), Vec::new());
    let end = file.read_to_end(&mut text);
    complete_last_line(&mut text, request.version);
    // If it could not be read to its end, the edit fails, but only after all other steps.
    let result =
        edit(shown, &text, &mut edited).and(end.map(drop).map_err(|error| failed("read", "", error)));
    let mut file: &File = &lock;
    if result.is_err() {
        // Leaves a half-written file beside the old one; the next edit clears it. The last buffer is not written.
        let _ = file.write_all(&edited[..edited.len().saturating_sub(1) / BUFFER * BUFFER]);
        return result;
    }
    let written = match request.fault {
        Some(fault) => {
            let half = file.write_all(&edited[..edited.len() / 2]);
            if fault == EditFault::Killed {
                return Err(Stop::Killed);
            }
            half.and(Err(Errno::ENOSPC.into()))
        }
        None => complete(file, &edited).and_then(|()| std::fs::rename(&temporary, &path)),
    };
    written.map_err(|error| given_up("close", ".tmp", error))
}

fn complete(mut file: &File, text: &[u8]) -> io::Result<()> {
    file.write_all(text)?;
    file.set_permissions(Permissions::from_mode(0o644))?;
    file.sync_all()
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

fn locked(temporary: &Path) -> io::Result<Flock<File>> {
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
    use super::complete_last_line;
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
}
