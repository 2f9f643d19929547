//! Matches services by name, type, and perhaps a field or a parameter, separated by slashes.
//! Knows nothing of what is done with them.

use super::service::Service;
use crate::config::main_cf::split;

/// What matches everything.
const ANY: &[u8] = b"*";

/// The services that a request means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    parts: Vec<Vec<u8>>,
}

impl Pattern {
    /// Parses a request of `least` to `most` parts. Parts that are left out match everything. `None` if it has another
    /// number of parts, or a part that contains an asterisk and is not `*` alone.
    pub(crate) fn parse(text: &[u8], least: usize, most: usize) -> Option<Self> {
        if text.first() == Some(&b'/') {
            return None;
        }
        let mut parts: Vec<Vec<u8>> = split(text, b"/").into_iter().map(<[u8]>::to_vec).collect();
        let is_good = |part: &Vec<u8>| part == ANY || !part.contains(&b'*');
        if !(least..=most).contains(&parts.len()) || !parts.iter().all(is_good) {
            return None;
        }
        parts.resize(most, ANY.to_vec());
        Some(Self { parts })
    }

    /// Whether a service of this name and type is meant.
    pub(crate) fn matches(&self, name: &[u8], kind: &[u8]) -> bool {
        matches_both(&self.parts[0], &self.parts[1], name, kind)
    }

    /// The field or parameter that is meant; `None` if all are.
    pub(crate) fn part(&self) -> Option<&[u8]> {
        self.parts.get(2).map(Vec::as_slice).filter(|part| *part != ANY)
    }
}

impl Service {
    /// Whether this service's name and type, taken as a pattern, mean another.
    pub(crate) fn stands_for(&self, name: &[u8], kind: &[u8]) -> bool {
        matches_both(self.name(), self.kind(), name, kind)
    }
}

fn matches_both(one: &[u8], other: &[u8], name: &[u8], kind: &[u8]) -> bool {
    (one == ANY || one == name) && (other == ANY || other == kind)
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn what_is_left_out_matches_everything() {
        let pattern = Pattern::parse(b"smtp", 1, 3).unwrap();
        assert!(pattern.matches(b"smtp", b"inet") && !pattern.matches(b"smtpd", b"inet"));
        assert_eq!(pattern.part(), None);
        assert!(Pattern::parse(b"*/unix", 2, 2).unwrap().matches(b"x", b"unix"));
        assert_eq!(Pattern::parse(b"a//unix/chroot/", 3, 3).unwrap().part(), Some(&b"chroot"[..]));
        assert_eq!(Pattern::parse(b"a/unix/foo", 3, 3).unwrap().part(), Some(&b"foo"[..]));
    }

    #[test]
    fn an_asterisk_stands_alone_and_a_slash_does_not_begin() {
        for text in [&b""[..], b"/smtp", b"smt*", b"a/b/c", b"**"] {
            assert_eq!(Pattern::parse(text, 1, 2), None, "{}", text.escape_ascii());
        }
        assert_eq!(Pattern::parse(b"a", 2, 2), None);
    }
}
