//! Compares a value of `mail_version` with a series of Postfix.

/// Whether this certainly has what came with the series `MAJOR.MINOR`. A snapshot, such as `3.9-20230911`, has all of the
/// series before its own; nobody knows which changes of its own it has.
pub(crate) fn is_since(version: &[u8], series: (u32, u32)) -> bool {
    let mut parts = version.trim_ascii().splitn(3, |byte| *byte == b'.');
    let (Some(major), Some(minor)) = (parts.next().and_then(number), parts.next()) else { return false };
    let (minor, is_snapshot) = match minor.iter().position(|byte| *byte == b'-') {
        Some(at) => (&minor[..at], true),
        None => (minor, false),
    };
    number(minor).is_some_and(|minor| (major, minor) > series || !is_snapshot && (major, minor) == series)
}

fn number(part: &[u8]) -> Option<u32> {
    std::str::from_utf8(part).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_and_snapshots_are_compared_by_their_first_two_numbers() {
        for (version, expected) in [
            (&b"3.5.25"[..], false),
            (b"3.7.11", false),
            (b"2.11.0", false),
            (b"3.8.0\n", true),
            (b"3.8\n", true),
            (b"3.10", true),
            (b"4.0.1", true),
            (b"3.8.0-RC1", true),
            (b"3.8-20230101", false),
            (b"3.9-20230911", true),
            (b"3.12-20260821\n", true),
            (b"3.12-20260821-nonprod", true),
            (b"3.7-20211107", false),
            (b"4.0-20300101", true),
            (b"3.x-20230911", false),
            (b"", false),
            (b"4", false),
            (b"new.8", false),
        ] {
            assert_eq!(is_since(version, (3, 8)), expected, "{}", version.escape_ascii());
        }
    }
}
