//! Finds files that must not be read as main.cf or master.cf, because the read might not end.
//! These are all files that are not regular, files that are too large, and files that the kernel generates.
//!
//! Knows nothing of what is in a file, and of what becomes of an instance with one.

use std::fmt;
use std::fs::{self, FileType};
use std::io::{self, Read};
use std::iter;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use crate::os::files::open_file::without_wait;
use crate::os::printable::{printable, shell_word};

/// The largest main.cf or master.cf, in bytes. A list of fifty thousand instances takes less, and postconf(1) reads
/// so much in well under a second.
pub(crate) const LARGEST: u64 = 4 << 20;

/// Kinds that end a read at once.
const DIRECTORY: &str = "a directory";
const SOCKET: &str = "a socket";

/// Why a file is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It is something else than a file.
    FileKind(&'static str),
    /// It has more than [`LARGEST`] bytes.
    TooLarge,
    /// It has no size, and something in it all the same.
    MadeUp,
}

impl Unfit {
    /// Whether a program that opens the file all the same fails at once, and does not wait or read without end.
    pub(crate) fn ends_at_once(self) -> bool {
        matches!(self, Self::FileKind(DIRECTORY | SOCKET))
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FileKind(kind) => write!(formatter, "is {kind}, not a regular file"),
            Self::TooLarge => write!(formatter, "is larger than {} MiB", LARGEST >> 20),
            Self::MadeUp => {
                write!(formatter, "is made up by the kernel while it is read, not a regular file")
            }
        }
    }
}

/// What makes a file unfit, symbolic links followed. Nothing for one that is not there, or cannot be looked at:
/// Postfix has words for that, and needs no time to find them.
pub(crate) fn find(path: &Path) -> Option<Unfit> {
    let metadata = fs::metadata(path).ok()?;
    if let Some(kind) = kind(metadata.file_type()) {
        return Some(Unfit::FileKind(kind));
    }
    if metadata.len() > LARGEST {
        return Some(Unfit::TooLarge);
    }
    (metadata.len() == 0 && holds_something(path)).then_some(Unfit::MadeUp)
}

/// The same in words that name the file.
pub(crate) fn told(directory: &Path, name: &str) -> Option<String> {
    let path = directory.join(name);
    find(&path).map(|unfit| format!("{} {unfit}", printable(path)))
}

/// The command that takes something out of its place, whatever it is.
pub(crate) fn out_of_the_way(path: &Path) -> String {
    // What is in a directory is somebody's.
    if path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
        move_away(path)
    } else {
        format!("rm {}", shell_word(path))
    }
}

/// The command that gives a file or a directory another name, one that nothing has: mv(1) would replace a file that has
/// it, or move into a directory.
pub(crate) fn move_away(path: &Path) -> String {
    let name = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        name
    };
    let numbered = (2..).map(|number: u32| name(&format!(".unfit-{number}")));
    let free =
        iter::once(name(".unfit")).chain(numbered).find(|name| Path::new(name).symlink_metadata().is_err());
    format!("mv {} {}", shell_word(path), shell_word(free.unwrap_or_else(|| name(".unfit"))))
}

/// The content of a file that is fit, without a wait.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    if let Some(unfit) = find(path) {
        return Err(io::Error::other(format!("it {unfit}")));
    }
    let mut text = Vec::new();
    without_wait(path)?.take(LARGEST).read_to_end(&mut text)?;
    Ok(text)
}

/// What something is that is no regular file.
fn kind(kind: FileType) -> Option<&'static str> {
    [
        (kind.is_dir(), DIRECTORY),
        (kind.is_fifo(), "a FIFO"),
        (kind.is_socket(), SOCKET),
        (kind.is_char_device() || kind.is_block_device(), "a device"),
        (!kind.is_file(), "something else"),
    ]
    .into_iter()
    .find_map(|(is_so, kind)| is_so.then_some(kind))
}

/// Whether anything can be read from a file, or would have to be waited for.
fn holds_something(path: &Path) -> bool {
    let Ok(mut file) = without_wait(path) else { return false };
    match file.read(&mut [0]) {
        Ok(count) => count > 0,
        Err(error) => error.kind() == io::ErrorKind::WouldBlock,
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn what_cannot_be_read_to_its_end_is_found_through_links_too() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        nix::unistd::mkfifo(&path("fifo"), nix::sys::stat::Mode::S_IRUSR).unwrap();
        let _socket = UnixListener::bind(path("socket")).unwrap();
        fs::create_dir(path("directory")).unwrap();
        for (name, kind) in [
            ("fifo", "a FIFO"),
            ("socket", "a socket"),
            ("directory", "a directory"),
            ("/dev/zero", "a device"),
        ] {
            let link = path(&format!("link to {}", name.replace('/', "_")));
            symlink(name, &link).unwrap();
            assert_eq!(find(&link), Some(Unfit::FileKind(kind)), "{name}");
        }
        if Path::new("/proc/self/status").exists() {
            assert_eq!(find(Path::new("/proc/self/status")), Some(Unfit::MadeUp));
        }
    }

    #[test]
    fn a_file_is_fit_up_to_its_bound() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("main.cf");
        assert_eq!(find(&path), None, "not there");
        let file = File::create(&path).unwrap();
        assert_eq!(find(&path), None, "empty");
        file.set_len(LARGEST).unwrap();
        assert_eq!(find(&path), None);
        file.set_len(LARGEST + 1).unwrap();
        assert_eq!(find(&path), Some(Unfit::TooLarge));
        let told = told(directory.path(), "main.cf").unwrap();
        assert!(told.ends_with("/main.cf is larger than 4 MiB"), "{told}");
    }

    #[test]
    fn a_directory_is_moved_away_and_all_else_removed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("place");
        fs::create_dir(&path).unwrap();
        assert_eq!(out_of_the_way(&path), format!("mv {0} {0}.unfit", path.display()));
        fs::remove_dir(&path).unwrap();
        symlink(directory.path(), &path).unwrap();
        assert_eq!(out_of_the_way(&path), format!("rm {}", path.display()));
    }

    #[test]
    fn what_is_moved_away_replaces_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a b");
        fs::create_dir(directory.path().join("a b.unfit")).unwrap();
        symlink("nothing", directory.path().join("a b.unfit-2")).unwrap();
        let shown = path.display();
        assert_eq!(move_away(&path), format!("mv '{shown}' '{shown}.unfit-3'"));
    }

    #[test]
    fn a_link_that_leads_nowhere_is_left_to_postfix() {
        let directory = tempfile::tempdir().unwrap();
        for (name, target) in [("loop", "loop"), ("dangling", "nothing")] {
            symlink(target, directory.path().join(name)).unwrap();
            assert_eq!(find(&directory.path().join(name)), None, "{name}");
        }
    }
}
