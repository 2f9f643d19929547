//! A problem that a check found, with its output as text and as JSON.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::os::printable::printable;
use crate::plan::run_settings::OutputFormat;
use crate::report::json::{quoted, quoted_text};

/// How bad something is, in the order of what is told first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// It is not.
    Ok,
    /// It cannot be told whether it is.
    Unknown,
    /// It will do harm, or does some.
    Warning,
    /// Mail does not get through.
    Critical,
}

impl Severity {
    /// What programs know it by.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// What kind of thing it is; programs go by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FindingKind {
    /// A command was killed in the midst of a change.
    Unfinished,
    /// A file that somebody who was killed has left.
    LeftBehind,
    /// Listed, but not there.
    Missing,
    /// There, but not listed.
    Unlisted,
    /// Its main.cf or its master.cf cannot be read.
    Damaged,
    /// Something keeps it from working.
    CannotStart,
    /// It has no name.
    Unnamed,
    /// It lists instances itself.
    OwnList,
    /// There are several instances, and nobody in charge.
    NoManager,
    /// A directory that Postfix's programs may use, and that is not there.
    Dangling,
    /// Two have the same.
    Shared,
    /// No queue is where that of an instance was that has run.
    NoQueue,
    /// A master that no longer holds what is in its instance's queue directory.
    LostQueue,
    /// A master that was started while its configuration directory had another name.
    Renamed,
    /// Two listen in the same place.
    SamePort,
    /// Somebody else's, or writable by others.
    WrongOwner,
    /// Users other than root can put something else in its place.
    Exposed,
}

impl FindingKind {
    /// How bad it is for an instance that is enabled.
    pub(crate) fn severity(self) -> Severity {
        match self {
            Self::Missing
            | Self::Damaged
            | Self::CannotStart
            | Self::NoManager
            | Self::NoQueue
            | Self::LostQueue => Severity::Critical,
            _ => Severity::Warning,
        }
    }

    /// What programs know it by.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unfinished => "unfinished",
            Self::LeftBehind => "left-behind",
            Self::Missing => "missing",
            Self::Unlisted => "unlisted",
            Self::Damaged => "damaged",
            Self::CannotStart => "cannot-start",
            Self::Unnamed => "unnamed",
            Self::OwnList => "own-list",
            Self::NoManager => "no-manager",
            Self::Dangling => "dangling",
            Self::Shared => "shared",
            Self::NoQueue => "no-queue",
            Self::LostQueue => "lost-queue",
            Self::Renamed => "renamed",
            Self::SamePort => "same-port",
            Self::WrongOwner => "wrong-owner",
            Self::Exposed => "exposed",
        }
    }
}

/// Something that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// What kind of thing it is.
    pub(crate) kind: FindingKind,
    /// The configuration directory of the instance that it is about.
    pub(crate) directory: PathBuf,
    /// What it is, readable.
    pub(crate) what: String,
    /// The command that mends it; nothing if none takes only what is the instance's own. Then `what` says what to decide.
    pub(crate) mend: Option<String>,
}

impl Finding {
    /// Something about the instance in a directory.
    pub(crate) fn new(
        kind: FindingKind,
        directory: &Path,
        what: String,
        mend: impl Into<Option<String>>,
    ) -> Self {
        Self { kind, directory: directory.to_owned(), what, mend: mend.into() }
    }

    /// It as one line.
    pub(crate) fn line(&self, format: OutputFormat) -> String {
        match format {
            OutputFormat::Table => {
                let mend =
                    self.mend.as_ref().map(|mend| format!("; mend it with: {mend}")).unwrap_or_default();
                format!("{}: {}{mend}\n", printable(&self.directory), self.what)
            }
            OutputFormat::Json => format!(
                "{{\"kind\":\"{}\",\"severity\":\"{}\",\"config_directory\":{},\"what\":{},\"mend\":{}}}\n",
                self.kind.name(),
                self.kind.severity().name(),
                quoted(self.directory.as_os_str().as_bytes()),
                quoted_text(&self.what),
                self.mend.as_deref().map_or_else(|| "null".to_owned(), quoted_text)
            ),
        }
    }
}

/// For tests: whether the commands that mend what is wrong with a path are the same as for a path that no shell
/// changes.
#[cfg(test)]
pub(super) fn commands_hold(
    findings: impl Fn(&Path) -> Vec<Finding>,
    path: &Path,
) -> Result<(), proptest::test_runner::TestCaseError> {
    use crate::os::printable::commands::{for_path, plain};
    let mends = |path| findings(path).into_iter().filter_map(|finding| finding.mend).collect::<Vec<_>>();
    let expected: Vec<String> = mends(plain()).iter().map(|mend| for_path(mend, path)).collect();
    proptest::prop_assert!(!expected.is_empty());
    proptest::prop_assert_eq!(mends(path), expected);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_people_and_a_line_for_programs() {
        let finding = Finding::new(
            FindingKind::Dangling,
            Path::new("/etc/a\"b"),
            "it is not \"there\"".to_owned(),
            "postconf -e \"x = y\"".to_owned(),
        );
        let table = finding.line(OutputFormat::Table);
        assert_eq!(table, "/etc/a\"b: it is not \"there\"; mend it with: postconf -e \"x = y\"\n");
        let json: serde_json::Value = serde_json::from_str(&finding.line(OutputFormat::Json)).unwrap();
        assert_eq!(json["kind"], "dangling");
        assert_eq!(json["severity"], "warning");
        assert_eq!(json["config_directory"], "/etc/a\"b");
        assert_eq!(json["what"], "it is not \"there\"");
        assert_eq!(json["mend"], "postconf -e \"x = y\"");
        let finding = Finding { mend: None, ..finding };
        assert_eq!(finding.line(OutputFormat::Table), "/etc/a\"b: it is not \"there\"\n");
        assert!(finding.line(OutputFormat::Json).ends_with(",\"mend\":null}\n"));
    }
}
