//! Parses how many messages a queue may hold before a monitor gives the alarm.

use std::ffi::OsStr;

/// The queues that a limit can be for.
const QUEUES: [&str; 6] = ["maildrop", "incoming", "active", "deferred", "hold", "corrupt"];

/// The limits for both states.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Thresholds {
    /// More than that is a warning.
    pub(crate) warning: Limit,
    /// More than that is critical.
    pub(crate) critical: Limit,
}

/// How many messages an instance may have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Limit {
    /// All that wait, in all queues.
    pub(crate) total: Option<u64>,
    /// Those in single queues; the last one of a name counts.
    pub(crate) queues: Vec<(&'static str, u64)>,
}

impl Limit {
    /// Takes `N`, `QUEUE=N`, or several of them with commas between; whether it is such a text.
    pub(crate) fn take(&mut self, text: &OsStr) -> bool {
        text.to_str().is_some_and(|text| text.split(',').all(|part| self.take_one(part)))
    }

    fn take_one(&mut self, part: &str) -> bool {
        let number = |text: &str| {
            // No sign, as it would not mean what it means elsewhere.
            text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
        };
        match part.split_once('=') {
            None => {
                self.total = number(part);
                self.total.is_some()
            }
            Some((queue, limit)) => {
                let known = QUEUES.iter().find(|known| **known == queue);
                match (known, number(limit)) {
                    (Some(queue), Some(limit)) => {
                        self.queues.push((queue, limit));
                        true
                    }
                    _ => false,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_for_all_queues_and_a_name_for_one() {
        let mut limit = Limit::default();
        assert!(limit.take(OsStr::new("100,deferred=50")) && limit.take(OsStr::new("hold=0")));
        let expected = Limit { total: Some(100), queues: vec![("deferred", 50), ("hold", 0)] };
        assert_eq!(limit, expected);
    }

    #[test]
    fn what_is_no_limit_is_none() {
        for text in ["", "x", "-1", "+1", "10:20", "limbo=1", "deferred=", "1,,2", "99999999999999999999"] {
            assert!(!Limit::default().take(OsStr::new(text)), "{text}");
        }
    }
}
