//! Matches differences with those that are accepted, each with its reason, in the file beside this one.

use serde::Deserialize;

use super::case::Row;
use super::observation::{Aspect, Difference, Observation};
use crate::accepted_file;

/// The file with all of them.
const FILE: &str = include_str!("accepted.toml");

/// A difference that is accepted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// What it is called in the table.
    pub id: String,
    /// The kinds of cases in which it may be met.
    pub rows: Vec<Row>,
    /// The aspects that may differ. If any other does, the entry does not apply.
    pub aspects: Vec<Aspect>,
    /// What must be in the standard error or the end of both sides: the same one of these.
    pub both: Vec<String>,
    /// Whether it is only about the order of the same words, and only once asking again has not brought it.
    #[serde(default)]
    pub order: bool,
    /// Why it is accepted.
    pub reason: String,
}

/// All of them.
///
/// # Errors
/// When the file is not what it should be.
pub(super) fn accepted() -> Result<Vec<Accepted>, toml::de::Error> {
    accepted_file::entries(FILE)
}

impl Accepted {
    /// Whether these differences, between these observations, are this one.
    pub fn explains(
        &self,
        row: Row,
        differences: &[Difference],
        simulated: &Observation,
        installed: &Observation,
    ) -> bool {
        let contains = |side: &Observation, command: usize, text: &str| {
            let mut lines =
                side.lines(command, Aspect::Stderr).iter().chain(side.lines(command, Aspect::End));
            lines.any(|line| line.contains(text))
        };
        let is_in_both = |command: usize| {
            let mut texts = self.both.iter();
            texts.any(|text| contains(simulated, command, text) && contains(installed, command, text))
        };
        self.rows.contains(&row)
            && (!self.order || differences.iter().all(Difference::is_order))
            && differences
                .iter()
                .all(|difference| self.aspects.contains(&difference.aspect) && is_in_both(difference.command))
    }
}

#[cfg(test)]
mod tests {
    use super::{Aspect, Observation, Row, accepted};

    #[test]
    fn every_entry_has_a_reason_and_they_are_few() {
        let all = accepted().unwrap();
        assert!(all.len() <= 5, "{} accepted differences", all.len());
        for entry in &all {
            assert!(entry.reason.len() > 40, "{}: no reason worth the name", entry.id);
            assert!(!entry.aspects.is_empty() && !entry.rows.is_empty(), "{}", entry.id);
            assert!(!entry.both.is_empty(), "{}", entry.id);
        }
    }

    #[test]
    fn an_entry_explains_only_what_it_names() {
        let entry = super::Accepted {
            id: "x".into(),
            rows: vec![Row::Postconf],
            aspects: vec![Aspect::Stderr],
            both: vec!["fatal".into(), "signal".into()],
            order: false,
            reason: String::new(),
        };
        let seen = |stderr: &str, stdout: &str| {
            let mut seen = Observation::default();
            seen.note_text(0, Aspect::Stderr, stderr.as_bytes());
            seen.note_text(0, Aspect::Stdout, stdout.as_bytes());
            seen
        };
        let explains = |one: &Observation, other: &Observation, row| {
            entry.explains(row, &one.differences(other), one, other)
        };
        assert!(explains(&seen("a fatal", "x"), &seen("b fatal", "x"), Row::Postconf));
        assert!(!explains(&seen("a fatal", "x"), &seen("b fatal", "x"), Row::Postfix));
        let of_order = super::Accepted { order: true, ..entry.clone() };
        let explains_order = |one: &Observation, other: &Observation| {
            of_order.explains(Row::Postconf, &one.differences(other), one, other)
        };
        assert!(explains_order(&seen("a fatal", "x"), &seen("fatal a", "x")));
        assert!(!explains_order(&seen("a fatal", "x"), &seen("b fatal", "x")));
        assert!(!explains(&seen("a fatal", "x"), &seen("b", "x"), Row::Postconf));
        assert!(!explains(&seen("a fatal", "x"), &seen("b signal", "x"), Row::Postconf));
        assert!(!explains(&seen("a fatal", "x"), &seen("b fatal", "y"), Row::Postconf));
    }
}
