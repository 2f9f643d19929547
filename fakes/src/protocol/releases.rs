//! Says in a few words which releases something holds for: `3.6-`, `-3.5`, `3.7-3.10`, `3.7.15 3.8.10 3.9.4-`.
//!
//! Each word is a range of series, of which either end may be open. A patch number leaves out earlier or later
//! releases of that one series; `3.7.15` alone is that release and the later ones of 3.7. One of the ranges must
//! hold; `debian` or `upstream` beside them leaves out the other vendor, and either alone holds for all its releases.

use super::version::{PostfixVersion, Vendor};

/// Whether a version is among the releases.
pub fn contain(releases: &str, version: PostfixVersion) -> bool {
    let mut ranges = releases.split(' ').filter(|word| vendor(word).is_none()).peekable();
    let is_of_vendor = releases.split(' ').filter_map(vendor).all(|vendor| vendor == version.vendor());
    is_of_vendor && (ranges.peek().is_none() || ranges.any(|range| is_within(range, version)))
}

fn vendor(word: &str) -> Option<Vendor> {
    match word {
        "debian" => Some(Vendor::Debian),
        "upstream" => Some(Vendor::Upstream),
        _ => None,
    }
}

fn is_within(range: &str, version: PostfixVersion) -> bool {
    let (minor, patch) = version.minor_and_patch();
    let (first, last) = range.split_once('-').unwrap_or((range, series_of(range)));
    let is_behind_start = first.is_empty()
        || end_of_range(first).is_some_and(|(from, from_patch)| {
            minor > from || minor == from && patch >= from_patch.unwrap_or(0)
        });
    let is_before_end = last.is_empty()
        || end_of_range(last).is_some_and(|(to, to_patch)| {
            minor < to || minor == to && to_patch.is_none_or(|to_patch| patch <= to_patch)
        });
    is_behind_start && is_before_end
}

/// The series of a release, `3.7` of `3.7.15`.
fn series_of(release: &str) -> &str {
    release.match_indices('.').nth(1).map_or(release, |(end, _)| &release[..end])
}

/// The minor and the patch number of a series or release of Postfix 3.
fn end_of_range(text: &str) -> Option<(u32, Option<u32>)> {
    match text.strip_prefix("3.")?.split_once('.') {
        Some((minor, patch)) => Some((minor.parse().ok()?, Some(patch.parse().ok()?))),
        None => Some((text.strip_prefix("3.")?.parse().ok()?, None)),
    }
}

/// Whether a text is well-formed.
pub fn is_well_formed(releases: &str) -> bool {
    let is_range = |word: &str| {
        let (first, last) = word.split_once('-').unwrap_or((word, word));
        [first, last].iter().all(|end| end.is_empty() || end_of_range(end).is_some()) && word != "-"
    };
    releases.split(' ').all(|word| vendor(word).is_some() || is_range(word))
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
