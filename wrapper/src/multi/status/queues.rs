//! Counts the messages in an instance's queues.
//! It counts file names if the directories can be read, which takes root. Otherwise it uses postqueue(1).
//!
//! Knows nothing of what is in a message.

use std::fs;
use std::io;
use std::path::Path;

use crate::os::signals::Signals;
use crate::postfix::environment::Environment;
use crate::postfix::query::{Interrupted, captured_for_each};

/// The queues that hold messages on their way, in the order in which these pass them, and those that hold what
/// waits for somebody.
pub(crate) const QUEUES: [&str; 6] = ["maildrop", "incoming", "active", "deferred", "hold", "corrupt"];

/// Those of which postqueue tells.
const TOLD: [&str; 4] = ["incoming", "active", "deferred", "hold"];

/// The beginning of what postqueue prints of a message.
const IN_QUEUE: &[u8] = b"{\"queue_name\": \"";

/// How many levels of directories a queue may have, as `hash_queue_depth` is at most 32; deeper ones are not Postfix's.
const DEEPEST: usize = 33;

/// The number of messages in each of the queues; nothing if it cannot be counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts(pub(crate) [Option<u64>; QUEUES.len()]);

impl Counts {
    /// The number of messages in a queue.
    pub(crate) fn of(&self, queue: &str) -> Option<u64> {
        self.each().find(|(name, _)| *name == queue)?.1
    }

    /// The queues, with their numbers.
    pub(crate) fn each(&self) -> impl Iterator<Item = (&'static str, Option<u64>)> + '_ {
        QUEUES.into_iter().zip(self.0)
    }

    /// All that waits to be delivered. What is in maildrop counts if it can be counted; nothing if one of the others
    /// cannot.
    pub(crate) fn waiting(&self) -> Option<u64> {
        let told: Option<u64> = TOLD.iter().map(|queue| self.of(queue)).sum();
        told.map(|told| told + self.of("maildrop").unwrap_or(0))
    }

    fn set(&mut self, queue: &str, count: u64) {
        for (name, place) in QUEUES.iter().zip(&mut self.0) {
            if *name == queue {
                *place = Some(count);
            }
        }
    }
}

/// The number of messages in each of the queues.
pub(crate) fn count(queue_directory: &Path) -> Counts {
    Counts(QUEUES.map(|queue| match files(&queue_directory.join(queue), DEEPEST) {
        Ok(count) => Some(count),
        // A queue that is not there holds nothing, but only if the queue directory itself can be read.
        Err(error) if error.kind() == io::ErrorKind::NotFound && queue_directory.is_dir() => Some(0),
        Err(_) => None,
    }))
}

/// Asks postqueue about instances that run, by their configuration directories, if their queues cannot be read. It needs
/// no rights of its caller.
pub(crate) fn ask_postqueue(
    environment: &Environment,
    signals: &Signals,
    running: Vec<(&Path, &mut Counts)>,
) -> Result<(), Interrupted> {
    let program = environment.program("postqueue");
    let is_meant = |counts: &Counts| TOLD.iter().any(|queue| counts.of(queue).is_none());
    let mut asked: Vec<_> = running.into_iter().filter(|(_, counts)| is_meant(counts)).collect();
    let directories: Vec<&Path> = asked.iter().map(|(directory, _)| *directory).collect();
    let captured = captured_for_each(&directories, &program, &["-j"], signals)?;
    for ((_, counts), captured) in asked.iter_mut().zip(captured) {
        let output = captured.ok().filter(|captured| captured.status.success());
        for (queue, count) in output.and_then(|captured| told(&captured.output)).into_iter().flatten() {
            counts.set(queue, count);
        }
    }
    Ok(())
}

/// How many messages are in each queue, by what postqueue prints; nothing if that is not understood.
fn told(output: &[u8]) -> Option<[(&'static str, u64); TOLD.len()]> {
    let mut counts = TOLD.map(|queue| (queue, 0));
    for line in output.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let rest = line.strip_prefix(IN_QUEUE)?;
        let name = &rest[..rest.iter().position(|byte| *byte == b'"')?];
        counts.iter_mut().find(|(queue, _)| queue.as_bytes() == name)?.1 += 1;
    }
    Some(counts)
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
        assert_eq!(count(queue.path()).0, [Some(0), Some(0), Some(1), Some(3), Some(0), Some(0)]);
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
        assert_eq!(count(Path::new("/nowhere")), Counts::default());
    }

    #[test]
    fn what_postqueue_prints_is_counted_and_what_is_not_understood_is_not() {
        let line = |queue: &str| format!("{{\"queue_name\": \"{queue}\", \"queue_id\": \"1\"}}\n");
        let text = ["deferred", "hold", "deferred", "active"].map(line).concat();
        let expected = [("incoming", 0), ("active", 1), ("deferred", 2), ("hold", 1)];
        assert_eq!(told(text.as_bytes()), Some(expected));
        assert_eq!(told(b""), Some(TOLD.map(|queue| (queue, 0))));
        for odd in [line("limbo"), "Mail queue is empty\n".to_owned()] {
            assert_eq!(told(odd.as_bytes()), None, "{odd}");
        }
    }

    #[test]
    fn what_waits_is_known_without_a_look_into_maildrop_and_not_without_the_others() {
        let mut counts = Counts([None, Some(1), Some(2), Some(3), Some(4), None]);
        assert_eq!(counts.waiting(), Some(10));
        counts.set("maildrop", 5);
        assert_eq!(counts.waiting(), Some(15));
        assert_eq!(Counts([Some(0), None, Some(0), Some(0), Some(0), None]).waiting(), None);
    }
}
