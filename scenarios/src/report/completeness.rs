//! Finds what a run lacks: shares that are in no report, and cases that a command did not reach.

use std::collections::BTreeSet;
use std::fmt;

use crate::report::model::{PartRecord, ShardRecord};
use crate::report::tally::number;

/// Something that a run lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// Shares of a selection.
    Shares {
        /// Those that are missing.
        missing: Vec<ShardRecord>,
        /// What was to be judged: words. Without any: everything.
        selection: Vec<String>,
    },
    /// Cases of a command that a signal ended.
    Interrupted {
        /// The signal.
        by: String,
        /// How many cases nobody judged.
        unjudged: usize,
        /// Of how many.
        of: usize,
    },
    /// Cases of a command that stopped by itself after its failures.
    Stopped {
        /// How many cases nobody judged.
        unjudged: usize,
        /// Of how many.
        of: usize,
    },
}

/// What a report may lack without being wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MayLack {
    /// Nothing.
    Nothing,
    /// The other shares: it is of one of them.
    #[default]
    OtherShares,
    /// Whatever was not judged.
    Anything,
}

impl Gap {
    /// Whether it is there because enough was known.
    pub fn is_by_choice(&self) -> bool {
        matches!(self, Self::Stopped { .. })
    }

    /// Whether a report is wrong that lacks this.
    pub fn is_wrong(&self, may_lack: MayLack) -> bool {
        match (self, may_lack) {
            (Self::Stopped { .. }, _) | (_, MayLack::Anything) => false,
            (Self::Shares { .. }, may_lack) => may_lack == MayLack::Nothing,
            (Self::Interrupted { .. }, _) => true,
        }
    }
}

/// All that a run lacks that was judged in these parts; `is_judged` knows the cases that have a result.
pub fn gaps(parts: &[PartRecord], is_judged: impl Fn(&str) -> bool) -> Vec<Gap> {
    let mut gaps = missing_shares(parts);
    for part in parts {
        let unjudged = part.unjudged.iter().filter(|case| !is_judged(case)).count();
        let of = part.cases;
        match &part.interrupted {
            _ if unjudged == 0 => {}
            Some(by) => gaps.push(Gap::Interrupted { by: by.clone(), unjudged, of }),
            None => gaps.push(Gap::Stopped { unjudged, of }),
        }
    }
    gaps
}

/// The shares that are missing of each selection of which there are shares only, and of no number of shares all.
fn missing_shares(parts: &[PartRecord]) -> Vec<Gap> {
    let selections: BTreeSet<&Vec<String>> = parts.iter().map(|part| &part.selection).collect();
    let missing = |selection: &Vec<String>| {
        let of_selection = || parts.iter().filter(|part| part.selection == *selection);
        if of_selection().any(|part| part.shard.is_none()) {
            return None;
        }
        let shards: Vec<ShardRecord> = of_selection().filter_map(|part| part.shard).collect();
        let counts: BTreeSet<usize> = shards.iter().map(|shard| shard.of).collect();
        let missing = counts.into_iter().map(|of| {
            let all = (1..=of).map(|number| ShardRecord { number, of });
            all.filter(|shard| !shards.contains(shard)).collect::<Vec<_>>()
        });
        let missing = missing.min_by_key(Vec::len).filter(|missing| !missing.is_empty())?;
        Some(Gap::Shares { missing, selection: selection.clone() })
    };
    selections.into_iter().filter_map(missing).collect()
}

/// Whether two parts contradict each other: a share belongs to other cases than the rest of the same selection.
pub fn contradict(one: &PartRecord, other: &PartRecord) -> bool {
    let differ = one.whole.as_ref().zip(other.whole.as_ref()).is_some_and(|(one, other)| one != other);
    one.selection == other.selection && (one.shard.or(other.shard)).is_some() && differ
}

/// Whether there are shares of which nobody can tell whether they are of the same cases: older suites did not say it.
pub fn may_contradict(parts: &[PartRecord]) -> bool {
    let share = |part: &&PartRecord| part.shard.is_some();
    parts.iter().filter(share).any(|share| {
        let same = || parts.iter().filter(|part| part.selection == share.selection);
        same().count() > 1 && same().any(|part| part.whole.is_none())
    })
}

