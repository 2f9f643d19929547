//! Finds the release that is packed: its version, and its time, which takes the place of the clock.

use std::env;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::workspace;

/// A release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Release {
    /// As in Cargo.toml.
    pub(super) version: String,
    /// Seconds since 1970: `SOURCE_DATE_EPOCH`, or the time of the last commit, or that of the files in an archive.
    pub(super) seconds: u64,
}

impl Release {
    /// The one in this tree.
    pub(super) fn of_the_tree() -> Result<Self, String> {
        let path = workspace::root().join("Cargo.toml");
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let manifest: toml::Table = toml::from_str(&text).map_err(|error| error.to_string())?;
        let version = manifest["workspace"]["package"]["version"].as_str().unwrap_or_default().to_owned();
        let seconds = match env::var("SOURCE_DATE_EPOCH") {
            Ok(seconds) => seconds
                .trim()
                .parse()
                .map_err(|_| format!("SOURCE_DATE_EPOCH is no number of seconds: {seconds}"))?,
            Err(_) => time_of_commit().or_else(|| time_of_file(&path)).ok_or(
                "cannot find the time of the release: set SOURCE_DATE_EPOCH to it, in seconds since 1970",
            )?,
        };
        Ok(Self { version, seconds })
    }

    /// Its day, as pages of the manual write it.
    pub(super) fn date(&self) -> String {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(self.seconds);
        let day = humantime::format_rfc3339_seconds(time).to_string();
        let mut parts = day.split(['-', 'T']).map(|part| part.parse().unwrap_or_default());
        let [year, month, day]: [usize; 3] = std::array::from_fn(|_| parts.next().unwrap_or_default());
        format!("{} {day}, {year}", MONTHS[(month + 11) % 12])
    }
}

fn time_of_commit() -> Option<u64> {
    workspace::output_of(workspace::git().args(["log", "-1", "--format=%ct"])).ok()?.trim().parse().ok()
}

/// An archive of a commit gives all files the time of the commit.
fn time_of_file(path: &Path) -> Option<u64> {
    let changed = fs::metadata(path).ok()?.modified().ok()?;
    Some(changed.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs())
}

/// As pages of the manual write them.
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

#[cfg(test)]
mod tests {
    use super::{Release, time_of_file};
    use crate::workspace;
    use std::fs;
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_day_is_written_as_in_the_manual() {
        let date = |seconds| Release { version: String::new(), seconds }.date();
        assert_eq!(date(0), "January 1, 1970");
        assert_eq!(date(951_782_399), "February 28, 2000");
        assert_eq!(date(951_782_400), "February 29, 2000");
        assert_eq!(date(1_798_761_599), "December 31, 2026");
        assert_eq!(date(4_107_542_400), "March 1, 2100");
    }

    #[test]
    fn the_files_of_an_archive_tell_the_time() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_796_000_000);
        file.as_file().set_modified(time).unwrap();
        assert_eq!(time_of_file(file.path()), Some(1_796_000_000));
        assert_eq!(time_of_file("/nonexistent/Cargo.toml".as_ref()), None);
    }

    #[test]
    fn every_recipe_and_list_of_changes_has_the_version_of_the_workspace() {
        let version = Release::of_the_tree().unwrap().version;
        for (path, line) in [
            ("CHANGELOG.md", format!("## {version}")),
            ("packaging/debian/changelog", format!("postfix-wrapper ({version}-1)")),
            ("packaging/postfix-wrapper.spec", format!("%global released {version}")),
            ("packaging/alpine/APKBUILD", format!("pkgver={version}\n")),
            ("packaging/arch/PKGBUILD", format!("pkgver={version}\n")),
        ] {
            let text = fs::read_to_string(workspace::root().join(path)).unwrap();
            assert!(text.contains(&line), "{path} does not say {line:?}");
        }
    }
}
