//! Counts the results of a run, for all formats.
//! This is the only tally: it has the results of cases and clauses, the verdict in words, and the exit status.

use std::collections::BTreeMap;
use std::iter::Sum;

use serde::Serialize;

use crate::catalogue::case::Case;
use crate::catalogue::clause::{LEVELS, Level};
use crate::catalogue::contents::Catalogue;
use crate::judge::result::{CANNOT_JUDGE, CONFORMS, CaseResult, Counts, FAILS};
use crate::judge::verdict::Verdict;
use crate::report::model::{CaseRecord, ClauseRecord, Document, ResultRecord, RunRecord};

/// How a clause stands in a run, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It holds.
    Holds,
    /// Nobody judged it.
    NotJudged,
    /// Only cases that are about another clause first judge it too, and one of them failed.
    InDoubt,
    /// It fails, as expected.
    ExpectedFailure,
    /// It was expected to fail, and does not.
    UnexpectedPass,
    /// It could not be judged.
    Broken,
    /// It fails, at a level that does not count.
    NotCounted,
    /// It fails.
    Fails,
}

/// What became of the cases of one clause.
#[derive(Clone, Debug)]
pub struct ClauseTally {
    /// The clause.
    pub id: String,
    /// Its level.
    pub level: Level,
    /// Of the cases that are about it first.
    own: Counts,
    /// Of the others.
    others: Counts,
}

/// What became of a run.
#[derive(Clone, Debug)]
pub struct Tally {
    /// The last level whose failures count.
    pub last: Level,
    /// All clauses, in the catalogue's order.
    pub clauses: Vec<ClauseTally>,
    /// The counts of each level that has cases.
    pub levels: BTreeMap<Level, Counts>,
    /// Their sum.
    pub total: Counts,
    /// Reasons for skipping, and how many cases each one stopped.
    pub skips: BTreeMap<String, usize>,
}

/// How many clauses of a level stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClauseCounts {
    /// Hold.
    pub met: usize,
    /// Fail, whether or not that counts or was expected.
    pub not_met: usize,
    /// In doubt, or not judged because a testbed does not work.
    pub in_doubt: usize,
    /// Not judged.
    pub not_judged: usize,
}

impl Sum for ClauseCounts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            met: sum.met + one.met,
            not_met: sum.not_met + one.not_met,
            in_doubt: sum.in_doubt + one.in_doubt,
            not_judged: sum.not_judged + one.not_judged,
        })
    }
}

impl From<CaseResult> for Standing {
    fn from(outcome: CaseResult) -> Self {
        match outcome {
            CaseResult::Passed => Self::Holds,
            CaseResult::Failed => Self::Fails,
            CaseResult::NotCounted => Self::NotCounted,
            CaseResult::ExpectedFailure => Self::ExpectedFailure,
            CaseResult::UnexpectedPass => Self::UnexpectedPass,
            CaseResult::Skipped => Self::NotJudged,
            CaseResult::Broken => Self::Broken,
        }
    }
}

impl ClauseTally {
    /// The counts that decide: those of the cases that are about it first. If none of these was judged, those of the
    /// others, if any was.
    pub fn decisive(&self) -> Counts {
        let says_something = |counts: Counts| counts.judged() + counts.broken > 0;
        if !says_something(self.own) && says_something(self.others) { self.others } else { self.own }
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        let Counts { passed, failed, not_counted, expected_failures, unexpected_passes, broken, .. } =
            self.decisive();
        if self.own.judged() + self.own.broken == 0 {
            return match (failed + not_counted + expected_failures + broken, passed + unexpected_passes) {
                (0, 0) => Standing::NotJudged,
                (0, _) => Standing::Holds,
                _ => Standing::InDoubt,
            };
        }
        // A failure is known, whatever else is not.
        let worst = [
            (failed, Standing::Fails),
            (not_counted, Standing::NotCounted),
            (expected_failures, Standing::ExpectedFailure),
            (broken, Standing::Broken),
            (unexpected_passes, Standing::UnexpectedPass),
        ];
        worst.iter().find(|(count, _)| *count > 0).map_or(Standing::Holds, |(_, standing)| *standing)
    }
}

