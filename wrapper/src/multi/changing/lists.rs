//! Edits the two lists in the default instance's main.cf.
//! They are `multi_instance_directories` and `alternate_config_directories`.
//!
//! Knows nothing of files and processes.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::multi::changing::instance_dirs::is_one_word;
use crate::multi::changing::tools::{Arguments, setting};
use crate::postfix::postconf::DIRECTORIES;
use crate::postfix::values::list_value;

/// The list of directories that are no managed instances' any more, or not yet.
pub(crate) const ALTERNATES: &str = "alternate_config_directories";

/// What both lists hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lists {
    /// `multi_instance_directories`, an element each.
    pub(crate) managed: Vec<OsString>,
    /// `alternate_config_directories`, an element each.
    pub(crate) alternates: Vec<OsString>,
}

impl Lists {
    /// What postconf prints for both.
    pub(crate) fn new(managed: &[OsString], alternates: &[u8]) -> Self {
        Self { managed: managed.to_vec(), alternates: list_value::split(alternates).collect() }
    }

    /// The alternates as Postfix understands them. If they refer to other parameters, `expand` asks for the value.
    pub(crate) fn alternates_expanded<E>(
        &self,
        expand: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Vec<OsString>, E> {
        if !self.alternates.iter().any(|element| element.as_bytes().contains(&b'$')) {
            return Ok(self.alternates.clone());
        }
        Ok(list_value::split(&expand()?).collect())
    }

    /// Whether a directory is among the managed ones.
    pub(crate) fn manages(&self, directory: &Path) -> bool {
        self.managed.iter().any(|element| element == directory)
    }

    /// The edit that lists a directory, in front of another one or behind all.
    pub(crate) fn with(&self, directory: &Path, before: Option<&Path>) -> Arguments {
        Self::edit(&self.inserted(directory, before), without(&self.alternates, directory))
    }

    /// The edit that writes the list of instances as it is, with blanks.
    pub(crate) fn unchanged(&self) -> Arguments {
        Self::edit(&self.managed, None)
    }

    fn inserted(&self, directory: &Path, before: Option<&Path>) -> Vec<OsString> {
        let mut managed = self.managed.clone();
        let at = before.and_then(|before| managed.iter().position(|element| element == before));
        managed.insert(at.unwrap_or(managed.len()), directory.into());
        managed
    }

    /// The edit that takes a directory off the list of instances, as well as off the alternates.
    pub(crate) fn without(&self, directory: &Path) -> Arguments {
        let managed = without(&self.managed, directory).unwrap_or_else(|| self.managed.clone());
        Self::edit(&managed, without(&self.alternates, directory))
    }

    /// The edit that takes a directory off the list of instances, and makes it an alternate.
    pub(crate) fn deported(&self, directory: &Path) -> Arguments {
        let managed = without(&self.managed, directory).unwrap_or_else(|| self.managed.clone());
        let mut alternates = self.alternates.clone();
        alternates.push(directory.into());
        let is_there = self.alternates.iter().any(|element| element == directory);
        Self::edit(&managed, (!is_there).then_some(alternates))
    }

    /// The edit that lists a directory again where it was, when both lists were as they are in `old`. What somebody has
    /// changed since then stays.
    pub(crate) fn restored(&self, old: &Self, directory: &Path) -> Arguments {
        let was = |lists: &[OsString]| lists.iter().position(|element| element == directory);
        let behind = was(&old.managed).and_then(|at| old.managed.get(at + 1)).map(Path::new);
        let mut alternates = self.alternates.clone();
        if let Some(at) = was(&old.alternates) {
            alternates.insert(at.min(alternates.len()), directory.into());
        }
        Self::edit(&self.inserted(directory, behind), Some(alternates))
    }

    /// Both lists at once, so that they always agree. The second is left as it is written if nothing changes in it.
    fn edit(managed: &[OsString], alternates: Option<Vec<OsString>>) -> Arguments {
        let managed = managed.join(OsStr::new(" "));
        match alternates.map(|alternates| alternates.join(OsStr::new(" "))) {
            Some(alternates) => setting(&[(DIRECTORIES, &managed), (ALTERNATES, &alternates)]),
            None => setting(&[(DIRECTORIES, &managed)]),
        }
    }
}

/// Whether Postfix's script that sets permissions finds a directory in the list of instances, as main.cf has it. Before
/// Postfix 3.10, it takes the first comma alone for a blank. It sees no value that must be expanded.
pub(crate) fn is_found(written: &[u8], directory: &Path) -> bool {
    let words = |line: &[u8]| {
        let comma = line.iter().position(|byte| *byte == b',').unwrap_or(line.len());
        [&line[..comma], line.get(comma + 1..).unwrap_or_default()]
            .into_iter()
            .flat_map(|part| part.split(u8::is_ascii_whitespace))
            .any(|word| word == directory.as_os_str().as_bytes())
    };
    written.split(|byte| *byte == b'\n').any(words)
}

/// The elements without one; nothing if it is not among them.
fn without(elements: &[OsString], directory: &Path) -> Option<Vec<OsString>> {
    let others: Vec<OsString> = elements.iter().filter(|element| *element != directory).cloned().collect();
    (others.len() < elements.len()).then_some(others)
}

/// Whether a list in main.cf can hold a directory: its elements are divided by blanks and commas, and `$` is
/// expanded. Scripts read it, too.
pub(crate) fn can_hold(directory: &Path) -> bool {
    let directory = directory.as_os_str();
    is_one_word(directory) && !directory.as_bytes().iter().any(|byte| b",$".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(managed: &str, alternates: &str) -> Lists {
        Lists::new(&list_value::split(managed.as_bytes()).collect::<Vec<_>>(), alternates.as_bytes())
    }

    #[test]
    fn a_new_one_is_behind_all_or_in_front_of_one() {
        let both = lists("/a, /b", "");
        assert_eq!(both.with(Path::new("/c"), None), ["-e", "multi_instance_directories = /a /b /c"]);
        let first = both.with(Path::new("/c"), Some(Path::new("/a")));
        assert_eq!(first, ["-e", "multi_instance_directories = /c /a /b"]);
        let gone = both.with(Path::new("/c"), Some(Path::new("/gone")));
        assert_eq!(gone, ["-e", "multi_instance_directories = /a /b /c"]);
    }

    #[test]
    fn who_is_managed_is_no_alternate() {
        assert_eq!(
            lists("/a", "/b,/c").with(Path::new("/b"), None),
            ["-e", "multi_instance_directories = /a /b", "alternate_config_directories = /c"]
        );
        assert_eq!(
            lists("/a", "/a").without(Path::new("/a")),
            ["-e", "multi_instance_directories = ", "alternate_config_directories = "]
        );
    }

    #[test]
    fn who_is_deported_becomes_an_alternate_once() {
        assert_eq!(
            lists("/a /b", "/c").deported(Path::new("/a")),
            ["-e", "multi_instance_directories = /b", "alternate_config_directories = /c /a"]
        );
        assert_eq!(lists("/a /b", "/a").deported(Path::new("/a")), ["-e", "multi_instance_directories = /b"]);
    }

    #[test]
    fn who_is_listed_again_has_the_old_place_beside_what_is_new() {
        let old = lists("/a /b /c", "/x /b /y");
        let edit = |managed, alternates| lists(managed, alternates).restored(&old, Path::new("/b"));
        let whole =
            ["-e", "multi_instance_directories = /a /b /c", "alternate_config_directories = /x /b /y"];
        assert_eq!(edit("/a /c", "/x /y"), whole);
        let more = ["-e", "multi_instance_directories = /n /a /b", "alternate_config_directories = /b"];
        assert_eq!(edit("/n /a", ""), more);
    }

    #[test]
    fn a_script_of_postfix_finds_what_is_between_blanks_or_before_and_behind_the_first_comma() {
        let found = |written: &str| is_found(written.as_bytes(), Path::new("/b"));
        for written in ["/b", "/a /b\n", "/a,/b", "/b, /c", "/a , /b\t/c,/d", "/a,/c\n/b,/d"] {
            assert!(found(written), "{written}");
        }
        for written in ["", "/a, /b, /c", "/a,/c,/b", "/b/", "${x}/b", "/a/b"] {
            assert!(!found(written), "{written}");
        }
        assert_eq!(lists("/a,/b", "/c").unchanged(), ["-e", "multi_instance_directories = /a /b"]);
    }

    #[test]
    fn what_would_fall_apart_in_a_list_is_none_of_it() {
        assert!(can_hold(Path::new("/etc/postfix-a")));
        for path in ["/etc/a b", "/etc/a,b", "/etc/$a", "/etc/a\nb", "/etc/a\tb", "/etc/[a]"] {
            assert!(!can_hold(Path::new(path)), "{path:?}");
        }
    }
}
