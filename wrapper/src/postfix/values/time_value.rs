//! Parses and prints times as in main.cf: a number with a unit; seconds without one.

use std::time::Duration;

/// The units, and their seconds.
const UNITS: [(char, u64); 5] = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400), ('w', 604_800)];

/// Reads a length of time. Nothing for anything else, for no time at all, and for more than can be counted.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let unit = text.chars().next_back().and_then(|last| UNITS.iter().find(|(unit, _)| *unit == last));
    let (number, factor) = match unit {
        Some((unit, factor)) => (text.strip_suffix(*unit)?, *factor),
        None => (text, 1),
    };
    // A sign is no digit.
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = number.parse::<u64>().ok()?.checked_mul(factor)?;
    (seconds > 0).then(|| Duration::from_secs(seconds))
}

/// Shows a length of time of whole seconds in the largest unit that fits.
pub(crate) fn shown(time: Duration) -> String {
    let seconds = time.as_secs();
    let fits = |(_, factor): &&(char, u64)| seconds >= *factor && seconds % factor == 0;
    let (unit, factor) = UNITS.iter().rev().find(fits).unwrap_or(&UNITS[0]);
    format!("{}{unit}", seconds / factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_unit() {
        for (text, seconds) in [("1", 1), ("90", 90), ("90s", 90), ("5m", 300), ("1h", 3600), ("2d", 172_800)]
        {
            assert_eq!(parse(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for wrong in
            ["", "s", "0", "0s", "-1", "+1", "1.5", "1 s", " 1", "1x", "1ss", "1S", "99999999999999999999w"]
        {
            assert_eq!(parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn what_is_shown_can_be_read() {
        for (seconds, text) in [(1, "1s"), (90, "90s"), (120, "2m"), (7200, "2h"), (604_800, "1w")] {
            assert_eq!(shown(Duration::from_secs(seconds)), text);
            assert_eq!(parse(text), Some(Duration::from_secs(seconds)));
        }
    }
}