impl Tally {
    /// Of a run in which nothing was judged yet. Failures count up to the level `last`.
    pub fn begin<'a>(clauses: impl IntoIterator<Item = (&'a str, Level)>, last: Level) -> Self {
        let clause = |(id, level): (&str, Level)| ClauseTally {
            id: id.to_owned(),
            level,
            own: Counts::default(),
            others: Counts::default(),
        };
        Self {
            last,
            clauses: clauses.into_iter().map(clause).collect(),
            levels: BTreeMap::new(),
            total: Counts::default(),
            skips: BTreeMap::new(),
        }
    }

    /// The same, of the clauses of a catalogue.
    pub fn of_catalogue(catalogue: &Catalogue, last: Level) -> Self {
        Self::begin(catalogue.clauses().iter().map(|clause| (clause.id.as_str(), clause.level)), last)
    }

    /// The same, of clauses as a report has them.
    pub fn of_clauses(clauses: &[ClauseRecord], last: Level) -> Self {
        Self::begin(clauses.iter().map(|clause| (clause.id.as_str(), clause.level)), last)
    }

    /// Of a run that was told.
    pub fn of_run(document: &Document, run: &RunRecord) -> Self {
        let mut tally = Self::of_clauses(&document.clauses, run.head.last_level());
        for result in &run.results {
            if let Some(case) = document.case(&result.case) {
                tally.hear(case, result);
            }
        }
        tally
    }

    /// Adds a result as a report has it. What became of the case is the result.
    pub fn hear(&mut self, case: &CaseRecord, result: &ResultRecord) -> CaseResult {
        let outcome = result.came(case.level, self.last);
        self.add(case.level, &case.clauses, outcome, result.reason.as_deref());
        outcome
    }

    /// Adds a verdict, and why it was expected to fail, if that matters. What became of the case is the result.
    pub fn judged(
        &mut self,
        catalogue: &Catalogue,
        case: &Case,
        verdict: &Verdict,
        expected: Option<&str>,
    ) -> CaseResult {
        let level = catalogue.level(case);
        let outcome = CaseResult::of(verdict.name(), expected.is_some(), level, self.last);
        let skipped = if let Verdict::Skipped(skip) = verdict { Some(skip.reason()) } else { None };
        self.add(level, &case.clauses, outcome, skipped);
        outcome
    }

    /// Adds what became of one case of this level, with the reason if it was skipped.
    pub fn add(&mut self, level: Level, clauses: &[String], outcome: CaseResult, reason: Option<&str>) {
        self.levels.entry(level).or_default().add(outcome);
        self.total.add(outcome);
        for (number, id) in clauses.iter().enumerate() {
            if let Some(clause) = self.clauses.iter_mut().find(|clause| clause.id == *id) {
                if number == 0 { clause.own.add(outcome) } else { clause.others.add(outcome) }
            }
        }
        if let (CaseResult::Skipped, Some(reason)) = (outcome, reason) {
            *self.skips.entry(reason.to_owned()).or_default() += 1;
        }
    }

    /// The clause of this id.
    pub fn clause(&self, id: &str) -> Option<&ClauseTally> {
        self.clauses.iter().find(|clause| clause.id == id)
    }

    /// How the clauses of a level stand.
    pub fn of_level(&self, level: Level) -> ClauseCounts {
        let mut counts = ClauseCounts::default();
        for clause in self.clauses.iter().filter(|clause| clause.level == level) {
            *match clause.standing() {
                // That it passes is wrong only about the list.
                Standing::Holds | Standing::UnexpectedPass => &mut counts.met,
                Standing::Fails | Standing::NotCounted | Standing::ExpectedFailure => &mut counts.not_met,
                Standing::InDoubt | Standing::Broken => &mut counts.in_doubt,
                Standing::NotJudged => &mut counts.not_judged,
            } += 1;
        }
        counts
    }

    /// How the clauses of all levels that count stand.
    pub fn counted_clauses(&self) -> ClauseCounts {
        let counted = LEVELS.into_iter().filter(|level| level.counts(self.last));
        counted.map(|level| self.of_level(level)).sum()
    }

    /// Why it says nothing about the manager: no case was judged at all. Silence would look like praise.
    pub fn silence(&self) -> Option<String> {
        if self.total.judged() + self.total.broken > 0 {
            return None;
        }
        let reasons: Vec<&str> = self.skips.keys().map(String::as_str).collect();
        Some(match reasons.as_slice() {
            [] => "nothing was judged".to_owned(),
            reasons => format!("nothing was judged, all cases were skipped: {}", reasons.join("; ")),
        })
    }

    /// The exit status. What a machine lacks has been dealt with before.
    pub fn status(&self) -> u8 {
        if self.total.broken > 0 || self.silence().is_some() {
            return CANNOT_JUDGE;
        }
        if self.fails() {
            return FAILS;
        }
        if self.counts_nothing().is_some() { CANNOT_JUDGE } else { CONFORMS }
    }

    /// The exit status of one share of a run: the cases that count may all be in the others.
    pub fn status_of_share(&self) -> u8 {
        if self.counts_nothing().is_some() { CONFORMS } else { self.status() }
    }

    /// Why it says nothing, although cases were judged: none of them is about a clause that counts.
    pub fn counts_nothing(&self) -> Option<&'static str> {
        let ClauseCounts { met, not_met, .. } = self.counted_clauses();
        let is_silent = self.total.broken > 0 || self.fails() || self.silence().is_some();
        (met + not_met == 0 && !is_silent)
            .then_some("no clause was judged that counts (--level chooses which do)")
    }

    /// Whether something that counts came otherwise than expected.
    pub fn fails(&self) -> bool {
        self.total.failed + self.total.unexpected_passes > 0
    }

    /// Whether the manager conforms, in words.
    pub fn verdict(&self) -> String {
        if let Some(silence) = self.silence() {
            return silence;
        }
        let ClauseCounts { met, not_met, .. } = self.counted_clauses();
        let judged = met + not_met;
        let mut parts = Vec::new();
        if self.total.broken > 0 {
            parts.push(format!("{} could not be judged", number(self.total.broken, "case")));
        }
        let failing = self.in_levels(Standing::Fails);
        let expected = self.in_levels(Standing::ExpectedFailure);
        if !failing.is_empty() {
            parts.push(format!("does not conform: {failing} not met, of {judged} judged"));
        } else if self.total.unexpected_passes > 0 {
            let passes = number(self.total.unexpected_passes, "case");
            parts.push(format!("does not come as expected: {passes} passed that should have failed"));
        } else if let Some(nothing) = self.counts_nothing() {
            parts.push(nothing.to_owned());
        } else if !expected.is_empty() {
            parts.push(format!("conforms but for expected failures ({met} of {judged} clauses)"));
        } else if self.total.broken == 0 {
            parts.push(format!("conforms to every {}clause ({met} of {judged})", self.counted()));
        }
        if !expected.is_empty() {
            parts.push(format!("{expected} not met as expected"));
        }
        let not_counted = self.in_levels(Standing::NotCounted);
        if !not_counted.is_empty() {
            parts.push(format!("{not_counted} not met"));
        }
        let in_doubt = self.clauses.iter().filter(|clause| clause.standing() == Standing::InDoubt).count();
        if in_doubt > 0 {
            parts.push(format!("{} in doubt", number(in_doubt, "clause")));
        }
        parts.join("; ")
    }

    /// The clauses that count, in words. A run that shows only some of them must not claim the others.
    fn counted(&self) -> String {
        let ClauseCounts { not_judged, in_doubt, .. } = self.counted_clauses();
        let levels = match self.last {
            Level::Documented => "documented ",
            Level::Example => "documented and example ",
            Level::Reference => "documented, example and reference ",
            Level::Robust => "",
        };
        [if not_judged + in_doubt > 0 { "judged " } else { "" }, levels].concat()
    }

    /// How many clauses stand so, level by level: `3 reference and 8 robust clauses`; nothing if there are none.
    fn in_levels(&self, standing: Standing) -> String {
        let count = |level: Level| {
            let clauses = self.clauses.iter().filter(|clause| clause.level == level);
            clauses.filter(|clause| clause.standing() == standing).count()
        };
        let levels: Vec<(Level, usize)> =
            LEVELS.into_iter().map(|level| (level, count(level))).filter(|(_, count)| *count > 0).collect();
        let all: usize = levels.iter().map(|(_, count)| count).sum();
        let words: Vec<String> = levels.iter().map(|(level, count)| format!("{count} {level}")).collect();
        let Some((end, before)) = words.split_last() else { return String::new() };
        let noun = if all == 1 { "clause" } else { "clauses" };
        match before {
            [] => format!("{end} {noun}"),
            before => format!("{} and {end} {noun}", before.join(", ")),
        }
    }
}

