//! Opens and reads regular files only: a FIFO, a device or an endless file would block the reader.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use nix::fcntl::OFlag;

/// What becomes of a symbolic link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// A link is followed: the user who named the file may name a link.
    Followed,
    /// It is refused: who put it there is not trusted.
    Refused,
}

/// Reads a file that has to be a regular one of at most `most` bytes.
///
/// # Errors
/// When it cannot be read, is no regular file, or is larger.
pub fn read(path: &Path, most: u64, links: Links) -> io::Result<Vec<u8>> {
    whole(&open(path, OpenOptions::new().read(true), links)?, most)
}

/// The same, as text.
///
/// # Errors
/// As [`read`], and when it is no UTF-8.
pub fn read_to_string(path: &Path, most: u64, links: Links) -> io::Result<String> {
    String::from_utf8(read(path, most, links)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "this is no text in UTF-8"))
}

/// Opens a regular file, without waiting for anybody.
///
/// # Errors
/// When it cannot be opened, or is something else.
pub fn open(path: &Path, options: &mut OpenOptions, links: Links) -> io::Result<File> {
    let flags = match links {
        Links::Followed => OFlag::O_NONBLOCK,
        Links::Refused => OFlag::O_NONBLOCK | OFlag::O_NOFOLLOW,
    };
    let opened = options.custom_flags(flags.bits()).open(path);
    let file = opened.map_err(|error| {
        // A FIFO that nobody reads, a socket, a link: what lies there says more than the number of the error.
        path.symlink_metadata().ok().and_then(|found| irregular(&found, links)).unwrap_or(error)
    })?;
    irregular(&file.metadata()?, links).map_or(Ok(file), Err)
}

/// All of an open file, from where it stands, if that is at most `most` bytes.
///
/// # Errors
/// When it cannot be read, or is larger.
pub fn whole(file: &File, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // It may grow while it is read.
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
        let why = format!("this is larger than {most} bytes, which is the most that is read");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    Ok(bytes)
}

/// That something is no regular file, if it is not.
fn irregular(found: &Metadata, links: Links) -> Option<io::Error> {
    let kind = found.file_type();
    let is = if kind.is_file() || (kind.is_symlink() && links == Links::Followed) {
        return None;
    } else if kind.is_dir() {
        "a directory"
    } else if kind.is_fifo() {
        "a FIFO or pipe"
    } else if kind.is_socket() {
        "a socket"
    } else if kind.is_symlink() {
        "a symbolic link"
    } else {
        "a device"
    };
    Some(io::Error::new(io::ErrorKind::InvalidInput, format!("this is {is}, and has to be a regular file")))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use nix::sys::stat::Mode;

    use super::{Links, read};

    #[test]
    fn what_would_hold_a_reader_up_is_refused_by_name() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        nix::unistd::mkfifo(&at("fifo"), Mode::S_IRUSR).unwrap();
        symlink("/dev/zero", at("link")).unwrap();
        symlink("loop", at("loop")).unwrap();
        std::fs::write(at("file"), "1234").unwrap();
        symlink("file", at("name")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        let said = |path: &Path, links| read(path, 4, links).unwrap_err().to_string();
        for (name, links, named) in [
            ("fifo", Links::Followed, "a FIFO"),
            ("socket", Links::Followed, "a socket"),
            (".", Links::Followed, "a directory"),
            ("link", Links::Refused, "a symbolic link"),
            ("name", Links::Refused, "a symbolic link"),
            ("loop", Links::Refused, "a symbolic link"),
            ("link", Links::Followed, "a device"),
            ("loop", Links::Followed, "symbolic links"),
            ("missing", Links::Followed, "No such file"),
        ] {
            let said = said(&at(name), links);
            assert!(said.contains(named), "{name}: {said}");
        }
        assert_eq!(read(&at("name"), 4, Links::Followed).unwrap(), b"1234");
        assert!(
            read(&at("file"), 3, Links::Followed).unwrap_err().to_string().contains("larger than 3 bytes")
        );
    }
}
