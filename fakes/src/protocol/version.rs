//! The versions of Postfix: their series, patch releases and vendors, and their names.
//!
//! What a version does is in [`features`](super::features); its parameters are in `config/parameters/built-in.txt`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A series of Postfix releases; one that came out earlier is less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Series {
    /// The minor number; the major one is 3.
    minor: u32,
    /// The release that a version without a patch number stands for, as `mail_version` gives it.
    upstream: &'static str,
    /// The same for Debian's packages.
    debian: &'static str,
    /// The compatibility level from which on nothing is backwards-compatible.
    pub latest_compatibility_level: &'static str,
}

/// Makes a constant of each row of the table of series.
macro_rules! series {
    ($($name:ident: $minor:literal, $upstream:literal, $debian:literal, $latest_compatibility_level:literal;)*) => {
        impl Series {
            $(#[doc = concat!("3.", $minor)]
            pub const $name: Self = Self {
                minor: $minor,
                upstream: $upstream,
                debian: $debian,
                latest_compatibility_level: $latest_compatibility_level,
            };)*

            /// All that are known, the oldest first.
            pub const KNOWN: [Self; [$($minor),*].len()] = [$(Self::$name),*];
        }
    };
}

series! {
    V3_4: 4, "3.4.29", "3.4.23", "2";
    V3_5: 5, "3.5.27", "3.5.25", "2";
    V3_6: 6, "3.6.20", "3.6.4", "3.6";
    V3_7: 7, "3.7.22", "3.7.11", "3.6";
    V3_8: 8, "3.8.20", "3.8.6", "3.6";
    V3_9: 9, "3.9.14", "3.9.1", "3.6";
    V3_10: 10, "3.10.13", "3.10.13", "3.6";
    V3_11: 11, "3.11.7", "3.11.7", "3.11";
    V3_12: 12, "3.12-20260821", "3.12-20260821", "3.11";
}

impl Series {
    /// The newest that is released.
    pub const NEWEST: Self = Self::V3_11;

    /// Its name, such as `3.7`.
    pub fn name(self) -> String {
        format!("3.{}", self.minor)
    }
}

impl FromStr for Series {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::KNOWN.into_iter().find(|series| series.name() == name).ok_or_else(|| unknown(name))
    }
}

/// That a text names no version that is simulated.
fn unknown(name: &str) -> String {
    format!(
        "no Postfix version {name:?} is simulated; there are {}, also with a patch level, such as 3.7.11, and as \
         Debian builds them, such as 3.7-debian",
        Series::KNOWN.map(Series::name).join(", ")
    )
}

/// Who built a Postfix, as far as its programs and scripts differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Vendor {
    /// As it is released, or without a difference that matters here.
    #[default]
    Upstream,
    /// Debian, or a distribution that takes over Debian's packages, such as Ubuntu.
    Debian,
}

impl Vendor {
    /// The end of the name of a version that is Debian's.
    const SUFFIX: &str = "-debian";

    /// The vendor of a Postfix that was built for this `daemon_directory`: only Debian's packages are for this one.
    pub fn built_for(daemon_directory: &[u8]) -> Self {
        if daemon_directory == b"/usr/lib/postfix/sbin" { Self::Debian } else { Self::Upstream }
    }
}

/// A version of Postfix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PostfixVersion {
    /// Its series.
    pub series: Series,
    patch: u32,
    /// Who built it.
    pub vendor: Vendor,
}

impl PostfixVersion {
    /// The version that is simulated by default.
    pub const NEWEST: Self = Self::upstream(Series::NEWEST);

    /// A series' newest release that is known.
    pub const fn upstream(series: Series) -> Self {
        Self { series, patch: numbers(series.upstream).2, vendor: Vendor::Upstream }
    }

    /// A series as Debian's packages have it.
    pub const fn debian(series: Series) -> Self {
        Self { series, patch: numbers(series.debian).2, vendor: Vendor::Debian }
    }

    /// How a version is simulated that calls itself `full`, such as `3.8.6` or `3.12-20260821`. One of a series that is
    /// not known is simulated as the series' next later neighbour, or as the last.
    pub fn simulating(full: &str, vendor: Vendor) -> Self {
        let (major, minor, patch) = numbers(full);
        let is_no_earlier = |series: &&Series| (3, series.minor) >= (major, minor);
        let series = *Series::KNOWN.iter().find(is_no_earlier).unwrap_or(&Series::V3_12);
        let patch = if (major, minor) == (3, series.minor) { patch } else { 0 };
        Self { series, patch, vendor }
    }

    /// What it is called by itself, as `mail_version` gives it.
    pub fn full(self) -> String {
        let Series { minor, upstream, .. } = self.series;
        // The last series has snapshots before its first release.
        if self.patch == 0 && upstream.contains('-') {
            return upstream.to_owned();
        }
        format!("3.{minor}.{}", self.patch)
    }

    /// Its place in the order of all releases.
    pub(super) fn place(self) -> u16 {
        place(self.series.minor, self.patch)
    }
}