/// So many of a thing.
pub fn number(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

#[cfg(test)]
mod tests {
    use super::{ClauseCounts, Standing, Tally};
    use crate::catalogue::clause::Level;
    use crate::judge::result::{CANNOT_JUDGE, CONFORMS, CaseResult, FAILS};

    const CLAUSES: [(&str, Level); 5] = [
        ("D-1", Level::Documented),
        ("D-2", Level::Documented),
        ("E-1", Level::Example),
        ("R-1", Level::Reference),
        ("O-1", Level::Robust),
    ];

    /// Of cases, each by the clauses that it judges and what became of it.
    fn tally(cases: &[(&[&str], CaseResult)]) -> Tally {
        let mut tally = Tally::begin(CLAUSES, Level::Reference);
        for (clauses, came) in cases {
            let level = CLAUSES.iter().find(|(id, _)| Some(id) == clauses.first()).unwrap().1;
            let clauses: Vec<String> = clauses.iter().map(|id| (*id).to_owned()).collect();
            tally.add(level, &clauses, *came, (*came == Skipped).then_some("rain"));
        }
        tally
    }

    use CaseResult::{Broken, ExpectedFailure, Failed, NotCounted, Passed, Skipped, UnexpectedPass};

    #[test]
    fn the_verdict_says_what_the_status_says() {
        type Cases<'a> = &'a [(&'a [&'a str], CaseResult)];
        let situations: [(Cases<'_>, u8, &str); 11] = [
            (
                &[(&["D-1"], Passed), (&["D-2"], Passed), (&["E-1"], Passed), (&["R-1"], Passed)],
                CONFORMS,
                "conforms to every documented, example and reference clause (4 of 4)",
            ),
            (
                &[(&["D-1"], Passed), (&["E-1"], Passed)],
                CONFORMS,
                "conforms to every judged documented, example and reference clause (2 of 2)",
            ),
            (
                &[(&["D-1"], Passed), (&["O-1", "D-1", "D-2"], NotCounted)],
                CONFORMS,
                "conforms to every judged documented, example and reference clause (1 of 1); 1 robust clause not met; \
                 1 clause in doubt",
            ),
            (
                &[(&["D-1"], Failed), (&["D-1"], Passed), (&["R-1"], Failed), (&["O-1"], NotCounted)],
                FAILS,
                "does not conform: 1 documented and 1 reference clauses not met, of 2 judged; 1 robust clause not met",
            ),
            (
                &[(&["O-1"], NotCounted)],
                CANNOT_JUDGE,
                "no clause was judged that counts (--level chooses which do); 1 robust clause not met",
            ),
            (
                &[(&["D-1"], ExpectedFailure), (&["D-2"], Passed)],
                CONFORMS,
                "conforms but for expected failures (1 of 2 clauses); 1 documented clause not met as expected",
            ),
            (
                &[(&["D-1"], UnexpectedPass)],
                FAILS,
                "does not come as expected: 1 case passed that should have failed",
            ),
            (&[(&["D-1"], Broken), (&["D-2"], Passed)], CANNOT_JUDGE, "1 case could not be judged"),
            (
                &[(&["D-1"], Broken), (&["D-2"], Failed)],
                CANNOT_JUDGE,
                "1 case could not be judged; does not conform: 1 documented clause not met, of 1 judged",
            ),
            (&[(&["D-1"], Skipped)], CANNOT_JUDGE, "nothing was judged, all cases were skipped: rain"),
            (&[], CANNOT_JUDGE, "nothing was judged"),
        ];
        for (cases, status, words) in situations {
            let tally = tally(cases);
            assert_eq!((tally.status(), tally.verdict().as_str()), (status, words));
        }
    }

    #[test]
    fn a_clause_stands_as_the_cases_that_are_about_it_first() {
        let tally = tally(&[
            (&["D-1", "D-2"], Failed),
            (&["D-2"], Passed),
            (&["E-1", "R-1"], Skipped),
            (&["O-1", "D-2", "R-1"], Passed),
        ]);
        let standing = |id: &str| tally.clause(id).unwrap().standing();
        assert_eq!(standing("D-1"), Standing::Fails);
        assert_eq!(standing("D-2"), Standing::Holds);
        assert_eq!(standing("E-1"), Standing::NotJudged);
        assert_eq!(standing("R-1"), Standing::Holds, "another case judges it too");
        let documented = ClauseCounts { met: 1, not_met: 1, ..ClauseCounts::default() };
        assert_eq!(tally.of_level(Level::Documented), documented);
    }

    #[test]
    fn a_clause_of_which_a_case_failed_is_not_met_and_one_that_was_not_judged_to_the_end_is_in_doubt() {
        let results = [Failed, NotCounted, ExpectedFailure, Broken, UnexpectedPass, Passed];
        let (not_met, in_doubt) = (&results[..3], &results[3..4]);
        for one in results {
            for other in results {
                let tally = tally(&[(&["D-1"], one), (&["D-1"], other)]);
                let is_among = |all: &[CaseResult]| all.contains(&one) || all.contains(&other);
                let expected = match (is_among(not_met), is_among(in_doubt)) {
                    (true, _) => ClauseCounts { not_met: 1, not_judged: 1, ..ClauseCounts::default() },
                    (false, true) => ClauseCounts { in_doubt: 1, not_judged: 1, ..ClauseCounts::default() },
                    (false, false) => ClauseCounts { met: 1, not_judged: 1, ..ClauseCounts::default() },
                };
                assert_eq!(tally.of_level(Level::Documented), expected, "{one:?} {other:?}");
            }
        }
    }
}
