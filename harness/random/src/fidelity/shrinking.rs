//! Makes a case smaller as long as the two sides differ.

use std::time::{Duration, Instant};

use proptest::strategy::ValueTree;

use super::case::Case;
use super::error::FidelityError;
use super::observation::Difference;
use super::postconf_pair::PostconfPair;
use super::table::Found;
use super::{Measure, Verdict};

/// How many steps a difference is shrunk by at most.
const MOST_SHRINKING: usize = 50;

/// For how long a difference is shrunk at most: each of several tries of each step may take seconds.
const LONGEST_SHRINKING: Duration = Duration::from_secs(60);

impl Measure<'_> {
    /// Makes a case smaller as long as it differs.
    pub(super) fn shrink(
        &self,
        drawn: &mut dyn ValueTree<Value = Case>,
        pair: &mut Option<PostconfPair>,
        case: Case,
        differences: Vec<Difference>,
    ) -> Result<Found, FidelityError> {
        let mut smallest = (case, differences);
        let mut smaller = drawn.simplify();
        let begun = Instant::now();
        for _ in 0..MOST_SHRINKING {
            if !smaller || begun.elapsed() > LONGEST_SHRINKING {
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
