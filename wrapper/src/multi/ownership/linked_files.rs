//! Finds main.cf and master.cf files of instances that are symbolic links to those of another instance.
//!
//! Such a file is the other instance's as well, although no directory is. Knows nothing of what becomes of it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::os::printable::shell_word;
use crate::postfix::instance::{MAIN_CF, MASTER_CF};

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
        let link = shell_word(&self.link);
        format!("cp -p {link} {link}.new && mv {link}.new {link}")
    }
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
