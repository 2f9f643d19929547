//! Counts the results of a measure, row by row, and prints them.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::case::{Case, Row};
use super::observation::Difference;

/// What came of one case.
#[derive(Debug)]
pub enum Found {
    /// Both sides did the same.
    Agreed,
    /// They differ, and an entry of this id says why.
    Accepted(String),
    /// They differ: the case, shrunk, and how, unless there were too many to shrink them all.
    Differed(Option<Box<(Case, Vec<Difference>)>>),
}

/// What came of all cases of a row.
#[derive(Debug, Default)]
pub struct Count {
    /// In how many both sides did the same.
    pub agreed: usize,
    /// How many are accepted, by the id of the entry.
    pub accepted: BTreeMap<String, usize>,
    /// How many differ otherwise, each time.
    pub differed: usize,
    /// How many of the others differed at first, and not when they were tried again from the beginning.
    pub only_once: usize,
    /// Those that differ and were shrunk.
    pub shrunk: Vec<(Case, Vec<Difference>)>,
    /// How many were or are being shrunk.
    pub(super) shrinking: usize,
    /// How long it took.
    pub took: Duration,
}

impl Count {
    /// Counts one more case.
    pub fn add(&mut self, found: Found) {
        match found {
            Found::Agreed => self.agreed += 1,
            Found::Accepted(id) => *self.accepted.entry(id).or_default() += 1,
            Found::Differed(shrunk) => {
                self.differed += 1;
                self.shrunk.extend(shrunk.map(|shrunk| *shrunk));
            }
        }
    }

    fn cases(&self) -> usize {
        self.agreed + self.differed + self.accepted.values().sum::<usize>()
    }
}

/// What came of a measure.
#[derive(Debug, Default)]
pub struct Table {
    /// The rows, in the order in which they were measured.
    pub rows: Vec<(Row, Count)>,
}

impl Table {
    /// Whether every difference is accepted.
    pub fn all_explained(&self) -> bool {
        self.rows.iter().all(|(_, count)| count.differed == 0)
    }

    /// The differences that were shrunk.
    pub fn shrunk(&self) -> impl Iterator<Item = &(Case, Vec<Difference>)> {
        self.rows.iter().flat_map(|(_, count)| &count.shrunk)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:<12}{:>8}{:>9}{:>10}{:>10}{:>10}",
            "program", "cases", "agreed", "accepted", "differed", "seconds"
        )?;
        for (row, count) in &self.rows {
            let accepted: usize = count.accepted.values().sum();
            let seconds = count.took.as_secs_f64();
            let (cases, agreed, differed) = (count.cases(), count.agreed, count.differed);
            write!(formatter, "\n{row:<12}{cases:>8}{agreed:>9}{accepted:>10}{differed:>10}{seconds:>10.1}")?;
        }
        for (row, count) in &self.rows {
            for (id, number) in &count.accepted {
                write!(formatter, "\naccepted: {row}, {id}: {number}")?;
            }
        }
        for (row, count) in self.rows.iter().filter(|(_, count)| count.only_once > 0) {
            write!(formatter, "\ndiffered, and not when tried again: {row}: {}", count.only_once)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Count, Found, Row, Table};

    #[test]
    fn rows_are_counted_and_printed() {
        let mut count = Count::default();
        for found in [Found::Agreed, Found::Agreed, Found::Accepted("chance".into())] {
            count.add(found);
        }
        count.only_once = 1;
        let mut table = Table { rows: vec![(Row::Postconf, count)] };
        assert!(table.all_explained());
        assert_eq!(
            table.to_string(),
            "program        cases   agreed  accepted  differed   seconds\n\
             postconf           3        2         1         0       0.0\n\
             accepted: postconf, chance: 1\n\
             differed, and not when tried again: postconf: 1"
        );
        table.rows[0].1.add(Found::Differed(None));
        assert!(!table.all_explained());
    }
}
