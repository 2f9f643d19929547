//! Reads a main.cf or master.cf if it is a regular file of moderate size that was not changed in the last seconds.
//!
//! Knows nothing of what is in the file.

use std::fs::Metadata;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::os::files::open_file::without_wait;
use crate::os::time_limits::SETTLED;

/// No main.cf and no master.cf is that large.
const LARGEST: u64 = 1 << 18;

/// The text of such a file, or nothing if Postfix should rather be asked. Whatever is wrong with the file, Postfix has
/// the words for it.
pub(crate) fn text(path: &Path) -> Option<Vec<u8>> {
    text_at(path, SystemTime::now())
}

/// The same, at some moment.
fn text_at(path: &Path, now: SystemTime) -> Option<Vec<u8>> {
    // Looked at before it is opened, as opening can mean something to a device.
    if !is_fit(&std::fs::metadata(path).ok()?, now) {
        return None;
    }
    // If it has become a pipe meanwhile, opening it does not wait for a writer.
    let file = without_wait(path).ok()?;
    let before = file.metadata().ok()?;
    if !is_fit(&before, now) {
        return None;
    }
    let mut text = Vec::with_capacity(usize::try_from(before.len()).ok()?);
    (&file).take(LARGEST).read_to_end(&mut text).ok()?;
    let state = |metadata: &Metadata, length| {
        (length, metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec())
    };
    let after = file.metadata().ok()?;
    // As long as it was, and as it is: nobody has changed it meanwhile.
    let has_stayed = state(&before, before.len()) == state(&after, text.len() as u64);
    has_stayed.then_some(text)
}

/// Whether a file is of the right kind, and has been left alone for a while.
fn is_fit(metadata: &Metadata, now: SystemTime) -> bool {
    let is_cold = |time: Option<SystemTime>| {
        time.is_some_and(|time| now.duration_since(time).is_ok_and(|age| age >= SETTLED))
    };
    let changed = u64::try_from(metadata.ctime()).ok().and_then(|seconds| {
        let nanoseconds = u32::try_from(metadata.ctime_nsec()).ok()?;
        SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds, nanoseconds))
    });
    metadata.is_file() && metadata.len() <= LARGEST && is_cold(metadata.modified().ok()) && is_cold(changed)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::path::PathBuf;

    use super::*;

    /// A directory with a main.cf that was left alone for an hour.
    fn directory(content: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("main.cf");
        fs::write(&path, content).unwrap();
        (directory, path)
    }

    fn in_an_hour() -> SystemTime {
        SystemTime::now() + Duration::from_secs(3600)
    }

    /// The text of its main.cf in an hour.
    fn text(directory: &Path) -> Option<Vec<u8>> {
        text_at(&directory.join("main.cf"), in_an_hour())
    }

    fn set_time(path: &Path, time: SystemTime) {
        File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    }

    #[test]
    fn an_old_regular_file_is_read_through_links_too() {
        let (directory, path) = directory(b"a = b\n");
        assert_eq!(text(directory.path()), Some(b"a = b\n".to_vec()));
        let other = directory.path().join("other");
        fs::create_dir(&other).unwrap();
        std::os::unix::fs::symlink(path, other.join("main.cf")).unwrap();
        assert_eq!(text(&other), Some(b"a = b\n".to_vec()));
    }

    #[test]
    fn what_is_hot_or_of_the_future_is_left_to_postfix() {
        let (directory, path) = directory(b"a = b\n");
        set_time(&path, in_an_hour() - SETTLED / 2);
        assert_eq!(text(directory.path()), None);
        set_time(&path, in_an_hour() + Duration::from_secs(3600));
        assert_eq!(text(directory.path()), None);
    }

    #[test]
    fn what_was_made_to_look_old_is_hot_all_the_same() {
        let (directory, path) = directory(b"a = b\n");
        set_time(&path, SystemTime::now() - Duration::from_secs(3600));
        assert_eq!(super::text(&path), None);
        assert!(text_at(&path, SystemTime::now() + SETTLED).is_some());
        drop(directory);
    }

    #[test]
    fn what_is_no_file_is_left_to_postfix_without_a_wait() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("main.cf");
        assert_eq!(text(directory.path()), None);
        fs::create_dir(&path).unwrap();
        assert_eq!(text(directory.path()), None);
        fs::remove_dir(&path).unwrap();
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRUSR).unwrap();
        assert_eq!(text(directory.path()), None);
        fs::remove_file(&path).unwrap();
        for target in ["/dev/zero", "/dev/null", "main.cf"] {
            std::os::unix::fs::symlink(target, &path).unwrap();
            assert_eq!(text(directory.path()), None, "{target}");
            fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn what_is_too_large_is_left_to_postfix() {
        let size = usize::try_from(LARGEST).unwrap();
        assert!(text(directory(&vec![b'#'; size]).0.path()).is_some());
        assert_eq!(text(directory(&vec![b'#'; size + 1]).0.path()), None);
    }
}
