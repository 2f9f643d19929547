//! Measures how far the simulated Postfix is from the installed one.
//! The same case runs on both. Every difference is a bug of the simulation, and each is shrunk to a few lines. Knows
//! nothing of managers.
//!
//! What cannot be compared as it is: the paths, which are named alike; the order of postconf(1)'s warnings, which
//! is chance; what chance decides in the installed one otherwise, which is asked again until it agrees, a few
//! times.

pub mod accepted;
pub mod case;
pub mod changes;
pub mod corpus;
pub mod error;
pub mod installed;
mod isolation;
mod main_cf;
mod master_cf;
pub mod observation;
mod postconf_cases;
mod postconf_pair;
mod programs;
mod scripts;
mod shrinking;
pub mod speed;
mod system_pair;
mod systems;
pub mod table;
mod written;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Instant;

use postfix_fakes::bytes::ByteString;
use proptest::strategy::{Strategy, ValueTree};

use self::accepted::{Accepted, accepted};
use self::case::{Case, CorpusCase, PostconfCase, Row};
use self::corpus::Corpus;
use self::corpus::questions::{Possible, Questions};
use self::error::FidelityError;
use self::installed::Installed;
use self::isolation::own_network;
use self::isolation::readonly_sandbox::ReadonlySandbox;
use self::observation::{Aspect, Difference, Observation};
use self::postconf_pair::PostconfPair;
use self::system_pair::{Side, Stage, Watched, observe};
use self::table::{Count, Found, Table};
use crate::seeded_draw;
use nix::sys::resource::{Resource, getrlimit};
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::testbed::sandbox::Sandbox;
use postfix_harness::testbed::{COMMAND_DIRECTORY, Need};

/// How many cases are tried at a time on each processor. The installed programs rest for a second whenever they give up:
/// most calls of postconf(1) wait. The other cases run many programs, and with more at a time each would take so long
/// that a file which was just changed is an old one for one side.
fn workers(row: Row, processors: usize, files: u64) -> usize {
    let most = processors
        * match row {
            Row::Postconf | Row::Corpus => 40,
            Row::Postfix | Row::Programs => 12,
            Row::Sequence | Row::Scripts => 8,
        };
    // With too many at a time, one that may not open a file would end it all.
    usize::try_from(files.saturating_sub(FILES_OF_ALL) / FILES_EACH).unwrap_or(most).clamp(1, most)
}

/// How many files a case may have open: outputs, reports and pipes of the program that it runs, and what is read of its
/// world meanwhile.
const FILES_EACH: u64 = 16;
/// How many files are open whatever is measured.
const FILES_OF_ALL: u64 = 40;

/// How many cases the rows of the smaller programs have at least.
const FEWEST: usize = 20;

/// How many differences of a row are shrunk; the others are only counted. A corpus shows one difference in many cases,
/// and the first of them may all be about that one.
fn most_shrunk(row: Row) -> usize {
    if row == Row::Corpus { 16 } else { 8 }
}

/// The status with which a fake refuses what it does not simulate.
const UNSUPPORTED: u8 = 70;

/// How many cases of each row, drawn from which seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The seed: the same one draws the same cases.
    pub seed: u64,
    /// The rows, each with how many cases.
    pub rows: Vec<(Row, usize)>,
}

impl Plan {
    /// This many calls of postconf(1), and the cases of the other rows in proportion.
    pub fn of(cases: usize, seed: u64) -> Self {
        let rows = vec![
            (Row::Postconf, cases),
            (Row::Postfix, cases * 3 / 20),
            (Row::Sequence, cases / 20),
            (Row::Programs, (cases / 20).max(FEWEST)),
            (Row::Scripts, (cases / 50).max(FEWEST)),
        ];
        Self { seed, rows }
    }
}

/// Both sides, ready to be compared.
#[derive(Debug)]
pub struct Measure<'a> {
    run: &'a RunDirectory,
    sandbox: Sandbox,
    installed: Installed,
    /// What each side would else have its own defaults for.
    settings: Vec<(String, ByteString)>,
    manager: ByteString,
    accepted: Vec<Accepted>,
    /// What the secluded stage lacks: it is tried once.
    readonly_lacks: OnceLock<Option<Need>>,
}

/// What came of one case.
#[derive(Debug)]
pub enum Verdict {
    /// Both sides did the same.
    Agreed,
    /// They differ as an entry of the accepted differences says: its id.
    Accepted(String),
    /// They differ.
    Differed(Vec<Difference>),
}

