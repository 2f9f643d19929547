//! Checks for unfinished changes and temporary files that killed commands left behind.

use std::path::Path;

use nix::fcntl::{Flock, FlockArg};

use crate::multi::changing::journal::{self, JournalEntry};
use crate::multi::check::context::CheckContext;
use crate::multi::check::finding::{Finding, FindingKind};
use crate::multi::request::canonical_command;
use crate::os::files::open_file::without_wait_or_link;
use crate::os::files::unfit::out_of_the_way;
use crate::os::printable::{error_text, printable};

/// A change that was begun.
pub(crate) fn unfinished(context: &CheckContext<'_, '_>) -> Vec<Finding> {
    let directory = &context.system.installation.config_directory;
    let file = directory.join(journal::FILE);
    let (what, mend) = match JournalEntry::read(directory) {
        Ok(None) => return Vec::new(),
        Ok(Some(entry)) => {
            let command = canonical_command::shown(&entry.words);
            (format!("\"{command}\" is still at work, or was killed before its end"), command)
        }
        Err(error) => (
            format!(
                "what an unfinished command has noted in {} cannot be read: {}",
                printable(&file),
                error_text(&error)
            ),
            out_of_the_way(&file),
        ),
    };
    vec![Finding::new(FindingKind::Unfinished, directory, what, mend)]
}

/// Files that are only there while something is being written.
pub(crate) fn left_behind(context: &CheckContext<'_, '_>) -> Vec<Finding> {
    let default = &context.system.installation.config_directory;
    let mut findings = Vec::new();
    let mut add = |directory: &Path, name: &str| {
        let file = directory.join(name);
        let what = format!("{} was left by a command that was killed", printable(&file));
        findings.push(Finding::new(FindingKind::LeftBehind, directory, what, out_of_the_way(&file)));
    };
    if default.join(journal::NEW).exists() {
        add(default, journal::NEW);
    }
    let instances = context.system.instances.iter().map(|instance| instance.directory.as_path());
    let alternates = context.alternates.iter().map(Path::new);
    for directory in instances.chain(alternates) {
        // postconf writes there before it puts the file in place, and holds a lock meanwhile.
        for name in ["main.cf.tmp", "master.cf.tmp"] {
            if is_left(&directory.join(name)) {
                add(directory, name);
            }
        }
    }
    findings
}

/// Whether a file is there that nobody is writing.
fn is_left(path: &Path) -> bool {
    match without_wait_or_link(path) {
        Ok(file) => Flock::lock(file, FlockArg::LockSharedNonblock).is_ok(),
        // What cannot be opened is left if it is there.
        Err(_) => path.symlink_metadata().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_is_no_file_is_left_too_and_never_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let (link, pipe) = (directory.path().join("link"), directory.path().join("pipe"));
        symlink("nowhere", &link).unwrap();
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(is_left(&link) && is_left(&pipe));
        assert!(!is_left(&directory.path().join("nothing")));
    }

    #[test]
    fn what_somebody_holds_is_not_left() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let held = Flock::lock(file.reopen().unwrap(), FlockArg::LockExclusive).unwrap();
        assert!(!is_left(file.path()));
        drop(held);
        assert!(is_left(file.path()));
    }
}
