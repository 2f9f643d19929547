//! The checks before a start: what must be there, and what only deserves a warning.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{Ended, Script};
use crate::post_install;
use crate::program::{UNSUPPORTED, path_of, say};

/// Who may write to a file that only its owner should write to.
const OTHERS_MAY_WRITE: u32 = 0o022;

impl Script<'_> {
    /// Creates what is missing, and looks for what cannot be created.
    pub(super) fn check_fatal(&self) -> Result<(), Ended> {
        let created = post_install::create_missing(self.program, &self.queue_directory, &self.data_directory);
        match created {
            Ok(()) => {}
            Err(UNSUPPORTED) => return Err(Ended(UNSUPPORTED)),
            Err(_) => return Err(Ended(self.fatal(b"unable to create missing queue directories"))),
        }
        let services = [&self.config_directory, &b"/master.cf"[..]].concat();
        if !path_of(&services).is_file() {
            return Err(Ended(self.fatal(&[b"no ", &services[..], b" file found"].concat())));
        }
        let log_file = self.postconf(&["-h", "maillog_file"]);
        say(&log_file.stderr);
        if log_file.status != 0 {
            let postconf = [&self.command_directory, &b"/postconf!"[..]].concat();
            return Err(Ended(self.fatal(&[b"cannot execute ", &postconf[..]].concat())));
        }
        if log_file.stdout != b"\n" {
            return Err(Ended(self.program.refuse("a maillog_file")));
        }
        Ok(())
    }

    /// Warns of what others may write to.
    pub(super) fn check_warn(&self) -> u8 {
        self.shared_files("check");
        for directory in [&self.queue_directory[..], &[&self.queue_directory, &b"/pid"[..]].concat()] {
            self.warn_unless_private(path_of(directory));
        }
        let mut trees = vec![&self.config_directory, &self.data_directory];
        if self.checks_shared_files {
            trees.extend([&self.daemon_directory, &self.meta_directory]);
        }
        trees.sort();
        trees.dedup();
        for tree in trees {
            self.warn_within(path_of(tree));
        }
        0
    }

    fn warn_within(&self, path: &Path) {
        self.warn_unless_private(path);
        let Ok(entries) = std::fs::read_dir(path) else { return };
        let mut entries: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        entries.sort();
        for entry in entries {
            if entry.is_dir() && !entry.is_symlink() {
                self.warn_within(&entry);
            } else {
                self.warn_unless_private(&entry);
            }
        }
    }

    fn warn_unless_private(&self, path: &Path) {
        let others_may_write =
            std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & OTHERS_MAY_WRITE != 0);
        if others_may_write {
            self.warn(&[b"group or other writable: ", path.as_os_str().as_bytes()].concat());
        }
    }
}