impl<'a> Measure<'a> {
    /// Compares with the Postfix that a sandbox runs. `manager` is the value of `multi_instance_wrapper` in the systems.
    /// This thread, and what it starts, loses its networks if the system allows it.
    ///
    /// # Errors
    /// When this machine lacks something, or the sandbox or the file of accepted differences is broken.
    pub fn new(run: &'a RunDirectory, manager: &ByteString) -> Result<Self, FidelityError> {
        let doing = "making a network that has only this machine";
        own_network::enter().map_err(|source| FidelityError::System { doing, source })?;
        let sandbox = Sandbox::prepare(run)?;
        let installed = Installed::in_directory(Path::new(COMMAND_DIRECTORY))?;
        let (settings, accepted) = (installed.settings(), accepted()?);
        let (manager, readonly_lacks) = (manager.clone(), OnceLock::new());
        Ok(Self { run, sandbox, installed, settings, manager, accepted, readonly_lacks })
    }

    /// The Postfix that is compared with.
    pub fn installed(&self) -> &Installed {
        &self.installed
    }

    /// The same, but the fakes of postconf(1) count as built in another way: so a test sees that differences are found.
    #[must_use]
    pub fn with_fakes_built_as(mut self, built: Installed) -> Self {
        self.installed = built;
        self
    }

    /// The differences that are accepted.
    pub fn accepted(&self) -> &[Accepted] {
        &self.accepted
    }

    /// Tries one case on both sides.
    ///
    /// # Errors
    /// When one of them cannot be run at all.
    pub fn try_case(&self, case: &Case) -> Result<Verdict, FidelityError> {
        if let Some(need) = self.missing(case.row()) {
            return Err(FidelityError::Lacking(need));
        }
        self.compare(case, &mut None)
    }

    /// Tries one case. `pair` is the worker's own place for calls of postconf(1), made for the first of them.
    fn compare(&self, case: &Case, pair: &mut Option<PostconfPair>) -> Result<Verdict, FidelityError> {
        let failed = |error| FidelityError::Case { case: case.to_string(), source: Box::new(error) };
        self.compare_sides(case, pair).map_err(failed)
    }

    fn compare_sides(&self, case: &Case, pair: &mut Option<PostconfPair>) -> Result<Verdict, FidelityError> {
        let simulated = self.observe(case, Side::Simulated, pair)?;
        let mut installed = self.observe(case, Side::Installed, pair)?;
        let mut open = simulated.differences(&installed);
        let mut left = attempts(case.row(), &open);
        while !open.is_empty() {
            let explains = |entry: &&Accepted| {
                (left == 0 || !entry.order) && entry.explains(case.row(), &open, &simulated, &installed)
            };
            if let Some(entry) = self.accepted.iter().find(explains) {
                return Ok(Verdict::Accepted(entry.id.clone()));
            }
            if left == 0 {
                return Ok(Verdict::Differed(open));
            }
            left -= 1;
            installed = self.observe(case, Side::Installed, pair)?;
            open = still_open(&open, simulated.differences(&installed));
        }
        Ok(Verdict::Agreed)
    }

    fn observe(
        &self,
        case: &Case,
        side: Side,
        pair: &mut Option<PostconfPair>,
    ) -> Result<Observation, FidelityError> {
        match case {
            Case::Postconf(case) | Case::Corpus(CorpusCase { call: case, .. }) => {
                let pair = match pair {
                    Some(pair) => pair,
                    None => pair.insert(PostconfPair::new(self.run, &self.installed)?),
                };
                match side {
                    Side::Simulated => pair.simulated(case),
                    Side::Installed => pair.installed(case),
                }
            }
            Case::Postfix(case) | Case::Sequence(case) => {
                observe(&self.stage(side), self.run, &self.manager, case, Watched::WithJournal)
            }
            Case::Programs(case) | Case::Scripts(case) => {
                let installed = &self.installed.directories();
                let testbed = self.readonly_sandbox(side, installed);
                observe(&testbed, self.run, &self.manager, case, Watched::WithoutJournal)
            }
        }
    }

