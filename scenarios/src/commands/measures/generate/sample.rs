//! Decides which numbers of cases `run --generate` generates, by its options.

use std::num::NonZero;

use crate::commands::measures::generate::error::CannotGenerate;
use crate::commands::options::measure_options::DrawOptions;
use crate::commands::options::sharding::{LimitOptions, Shard, ShardError};

/// Cases to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// How many.
    pub count: u64,
    /// From which seed.
    pub seed: u64,
    /// Which of them are judged here.
    pub shard: Option<Shard>,
}

impl DrawOptions {
    /// The sample that is asked for, if one is.
    ///
    /// # Errors
    /// When nothing of it is judged here, or when failures are expected that cannot be of drawn cases.
    pub fn sample(&self, limits: &LimitOptions) -> Result<Option<Sample>, CannotGenerate> {
        let Some(count) = self.generate.map(NonZero::get) else { return Ok(None) };
        if limits.expected_failures.is_some() {
            return Err(CannotGenerate::ExpectedFailures);
        }
        let sample = Sample { count, seed: self.seed, shard: limits.shard };
        match limits.shard {
            Some(shard) if sample.size() == 0 => {
                let cases = usize::try_from(count).unwrap_or(usize::MAX);
                Err(ShardError::Empty { shard, cases }.into())
            }
            _ => Ok(Some(sample)),
        }
    }
}

impl Sample {
    /// How many cases are judged here.
    pub fn size(self) -> u64 {
        self.shard.map_or(self.count, |shard| shard.size(self.count))
    }

    /// The number of one of them, of which the first is 0.
    pub(super) fn number(self, own: u64) -> u64 {
        self.shard.map_or(own, |shard| shard.place(own))
    }
}
