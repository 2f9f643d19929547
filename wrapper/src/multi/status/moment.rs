//! Formats a time in UTC, `2026-11-25T04:13:20Z`, and how long ago it was.
//!
//! Knows nothing of time zones and leap seconds, as the system's clock does not either.

use std::time::{SystemTime, UNIX_EPOCH};

/// Days of four centuries, of one, and of four years, the last of which is a leap year. The last century of four
/// has a day more, and the last four years of all others a day less.
const DAYS_OF_400_YEARS: u64 = 146_097;
const DAYS_OF_100_YEARS: u64 = 36_524;
const DAYS_OF_4_YEARS: u64 = 1461;

/// The days from the first of March of the year 0, with which the count of leap years begins, to 1970.
const DAYS_BEFORE_1970: u64 = 719_468;

/// The lengths of months, from March on, so that the leap day is the last of a year.
const MONTHS: [u64; 12] = [31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 29];

/// A moment after 1970, to the second; nothing for an earlier one.
pub(crate) fn shown(moment: SystemTime) -> Option<String> {
    let seconds = moment.duration_since(UNIX_EPOCH).ok()?.as_secs();
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"))
}

/// The seconds since the beginning of 1970; nothing for an earlier moment.
pub(crate) fn seconds(moment: SystemTime) -> Option<u64> {
    Some(moment.duration_since(UNIX_EPOCH).ok()?.as_secs())
}

/// How long ago a moment was, in its two largest units.
pub(crate) fn ago(moment: SystemTime, now: SystemTime) -> String {
    let seconds = now.duration_since(moment).unwrap_or_default().as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}m{}s", seconds % 60),
        (0, ..) => format!("{hours}h{minutes}m"),
        _ => format!("{days}d{hours}h"),
    }
}

/// Year, month and day, so many days after the beginning of 1970.
fn date(days_after_1970: u64) -> (u64, usize, u64) {
    let days = days_after_1970 + DAYS_BEFORE_1970;
    let (cycles, days) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
    let centuries = (days / DAYS_OF_100_YEARS).min(3);
    let days = days - centuries * DAYS_OF_100_YEARS;
    let (fours, days) = (days / DAYS_OF_4_YEARS, days % DAYS_OF_4_YEARS);
    let years = (days / 365).min(3);
    let mut day = days - years * 365;
    let mut month = 0;
    while day >= MONTHS[month] {
        day -= MONTHS[month];
        month += 1;
    }
    // January and February are the last months of a year that began in March.
    let turn = u64::from(month >= 10);
    (cycles * 400 + centuries * 100 + fours * 4 + years + turn, (month + 2) % 12 + 1, day + 1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn moments_that_are_known() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_234_567_890, "2009-02-13T23:31:30Z"),
            (1_709_164_800, "2024-02-29T00:00:00Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(shown(UNIX_EPOCH + Duration::from_secs(seconds)).as_deref(), Some(expected));
        }
        assert_eq!(shown(UNIX_EPOCH - Duration::from_secs(1)), None);
    }

    #[test]
    fn how_long_ago_it_was() {
        for (seconds, expected) in
            [(0, "0s"), (59, "59s"), (61, "1m1s"), (3600, "1h0m"), (86_399, "23h59m"), (90_000, "1d1h")]
        {
            assert_eq!(ago(UNIX_EPOCH, UNIX_EPOCH + Duration::from_secs(seconds)), expected);
        }
        assert_eq!(ago(UNIX_EPOCH + Duration::from_secs(1), UNIX_EPOCH), "0s", "the clock was set back");
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut before = date(0);
        for days in 1..200_000 {
            let (year, month, day) = date(days);
            let is_next = match before {
                (before_year, 12, 31) => (year, month, day) == (before_year + 1, 1, 1),
                (before_year, before_month, before_day) => {
                    (year, month, day) == (before_year, before_month, before_day + 1)
                        || (before_day >= 28 && (year, month, day) == (before_year, before_month + 1, 1))
                }
            };
            assert!(is_next, "{before:?} {:?}", (year, month, day));
            before = (year, month, day);
        }
    }
}
