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
    pub const fn parse(text: &[u8]) -> Option<Self> {
        let mut all = Self { ranges: [(0, 0); MOST], count: 0, vendor: None };
        let mut rest = Some(text);
        while let Some(text) = rest {
            let (word, after) = until(text, b' ');
            match word {
                b"debian" if all.vendor.is_none() => all.vendor = Some(Vendor::Debian),
                b"upstream" if all.vendor.is_none() => all.vendor = Some(Vendor::Upstream),
                _ if all.count == MOST => return None,
                _ => {
                    let Some(range) = range(word) else { return None };
                    all.ranges[all.count] = range;
                    all.count += 1;
                }
            }
            rest = after;
        }
        Some(all)
    }

    /// Those of a text in this program. The program is not compiled if it is malformed.
    pub(crate) const fn known(text: &[u8]) -> Self {
        let Some(all) = Self::parse(text) else { panic!("malformed releases") };
        all
    }

    /// Whether a version is among them.
    pub fn contain(&self, version: PostfixVersion) -> bool {
        let (ranges, place) = (&self.ranges[..self.count], version.place());
        self.vendor.is_none_or(|vendor| vendor == version.vendor)
            && (ranges.is_empty() || ranges.iter().any(|(first, last)| (*first..=*last).contains(&place)))
    }
}

/// A range of series, of which either end may be open, or one series or release.
const fn range(word: &[u8]) -> Option<(u16, u16)> {
    if let [] | [b'-'] = word {
        return None;
    }
    let (start, end) = until(word, b'-');
    let Some(first) = place_of(start, 0, 0) else { return None };
    // A patch number alone stands for the later ones of its series, too.
    let Some(end) = end else { return Some((first, first | LAST_PATCH)) };
    let Some(last) = place_of(end, u16::MAX, LAST_PATCH) else { return None };
    Some((first, last))
}

/// The place of a release of Postfix 3, such as `3.7.15`, or of this patch number of a series, such as `3.7`. An empty
/// text has the place `open`.
const fn place_of(text: &[u8], open: u16, patch: u16) -> Option<u16> {
    let [b'3', b'.', numbers @ ..] = text else { return if text.is_empty() { Some(open) } else { None } };
    let (minor, given) = until(numbers, b'.');
    let patch = if let Some(given) = given { number(given) } else { Some(patch as u32) };
    let (Some(minor), Some(patch)) = (number(minor), patch) else { return None };
    Some(place(minor, patch))
}

/// A number of at most three digits.
const fn number(text: &[u8]) -> Option<u32> {
    let ([b'0'..=b'9', ..], Ok(digits)) = (text, std::str::from_utf8(text)) else { return None };
    match u32::from_str_radix(digits, 10) {
        Ok(number) if text.len() <= 3 => Some(number),
        _ => None,
    }
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
        let releases = Releases::parse(releases.as_bytes()).unwrap();
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
        let holds = |name: &str| Releases::known(b"3.7.15 3.8.10 3.10.2-").contain(name.parse().unwrap());
        for early in ["3.7.14", "3.8.9", "3.9.14", "3.10.1", "3.6.20"] {
            assert!(!holds(early), "{early}");
        }
        for late in ["3.7.15", "3.7.22-debian", "3.8.10", "3.10.2", "3.11.0", "3.12-20260821"] {
            assert!(holds(late), "{late}");
        }
    }

    #[test]
    fn a_patch_number_at_the_end_leaves_out_later_releases() {
        let holds = |name: &str| Releases::known(b"-3.6 3.7.1-3.7.19").contain(name.parse().unwrap());
        assert!(holds("3.6.20") && holds("3.7.1") && holds("3.7.19"));
        assert!(!holds("3.7.0") && !holds("3.7.20") && !holds("3.8.1"));
    }

    #[test]
    fn a_vendor_leaves_out_the_other() {
        let holds = |name: &str| Releases::known(b"3.10- debian").contain(name.parse().unwrap());
        assert!(holds("3.10-debian") && holds("3.11.7-debian"));
        assert!(!holds("3.10") && !holds("3.7-debian"));
    }

    #[test]
    fn malformed_texts_are_none() {
        for text in ["3.10- fedora", "3.x", "-", "", "3.7 ", "3.", "3.7.", "3.7-4", "debian upstream", "2.11"]
        {
            assert_eq!(Releases::parse(text.as_bytes()), None, "{text:?}");
        }
        let many = ["3.7"; 17].join(" ");
        assert!(
            Releases::parse(&many.as_bytes()[4..]).is_some() && Releases::parse(many.as_bytes()).is_none()
        );
    }
}
