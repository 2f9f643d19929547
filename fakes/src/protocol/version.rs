//! The versions of Postfix that can be simulated, and their names. How they differ is said where it matters.

use std::fmt;
use std::str::FromStr;

/// A series of Postfix versions, in the order in which they came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PostfixVersion {
    /// 3.5, of 2020.
    V3_5,
    /// 3.7, of 2022.
    V3_7,
    /// 3.10, of 2025.
    V3_10,
    /// 3.11, of 2026.
    V3_11,
}

/// A name that no known series has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no Postfix version {name:?} is simulated; there are {}", known_names())]
pub struct UnknownVersion {
    /// The name.
    pub name: String,
}

impl PostfixVersion {
    /// All that are known, the oldest first.
    pub const KNOWN: [Self; 4] = [Self::V3_5, Self::V3_7, Self::V3_10, Self::V3_11];

    /// The version that is simulated by default.
    pub const NEWEST: Self = Self::V3_11;

    /// The name of the series.
    pub fn series(self) -> &'static str {
        match self {
            Self::V3_5 => "3.5",
            Self::V3_7 => "3.7",
            Self::V3_10 => "3.10",
            Self::V3_11 => "3.11",
        }
    }

    /// The version that the simulation of the series was measured against, as `mail_version` has it.
    pub fn full(self) -> &'static str {
        match self {
            Self::V3_5 => "3.5.25",
            Self::V3_7 => "3.7.11",
            Self::V3_10 => "3.10.13",
            Self::V3_11 => "3.11.7",
        }
    }

    /// The compatibility level as of which nothing of it is backwards-compatible.
    pub fn latest_compatibility_level(self) -> &'static str {
        match self {
            Self::V3_5 => "2",
            Self::V3_7 | Self::V3_10 => "3.6",
            Self::V3_11 => "3.11",
        }
    }

    /// The known series that a full version, such as `3.8.6` or `3.12-20260821`, comes nearest to: the last that
    /// is no later, or the oldest.
    pub fn nearest(full: &str) -> Self {
        let numbers = numbers(full);
        let no_later = |version: &&Self| self::numbers(version.series()) <= numbers;
        Self::KNOWN.iter().rev().find(no_later).copied().unwrap_or(Self::V3_5)
    }
}

fn numbers(version: &str) -> (u32, u32) {
    let mut parts = version.split(['.', '-']).map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

fn known_names() -> String {
    PostfixVersion::KNOWN.map(PostfixVersion::series).join(", ")
}

impl fmt::Display for PostfixVersion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.series())
    }
}

impl FromStr for PostfixVersion {
    type Err = UnknownVersion;

    fn from_str(name: &str) -> Result<Self, UnknownVersion> {
        let known = Self::KNOWN.into_iter().find(|version| version.series() == name);
        known.ok_or_else(|| UnknownVersion { name: name.to_owned() })
    }
}

/// Whether a version of Postfix comes before the first of a series.
pub(crate) fn version_is_before(version: &str, series: (u32, u32)) -> bool {
    let mut parts = version.split(['.', '-']).map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) < series
}

#[cfg(test)]
mod tests {
    use super::{PostfixVersion, version_is_before};

    #[test]
    fn a_full_version_is_simulated_as_the_last_series_that_is_no_later() {
        for (full, nearest) in [
            ("2.11.3", PostfixVersion::V3_5),
            ("3.6.4", PostfixVersion::V3_5),
            ("3.7.11", PostfixVersion::V3_7),
            ("3.9.0", PostfixVersion::V3_7),
            ("3.10.1", PostfixVersion::V3_10),
            ("3.12-20260821", PostfixVersion::V3_11),
            ("4.0", PostfixVersion::V3_11),
        ] {
            assert_eq!(PostfixVersion::nearest(full), nearest, "{full}");
        }
        for version in PostfixVersion::KNOWN {
            assert_eq!(PostfixVersion::nearest(version.full()), version);
        }
    }

    #[test]
    fn a_series_is_asked_for_by_its_name() {
        for version in PostfixVersion::KNOWN {
            assert_eq!(version.to_string().parse(), Ok(version));
        }
        let refusal = "3.8".parse::<PostfixVersion>().unwrap_err().to_string();
        assert_eq!(refusal, r#"no Postfix version "3.8" is simulated; there are 3.5, 3.7, 3.10, 3.11"#);
    }

    #[test]
    fn versions_compare_by_number() {
        for early in ["3.7.11", "3.9.0", "2.6"] {
            assert!(version_is_before(early, (3, 10)), "{early}");
        }
        for late in ["3.10.1", "3.12-20260821", "4.0"] {
            assert!(!version_is_before(late, (3, 10)), "{late}");
        }
    }
}
