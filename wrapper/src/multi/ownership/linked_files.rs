//! Finds files of an instance that are somebody else's as well, as they are symbolic links or have several names.
//!
//! They are not the instance's alone, although its directory is. Knows nothing of what becomes of them.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::sys::stat::FileStat;

use crate::os::files::directory::{Directory, FileKind};
use crate::os::files::reach::reach_file;
use crate::os::files::trust::{Access, can_be_written_by_others, is_trusted_owner};
use crate::os::printable::{printable, shell_word};
use crate::postfix::instance::{MAIN_CF, MASTER_CF};

/// The mode of the files of a configuration directory.
pub(crate) const READABLE: u32 = 0o644;

/// The most symbolic links on one way; the kernel's own bound.
const MOST_LINKS: usize = 40;

/// A file of an instance that is a link to one of another instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LinkedFile {
    /// The link.
    pub(crate) link: PathBuf,
    /// Where it leads.
    pub(crate) file: PathBuf,
}

impl LinkedFile {
    /// The command that gives the instance with the link a file of its own.
    pub(crate) fn mend(&self) -> String {
        let (link, new) = (shell_word(&self.link), beside(&self.link, ".new"));
        format!("cp -p {link} {new} && mv {new} {link}")
    }
}

/// A name beside a file, for a command.
fn beside(file: &Path, ending: &str) -> String {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    shell_word(name)
}

/// What is said of a file of an instance, and the command that gives the instance one of its own, if setting its owner and
/// mode would change what is not in the instance's directory, or what somebody else leads it to.
pub(crate) fn set_elsewhere(config: &Directory, name: &str) -> Option<(String, String)> {
    elsewhere(config, name, is_set)
}

/// The same, if root alone must lead to the file and write it: what others can put there is not read and made root's.
pub(crate) fn led_by_others(config: &Directory, name: &str) -> Option<(String, String)> {
    elsewhere(config, name, |status| !can_be_written_by_others(Access::of(status)))
}

/// The same. Where nobody else leads to the file, `is_right` says whether it may stay where it is.
pub(crate) fn elsewhere(
    config: &Directory,
    name: &str,
    is_right: impl Fn(&FileStat) -> bool,
) -> Option<(String, String)> {
    let file = config.path().join(name);
    let status = config.status_of(name.as_ref()).ok()??;
    let what = match FileKind::of(&status) {
        FileKind::Link => {
            let target = config.link_target(name.as_ref()).unwrap_or_default();
            format!("is a symbolic link to {}", printable(&target))
        }
        FileKind::File if status.st_nlink > 1 => "has other names (hard links)".to_owned(),
        _ => return None,
    };
    let what = match reach_file(config, name.as_ref()) {
        Ok(None) => return None,
        Ok(Some(status)) if is_right(&status) => return None,
        Ok(Some(_)) => what,
        Err(error) => format!("{what} ({error})"),
    };
    let (shown, new) = (shell_word(&file), beside(&file, ".new"));
    let mend = match fs::metadata(&file) {
        Ok(found) if found.is_file() && !is_trusted_owner(found.uid()) => {
            format!("cp -p {shown} {new} && chown root {new} && mv {new} {shown}")
        }
        Ok(found) if found.is_file() => LinkedFile { link: file.clone(), file }.mend(),
        _ => format!("mv {shown} {}", beside(&file, ".old")),
    };
    Some((what, mend))
}

/// Whether a file has the owner and the mode that Postfix gives to those of an instance.
fn is_set(status: &FileStat) -> bool {
    let Access { user, mode } = Access::of(status);
    FileKind::of(status) == FileKind::File && is_trusted_owner(user) && mode & 0o7777 == READABLE
}

/// The files of an instance that lead to main.cf or master.cf in another directory. A link can lead to a link.
pub(crate) fn of_instance(config: &Path) -> Vec<LinkedFile> {
    let links = [MAIN_CF, MASTER_CF].map(|name| config.join(name));
    let led = |link: &PathBuf| {
        let mut found = Vec::new();
        let mut here = link.clone();
        while let (Ok(target), Some(parent)) = (fs::read_link(&here), here.parent()) {
            here = parent.join(target);
            found.push(LinkedFile { link: link.clone(), file: here.clone() });
            if found.len() == MOST_LINKS {
                break;
            }
        }
        found.retain(|linked| {
            [MAIN_CF, MASTER_CF].iter().any(|name| linked.file.file_name() == Some(name.as_ref()))
        });
        found
    };
    links.iter().flat_map(led).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn each_file_on_the_way_is_found() {
        let root = tempfile::tempdir().unwrap();
        let [a, b, c] = ["a", "b", "c"].map(|name| root.path().join(name));
        for config in [&a, &b, &c] {
            fs::create_dir(config).unwrap();
        }
        fs::write(a.join(MASTER_CF), "").unwrap();
        fs::write(a.join("other"), "").unwrap();
        symlink("../a/master.cf", b.join(MASTER_CF)).unwrap();
        symlink(b.join(MASTER_CF), c.join(MASTER_CF)).unwrap();
        symlink("../a/other", c.join(MAIN_CF)).unwrap();
        let led = |config: &Path| -> Vec<_> {
            of_instance(config).into_iter().map(|linked| linked.file.canonicalize().unwrap()).collect()
        };
        assert!(led(&a).is_empty());
        let file = a.join(MASTER_CF).canonicalize().unwrap();
        assert_eq!(led(&b), std::slice::from_ref(&file));
        assert_eq!(led(&c), [file.clone(), file]);
        symlink("loop", b.join(MAIN_CF)).unwrap();
        symlink(MAIN_CF, b.join("loop")).unwrap();
        assert!(of_instance(&b).len() > 1, "without end");
    }
}