/// Whether parts of one run judged different files of one name.
pub fn judged_other_programs(parts: &[PartRecord]) -> bool {
    let programs: BTreeSet<&String> = parts.iter().filter_map(|part| part.program.as_ref()).collect();
    programs.len() > 1
}

impl fmt::Display for ShardRecord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.number, self.of)
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shares { missing, selection } => {
                let names: Vec<String> = missing.iter().map(ToString::to_string).collect();
                let (noun, verb) = if names.len() == 1 { ("share", "is") } else { ("shares", "are") };
                write!(formatter, "{noun} {}", names.join(", "))?;
                if !selection.is_empty() {
                    write!(formatter, " of \"{}\"", selection.join(" "))?;
                }
                write!(formatter, " {verb} missing")
            }
            Self::Interrupted { by, unjudged, of } => {
                write!(formatter, "interrupted by {by}, {unjudged} of {} not judged", number(*of, "case"))
            }
            Self::Stopped { unjudged, of } => {
                let of = number(*of, "case");
                write!(formatter, "stopped after enough failures, {unjudged} of {of} not judged")
            }
        }
    }
}

/// A verdict with what is missing before it.
pub fn with_gaps(gaps: &[Gap], verdict: &str) -> String {
    if gaps.is_empty() {
        return verdict.to_owned();
    }
    let gaps: Vec<String> = gaps.iter().map(ToString::to_string).collect();
    format!("incomplete: {}; so far: {verdict}", gaps.join("; "))
}

#[cfg(test)]
mod tests {
    use super::{Gap, gaps, with_gaps};
    use crate::report::model::{PartRecord, ShardRecord};

    fn part(selection: &[&str], shard: Option<(usize, usize)>) -> PartRecord {
        PartRecord {
            begun: String::new(),
            took: 0,
            selection: selection.iter().map(|word| (*word).to_owned()).collect(),
            shard: shard.map(|(number, of)| ShardRecord { number, of }),
            whole: None,
            program: None,
            cases: 9,
            interrupted: None,
            unjudged: Vec::new(),
        }
    }

    fn told(parts: &[PartRecord]) -> Vec<String> {
        gaps(parts, |_| false).iter().map(Gap::to_string).collect()
    }

    #[test]
    fn a_lost_share_is_missed_and_a_whole_run_of_the_same_takes_its_place() {
        assert_eq!(told(&[]), Vec::<String>::new());
        assert_eq!(told(&[part(&[], None)]), Vec::<String>::new());
        assert_eq!(told(&[part(&[], Some((1, 3)))]), ["shares 2/3, 3/3 are missing"]);
        assert_eq!(told(&[part(&[], Some((1, 2))), part(&[], Some((2, 2)))]), Vec::<String>::new());
        assert_eq!(told(&[part(&[], Some((1, 2))), part(&[], None)]), Vec::<String>::new());
        let other = [part(&["MGR", "ENB"], Some((2, 2))), part(&[], None)];
        assert_eq!(told(&other), ["share 1/2 of \"MGR ENB\" is missing"]);
        let again = [part(&[], Some((1, 3))), part(&[], Some((1, 2))), part(&[], Some((2, 2)))];
        assert_eq!(told(&again), Vec::<String>::new());
    }

    #[test]
    fn what_was_interrupted_is_whole_when_others_have_judged_the_rest() {
        let mut cut = part(&[], None);
        cut.interrupted = Some("SIGTERM".to_owned());
        cut.unjudged = vec!["a/b".to_owned(), "c/d".to_owned()];
        assert_eq!(told(&[cut.clone()]), ["interrupted by SIGTERM, 2 of 9 cases not judged"]);
        assert_eq!(gaps(&[cut.clone()], |case| case == "a/b").len(), 1);
        assert_eq!(gaps(&[cut.clone()], |_| true), []);
        let stopped = PartRecord { interrupted: None, ..cut };
        assert_eq!(told(&[stopped]), ["stopped after enough failures, 2 of 9 cases not judged"]);
    }

    #[test]
    fn a_verdict_says_first_what_it_does_not_rest_on() {
        assert_eq!(with_gaps(&[], "conforms"), "conforms");
        let gaps = [Gap::Interrupted { by: "SIGINT".to_owned(), unjudged: 1, of: 2 }];
        let words = "incomplete: interrupted by SIGINT, 1 of 2 cases not judged; so far: conforms";
        assert_eq!(with_gaps(&gaps, "conforms"), words);
    }
}
