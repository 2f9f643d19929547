//! Says in a few words which releases something holds for: `3.6-`, `-3.5`, `3.7-3.10`, `3.7.15 3.8.10 3.9.4-`.
//!
//! Each word is a range of series, of which either end may be open. A patch number leaves out earlier or later
//! releases of that one series; `3.7.15` alone is that release and the later ones of 3.7. One of the ranges must
//! hold; `debian` or `upstream` beside them leaves out the other vendor, and either alone holds for all its releases.
//!
//! The words of the fakes' own tables are read at compile time, because a fake asks for many of them whenever it starts.

use super::version::{LAST_PATCH, PostfixVersion, Vendor, place};

/// The most ranges that may be named.
const MOST_RANGES: usize = 8;

/// Releases that something holds for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Releases {
    /// The first and the last release of each range, as [`PostfixVersion::place`] counts them.
    ranges: [(u16, u16); MOST_RANGES],
    count: u8,
    /// The only vendor.
    vendor: Option<Vendor>,
}

impl Releases {
    /// All.
    pub(crate) const ALL: Self = Self { ranges: [(0, u16::MAX); MOST_RANGES], count: 0, vendor: None };

    /// Those that a text names; none if it is malformed.
    pub(crate) const fn named(text: &[u8]) -> Option<Self> {
        let mut found = Self::ALL;
        let mut start = 0;
        while start <= text.len() {
            let end = end_of_word(text, start);
            if is_word(text, start, end, b"debian") {
                found.vendor = Some(Vendor::Debian);
            } else if is_word(text, start, end, b"upstream") {
                found.vendor = Some(Vendor::Upstream);
            } else {
                match range(text, start, end) {
                    Some(range) if (found.count as usize) < MOST_RANGES => {
                        found.ranges[found.count as usize] = range;
                    }
                    _ => return None,
                }
                found.count += 1;
            }
            start = end + 1;
        }
        Some(found)
    }

    /// Those that a text of this program names.
    pub(crate) const fn of(text: &[u8]) -> Self {
        match Self::named(text) {
            Some(found) => found,
            None => panic!("malformed releases"),
        }
    }

    /// Whether a version is among them.
    pub(crate) fn contain(&self, version: PostfixVersion) -> bool {
        let place = version.place();
        let ranges = &self.ranges[..usize::from(self.count)];
        (ranges.is_empty() || ranges.iter().any(|(first, last)| (*first..=*last).contains(&place)))
            && self.vendor.is_none_or(|vendor| vendor == version.vendor())
    }
}

/// Whether a version is among the releases; no version is if they are malformed.
pub fn contain(releases: &str, version: PostfixVersion) -> bool {
    Releases::named(releases.as_bytes()).is_some_and(|releases| releases.contain(version))
}

/// Whether a text is well-formed.
pub fn is_well_formed(releases: &str) -> bool {
    Releases::named(releases.as_bytes()).is_some()
}

const fn end_of_word(text: &[u8], start: usize) -> usize {
    let mut end = start;
    while end < text.len() && text[end] != b' ' {
        end += 1;
    }
    end
}

const fn is_word(text: &[u8], start: usize, end: usize, word: &[u8]) -> bool {
    let mut at = 0;
    while at < word.len() && start + at < end && text[start + at] == word[at] {
        at += 1;
    }
    at == word.len() && start + at == end
}

/// The first and the last release of a range, `FIRST-LAST`, or of a series, or from a release on within its series.
const fn range(text: &[u8], start: usize, end: usize) -> Option<(u16, u16)> {
    let mut dash = start;
    while dash < end && text[dash] != b'-' {
        dash += 1;
    }
    if dash == end {
        return match release(text, start, end) {
            Some((minor, patch)) => Some((place(minor, least(patch)), place(minor, LAST_PATCH))),
            None => None,
        };
    }
    let first = if dash == start {
        0
    } else {
        match release(text, start, dash) {
            Some((minor, patch)) => place(minor, least(patch)),
            None => return None,
        }
    };
    let last = if dash + 1 == end {
        u16::MAX
    } else {
        match release(text, dash + 1, end) {
            Some((minor, Some(patch))) => place(minor, patch),
            Some((minor, None)) => place(minor, LAST_PATCH),
            None => return None,
        }
    };
    if end == start + 1 { None } else { Some((first, last)) }
}

const fn least(patch: Option<u32>) -> u32 {
    match patch {
        Some(patch) => patch,
        None => 0,
    }
}

/// The minor and the patch number of a series or release of Postfix 3, `3.7` or `3.7.15`.
const fn release(text: &[u8], start: usize, end: usize) -> Option<(u32, Option<u32>)> {
    if end < start + 3 || text[start] != b'3' || text[start + 1] != b'.' {
        return None;
    }
    let (mut numbers, mut part, mut at) = ([0; 2], 0, start + 2);
    while at < end {
        let is_first_of_part = text[at - 1] == b'.';
        match text[at] {
            digit @ b'0'..=b'9' if numbers[part] < 1000 => {
                numbers[part] = numbers[part] * 10 + (digit - b'0') as u32;
            }
            b'.' if part == 0 && !is_first_of_part => part = 1,
            _ => return None,
        }
        at += 1;
    }
    match (text[end - 1], part) {
        (b'.', _) => None,
        (_, 0) => Some((numbers[0], None)),
        _ => Some((numbers[0], Some(numbers[1]))),
    }
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
