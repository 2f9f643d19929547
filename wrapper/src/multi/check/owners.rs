//! Checks the owners and modes of an instance's directories and files.
//! What a symbolic link leads to is nothing to give away.
//!
//! Knows nothing of what is in them.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

use nix::sys::stat::FileStat;

use crate::multi::changing::instance_dirs::{QUEUE, is_postfixs};
use crate::multi::check::context::{CheckContext, MAIL_OWNER};
use crate::multi::check::finding::{Finding, FindingKind};
use crate::multi::ownership::linked_files;
use crate::os::files::directory::{Directory, FileKind};
use crate::os::files::reach::{Links, reach, reach_file};
use crate::os::files::trust::Access;
use crate::os::printable::{printable, shell_word};
use crate::os::processes::capture::patiently;
use crate::os::time_limits;
use crate::postfix::instance::{MAIN_CF, MASTER_CF};
use crate::postfix::instance_settings::InstanceSettings;

/// What others must not be able to do with the configuration, the data, and the queue's own directory: to write.
const WRITE: u32 = 0o022;

/// What others may not do with most of a queue: anything. The group may read, if somebody allowed it.
const CLOSED: u32 = 0o027;

/// Directories in a queue that are less closed than the others: local mail is put there by a group; and whether an
/// instance runs is no secret.
const LESS_CLOSED: [(&str, u32); 2] = [("maildrop", 0o007), ("pid", WRITE)];

const ROOT: u32 = 0;

/// All that is wrong.
pub(crate) fn findings(context: &CheckContext<'_, '_>, known: &[Finding]) -> Vec<Finding> {
    let mut owners = HashMap::new();
    let mut findings = Vec::new();
    for (instance, files) in context.each() {
        let Ok(settings) = &instance.settings else { continue };
        findings.extend(configuration(&instance.directory));
        // What is another's as well, or what another user can replace, must not be given away.
        if known.iter().any(|finding| {
            finding.directory == instance.directory
                && matches!(finding.kind, FindingKind::Shared | FindingKind::Exposed)
        }) {
            continue;
        }
        // An instance can have a mail_owner of its own.
        let mail_owner = owners.entry(files.value(MAIL_OWNER)).or_insert_with_key(|name| Owner::named(name));
        if let Some(mail_owner) = mail_owner {
            findings.extend(storage(&instance.directory, settings, mail_owner));
        }
    }
    findings
}

/// The configuration is root's alone to write.
fn configuration(directory: &Path) -> Vec<Finding> {
    // What is wrong with the way there is found elsewhere.
    let Some(config) = reached(directory) else { return Vec::new() };
    let finding = |path: &Path, status: FileStat| {
        let what = wrong(path, &status, ROOT, WRITE)?;
        let shown = shell_word(path);
        let mend = format!("chown root {shown} && chmod go-w {shown}");
        Some(Finding::new(FindingKind::WrongOwner, directory, what, mend))
    };
    let of_file = |name: &str| {
        let path = directory.join(name);
        let is_right = |status: &FileStat| wrong(&path, status, ROOT, WRITE).is_none();
        if let Some((what, mend)) = linked_files::elsewhere(&config, name, is_right) {
            let what = format!("{} {what}; look at what is there first", printable(&path));
            return Some(Finding::new(FindingKind::WrongOwner, directory, what, mend));
        }
        let status = config.status_of(name.as_ref()).ok()??;
        if FileKind::of(&status) == FileKind::Link { None } else { finding(&path, status) }
    };
    let own = config.status().ok().and_then(|status| finding(directory, status));
    own.into_iter().chain([MAIN_CF, MASTER_CF].into_iter().filter_map(of_file)).collect()
}