    fn stage(&self, side: Side) -> Stage<'_> {
        Stage { sandbox: &self.sandbox, side, settings: &self.settings }
    }

    fn readonly_sandbox<'b>(
        &'b self,
        side: Side,
        installed: &'b [(PathBuf, &'static str)],
    ) -> ReadonlySandbox<'b> {
        ReadonlySandbox { sandbox: &self.sandbox, side, settings: &self.settings, installed }
    }

    /// What a row needs and this machine lacks.
    pub fn missing(&self, row: Row) -> Option<Need> {
        match row {
            Row::Postconf | Row::Corpus | Row::Postfix | Row::Sequence => None,
            Row::Programs | Row::Scripts => self
                .readonly_lacks
                .get_or_init(|| self.readonly_sandbox(Side::Simulated, &[]).missing(self.run))
                .clone(),
        }
    }

    /// Tries all cases of a plan; `progress` hears of each row before it begins.
    ///
    /// # Errors
    /// As [`Measure::try_case`].
    pub fn take(&self, plan: &Plan, mut progress: impl FnMut(Row, usize)) -> Result<Table, FidelityError> {
        let mut table = Table::default();
        for (row, cases) in &plan.rows {
            progress(*row, *cases);
            let begun = Instant::now();
            let mut count = self.take_row(*row, *cases, |number| draw(plan.seed, *row, number))?;
            count.took = begun.elapsed();
            table.rows.push((*row, count));
        }
        Ok(table)
    }

    /// Tries each configuration of a corpus with all questions and edits; `progress` hears how many these are.
    ///
    /// # Errors
    /// As [`Measure::try_case`].
    pub fn take_corpus(
        &self,
        corpus: &Corpus,
        progress: impl FnOnce(Row, usize),
    ) -> Result<Table, FidelityError> {
        let possible =
            Possible { version: self.installed.build.version(), edits_of_parts: self.edits_of_parts()? };
        let questions = Questions::of(corpus, possible);
        progress(Row::Corpus, questions.count());
        let begun = Instant::now();
        let nothing = || FidelityError::Drawing("the corpus has no such case".to_owned());
        let mut count = self.take_row(Row::Corpus, questions.count(), |number| {
            Ok(Box::new(questions.case(number).ok_or_else(nothing)?))
        })?;
        count.took = begun.elapsed();
        Ok(Table { rows: vec![(Row::Corpus, count)] })
    }

    /// Whether the fake edits fields and parameters of services, and does not refuse.
    fn edits_of_parts(&self) -> Result<bool, FidelityError> {
        let call = PostconfCase {
            main_cf: Some(ByteString::default()),
            master_cf: Some("a unix - - - - - a\n".into()),
            arguments: vec!["-F".into(), "a/unix/chroot=n".into()],
            by_environment: false,
        };
        let seen = PostconfPair::new(self.run, &self.installed)?.simulated(&call)?;
        Ok(seen.lines(0, Aspect::End) != [format!("exit status {UNSUPPORTED}")])
    }

    fn take_row<D>(&self, row: Row, cases: usize, drawn: D) -> Result<Count, FidelityError>
    where
        D: Fn(usize) -> Result<Box<dyn ValueTree<Value = Case>>, FidelityError> + Sync,
    {
        let next = AtomicUsize::new(0);
        let count = Mutex::new(Count::default());
        let worker = || -> Result<(), FidelityError> {
            let mut pair = None;
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= cases {
                    return Ok(());
                }
                let found = self.take_case(drawn(number)?, &mut pair, &count)?;
                count.lock().map_err(|_| FidelityError::Died)?.add(found);
            }
        };
        let files = getrlimit(Resource::RLIMIT_NOFILE).map_or(1024, |(soft, _)| soft);
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            let begin = |_| std::thread::Builder::new().spawn_scoped(scope, worker).ok();
            let workers: Vec<_> = (0..workers(row, processors, files).min(cases)).map_while(begin).collect();
            if workers.is_empty() {
                // The system has no thread left but this one.
                return worker();
            }
            workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| FidelityError::Died)?)
        })?;
        count.into_inner().map_err(|_| FidelityError::Died)
    }

    fn take_case(
        &self,
        mut drawn: Box<dyn ValueTree<Value = Case>>,
        pair: &mut Option<PostconfPair>,
        count: &Mutex<Count>,
    ) -> Result<Found, FidelityError> {
        let case = drawn.current();
        let mut verdict = self.compare(&case, pair)?;
        if matches!(verdict, Verdict::Differed(_)) {
            // On a busy machine one side may have waited so long that a file no longer counts as just changed.
            verdict = self.compare(&case, pair)?;
            if !matches!(verdict, Verdict::Differed(_)) {
                count.lock().map_err(|_| FidelityError::Died)?.only_once += 1;
            }
        }
        match verdict {
            Verdict::Agreed => Ok(Found::Agreed),
            Verdict::Accepted(id) => Ok(Found::Accepted(id)),
            Verdict::Differed(differences) => {
                let shrinks = {
                    let mut count = count.lock().map_err(|_| FidelityError::Died)?;
                    count.shrinking += 1;
                    count.shrinking <= most_shrunk(case.row())
                };
                if shrinks {
                    self.shrink(&mut *drawn, pair, case, differences)
                } else {
                    Ok(Found::Differed(None))
                }
            }
        }
    }
}

