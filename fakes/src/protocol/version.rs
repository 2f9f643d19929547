//! The versions of Postfix: their series, patch releases and vendors, and their names.
//!
//! What a version does is in [`features`](super::features); its parameters are in `config/parameters/built-in.txt`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What is true of one series: a row of the table of series.
struct Known {
    /// The minor number; the major one is 3.
    minor: u32,
    /// The release that a version without a patch number stands for, as `mail_version` gives it.
    upstream: &'static str,
    /// The same for Debian's packages.
    debian: &'static str,
    /// The compatibility level from which on nothing is backwards-compatible.
    latest_compatibility_level: &'static str,
}

/// Makes the table, and an enum of its rows.
macro_rules! series {
    ($($name:ident: $minor:literal, $upstream:literal, $debian:literal, $latest_compatibility_level:literal;)*) => {
        /// A series of Postfix releases, in the order in which they came out.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Series {
            $(#[doc = concat!("3.", $minor)] $name,)*
        }

        const SERIES: &[Known] = &[$(Known {
            minor: $minor,
            upstream: $upstream,
            debian: $debian,
            latest_compatibility_level: $latest_compatibility_level,
        },)*];

        impl Series {
            /// All that are known, the oldest first.
            pub const KNOWN: [Self; SERIES.len()] = [$(Self::$name,)*];
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

    fn known(self) -> &'static Known {
        &SERIES[self as usize]
    }

    /// Its name, such as `3.7`.
    pub fn name(self) -> String {
        format!("3.{}", self.known().minor)
    }

    /// The series with these numbers. One that is not known is simulated as its next later neighbour, or as the last.
    fn nearest((major, minor): (u32, u32)) -> Self {
        let is_no_earlier = |series: &Self| (3, series.known().minor) >= (major, minor);
        Self::KNOWN.into_iter().find(is_no_earlier).unwrap_or(Self::V3_12)
    }
}

impl FromStr for Series {
    type Err = UnknownVersion;

    fn from_str(name: &str) -> Result<Self, UnknownVersion> {
        let known = Self::KNOWN.into_iter().find(|series| series.name() == name);
        known.ok_or_else(|| UnknownVersion { name: name.to_owned() })
    }
}

impl fmt::Display for Series {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.name())
    }
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

    /// The daemon directory that Debian's packages are built for, and nobody else's.
    const DEBIANS: &str = "/usr/lib/postfix/sbin";

    /// The end of the name of a version that it built.
    fn suffix(self) -> &'static str {
        if self == Self::Debian { Self::SUFFIX } else { "" }
    }

    /// The vendor of a Postfix that was built for this `daemon_directory`.
    pub fn built_for(daemon_directory: &[u8]) -> Self {
        if daemon_directory == Self::DEBIANS.as_bytes() { Self::Debian } else { Self::Upstream }
    }
}

/// A version of Postfix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PostfixVersion {
    series: Series,
    patch: u32,
    vendor: Vendor,
}

/// A text that names no version that is simulated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no Postfix version {name:?} is simulated; there are {}, also with a patch level, such as 3.7.11, and as \
     Debian builds them, such as 3.7-debian",
    known_names()
)]
pub struct UnknownVersion {
    /// The text.
    pub name: String,
}

impl PostfixVersion {
    /// The version that is simulated by default.
    pub const NEWEST: Self = Self::upstream(Series::NEWEST);

    /// A series' newest release that is known.
    pub const fn upstream(series: Series) -> Self {
        let (_, _, patch) = numbers(SERIES[series as usize].upstream);
        Self { series, patch, vendor: Vendor::Upstream }
    }

    /// A series as Debian's packages have it.
    pub const fn debian(series: Series) -> Self {
        let (_, _, patch) = numbers(SERIES[series as usize].debian);
        Self { series, patch, vendor: Vendor::Debian }
    }

