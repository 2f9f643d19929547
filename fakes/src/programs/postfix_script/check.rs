//! Checks an instance before a start.
//! Some things must be there; of others it only warns. Names of files are printed as find(1) prints them for the
//! script, with `/.` behind the directory where a search begins.
//!
//! Owners of files are not checked.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::{Script, over, passed_over};
use crate::programs::post_install;
use crate::programs::postsuper;
use crate::programs::shared_files;
use crate::protocol::bytes::path_of;
use crate::protocol::features::Feature;
use crate::protocol::journal::What;
use crate::runtime::fatal::say_because;
use crate::runtime::messages::Severity;

/// Who may write to a file that only its owner should write to.
const OTHERS_MAY_WRITE: u32 = 0o022;

/// A link that the scripts of Debian's older packages expect.
const EXPECTED_LINK: &[u8] = b"/etc/postfix/./makedefs.out";

/// The directories of a queue directory that may hold copies of the host's files.
const COPIED: [&str; 5] = ["bin", "etc", "lib", "sbin", "usr"];

/// What a search takes a symbolic link for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LinkTreatment {
    /// What it leads to.
    Followed,
    /// A file that every user may write to.
    Seen,
    /// Nothing to warn of.
    PassedOver,
}

impl Script<'_> {
    /// Creates what is missing, and looks for what cannot be created.
    pub(super) fn check_fatal(&self) -> Result<(), u8> {
        if self.has(Feature::IncompleteIsTolerated) {
            // The script continues after any error.
            self.run_itself(|script| script.quick_check().or_else(passed_over))?;
        } else {
            self.must_be_complete(Severity::Fatal)?;
        }
        let question = if shared_files::asks_quietly(self.program) { "-qh" } else { "-h" };
        let log_file = self.client.ask_aloud([question, "maillog_file"])?;
        if log_file.status != 0 {
            return Err(self.cannot_execute_postconf());
        }
        if log_file.stdout != b"\n" && self.client.ask(["-M", "postlog/unix-dgram"])?.stdout.is_empty() {
            let text = "missing 'postlog' service in master.cf - run 'postfix upgrade-configuration'";
            return Err(self.fatal(text.as_bytes()));
        }
        // The queue is looked through as postsuper(1) does on its own.
        over(postsuper::job(&self.command_as("postsuper", &[])))
    }

    /// Creates what is missing, with a message of this severity if that fails, and looks for services.
    pub(super) fn must_be_complete(&self, severity: Severity) -> Result<(), u8> {
        post_install::look_around(&self.client)?;
        post_install::create_missing(&self.client).or_else(|status| {
            passed_over(status)?;
            self.log(severity, b"unable to create missing queue directories");
            Err(1)
        })?;
        if self.has_services() {
            return Ok(());
        }
        Err(self.fatal(&[b"no ", self.variable("config_directory"), b"/master.cf file found"].concat()))
    }

    /// Warns of what others may write to, and of messages that were put aside as damaged.
    pub(super) fn check_warn(&self) -> Result<(), u8> {
        self.warn_once()?;
        if self.checks_shared_files() {
            self.program.record(What::SharedFiles { action: "check".to_owned() });
        }
        let queue = ["/.", "/pid"].map(|end| self.below("queue_directory", end));
        // Each search of the script complains of a missing starting point, even those for owners.
        complain_of_missing(&queue);
        complain_of_missing(&queue);
        for directory in &queue {
            self.warn_unless_private(path_of(directory), LinkTreatment::Seen);
        }
        let links = match () {
            () if self.has(Feature::CheckFollowsLinks) => LinkTreatment::Followed,
            () if self.has(Feature::CheckSkipsLinks) => LinkTreatment::PassedOver,
            () => LinkTreatment::Seen,
        };
        let trees = self.trees();
        for tree in &trees {
            self.warn_within(path_of(tree), links);
        }
        if links == LinkTreatment::Followed {
            for tree in &trees {
                walk(path_of(tree), false, &mut |path| self.warn_of_link_that_leads_away(path));
            }
        }
        let data = self.below("data_directory", "/.");
        complain_of_missing(&[data.clone(), data.clone()]);
        self.warn_within(path_of(&data), LinkTreatment::Seen);
        let below_queue = |end: &str| self.below("queue_directory", end);
        complain_of_missing(&["/maildrop", "/public", "/maildrop"].map(below_queue));
        self.warn_of_copies_that_differ();
        complain_of_missing(&[b"corrupt".to_vec()]);
        let queue = path_of(self.variable("queue_directory"));
        for message in files_below(&queue.join("corrupt")) {
            let shown = message.strip_prefix(queue).unwrap_or(&message);
            self.warn(&[b"damaged message: ", shown.as_os_str().as_bytes()].concat());
        }
        Ok(())
    }

    /// The directories that belong to root with all that is in them, as sort(1) has them.
    fn trees(&self) -> Vec<Vec<u8>> {
        let mut variables = vec!["config_directory"];
        if self.checks_shared_files() {
            variables.extend(["daemon_directory", "meta_directory"]);
            if !matches!(self.variable("shlib_directory"), b"no" | b"") {
                variables.push("shlib_directory");
            }
        }
        let mut trees: Vec<_> = variables.into_iter().map(|variable| self.below(variable, "/.")).collect();
        trees.sort();
        trees.dedup();
        trees
    }

    /// Warns of files below the queue directory that are not as the machine's own of the same path.
    fn warn_of_copies_that_differ(&self) {
        let queue = path_of(self.variable("queue_directory"));
        // A search does not follow a link as its starting point.
        let copies =
            COPIED.iter().map(|name| queue.join(name)).filter(|directory| is_own_directory(directory));
        for copy in copies.flat_map(|directory| files_below(&directory)) {
            let Ok(below) = copy.strip_prefix(queue) else { continue };
            let Some(original) = self.program.world.host_file(below) else { continue };
            let differ = match (std::fs::read(&copy), std::fs::read(original)) {
                (Ok(copy), Ok(original)) => copy != original,
                _ => true,
            };
            if differ {
                let (shown, below) = (copy.as_os_str().as_bytes(), below.as_os_str().as_bytes());
                self.warn(&[shown, b" and /", below, b" differ"].concat());
            }
        }
    }

    fn warn_within(&self, path: &Path, links: LinkTreatment) {
        let follows = links == LinkTreatment::Followed;
        walk(path, follows, &mut |path| self.warn_unless_private(path, links));
    }

    fn warn_of_link_that_leads_away(&self, path: &Path) {
        let leads_away = std::fs::read_link(path).is_ok_and(|to| to.as_os_str().as_bytes().contains(&b'/'));
        let shown = path.as_os_str().as_bytes();
        if leads_away && shown != EXPECTED_LINK {
            self.warn(&[b"symlink leaves directory: ", shown].concat());
        }
    }

    fn warn_unless_private(&self, path: &Path, links: LinkTreatment) {
        let followed = (links == LinkTreatment::Followed).then(|| std::fs::metadata(path).ok()).flatten();
        // What leads nowhere is seen itself.
        let Some(found) = followed.or_else(|| std::fs::symlink_metadata(path).ok()) else { return };
        let is_passed_over = links == LinkTreatment::PassedOver && found.is_symlink();
        if !is_passed_over && found.mode() & OTHERS_MAY_WRITE != 0 {
            self.warn(&[b"group or other writable: ", path.as_os_str().as_bytes()].concat());
        }
    }
}

/// Complains of missing starting points as find(1) does.
fn complain_of_missing(places: &[Vec<u8>]) {
    for place in places {
        if let Err(error) = std::fs::symlink_metadata(path_of(place)) {
            say_because(&[b"find: '", place, b"'"], &error);
        }
    }
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

/// The entries of a directory, sorted: find(1) has no order.
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

/// Visits all that a search finds. One that follows links does not go round.
fn walk(path: &Path, follows: bool, visit: &mut impl FnMut(&Path)) {
    visit(path);
    if is_own_directory(path) || (follows && leads_down(path)) {
        for entry in entries(path) {
            walk(&entry, follows, visit);
        }
    }
}

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    walk(directory, false, &mut |path| {
        if std::fs::symlink_metadata(path).is_ok_and(|found| found.is_file()) {
            files.push(path.to_path_buf());
        }
    });
    files
}
