//! Finds the release that is packed: its version, and its time, which takes the place of the clock.

use std::env;
use std::fs;

use crate::workspace;

/// A release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Release {
    /// As in Cargo.toml.
    pub(super) version: String,
    /// Seconds since 1970: `SOURCE_DATE_EPOCH`, or the time of the last commit.
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
            Ok(seconds) => seconds,
            Err(_) => workspace::output_of(workspace::git().args(["log", "-1", "--format=%ct"]))
                .map_err(|_| "this is no Git clone: set SOURCE_DATE_EPOCH to the time of the release")?,
        };
        let seconds =
            seconds.trim().parse().map_err(|_| format!("SOURCE_DATE_EPOCH is no time: {seconds}"))?;
        Ok(Self { version, seconds })
    }

    /// Its day, as pages of the manual write it.
    pub(super) fn date(&self) -> String {
        let mut days = self.seconds / 86_400;
        let mut year = 1970;
        while days >= length(year) {
            days -= length(year);
            year += 1;
        }
        let mut month = 0;
        while days >= month_length(year, month) {
            days -= month_length(year, month);
            month += 1;
        }
        format!("{} {}, {year}", MONTHS[month].0, days + 1)
    }
}

/// Months, and their days in a year that is no leap year.
const MONTHS: [(&str, u64); 12] = [
    ("January", 31),
    ("February", 28),
    ("March", 31),
    ("April", 30),
    ("May", 31),
    ("June", 30),
    ("July", 31),
    ("August", 31),
    ("September", 30),
    ("October", 31),
    ("November", 30),
    ("December", 31),
];

fn is_leap(year: u64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn length(year: u64) -> u64 {
    365 + u64::from(is_leap(year))
}

fn month_length(year: u64, month: usize) -> u64 {
    MONTHS[month].1 + u64::from(month == 1 && is_leap(year))
}

#[cfg(test)]
mod tests {
    use super::Release;
    use crate::workspace;
    use std::fs;

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