    /// How a version is simulated that calls itself `full`, such as `3.8.6` or `3.12-20260821`.
    pub fn simulating(full: &str, vendor: Vendor) -> Self {
        let (major, minor, patch) = numbers(full);
        let series = Series::nearest((major, minor));
        let patch = if (major, minor) == (3, series.known().minor) { patch } else { 0 };
        Self { series, patch, vendor }
    }

    /// Its series.
    pub fn series(self) -> Series {
        self.series
    }

    /// Who built it.
    pub fn vendor(self) -> Vendor {
        self.vendor
    }

    /// What it is called by itself, as `mail_version` gives it.
    pub fn full(self) -> String {
        let known = self.series.known();
        if self.is_snapshot() {
            known.upstream.to_owned()
        } else {
            format!("3.{}.{}", known.minor, self.patch)
        }
    }

    /// Whether it is no release, but a snapshot of a series before its first one.
    fn is_snapshot(self) -> bool {
        self.patch == 0 && self.series.known().upstream.contains('-')
    }

    /// Its place in the order of all releases.
    pub(super) fn place(self) -> u16 {
        place(self.series.known().minor, self.patch)
    }

    /// The compatibility level from which on nothing of it is backwards-compatible.
    pub fn latest_compatibility_level(self) -> &'static str {
        self.series.known().latest_compatibility_level
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
        SERIES.iter().any(|known| (3, known.minor) == (major, minor))
    }
}

impl From<PostfixVersion> for Build {
    fn from(version: PostfixVersion) -> Self {
        Self { mail_version: version.full(), vendor: version.vendor() }
    }
}

impl fmt::Display for Build {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", self.mail_version, self.vendor.suffix())
    }
}

/// A patch number behind all of a series.
pub(super) const LAST_PATCH: u32 = 0xff;

/// The place of a release of Postfix 3 in the order of all.
#[expect(clippy::cast_possible_truncation, reason = "a minor number has two digits")]
pub(super) const fn place(minor: u32, patch: u32) -> u16 {
    ((minor << 8) | if patch < LAST_PATCH { patch } else { LAST_PATCH }) as u16
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

fn known_names() -> String {
    Series::KNOWN.map(Series::name).join(", ")
}

impl fmt::Display for PostfixVersion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&[&self.full(), self.vendor.suffix()].concat())
    }
}

impl FromStr for PostfixVersion {
    type Err = UnknownVersion;

    fn from_str(name: &str) -> Result<Self, UnknownVersion> {
        let (text, vendor) = match name.strip_suffix(Vendor::SUFFIX) {
            Some(text) => (text, Vendor::Debian),
            None => (name, Vendor::Upstream),
        };
        if let Ok(series) = text.parse::<Series>() {
            return Ok(if vendor == Vendor::Debian { Self::debian(series) } else { Self::upstream(series) });
        }
        let version = Self::simulating(text, vendor);
        if version.full() == text { Ok(version) } else { Err(UnknownVersion { name: name.to_owned() }) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Build, PostfixVersion, Series, Vendor};

    #[test]
    fn each_series_has_a_newest_release_that_is_its_own() {
        for series in Series::KNOWN {
            let known = series.known();
            assert_eq!(PostfixVersion::upstream(series).full(), known.upstream);
            assert_eq!(PostfixVersion::debian(series).full(), known.debian);
            assert_eq!(PostfixVersion::simulating(known.upstream, Vendor::Upstream).series(), series);
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
            let refusal = name.parse::<PostfixVersion>().unwrap_err().to_string();
            assert!(refusal.contains("there are 3.4, 3.5, 3.6"), "{name}: {refusal}");
        }
    }

    #[test]
    fn debians_builds_are_known_by_their_daemon_directory() {
        assert_eq!(Vendor::built_for(b"/usr/lib/postfix/sbin"), Vendor::Debian);
        assert_eq!(Vendor::built_for(b"/usr/libexec/postfix"), Vendor::Upstream);
    }
}