/// Queue and data are Postfix's, the queue's own directory root's.
fn storage(directory: &Path, settings: &InstanceSettings, mail_owner: &Owner) -> Vec<Finding> {
    let root = Owner { number: ROOT, name: "root".into() };
    let (queue, data) = (&settings.queue_directory, &settings.data_directory);
    let mut findings = Vec::new();
    // What is no directory is found elsewhere.
    let (in_queue, in_data) = (reached(queue), reached(data));
    for (path, there, owner) in [(queue, &in_queue, &root), (data, &in_data, mail_owner)] {
        let Some(status) = there.as_ref().and_then(|there| there.status().ok()) else { continue };
        let Some(mut finding) = misplaced(directory, path, &status, owner, WRITE) else { continue };
        if !is_postfixs(path) {
            finding.what.push_str(
                ", and nothing there shows that it is Postfix's: it may be somebody's; give the instance another directory",
            );
            finding.mend = None;
        }
        findings.push(finding);
    }
    let Some(in_queue) = in_queue.filter(|_| is_postfixs(queue)) else { return findings };
    for name in QUEUE {
        let owner = if name == "pid" { &root } else { mail_owner };
        let forbidden =
            LESS_CLOSED.iter().find(|(known, _)| *known == name).map_or(CLOSED, |(_, mode)| *mode);
        let Ok(Some(status)) = in_queue.status_of(name.as_ref()) else { continue };
        let path = queue.join(name);
        findings.extend(match FileKind::of(&status) {
            FileKind::Directory => misplaced(directory, &path, &status, owner, forbidden),
            FileKind::Link => linked(directory, &path, &in_queue, owner, forbidden),
            _ => None,
        });
    }
    findings
}

/// A directory with a wrong owner or mode, and the command that sets both.
fn misplaced(
    instance: &Path,
    path: &Path,
    status: &FileStat,
    owner: &Owner,
    forbidden: u32,
) -> Option<Finding> {
    let what = wrong(path, status, owner.number, forbidden)?;
    let (shown, owner, modes) = (shell_word(path), shell_word(&owner.name), taken_away(forbidden));
    let mend = format!("chown {owner} {shown} && chmod {modes} {shown}");
    Some(Finding::new(FindingKind::WrongOwner, instance, what, mend))
}

/// A symbolic link in a queue that leads to what has a wrong owner or mode, or where somebody else leads it. What is
/// there may be somebody's, and a copy would lack the mail that comes meanwhile.
fn linked(instance: &Path, path: &Path, queue: &Directory, owner: &Owner, forbidden: u32) -> Option<Finding> {
    let name = path.file_name()?;
    let reason = match reach_file(queue, name) {
        Ok(status) => wrong(path, &status?, owner.number, forbidden)?,
        Err(error) => error.to_string(),
    };
    let target = queue.link_target(name).unwrap_or_default();
    let what = format!(
        "{} is a symbolic link to {} ({reason}); stop the instance, and put a directory in place of the link, with the \
         mail that is there",
        printable(path),
        printable(target)
    );
    Some(Finding::new(FindingKind::WrongOwner, instance, what, None))
}

/// A directory to which nobody but root leads; nothing if it is not there.
fn reached(path: &Path) -> Option<Directory> {
    let way = reach(path, Links::Trusted).ok()?;
    (way.exposed.is_none() && way.missing.is_empty()).then_some(way.directory)
}

/// Modes in the words of chmod(1), without what others must not do.
fn taken_away(forbidden: u32) -> String {
    let letters = |bits: u32| {
        let all = [(0o4, "r"), (0o2, "w"), (0o1, "x")];
        all.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, letter)| *letter).collect::<String>()
    };
    let classes = [("g", letters(forbidden >> 3 & 0o7)), ("o", letters(forbidden & 0o7))];
    let parts = classes.iter().filter(|(_, letters)| !letters.is_empty());
    parts.map(|(class, letters)| format!("{class}-{letters}")).collect::<Vec<_>>().join(",")
}

/// What is wrong with a file or directory.
fn wrong(path: &Path, status: &FileStat, owner: u32, forbidden: u32) -> Option<String> {
    let Access { user, mode } = Access::of(status);
    if user != owner {
        return Some(format!("{} belongs to user {user}, not {owner}", printable(path)));
    }
    let mode = mode & 0o7777;
    (mode & forbidden != 0)
        .then(|| format!("others can do too much with {} (mode {mode:04o})", printable(path)))
}

/// A user of the system.
struct Owner {
    number: u32,
    name: OsString,
}

impl Owner {
    /// The user of that name.
    fn named(name: &[u8]) -> Option<Self> {
        Some(Self { number: user(name)?, name: OsStr::from_bytes(name).to_owned() })
    }
}