/// A Postfix as it calls itself, and who built it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// Its `mail_version`.
    pub mail_version: String,
    /// Who built it.
    pub vendor: Vendor,
}

impl Build {
    /// How it is simulated, and as which version it is judged.
    pub fn version(&self) -> PostfixVersion {
        PostfixVersion::simulating(&self.mail_version, self.vendor)
    }

    /// Whether its series is known, so that it is judged as itself.
    pub fn is_known(&self) -> bool {
        let (major, minor, _) = numbers(&self.mail_version);
        Series::KNOWN.iter().any(|known| (3, known.minor) == (major, minor))
    }
}

impl From<PostfixVersion> for Build {
    fn from(version: PostfixVersion) -> Self {
        Self { mail_version: version.full(), vendor: version.vendor }
    }
}

impl fmt::Display for Build {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = if self.vendor == Vendor::Debian { Vendor::SUFFIX } else { "" };
        write!(out, "{}{suffix}", self.mail_version)
    }
}

/// A patch number behind all of a series.
pub(super) const LAST_PATCH: u16 = 0xff;

/// The place of a release of Postfix 3 in the order of all.
#[expect(clippy::cast_possible_truncation, reason = "a minor number has two digits")]
pub(super) const fn place(minor: u32, patch: u32) -> u16 {
    (minor << 8) as u16 | if patch < LAST_PATCH as u32 { patch as u16 } else { LAST_PATCH }
}

/// Major, minor and patch number of a text; a part that is none counts as 0. A snapshot's date is no patch level.
const fn numbers(version: &str) -> (u32, u32, u32) {
    let bytes = version.as_bytes();
    let (mut parts, mut part, mut at) = ([0_u32; 3], 0, 0);
    while at < bytes.len() && part < parts.len() {
        match bytes[at] {
            digit @ b'0'..=b'9' => {
                parts[part] = parts[part].saturating_mul(10).saturating_add((digit - b'0') as u32);
            }
            b'.' => part += 1,
            _ => break,
        }
        at += 1;
    }
    (parts[0], parts[1], parts[2])
}

impl fmt::Display for PostfixVersion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        Build::from(*self).fmt(out)
    }
}

impl FromStr for PostfixVersion {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let (text, vendor) = match name.strip_suffix(Vendor::SUFFIX) {
            Some(text) => (text, Vendor::Debian),
            None => (name, Vendor::Upstream),
        };
        if let Ok(series) = text.parse() {
            return Ok(if vendor == Vendor::Debian { Self::debian(series) } else { Self::upstream(series) });
        }
        let version = Self::simulating(text, vendor);
        if version.full() == text { Ok(version) } else { Err(unknown(name)) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Build, PostfixVersion, Series, Vendor};

    #[test]
    fn each_series_has_a_newest_release_that_is_its_own() {
        for series in Series::KNOWN {
            assert_eq!(PostfixVersion::upstream(series).full(), series.upstream);
            assert_eq!(PostfixVersion::debian(series).full(), series.debian);
            assert_eq!(PostfixVersion::simulating(series.upstream, Vendor::Upstream).series, series);
        }
    }

    #[test]
    fn an_unknown_series_is_simulated_as_its_later_neighbour_or_the_last() {
        for (full, simulated) in [
            ("2.11.3", "3.4.0"),
            ("3.3.22", "3.4.0"),
            ("3.6.4", "3.6.4"),
            ("3.9", "3.9.0"),
            ("3.12.1", "3.12.1"),
            ("3.13-20270101", "3.12-20260821"),
            ("4.0.2", "3.12-20260821"),
        ] {
            assert_eq!(PostfixVersion::simulating(full, Vendor::Upstream).full(), simulated, "{full}");
        }
        let build = |mail_version: &str| Build { mail_version: mail_version.into(), vendor: Vendor::Debian };
        assert!(build("3.12-20260821").is_known() && !build("3.13-20270101").is_known());
        assert_eq!(build("3.6.4").to_string(), "3.6.4-debian");
    }

    #[test]
    fn a_version_is_asked_for_by_series_patch_level_and_vendor() {
        for name in ["3.4.29", "3.7.11", "3.7.11-debian", "3.12-20260821"] {
            assert_eq!(name.parse::<PostfixVersion>().unwrap().to_string(), name);
        }
        assert_eq!("3.7-debian".parse(), Ok(PostfixVersion::debian(Series::V3_7)));
        assert_eq!("3.8".parse(), Ok(PostfixVersion::upstream(Series::V3_8)));
        for name in ["3.3", "3.13", "3", "3.7.", "3.7.x", "3.7.11-fedora", ""] {
            let refusal = name.parse::<PostfixVersion>().unwrap_err();
            assert!(refusal.contains("there are 3.4, 3.5, 3.6"), "{name}: {refusal}");
        }
    }

    #[test]
    fn debians_builds_are_known_by_their_daemon_directory() {
        assert_eq!(Vendor::built_for(b"/usr/lib/postfix/sbin"), Vendor::Debian);
        assert_eq!(Vendor::built_for(b"/usr/libexec/postfix"), Vendor::Upstream);
    }
}
