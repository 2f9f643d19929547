//! Says in a few words which releases something holds for: `3.6-`, `-3.5`, `3.7-3.10`, `3.7.15 3.8.10 3.9.4-`.
//!
//! Each word is a range of series, of which either end may be open. A patch number leaves out earlier or later
//! releases of that one series; `3.7.15` alone is that release and the later ones of 3.7. One of the ranges must
//! hold; `debian` or `upstream` beside them leaves out the other vendor, and either alone holds for all its releases.

use std::ops::RangeInclusive;

use super::version::{LAST_PATCH, PostfixVersion, Vendor, place};

/// What a word leaves.
enum Word {
    /// The releases of a vendor.
    Of(Vendor),
    /// Releases by their [`place`].
    Between(RangeInclusive<u16>),
}

impl Word {
    /// None if it is malformed.
    fn parse(word: &str) -> Option<Self> {
        match word {
            "debian" => return Some(Self::Of(Vendor::Debian)),
            "upstream" => return Some(Self::Of(Vendor::Upstream)),
            "-" => return None,
            _ => {}
        }
        let Some((first, last)) = word.split_once('-') else {
            let (minor, patch) = release(word)?;
            return Some(Self::Between(place(minor, patch.unwrap_or(0))..=place(minor, LAST_PATCH)));
        };
        let end = |text: &str, open: u16, patch: u32| match release(text) {
            _ if text.is_empty() => Some(open),
            Some((minor, own)) => Some(place(minor, own.unwrap_or(patch))),
            None => None,
        };
        Some(Self::Between(end(first, 0, 0)?..=end(last, u16::MAX, LAST_PATCH)?))
    }
}

/// The minor and the patch number of a series or release of Postfix 3, `3.7` or `3.7.15`.
fn release(text: &str) -> Option<(u32, Option<u32>)> {
    let numbers = text.strip_prefix("3.")?;
    match numbers.split_once('.') {
        Some((minor, patch)) => Some((minor.parse().ok()?, Some(patch.parse().ok()?))),
        None => Some((numbers.parse().ok()?, None)),
    }
}

/// Whether a version is among the releases; no version is if they are malformed.
pub fn contain(releases: &str, version: PostfixVersion) -> bool {
    let (mut has_range, mut is_within, mut is_of_vendor) = (false, false, true);
    for word in releases.split(' ') {
        match Word::parse(word) {
            Some(Word::Of(vendor)) => is_of_vendor &= vendor == version.vendor(),
            Some(Word::Between(places)) => {
                has_range = true;
                is_within |= places.contains(&version.place());
            }
            None => return false,
        }
    }
    is_of_vendor && (is_within || !has_range)
}

/// Whether a text is well-formed.
pub fn is_well_formed(releases: &str) -> bool {
    releases.split(' ').all(|word| Word::parse(word).is_some())
}

#[cfg(test)]
mod tests {
    use super::{contain, is_well_formed};
    use crate::protocol::version::Series;

    fn holding(releases: &str) -> Vec<String> {
        assert!(is_well_formed(releases), "{releases}");
        let names = Series::KNOWN.map(Series::name).to_vec();
        names.into_iter().filter(|name| contain(releases, name.parse().unwrap())).collect()
    }

    #[test]
    fn a_range_is_of_series_and_either_end_may_be_open() {
        assert_eq!(holding("3.7"), ["3.7"]);
        assert_eq!(holding("3.11-"), ["3.11", "3.12"]);
        assert_eq!(holding("-3.5"), ["3.4", "3.5"]);
        assert_eq!(holding("-3.4 3.7-3.9"), ["3.4", "3.7", "3.8", "3.9"]);
        assert_eq!(holding("upstream").len(), Series::KNOWN.len());
    }

    #[test]
    fn a_patch_number_leaves_out_earlier_releases_of_its_series() {
        let holds = |name: &str| contain("3.7.15 3.8.10 3.10.2-", name.parse().unwrap());
        for early in ["3.7.14", "3.8.9", "3.9.14", "3.10.1", "3.6.20"] {
            assert!(!holds(early), "{early}");
        }
        for late in ["3.7.15", "3.7.22-debian", "3.8.10", "3.10.2", "3.11.0", "3.12-20260821"] {
            assert!(holds(late), "{late}");
        }
    }

    #[test]
    fn a_patch_number_at_the_end_leaves_out_later_releases() {
        let holds = |name: &str| contain("-3.6 3.7.1-3.7.19", name.parse().unwrap());
        assert!(holds("3.6.20") && holds("3.7.1") && holds("3.7.19"));
        assert!(!holds("3.7.0") && !holds("3.7.20") && !holds("3.8.1"));
    }

    #[test]
    fn a_vendor_leaves_out_the_other() {
        let holds = |name: &str| contain("3.10- debian", name.parse().unwrap());
        assert!(holds("3.10-debian") && holds("3.11.7-debian"));
        assert!(!holds("3.10") && !holds("3.7-debian"));
        assert!(!is_well_formed("3.10- fedora") && !is_well_formed("3.x") && !is_well_formed("-"));
    }
}