/// The number of a user. The system's own program is asked, as it knows all the places where users can be.
fn user(name: &[u8]) -> Option<u32> {
    let name = std::str::from_utf8(name).ok()?;
    let mut command = Command::new("id");
    let captured = patiently(command.args(["-u", "--", name]), time_limits::QUERY).ok()?;
    std::str::from_utf8(&captured.output).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    use super::*;

    #[test]
    fn who_owns_it_and_what_others_may_do() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let mine = fs::metadata(path).unwrap().uid();
        let status = || nix::sys::stat::stat(path).unwrap();
        let with = |mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
            wrong(path, &status(), mine, CLOSED)
        };
        fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(
            wrong(path, &status(), mine, WRITE).unwrap().ends_with("(mode 0777)"),
            "whoever else it belongs to"
        );
        assert_eq!(with(0o700), None);
        assert_eq!(with(0o750), None, "the group may look");
        assert!(with(0o755).unwrap().contains("others can do too much"));
        assert!(with(0o770).unwrap().ends_with("(mode 0770)"));
        assert!(wrong(path, &status(), mine + 1, CLOSED).unwrap().contains("belongs to user"));
    }

    /// A directory with these in it, each with its mode.
    fn with(entries: &[(&str, u32)]) -> tempfile::TempDir {
        let directory = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        for (name, mode) in entries {
            let path = directory.path().join(name);
            fs::create_dir(&path).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(*mode)).unwrap();
        }
        directory
    }

    fn stored(directory: &Path, mail_owner: u32) -> Vec<String> {
        let settings = InstanceSettings {
            name: None,
            group: None,
            enable: Ok(crate::postfix::values::enable_flag::Flag::Enabled),
            queue_directory: directory.join("queue"),
            data_directory: directory.join("data"),
            shared: Vec::new(),
        };
        let mail_owner = Owner { number: mail_owner, name: "postfix".into() };
        storage(directory, &settings, &mail_owner).into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn the_queue_itself_and_the_place_of_numbers_are_roots_and_the_rest_is_not() {
        let directory = with(&[("queue", 0o755), ("data", 0o700)]);
        for name in ["pid", "maildrop", "active"] {
            fs::create_dir(directory.path().join("queue").join(name)).unwrap();
        }
        let mine = fs::metadata(directory.path()).unwrap().uid();
        let other = mine + 1;
        let expected = [("queue", ROOT), ("data", other), ("queue/active", other), ("queue/maildrop", other)];
        let expected = expected.into_iter().chain([("queue/pid", ROOT)]).filter(|(_, owner)| *owner != mine);
        let told = |(path, owner): (&str, u32)| {
            format!("{} belongs to user {mine}, not {owner}", printable(directory.path().join(path)))
        };
        assert_eq!(stored(directory.path(), other), expected.map(told).collect::<Vec<_>>());
    }

    #[test]
    fn a_group_may_put_mail_into_one_queue_and_into_no_other() {
        let directory = with(&[("queue", 0o755), ("data", 0o700), ("queue/maildrop", 0o730)]);
        let mine = fs::metadata(directory.path()).unwrap().uid();
        let told = || stored(directory.path(), mine).join("\n");
        assert!(!told().contains("others can do too much"), "{}", told());
        fs::create_dir(directory.path().join("queue/active")).unwrap();
        fs::set_permissions(directory.path().join("queue/active"), fs::Permissions::from_mode(0o730))
            .unwrap();
        assert!(told().contains("queue/active (mode 0730)"), "{}", told());
    }

    #[test]
    fn a_configuration_that_others_may_change_is_told() {
        let directory = with(&[]);
        for name in [MAIN_CF, MASTER_CF] {
            fs::write(directory.path().join(name), "").unwrap();
            fs::set_permissions(directory.path().join(name), fs::Permissions::from_mode(0o666)).unwrap();
        }
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let commands = configuration(directory.path()).into_iter().filter_map(|finding| finding.mend);
        let places =
            [directory.path().to_owned(), directory.path().join(MAIN_CF), directory.path().join(MASTER_CF)];
        let expected = places.map(|path| format!("chown root {0} && chmod go-w {0}", printable(path)));
        assert_eq!(commands.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_system_knows_its_users() {
        assert_eq!(user(b"root"), Some(0));
        assert_eq!(user(b"no such user"), None);
        assert_eq!(user(b"--help"), None);
    }
}
