//! Finds what two tools did differently in one step.
//! A difference is the status, a line of output, a line of a main.cf or master.cf, or a path. Does not decide whether
//! it matters.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::owners::Unsound;
use super::system::{Found, Snapshot, is_text};

/// In what something differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aspect {
    /// The exit status.
    Status,
    /// A line of standard output; of variables, their order does not count.
    Stdout,
    /// A line of a main.cf or master.cf.
    Text,
    /// What is at a path, its mode, its owner, or the content of any other file.
    Path,
    /// Something changed that the target does not have to itself.
    Footprint,
    /// Status 0, and an instance had no command and is not named, or the change is not there.
    Silence,
    /// A call that did not end in time.
    End,
    /// `--dry-run` said something else, or changed something.
    DryRun,
}

impl Aspect {
    /// Whether it is a property that ours must have, whatever postmulti does.
    pub fn is_property(self) -> bool {
        matches!(self, Self::Footprint | Self::Silence | Self::End | Self::DryRun)
    }
}

/// A difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Difference {
    /// In what.
    pub aspect: Aspect,
    /// The path, if it is about one.
    pub path: String,
    /// What there is with postmulti(1); empty if there is nothing.
    pub theirs: String,
    /// What there is with ours.
    pub ours: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.aspect {
            Aspect::Status => "status",
            Aspect::Stdout => "standard output",
            Aspect::Text | Aspect::Path => &self.path,
            property => return write!(formatter, "broken: {property:?} {}: {}", self.path, self.ours),
        };
        write!(formatter, "{what}: postmulti {:?}, ours {:?}", self.theirs, self.ours)
    }
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// How the tool ended.
    pub status: String,
    /// What it printed.
    pub stdout: String,
    /// What it said.
    pub stderr: String,
    /// The system behind it.
    pub snapshot: Rc<Snapshot>,
    /// The properties that it breaks, if it is ours.
    pub broken: Vec<Difference>,
    /// What was wrong with the system before it, if it is ours.
    pub unsound: BTreeSet<Unsound>,
}

/// Compares.
pub fn differences(theirs: &Seen, ours: &Seen) -> Vec<Difference> {
    let mut found = ours.broken.clone();
    if theirs.status != ours.status {
        found.push(Difference {
            aspect: Aspect::Status,
            path: String::new(),
            theirs: theirs.status.clone(),
            ours: ours.status.clone(),
        });
    }
    lines(Aspect::Stdout, "", &theirs.stdout, &ours.stdout, &mut found);
    let paths: BTreeSet<&Path> =
        theirs.snapshot.keys().chain(ours.snapshot.keys()).map(std::path::PathBuf::as_path).collect();
    for path in paths {
        at(path, theirs.snapshot.get(path), ours.snapshot.get(path), &mut found);
    }
    found
}

fn at(path: &Path, theirs: Option<&Found>, ours: Option<&Found>, found: &mut Vec<Difference>) {
    if theirs == ours {
        return;
    }
    let name = path.display().to_string();
    let mut differ = |theirs: String, ours: String| {
        found.push(Difference { aspect: Aspect::Path, path: name.clone(), theirs, ours });
    };
    match (theirs, ours) {
        (Some(Found::File(one, left)), Some(Found::File(other, right))) => {
            if one != other {
                differ(kind(theirs), kind(ours));
            }
            if left != right && is_text(path) {
                let text = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
                lines(Aspect::Text, &name, &text(left), &text(right), found);
            } else if left != right {
                differ(format!("{} bytes", left.len()), format!("{} others", right.len()));
            }
        }
        _ => differ(kind(theirs), kind(ours)),
    }
}

fn kind(found: Option<&Found>) -> String {
    found.map(ToString::to_string).unwrap_or_default()
}

/// Lines that only one side has, paired as they come; if all lines are the same, in another order, that is one
/// difference.
fn lines(aspect: Aspect, path: &str, theirs: &str, ours: &str, found: &mut Vec<Difference>) {
    if theirs == ours {
        return;
    }
    let (left, right): (Vec<&str>, Vec<&str>) = (theirs.lines().collect(), ours.lines().collect());
    let only = |these: &[&str], those: &[&str]| -> Vec<String> {
        let mut rest = those.to_vec();
        let mut only = Vec::new();
        for line in these {
            match rest.iter().position(|other| other == line) {
                Some(at) => drop(rest.remove(at)),
                None => only.push((*line).to_owned()),
            }
        }
        only
    };
    let (mut left_only, mut right_only) = (only(&left, &right), only(&right, &left));
    if left_only.is_empty() && right_only.is_empty() {
        (left_only, right_only) = (vec!["the same lines".into()], vec!["in another order".into()]);
    }
    for number in 0..left_only.len().max(right_only.len()) {
        let line = |lines: &[String]| lines.get(number).cloned().unwrap_or_default();
        let (theirs, ours) = (line(&left_only), line(&right_only));
        found.push(Difference { aspect, path: path.to_owned(), theirs, ours });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Aspect, Found, Seen, Snapshot, differences};
    use crate::differential::system::Access;

    fn seen(stdout: &str, main_cf: &str, mode: u32) -> Seen {
        let access = |mode| Access { mode, user: 0, group: 0 };
        let mut snapshot = Snapshot::new();
        snapshot.insert("/x/main.cf".into(), Found::File(access(0o644), main_cf.as_bytes().into()));
        snapshot.insert("/x".into(), Found::Directory(access(mode)));
        Seen {
            status: "0".into(),
            stdout: stdout.into(),
            stderr: String::new(),
            snapshot: snapshot.into(),
            broken: Vec::new(),
            unsound: BTreeSet::new(),
        }
    }

    #[test]
    fn equal_sides_do_not_differ() {
        assert_eq!(differences(&seen("a\n", "x = 1\n", 0o755), &seen("a\n", "x = 1\n", 0o755)), []);
    }

    #[test]
    fn each_aspect_is_seen() {
        let base = seen("a\nb\n", "x = 1\n", 0o755);
        let aspects = |other: &Seen| {
            differences(&base, other).into_iter().map(|one| (one.aspect, one.ours)).collect::<Vec<_>>()
        };
        assert_eq!(aspects(&seen("a\n", "x = 1\n", 0o755)), [(Aspect::Stdout, String::new())]);
        assert_eq!(aspects(&seen("b\na\n", "x = 1\n", 0o755)), [(Aspect::Stdout, "in another order".into())]);
        assert_eq!(aspects(&seen("a\nb\n", "x = 2\n", 0o755)), [(Aspect::Text, "x = 2".into())]);
        assert_eq!(aspects(&seen("a\nb\n", "x = 1\n", 0o700)), [(Aspect::Path, "directory 700 0:0".into())]);
        assert_eq!(aspects(&Seen { status: "1".into(), ..base.clone() }), [(Aspect::Status, "1".into())]);
    }
}
