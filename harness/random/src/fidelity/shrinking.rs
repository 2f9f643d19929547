//! Makes a case smaller as long as the two sides differ.

use std::time::{Duration, Instant};

use proptest::strategy::ValueTree;

use super::case::{Case, Row};
use super::error::FidelityError;
use super::observation::Difference;
use super::postconf_pair::PostconfPair;
use super::table::Found;
use super::{Measure, Verdict};

/// How many steps a difference is shrunk by at most. What people use is larger than what is drawn.
fn most_shrinking(row: Row) -> usize {
    if row == Row::Corpus { 400 } else { 50 }
}

/// For how long a difference is shrunk at most: each of several tries of each step may take seconds.
fn longest_shrinking(row: Row) -> Duration {
    Duration::from_secs(if row == Row::Corpus { 180 } else { 60 })
}

impl Measure<'_> {
    /// Makes a case smaller as long as it differs.
    pub(super) fn shrink(
        &self,
        drawn: &mut dyn ValueTree<Value = Case>,
        pair: &mut Option<PostconfPair>,
        case: Case,
        differences: Vec<Difference>,
    ) -> Result<Found, FidelityError> {
        let most = most_shrinking(case.row());
        let mut smallest = (case, differences);
        let mut smaller = drawn.simplify();
        let longest = longest_shrinking(smallest.0.row());
        let begun = Instant::now();
        for _ in 0..most {
            if !smaller || begun.elapsed() > longest {
                break;
            }
            let case = drawn.current();
            smaller = match self.compare(&case, pair)? {
                Verdict::Differed(differences) => {
                    smallest = (case, differences);
                    drawn.simplify()
                }
                _ => drawn.complicate(),
            };
        }
        Ok(Found::Differed(Some(Box::new(smallest))))
    }
}