/// What differs after the installed side was asked again. An order that is chance is settled once it has come as the
/// fake has it: all orders of a sequence at the same time would have to be waited for too long.
fn still_open(before: &[Difference], now: Vec<Difference>) -> Vec<Difference> {
    if before.iter().chain(&now).all(Difference::is_order) {
        let met_before = |difference: &Difference| before.iter().any(|other| other.is_of(difference));
        now.into_iter().filter(met_before).collect()
    } else {
        now
    }
}

/// How often the installed side is asked again at most until it does as the fake does. postconf(1) walks hash
/// tables with a random seed: what it meets first, and with it what ends it, may differ each time, and so does
/// the order in which it appends settings.
fn attempts(row: Row, differences: &[Difference]) -> usize {
    let is_order = differences.iter().all(Difference::is_order);
    // What is added first joins a last line without an end, so that another order makes other lines.
    let is_in_files = differences.iter().all(|difference| difference.aspect == Aspect::Files);
    match row {
        Row::Postconf | Row::Corpus if is_order || is_in_files => 200,
        Row::Postfix | Row::Sequence | Row::Programs | Row::Scripts if is_order => 40,
        Row::Postfix | Row::Sequence if differences.iter().all(Difference::is_choice) => 40,
        Row::Postconf | Row::Corpus => 11,
        Row::Postfix | Row::Sequence | Row::Programs | Row::Scripts => 1,
    }
}

/// Draws the case of this number: the same one for the same seed.
fn draw(seed: u64, row: Row, number: usize) -> Result<Box<dyn ValueTree<Value = Case>>, FidelityError> {
    let strategy = match row {
        Row::Postconf => postconf_cases::postconf_cases().prop_map(Case::Postconf).boxed(),
        Row::Postfix => systems::postfix_cases().prop_map(Case::Postfix).boxed(),
        Row::Sequence => systems::sequences().prop_map(Case::Sequence).boxed(),
        Row::Programs => programs::program_cases().prop_map(Case::Programs).boxed(),
        Row::Scripts => scripts::script_cases().prop_map(Case::Scripts).boxed(),
        Row::Corpus => return Err(FidelityError::Drawing("a corpus is read".to_owned())),
    };
    let drawn = seeded_draw::tree(&strategy, seed, number as u64, row as u8);
    drawn.map_err(|reason| FidelityError::Drawing(reason.to_string()))
}

#[cfg(test)]
mod tests {
    use super::{Aspect, Difference, Row, still_open, workers};

    fn difference(command: usize, simulated: &str, installed: &str) -> Difference {
        let lines = |text: &str| vec![text.to_owned()];
        let (simulated, installed) = (lines(simulated), lines(installed));
        Difference { command, aspect: Aspect::Stderr, simulated, installed }
    }

    #[test]
    fn no_more_cases_run_at_a_time_than_files_may_be_open() {
        for row in [Row::Postconf, Row::Sequence, Row::Scripts] {
            // With 99 cases at a time, 977 files were open.
            assert!(workers(row, 64, 1024) <= 80);
            assert_eq!(workers(row, 64, 0), 1);
        }
        assert_eq!(workers(Row::Sequence, 2, u64::MAX), 16);
    }

    #[test]
    fn an_order_is_settled_once_it_was_met() {
        let (first, second) = (difference(0, "a b", "b a"), difference(1, "c d", "d c"));
        let both = vec![first.clone(), second.clone()];
        assert_eq!(still_open(&both, vec![second.clone()]), std::slice::from_ref(&second));
        // The first is there again, in another run: it was met before.
        assert_eq!(still_open(std::slice::from_ref(&second), both.clone()), std::slice::from_ref(&second));
        assert_eq!(still_open(&[second], vec![first.clone()]), []);
        // Other words are no order.
        let other = difference(0, "a b", "a c");
        assert_eq!(still_open(&[first], vec![other.clone()]), std::slice::from_ref(&other));
        assert_eq!(still_open(&[other], both.clone()), both);
    }
}
