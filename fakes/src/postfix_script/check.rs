//! The checks before a start: what must be there, and what only deserves a warning. Names of files are told as find(1)
//! tells them to the script, with `/.` behind a directory that a search begins at.
//!
//! Who owns a file is not looked at, nor whether a file below a chroot jail is the host's.

use std::fs::Metadata;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::{Ended, Script};
use crate::post_install;
use crate::postsuper;
use crate::program::{Program, UNSUPPORTED, path_of, say};
use crate::version::PostfixVersion;

/// Who may write to a file that only its owner should write to.
const OTHERS_MAY_WRITE: u32 = 0o022;

/// A link that the scripts of Debian's older packages expect where it is.
const EXPECTED_LINK: &[u8] = b"/etc/postfix/./makedefs.out";

/// What a search takes a symbolic link for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Links {
    /// What it leads to.
    Followed,
    /// A file of its own, which everybody may write to.
    Seen,
    /// Nothing to warn of.
    PassedOver,
}

impl Script<'_> {
    /// Creates what is missing, and looks for what cannot be created.
    pub(super) fn check_fatal(&self) -> Result<(), Ended> {
        post_install::look_around(self.program);
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
        if log_file.stdout != b"\n" && self.postconf(&["-M", "postlog/unix-dgram"]).stdout.is_empty() {
            let text = "missing 'postlog' service in master.cf - run 'postfix upgrade-configuration'";
            return Err(Ended(self.fatal(text.as_bytes())));
        }
        match self.repair_queue() {
            0 => Ok(()),
            UNSUPPORTED => Err(Ended(UNSUPPORTED)),
            _ => Err(Ended(1)),
        }
    }

    /// Looks through the queue, as postsuper(1) does on its own.
    fn repair_queue(&self) -> u8 {
        let command = [&self.command_directory, &b"/postsuper"[..]].concat();
        postsuper::job(&Program {
            world: self.program.world.clone(),
            name: "postsuper".to_owned(),
            path: path_of(&command).to_path_buf(),
            called: command,
            arguments: Vec::new(),
            environment: self.program.environment.clone(),
            directory: path_of(&self.queue_directory).to_path_buf(),
            edit_fault: None,
        })
    }

    /// Warns of what others may write to, and of messages that were put aside as damaged.
    pub(super) fn check_warn(&self) -> u8 {
        self.shared_files("check");
        for directory in [from(&self.queue_directory), [&self.queue_directory, &b"/pid"[..]].concat()] {
            self.warn_unless_private(path_of(&directory), Links::Seen);
        }
        let links = match self.program.world.settings.version() {
            PostfixVersion::V3_5 | PostfixVersion::V3_7 => Links::Followed,
            PostfixVersion::V3_10 => Links::Seen,
            PostfixVersion::V3_11 => Links::PassedOver,
        };
        let trees = self.trees();
        for tree in &trees {
            self.warn_within(path_of(tree), links);
        }
        if links == Links::Followed {
            for tree in &trees {
                self.warn_of_links_that_lead_away(path_of(tree));
            }
        }
        self.warn_within(path_of(&from(&self.data_directory)), Links::Seen);
        for message in files_below(&path_of(&self.queue_directory).join("corrupt")) {
            let shown = message.strip_prefix(path_of(&self.queue_directory)).unwrap_or(&message);
            self.warn(&[b"damaged message: ", shown.as_os_str().as_bytes()].concat());
        }
        0
    }

    /// The directories that belong to root with all that is in them, as sort(1) has them.
    fn trees(&self) -> Vec<Vec<u8>> {
        let mut trees = vec![from(&self.config_directory)];
        if self.checks_shared_files {
            trees.extend([from(&self.daemon_directory), from(&self.meta_directory)]);
            let libraries = self.program.variable("shlib_directory").unwrap_or_default();
            if libraries != b"no" && !libraries.is_empty() {
                trees.push(from(libraries));
            }
        }
        trees.sort();
        trees.dedup();
        trees
    }

    fn warn_within(&self, path: &Path, links: Links) {
        self.warn_unless_private(path, links);
        let leads_on = is_own_directory(path) || (links == Links::Followed && leads_down(path));
        if leads_on {
            for entry in entries(path) {
                self.warn_within(&entry, links);
            }
        }
    }

    fn warn_of_links_that_lead_away(&self, path: &Path) {
        if path.is_symlink() {
            let leads_away =
                std::fs::read_link(path).is_ok_and(|to| to.as_os_str().as_bytes().contains(&b'/'));
            let shown = path.as_os_str().as_bytes();
            if leads_away && shown != EXPECTED_LINK {
                self.warn(&[b"symlink leaves directory: ", shown].concat());
            }
        } else if is_own_directory(path) {
            for entry in entries(path) {
                self.warn_of_links_that_lead_away(&entry);
            }
        }
    }

    fn warn_unless_private(&self, path: &Path, links: Links) {
        let own = || std::fs::symlink_metadata(path);
        let found = match links {
            // What leads nowhere is seen itself.
            Links::Followed => std::fs::metadata(path).or_else(|_| own()),
            Links::Seen | Links::PassedOver => own(),
        };
        let counts = |found: &Metadata| links != Links::PassedOver || !found.is_symlink();
        let others_may_write = |found: &Metadata| found.permissions().mode() & OTHERS_MAY_WRITE != 0;
        if found.is_ok_and(|found| counts(&found) && others_may_write(&found)) {
            self.warn(&[b"group or other writable: ", path.as_os_str().as_bytes()].concat());
        }
    }
}

/// A directory as a search begins at it.
fn from(directory: &[u8]) -> Vec<u8> {
    [directory, b"/."].concat()
}

fn is_own_directory(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}

/// Whether a link leads to a directory other than one that it lies in.
fn leads_down(link: &Path) -> bool {
    let parent = link.parent().and_then(|parent| parent.canonicalize().ok());
    match (link.canonicalize(), parent) {
        (Ok(target), Some(parent)) => target.is_dir() && !parent.starts_with(target),
        _ => false,
    }
}

/// What is in a directory, by name: find(1) has no order of its own.
fn entries(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let shown = |name: &std::ffi::OsStr| {
        let joined = [directory.as_os_str().as_bytes(), b"/", name.as_bytes()].concat();
        path_of(&joined).to_path_buf()
    };
    let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| shown(&entry.file_name())).collect();
    entries.sort_unstable_by(|one, other| one.as_os_str().cmp(other.as_os_str()));
    entries
}

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in entries(directory) {
        if is_own_directory(&entry) {
            files.extend(files_below(&entry));
        } else if std::fs::symlink_metadata(&entry).is_ok_and(|found| found.is_file()) {
            files.push(entry);
        }
    }
    files
}
