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

/// Writable by the group, and by everybody.
const BY_GROUP: u32 = 0o020;
const BY_OTHERS: u32 = 0o002;

/// Directories that others write to on purpose: local mail is put there, and asked for there.
const OPEN: [&str; 2] = ["maildrop", "public"];

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
        let what = wrong(path, ROOT, BY_GROUP | BY_OTHERS)?;
        let shown = printable(path);
        let mend = format!("chown root {shown} && chmod go-w {shown}");
        Some(Finding::new(Kind::WrongOwner, directory, what, mend))
    };
    places.iter().filter_map(wrong).collect()
}

/// Queue and data are Postfix's, the queue's own directory root's.
fn storage(directory: &Path, settings: &Settings, mail_owner: u32) -> Vec<Finding> {
    let mut places = vec![
        (settings.queue_directory.clone(), ROOT, BY_GROUP | BY_OTHERS),
        (settings.data_directory.clone(), mail_owner, BY_GROUP | BY_OTHERS),
    ];
    for name in QUEUE {
        let owner = if name == "pid" { ROOT } else { mail_owner };
        let forbidden = if OPEN.contains(&name) { BY_OTHERS } else { BY_GROUP | BY_OTHERS };
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
    (mode & forbidden != 0).then(|| format!("others can write to {} (mode {mode:04o})", printable(path)))
}

/// The number of a user. The system's own program is asked, as it knows all the places where users can be.
fn user(name: &[u8]) -> Option<u32> {
    let name = std::str::from_utf8(name).ok()?;
    let mut command = Command::new("id");
    let output = command.args(["-u", "--", name]).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    std::str::from_utf8(&output.stdout).ok()?.trim().parse().ok()
}
