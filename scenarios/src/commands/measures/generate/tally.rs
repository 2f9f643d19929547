//! Counts generated cases by kind and result, and prints the counts.

use std::collections::BTreeMap;

use postfix_random::generate::drawing::Kind;

use crate::judge::result::{CANNOT_JUDGE, CONFORMS, FAILS};
use crate::report::terminal::{Stdout, StdoutError};

/// The counts of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindCounts {
    /// All came as the oracle says.
    pub agreed: usize,
    /// Something came otherwise.
    pub failed: usize,
    /// No clause says what must come of some step; what was judged before it came as the oracle says.
    pub unspecified: usize,
    /// Not judged on this testbed.
    pub skipped: usize,
    /// Could not be judged, because the testbed does not work.
    pub broken: usize,
    /// Commands that were judged.
    pub commands: usize,
}

/// What a sample came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampleTally {
    /// By kind.
    pub kinds: BTreeMap<Kind, KindCounts>,
    /// What no clause covers, and how many cases end there.
    pub silences: BTreeMap<&'static str, usize>,
    /// Reasons for skipping, and how many cases each one stopped.
    pub skips: BTreeMap<String, usize>,
}

impl SampleTally {
    /// The counts to which the case of this number belongs.
    pub(super) fn of(&mut self, number: u64) -> &mut KindCounts {
        self.kinds.entry(Kind::of(number)).or_default()
    }

    /// The sum over all kinds.
    pub fn total(&self) -> KindCounts {
        self.kinds.values().fold(KindCounts::default(), |sum, one| KindCounts {
            agreed: sum.agreed + one.agreed,
            failed: sum.failed + one.failed,
            unspecified: sum.unspecified + one.unspecified,
            skipped: sum.skipped + one.skipped,
            broken: sum.broken + one.broken,
            commands: sum.commands + one.commands,
        })
    }

    /// How many cases were looked at.
    pub fn cases(&self) -> usize {
        let total = self.total();
        total.agreed + total.failed + total.unspecified + total.skipped + total.broken
    }

    /// The exit status, if so many of the failures count. `nothing_judged` is the one if there is nothing else to say.
    pub fn status(&self, counting: Counting, nothing_judged: u8) -> u8 {
        let total = self.total();
        match (total.failed, counting) {
            _ if total.broken > 0 => CANNOT_JUDGE,
            (0, _) if total.agreed == 0 => nothing_judged,
            (0, _) | (_, Counting::None) => CONFORMS,
            (_, Counting::Some) => FAILS,
        }
    }

    /// Prints the counts.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&self, out: &mut Stdout<'_>) -> Result<(), StdoutError> {
        writeln!(
            out,
            "{:<12}{:>8}{:>8}{:>13}{:>9}{:>10}",
            "generated", "passed", "failed", "unspecified", "skipped", "commands"
        )?;
        for (kind, counts) in &self.kinds {
            let name = match kind {
                Kind::System => "systems",
                Kind::Sequence => "sequences",
            };
            writeln!(
                out,
                "{name:<12}{:>8}{:>8}{:>13}{:>9}{:>10}",
                counts.agreed, counts.failed, counts.unspecified, counts.skipped, counts.commands
            )?;
        }
        writeln!(out)?;
        for (about, count) in &self.silences {
            writeln!(out, "unspecified, neither passed nor failed: {count}: no clause covers {about}")?;
        }
        for (reason, count) in &self.skips {
            writeln!(out, "skipped: {count}: {reason}")?;
        }
        if self.silences.is_empty() && self.skips.is_empty() { Ok(()) } else { writeln!(out) }
    }
}

/// Whether any of the failures fails the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// At least one.
    Some,
    /// None: all are of robust clauses, and those are only reported.
    None,
}

#[cfg(test)]
mod tests {
    use super::{Counting, KindCounts, SampleTally};
    use postfix_random::generate::drawing::Kind;

    fn tally(counts: KindCounts) -> SampleTally {
        SampleTally { kinds: [(Kind::System, counts)].into(), ..SampleTally::default() }
    }

    #[test]
    fn what_no_clause_covers_has_not_passed() {
        let silent = KindCounts { unspecified: 7, commands: 9, ..KindCounts::default() };
        assert_eq!(tally(silent).status(Counting::None, 77), 77);
        let agreed = KindCounts { agreed: 1, ..silent };
        assert_eq!(tally(agreed).status(Counting::None, 77), 0);
        assert_eq!(tally(agreed).cases(), 8);
        let failed = KindCounts { failed: 1, ..agreed };
        assert_eq!(tally(failed).status(Counting::Some, 77), 1);
        assert_eq!(tally(KindCounts { broken: 1, ..failed }).status(Counting::Some, 77), 2);
        assert_eq!(tally(failed).status(Counting::None, 77), 0);
    }
}
