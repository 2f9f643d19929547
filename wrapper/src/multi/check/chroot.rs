//! Checks whether services that run in chroot(2) find there the files with hosts and ports.
//! It checks the services of a running instance. If the files are missing, mail is deferred.
//!
//! Who copies these files into the queue directory, and when, is the system's: a unit of systemd, or postfix(1) itself.
//! So nothing is said of an instance that does not run.

use std::path::Path;

use crate::multi::check::addresses::is_disabled;
use crate::multi::check::context::{DISABLED, InstanceFiles};
use crate::multi::check::finding::{Finding, FindingKind};
use crate::os::printable::shell_word;

/// Programs that ask for the addresses of hosts.
const PROGRAMS: [&[u8]; 3] = [b"smtp", b"lmtp", b"smtpd"];

/// Files without which they do not get one.
const NEEDED: [&str; 2] = ["resolv.conf", "services"];

/// Files that are copied with those.
const COPIED: [&str; 6] = ["resolv.conf", "services", "hosts", "nsswitch.conf", "host.conf", "localtime"];

/// What is missing in the queue directory of an instance that runs.
pub(crate) fn finding(directory: &Path, files: &InstanceFiles, queue: &Path) -> Option<Finding> {
    let disabled = files.value(DISABLED);
    let mut services = files.services().iter().filter(|one| !is_disabled(&one.name, &one.kind, disabled));
    let asks = services.any(|one| one.chroot == Some(true) && PROGRAMS.contains(&one.command.as_slice()));
    if asks { missing(directory, Path::new("/etc"), queue) } else { None }
}

/// The files in a directory that are not in the queue's `etc`.
fn missing(directory: &Path, from: &Path, queue: &Path) -> Option<Finding> {
    let to = queue.join("etc");
    let there = |name: &&&str| from.join(name).is_file();
    let missing: Vec<String> = NEEDED
        .iter()
        .filter(|name| there(name) && !to.join(name).exists())
        .map(|name| format!("etc/{name}"))
        .collect();
    if missing.is_empty() {
        return None;
    }
    let what = format!(
        "its queue_directory lacks {}, so that its services, which run there (chroot), find no host, and mail is deferred",
        missing.join(" and ")
    );
    let copied: Vec<String> = COPIED.iter().filter(there).map(|name| shell_word(from.join(name))).collect();
    let to = shell_word(to);
    let mend = format!("mkdir -p {to} && cp {} {to}", copied.join(" "));
    Some(Finding::new(FindingKind::CannotStart, directory, what, mend))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_the_machine_has_and_the_queue_has_not_is_copied() {
        let root = tempfile::tempdir().unwrap();
        let (from, queue) = (root.path().join("the machine's etc"), root.path().join("queue"));
        fs::create_dir(&from).unwrap();
        let found = || missing(Path::new("/etc/postfix-a"), &from, &queue);
        fs::write(from.join("hosts"), "").unwrap();
        assert_eq!(found(), None, "hosts alone is not needed");
        for name in ["resolv.conf", "services"] {
            fs::write(from.join(name), name).unwrap();
        }
        let finding = found().unwrap();
        assert!(finding.what.contains(" lacks etc/resolv.conf and etc/services, "), "{}", finding.what);
        let mend = finding.mend.unwrap();
        let shell = std::process::Command::new("sh").args(["-c", &mend]).status().unwrap();
        assert!(shell.success(), "{mend}");
        assert_eq!(found(), None);
        assert_eq!(fs::read_to_string(queue.join("etc/resolv.conf")).unwrap(), "resolv.conf");
        assert!(queue.join("etc/hosts").exists());
        fs::remove_file(queue.join("etc/services")).unwrap();
        assert!(found().unwrap().what.contains(" lacks etc/services, "));
    }
}
