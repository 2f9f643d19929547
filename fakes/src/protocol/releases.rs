//! Says in a few words which releases something holds for: `3.6-`, `-3.5`, `3.7-3.10`, `3.7.15 3.8.10 3.9.4-`.
//!
//! Each word is a range of series, of which either end may be open. A patch number leaves out earlier or later
//! releases of that one series; `3.7.15` alone is that release and the later ones of 3.7. One of the ranges must
//! hold; `debian` or `upstream` beside them leaves out the other vendor, and either alone holds for all its releases.

use super::version::{LAST_PATCH, PostfixVersion, Vendor, place};

/// The most ranges in one text.
const MOST: usize = 16;

/// Releases that something holds for. Tables of them are made when the program is compiled, as programs start often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Releases {
    /// The first and the last [`place`] of each range.
    ranges: [(u16, u16); MOST],
    count: usize,
    vendor: Option<Vendor>,
}

impl Releases {
    /// None if the text is malformed.
    pub const fn parse(text: &str) -> Option<Self> {
        let mut all = Self { ranges: [(0, 0); MOST], count: 0, vendor: None };
        let mut rest = text.as_bytes();
        loop {
            let (word, after) = until(rest, b' ');
            match all.with(word) {
                Some(more) => all = more,
                None => return None,
            }
            match after {
                Some(after) => rest = after,
                None => return Some(all),
            }
        }
    }

    /// Those of a text in this program. The program is not compiled if it is malformed.
    pub(crate) const fn known(text: &str) -> Self {
        match Self::parse(text) {
            Some(all) => all,
            None => panic!("malformed releases"),
        }
    }

    /// Whether a version is among them.
    pub fn contain(&self, version: PostfixVersion) -> bool {
        let (ranges, place) = (&self.ranges[..self.count], version.place());
        self.vendor.is_none_or(|vendor| vendor == version.vendor())
            && (ranges.is_empty() || ranges.iter().any(|(first, last)| (*first..=*last).contains(&place)))
    }

    /// None if the word is malformed, or one too many.
    const fn with(mut self, word: &[u8]) -> Option<Self> {
        let vendor = match word {
            b"debian" => Vendor::Debian,
            b"upstream" => Vendor::Upstream,
            _ => {
                let Some(range) = range(word) else { return None };
                if self.count == MOST {
                    return None;
                }
                self.ranges[self.count] = range;
                self.count += 1;
                return Some(self);
            }
        };
        if self.vendor.is_some() {
            return None;
        }
        self.vendor = Some(vendor);
        Some(self)
    }
}

/// A range of series, of which either end may be open, or one series or release.
const fn range(word: &[u8]) -> Option<(u16, u16)> {
    let (first, last) = match until(word, b'-') {
        // A patch number alone stands for the later ones of its series, too.
        (one, None) => match release(one) {
            Some((minor, patch)) => (Some((minor, patch)), Some((minor, None))),
            None => return None,
        },
        ([], Some([])) => return None,
        ([], Some(last)) => (Some((0, None)), release(last)),
        (first, Some([])) => (release(first), Some((u8::MAX as u32, None))),
        (first, Some(last)) => (release(first), release(last)),
    };
    match (first, last) {
        (Some((minor, patch)), Some((last, last_patch))) => {
            Some((place(minor, or(patch, 0)), place(last, or(last_patch, LAST_PATCH))))
        }
        _ => None,
    }
}

const fn or(number: Option<u32>, otherwise: u32) -> u32 {
    match number {
        Some(number) => number,
        None => otherwise,
    }
}

/// The minor and the patch number of a series or release of Postfix 3, `3.7` or `3.7.15`.
const fn release(text: &[u8]) -> Option<(u32, Option<u32>)> {
    let [b'3', b'.', numbers @ ..] = text else { return None };
    let (minor, patch) = until(numbers, b'.');
    match (number(minor), patch) {
        (Some(minor), None) => Some((minor, None)),
        (Some(minor), Some(patch)) => match number(patch) {
            Some(patch) => Some((minor, Some(patch))),
            None => None,
        },
        (None, _) => None,
    }
}

/// A number of at most three digits.
const fn number(text: &[u8]) -> Option<u32> {
    if text.is_empty() || text.len() > 3 {
        return None;
    }
    let (mut number, mut rest) = (0, text);
    while let [digit @ b'0'..=b'9', after @ ..] = rest {
        number = number * 10 + (*digit - b'0') as u32;
        rest = after;
    }
    if rest.is_empty() { Some(number) } else { None }
}

/// What comes before the first byte like this, and what comes after it; all of the text, if there is none.
pub(crate) const fn until(text: &[u8], end: u8) -> (&[u8], Option<&[u8]>) {
    let mut at = 0;
    while at < text.len() {
        if text[at] == end {
            let (before, from) = text.split_at(at);
            return (before, Some(from.split_at(1).1));
        }
        at += 1;
    }
    (text, None)
}

#[cfg(test)]
mod tests {
    use super::Releases;
    use crate::protocol::version::Series;

    fn holding(releases: &str) -> Vec<String> {
        let releases = Releases::parse(releases).unwrap();
        let names = Series::KNOWN.map(Series::name).to_vec();
        names.into_iter().filter(|name| releases.contain(name.parse().unwrap())).collect()
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
        let holds = |name: &str| Releases::known("3.7.15 3.8.10 3.10.2-").contain(name.parse().unwrap());
        for early in ["3.7.14", "3.8.9", "3.9.14", "3.10.1", "3.6.20"] {
            assert!(!holds(early), "{early}");
        }
        for late in ["3.7.15", "3.7.22-debian", "3.8.10", "3.10.2", "3.11.0", "3.12-20260821"] {
            assert!(holds(late), "{late}");
        }
    }

    #[test]
    fn a_patch_number_at_the_end_leaves_out_later_releases() {
        let holds = |name: &str| Releases::known("-3.6 3.7.1-3.7.19").contain(name.parse().unwrap());
        assert!(holds("3.6.20") && holds("3.7.1") && holds("3.7.19"));
        assert!(!holds("3.7.0") && !holds("3.7.20") && !holds("3.8.1"));
    }

    #[test]
    fn a_vendor_leaves_out_the_other() {
        let holds = |name: &str| Releases::known("3.10- debian").contain(name.parse().unwrap());
        assert!(holds("3.10-debian") && holds("3.11.7-debian"));
        assert!(!holds("3.10") && !holds("3.7-debian"));
    }

    #[test]
    fn malformed_texts_are_none() {
        for text in ["3.10- fedora", "3.x", "-", "", "3.7 ", "3.", "3.7.", "3.7-4", "debian upstream", "2.11"]
        {
            assert_eq!(Releases::parse(text), None, "{text:?}");
        }
        let many = ["3.7"; 17].join(" ");
        assert!(Releases::parse(&many[4..]).is_some() && Releases::parse(&many).is_none());
    }
}
