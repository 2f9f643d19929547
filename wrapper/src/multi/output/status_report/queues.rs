//! Counts the messages in an instance's queues, by file names only.
//!
//! Knows nothing of what is in a message.

use std::fs;
use std::io;
use std::path::Path;

/// The queues that hold messages on their way, in the order in which these pass them, and those that hold what
/// waits for somebody.
pub(crate) const QUEUES: [&str; 6] = ["maildrop", "incoming", "active", "deferred", "hold", "corrupt"];

/// How many levels of directories a queue may have, as `hash_queue_depth` is at most 32; deeper ones are not Postfix's.
const DEEPEST: usize = 33;

/// The number of messages in each of the queues; nothing if it cannot be counted.
pub(crate) fn count(queue_directory: &Path) -> [Option<u64>; QUEUES.len()] {
    QUEUES.map(|queue| match files(&queue_directory.join(queue), DEEPEST) {
        Ok(count) => Some(count),
        // A queue that is not there holds nothing, but only where the queue directory itself can be read.
        Err(error) if error.kind() == io::ErrorKind::NotFound && queue_directory.is_dir() => Some(0),
        Err(_) => None,
    })
}

fn files(directory: &Path, deepest: usize) -> io::Result<u64> {
    let mut count = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let found = match entry.file_type() {
            Ok(kind) if kind.is_file() => Ok(1),
            Ok(kind) if kind.is_dir() && deepest > 0 => files(&entry.path(), deepest - 1),
            Ok(_) => Ok(0),
            Err(error) => Err(error),
        };
        count += passing(found)?;
    }
    Ok(count)
}

/// Messages come and go while they are counted.
fn passing(result: io::Result<u64>) -> io::Result<u64> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_count_at_any_depth_and_nothing_else_does() {
        let queue = tempfile::tempdir().unwrap();
        for path in ["active/A1", "deferred/0/0A", "deferred/0/0B", "deferred/F/0/0C"] {
            let path = queue.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        std::os::unix::fs::symlink("/nowhere", queue.path().join("active/link")).unwrap();
        std::os::unix::fs::symlink(queue.path(), queue.path().join("deferred/loop")).unwrap();
        assert_eq!(count(queue.path()), [Some(0), Some(0), Some(1), Some(3), Some(0), Some(0)]);
    }

    #[test]
    fn what_is_deeper_than_any_queue_is_not_counted() {
        let queue = tempfile::tempdir().unwrap();
        fs::create_dir_all(queue.path().join("a/b/c")).unwrap();
        for path in ["a/A", "a/b/B", "a/b/c/C"] {
            fs::write(queue.path().join(path), "").unwrap();
        }
        assert_eq!([0, 1, 2, 3].map(|deepest| files(queue.path(), deepest).unwrap()), [0, 1, 2, 3]);
    }

    #[test]
    fn what_goes_while_it_is_counted_is_none_and_what_cannot_be_read_is_unknown() {
        assert!(matches!(passing(Ok(3)), Ok(3)));
        assert!(matches!(passing(Err(io::ErrorKind::NotFound.into())), Ok(0)));
        assert!(passing(Err(io::ErrorKind::PermissionDenied.into())).is_err());
    }

    #[test]
    fn what_is_not_there_cannot_be_counted() {
        assert_eq!(count(Path::new("/nowhere")), [None; QUEUES.len()]);
    }
}
