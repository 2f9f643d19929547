//! Compares a value of `mail_version` with a series of Postfix.

/// Whether this is a release of the series `MAJOR.MINOR` or of a later one. Of a snapshot, such as `3.9-20230911`, nobody
/// knows which changes it has.
pub(crate) fn is_since(version: &[u8], series: (u32, u32)) -> bool {
    let mut numbers = version.trim_ascii().split(|byte| *byte == b'.').map_while(number);
    numbers.next().zip(numbers.next()).is_some_and(|found| found >= series)
}

fn number(part: &[u8]) -> Option<u32> {
    std::str::from_utf8(part).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_compared_by_their_first_two_numbers() {
        for (version, expected) in [
            (&b"3.5.25"[..], false),
            (b"3.7.11", false),
            (b"2.11.0", false),
            (b"3.8.0\n", true),
            (b"3.8\n", true),
            (b"3.10", true),
            (b"4.0.1", true),
            (b"3.9-20230911", false),
            (b"", false),
            (b"4", false),
            (b"new.8", false),
        ] {
            assert_eq!(is_since(version, (3, 8)), expected, "{}", version.escape_ascii());
        }
    }
}
