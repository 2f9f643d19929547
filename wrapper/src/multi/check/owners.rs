//! Whose an instance's directories and files are, and whether others may change them.
//!
//! Knows nothing of what is in them.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::message::printable;
use crate::multi::check::Subject;
use crate::multi::check::finding::{Finding, Kind};
use crate::multi::life_cycle::decision::{MAIN_CF, MASTER_CF};
use crate::multi::life_cycle::removal::QUEUE;
use crate::multi::system::Settings;

/// What others may not be allowed to do: with the configuration, to write; with what is Postfix's, more.
const WRITE: u32 = 0o022;

/// What others may not do with most of a queue and with data: anything. The group may look, where somebody allowed it.
const CLOSED: u32 = 0o027;

/// Directories in a queue that are less closed than the others: local mail is put there by a group; and whether an
/// instance runs is no secret.
const LESS_CLOSED: [(&str, u32); 2] = [("maildrop", 0o007), ("pid", WRITE)];

const ROOT: u32 = 0;

/// All that is wrong.
pub(crate) fn findings(subject: &mut Subject<'_, '_>) -> Vec<Finding> {
    let default = subject.system.installation.config_directory.clone();
    let mail_owner = subject.parameter(&default, "mail_owner").as_deref().and_then(user);
    let mut findings = Vec::new();
    for instance in &subject.system.instances {
        let Ok(settings) = &instance.settings else { continue };
        findings.extend(configuration(&instance.directory));
        if let Some(mail_owner) = mail_owner {
            findings.extend(storage(&instance.directory, settings, mail_owner));
        }
    }
    findings
}

/// The configuration is root's alone to write.
fn configuration(directory: &Path) -> Vec<Finding> {
    let places = [directory.to_owned(), directory.join(MAIN_CF), directory.join(MASTER_CF)];
    let wrong = |path: &std::path::PathBuf| {
        let what = wrong(path, ROOT, WRITE)?;
        let shown = printable(path);
        let mend = format!("chown root {shown} && chmod go-w {shown}");
        Some(Finding::new(Kind::WrongOwner, directory, what, mend))
    };
    places.iter().filter_map(wrong).collect()
}

/// Queue and data are Postfix's, the queue's own directory root's.
fn storage(directory: &Path, settings: &Settings, mail_owner: u32) -> Vec<Finding> {
    let mut places = vec![
        (settings.queue_directory.clone(), ROOT, WRITE),
        (settings.data_directory.clone(), mail_owner, CLOSED),
    ];
    for name in QUEUE {
        let owner = if name == "pid" { ROOT } else { mail_owner };
        let forbidden =
            LESS_CLOSED.iter().find(|(known, _)| *known == name).map_or(CLOSED, |(_, mode)| *mode);
        places.push((settings.queue_directory.join(name), owner, forbidden));
    }
    let mend = format!("postfix -c {} set-permissions", printable(directory));
    let mut findings: Vec<Finding> = Vec::new();
    for (path, owner, forbidden) in places {
        let what = wrong(&path, owner, forbidden);
        findings.extend(what.map(|what| Finding::new(Kind::WrongOwner, directory, what, mend.clone())));
    }
    findings
}

/// What is wrong with a file or directory. One that is not there, or cannot be seen, is not looked at here.
fn wrong(path: &Path, owner: u32, forbidden: u32) -> Option<String> {
    let metadata: Metadata = fs::metadata(path).ok()?;
    if metadata.uid() != owner {
        return Some(format!("{} belongs to user {}, not {owner}", printable(path), metadata.uid()));
    }
    let mode = metadata.mode() & 0o7777;
    (mode & forbidden != 0)
        .then(|| format!("others can do too much with {} (mode {mode:04o})", printable(path)))
}

/// The number of a user. The system's own program is asked, as it knows all the places where users can be.
fn user(name: &[u8]) -> Option<u32> {
    let name = std::str::from_utf8(name).ok()?;
    let mut command = Command::new("id");
    let output = command.args(["-u", "--", name]).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    std::str::from_utf8(&output.stdout).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn who_owns_it_and_what_others_may_do() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let mine = fs::metadata(path).unwrap().uid();
        let with = |mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
            wrong(path, mine, CLOSED)
        };
        assert_eq!(with(0o700), None);
        assert_eq!(with(0o750), None, "the group may look");
        assert!(with(0o755).unwrap().contains("others can do too much"));
        assert!(with(0o770).unwrap().ends_with("(mode 0770)"));
        assert!(wrong(path, mine + 1, CLOSED).unwrap().contains("belongs to user"));
        assert_eq!(wrong(&path.join("nothing"), mine, CLOSED), None);
    }

    #[test]
    fn the_system_knows_its_users() {
        assert_eq!(user(b"root"), Some(0));
        assert_eq!(user(b"no such user"), None);
        assert_eq!(user(b"--help"), None);
    }
}
