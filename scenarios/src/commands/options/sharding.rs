//! Sharding: the part of the selected cases that is judged here, when to stop, and which failures are expected.

use std::fmt;
use std::num::NonZero;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use crate::commands::options::count::count;
use crate::report::model::ShardRecord;

/// How much is judged.
#[derive(Debug, Args)]
pub struct LimitOptions {
    /// Judge only every N-th case, from the I-th on: with 1/3, 2/3 and 3/3 three machines judge everything
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,

    /// Stop after the first case whose failure counts; the others are not judged
    #[arg(long)]
    pub fail_fast: bool,

    /// Judge each case N times; it passes only if it passes each time
    #[arg(long, value_name = "N", default_value = "1", hide_default_value = true, value_parser = count::<NonZero<u32>>)]
    pub repeat: NonZero<u32>,

    /// Expected failures: a file of tables `[[expected_failure]]`, each with a case or a clause, a manager or a
    /// `multi_tool`, and a reason. They do not fail the run, but one that passes does
    #[arg(long, value_name = "FILE")]
    pub expected_failures: Option<PathBuf>,
}

/// One share of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which one, counted from 0.
    number: usize,
    /// Of how many.
    count: NonZero<usize>,
}

/// Why a text is no share, or a share is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShardError {
    /// Not I/N.
    #[error("give the share as I/N, with I from 1 to N, such as 2/3")]
    Text,
    /// There are more shares than cases.
    #[error("--shard {shard}: only {cases} cases are selected; use at most {cases} shares")]
    Empty {
        /// The share.
        shard: Shard,
        /// How many cases there are.
        cases: usize,
    },
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let (number, count) = text.split_once('/').ok_or(ShardError::Text)?;
        let number: usize = number.parse().map_err(|_| ShardError::Text)?;
        let count: NonZero<usize> = count.parse().map_err(|_| ShardError::Text)?;
        match number.checked_sub(1) {
            Some(number) if number < count.get() => Ok(Self { number, count }),
            _ => Err(ShardError::Text),
        }
    }
}

impl Shard {
    /// As a report has it.
    pub fn record(self) -> ShardRecord {
        ShardRecord { number: self.number + 1, of: self.count.get() }
    }

    /// How many of so many things are its own.
    pub fn size(self, all: u64) -> u64 {
        let (number, count) = (self.number as u64, self.count.get() as u64);
        all.saturating_sub(number).div_ceil(count)
    }

    /// Which of all things its own one of this number is; both are counted from 0.
    pub fn place(self, own: u64) -> u64 {
        self.number as u64 + own * self.count.get() as u64
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.record().fmt(formatter)
    }
}

/// The share of `all` that is asked for.
///
/// # Errors
/// When it is empty: a machine that judges nothing must not report success.
pub fn share<T>(all: Vec<T>, shard: Option<Shard>) -> Result<Vec<T>, ShardError> {
    let Some(shard) = shard else { return Ok(all) };
    let cases = all.len();
    let own: Vec<T> = all.into_iter().skip(shard.number).step_by(shard.count.get()).collect();
    if own.is_empty() { Err(ShardError::Empty { shard, cases }) } else { Ok(own) }
}

#[cfg(test)]
mod tests {
    use super::{Shard, ShardError, share};

    #[test]
    fn shares_make_up_the_whole() {
        let mut together: Vec<usize> = Vec::new();
        for shard in ["1/3", "2/3", "3/3"] {
            together.extend(share((0..10).collect(), Some(shard.parse().unwrap())).unwrap());
        }
        together.sort_unstable();
        assert_eq!(together, (0..10).collect::<Vec<_>>());
        assert_eq!(share(vec![1, 2], None), Ok(vec![1, 2]));
    }

    #[test]
    fn a_share_of_numbers_is_the_same_as_one_of_things() {
        for text in ["1/3", "2/3", "3/3", "1/1"] {
            let shard: Shard = text.parse().unwrap();
            let places: Vec<u64> = (0..shard.size(10)).map(|own| shard.place(own)).collect();
            assert_eq!(Ok(places), share((0..10).collect(), Some(shard)));
        }
        assert_eq!("3/3".parse::<Shard>().unwrap().size(2), 0);
    }

    #[test]
    fn an_empty_share_and_a_wrong_one_are_mistakes() {
        let shard: Shard = "3/3".parse().unwrap();
        assert_eq!(share(vec![1, 2], Some(shard)), Err(ShardError::Empty { shard, cases: 2 }));
        for text in ["", "1", "0/3", "4/3", "1/0", "a/b", "1/3/5", "-1/3"] {
            assert_eq!(text.parse::<Shard>(), Err(ShardError::Text), "{text:?}");
        }
        assert_eq!(shard.to_string(), "3/3");
    }
}
