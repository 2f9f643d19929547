//! Tells whether the queue of an instance may be on a disk that is not mounted.
//! That is so if the instance has run, and no queue is in its place.
//!
//! Changes nothing.

use std::io::ErrorKind;
use std::path::Path;

use crate::multi::changing::instance_dirs::QUEUE;
use crate::os::files::mounts::unmounted_above;
use crate::os::printable::shell_word;
use crate::postfix::running::DATA_LOCK;

/// Whether that may be; nothing if nobody can tell whether the instance has run. `look` says whether something is in a
/// place, or nothing if it cannot be told.
pub(crate) fn may_be_away(queue: &Path, data: &Path, look: impl Fn(&Path) -> Option<bool>) -> Option<bool> {
    // A start makes these directories, and then a lock, which only destroy removes.
    if QUEUE.iter().any(|name| look(&queue.join(name)) != Some(false)) {
        return Some(false);
    }
    look(&data.join(DATA_LOCK))
}

/// Whether something is in a place, be it a link that leads nowhere.
pub(crate) fn is_there(path: &Path) -> Option<bool> {
    match path.symlink_metadata() {
        Ok(_) => Some(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Some(false),
        Err(_) => None,
    }
}

/// The command that makes a new queue, if the old one is lost: Postfix makes the other directories.
pub(crate) fn anew(queue: &Path) -> String {
    format!("mkdir -p {}", shell_word(queue.join("pid")))
}

/// The command that mounts the disk and then does something else. The one that makes a new queue is in a comment, so that
/// nobody runs it unread.
pub(crate) fn mend(queue: &Path, command: &str) -> String {
    let point = unmounted_above(queue);
    format!(
        "mount {} && {command} # only if the queue is lost for good: {} && {command}",
        shell_word(point.as_deref().unwrap_or(queue)),
        anew(queue)
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn an_instance_that_has_run_has_a_queue() {
        let root = tempfile::tempdir().unwrap();
        let (queue, data) = (root.path().join("q"), root.path().join("d"));
        let told = || may_be_away(&queue, &data, is_there);
        assert_eq!(told(), Some(false), "it has never run");
        fs::create_dir(&data).unwrap();
        fs::write(data.join("smtp_scache.db"), "").unwrap();
        assert_eq!(told(), Some(false), "that can be somebody's copy");
        fs::write(data.join("master.lock"), "").unwrap();
        assert_eq!(told(), Some(true));
        fs::create_dir_all(queue.join("lost+found")).unwrap();
        assert_eq!(told(), Some(true));
        fs::create_dir(queue.join("hold")).unwrap();
        assert_eq!(told(), Some(false));
        fs::remove_dir_all(&queue).unwrap();
        std::os::unix::fs::symlink("nowhere", &queue).unwrap();
        assert_eq!(told(), Some(true));
        fs::remove_file(&queue).unwrap();
        fs::write(&queue, "").unwrap();
        assert_eq!(told(), Some(false), "no disk is mounted there");
    }

    #[test]
    fn what_cannot_be_looked_at_is_not_known() {
        let (queue, data) = (Path::new("/q"), Path::new("/d"));
        assert_eq!(may_be_away(queue, data, |path| (!path.starts_with(data)).then_some(false)), None);
        assert_eq!(may_be_away(queue, data, |path| (!path.starts_with(queue)).then_some(true)), Some(false));
    }
}
