//! Merges several reports into one.
//! Shards of a run are joined, and other runs stand beside each other. What is in two of them must be equal.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::catalogue::clause::Level;
use crate::judge::observation::Finding;
use crate::report::completeness::contradict;
use crate::report::model::{
    CaseRecord, ClauseRecord, Document, FORMAT, PartRecord, ResultRecord, RunRecord, VERSION,
};
use crate::report::run_head::RunHead;

/// Why reports are not one. Each names both reports.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Disagreement {
    /// Other suites judged.
    #[error("{first} is by suite {}, {second} by suite {}: judge both with one suite", .suites.0, .suites.1)]
    Suite {
        /// The earlier report.
        first: PathBuf,
        /// The later one.
        second: PathBuf,
        /// Their suites' versions.
        suites: (String, String),
    },
    /// The same name for different things.
    #[error("{what} is not the same in {first} and {second}: judge both with one suite")]
    Definition {
        /// The case or clause.
        what: String,
        /// The earlier report.
        first: PathBuf,
        /// The later one.
        second: PathBuf,
    },
    /// Failures count up to one level in one, up to another in the other.
    #[error(
        "{run}: failures count up to level {} in {first}, up to {} in {second}: judge both with one --level",
        .levels.0, .levels.1
    )]
    Level {
        /// Who was judged, and where.
        run: String,
        /// The earlier report.
        first: PathBuf,
        /// The later one.
        second: PathBuf,
        /// Their last levels that count.
        levels: (Level, Level),
    },
    /// Shares of other cases.
    #[error(
        "{run}: {first} and {second} are not of the same cases ({} in all, {} in all), and one is a share: judge all \
         shares with one suite and the same case files",
        .cases.0, .cases.1
    )]
    Selection {
        /// Who was judged, and where.
        run: String,
        /// The earlier report.
        first: PathBuf,
        /// The later one.
        second: PathBuf,
        /// How many cases each selected.
        cases: (usize, usize),
    },
    /// Another verdict, or another one in what was found.
    #[error(
        "{case} ({run}): {} in {first}, {} in {second}: judge that case again, and give the report that is right",
        .verdicts.0, .verdicts.1
    )]
    Verdict {
        /// The case.
        case: String,
        /// Who was judged, and where.
        run: String,
        /// The earlier report.
        first: PathBuf,
        /// The later one.
        second: PathBuf,
        /// What each says.
        verdicts: (String, String),
    },
}

/// Something that a report said, and which one it was.
type Said<T> = (T, PathBuf);

/// What reports have said so far.
#[derive(Default)]
struct Merger {
    suite: Option<Said<String>>,
    clauses: Vec<ClauseRecord>,
    clause_sources: BTreeMap<String, PathBuf>,
    cases: BTreeMap<String, Said<CaseRecord>>,
    runs: Vec<Merged>,
}

/// A run, of which each report may have said a part.
struct Merged {
    head: Said<RunHead>,
    /// How long each part took, by when it began.
    took: BTreeMap<String, u64>,
    parts: Vec<Said<PartRecord>>,
    results: BTreeMap<String, Said<ResultRecord>>,
}

/// All of `reports` as one.
///
/// # Errors
/// If two of them disagree.
pub fn merge(reports: Vec<(PathBuf, Document)>) -> Result<Document, Box<Disagreement>> {
    let mut merger = Merger::default();
    for (path, document) in reports {
        merger.add(&path, document)?;
    }
    Ok(merger.finish())
}

impl Merger {
    fn add(&mut self, path: &Path, document: Document) -> Result<(), Box<Disagreement>> {
        let (suite, first) = self.suite.get_or_insert_with(|| (document.suite.clone(), path.to_path_buf()));
        if *suite != document.suite {
            let suites = (suite.clone(), document.suite);
            return Err(Box::new(Disagreement::Suite {
                first: first.clone(),
                second: path.to_path_buf(),
                suites,
            }));
        }
        let differs = |what: String, first: &Path| {
            Box::new(Disagreement::Definition {
                what,
                first: first.to_path_buf(),
                second: path.to_path_buf(),
            })
        };
        for clause in document.clauses {
            match self.clauses.iter().find(|known| known.id == clause.id) {
                None => {
                    self.clause_sources.insert(clause.id.clone(), path.to_path_buf());
                    self.clauses.push(clause);
                }
                Some(known) if *known == clause => {}
                Some(_) => {
                    let first = self.clause_sources.get(&clause.id).map_or(path, PathBuf::as_path);
                    return Err(differs(format!("clause {}", clause.id), first));
                }
            }
        }
        for case in document.cases {
            match self.cases.get(&case.name) {
                Some((known, first)) if *known != case => {
                    return Err(differs(format!("case {}", case.name), first));
                }
                Some(_) => {}
                None => drop(self.cases.insert(case.name.clone(), (case, path.to_path_buf()))),
            }
        }
        document.runs.into_iter().try_for_each(|run| self.add_run(path, run))
    }

    fn add_run(&mut self, path: &Path, run: RunRecord) -> Result<(), Box<Disagreement>> {
        let at = self.runs.iter().position(|known| known.head.0.key() == run.head.key());
        let at = at.unwrap_or_else(|| {
            self.runs.push(Merged {
                head: (run.head.clone(), path.to_path_buf()),
                took: BTreeMap::new(),
                parts: Vec::new(),
                results: BTreeMap::new(),
            });
            self.runs.len() - 1
        });
        // It was just found or pushed.
        let Some(known) = self.runs.get_mut(at) else { return Ok(()) };
        let levels = (known.head.0.last_level(), run.head.last_level());
        if levels.0 != levels.1 {
            return Err(Box::new(Disagreement::Level {
                run: run.head.to_string(),
                levels,
                first: known.head.1.clone(),
                second: path.to_path_buf(),
            }));
        }
        // Shards that began in the same second must not swallow each other; a report given twice must.
        let part = format!("{} {}", run.head.begun, run.took);
        known.took.insert(part, run.took);
        for part in run.parts {
            if let Some((other, first)) = known.parts.iter().find(|(known, _)| contradict(known, &part)) {
                let cases = |part: &PartRecord| part.whole.as_ref().map_or(0, |whole| whole.cases);
                return Err(Box::new(Disagreement::Selection {
                    run: run.head.to_string(),
                    first: first.clone(),
                    second: path.to_path_buf(),
                    cases: (cases(other), cases(&part)),
                }));
            }
            if !known.parts.iter().any(|(known, _)| *known == part) {
                known.parts.push((part, path.to_path_buf()));
            }
        }
        for result in run.results {
            match known.results.get(&result.case) {
                Some((earlier, first)) if !agree(earlier, &result) => {
                    return Err(Box::new(Disagreement::Verdict {
                        run: run.head.to_string(),
                        first: first.clone(),
                        second: path.to_path_buf(),
                        verdicts: (told(earlier), told(&result)),
                        case: result.case,
                    }));
                }
                Some(_) => {}
                None => drop(known.results.insert(result.case.clone(), (result, path.to_path_buf()))),
            }
        }
        if known.head.0.begun > run.head.begun {
            known.head.0.begun = run.head.begun;
        }
        Ok(())
    }

    fn finish(self) -> Document {
        let run = |merged: Merged| {
            let mut results: Vec<_> = merged.results.into_values().map(|(result, _)| result).collect();
            results.sort_by_cached_key(|result| by_number(&result.case));
            let parts = merged.parts.into_iter().map(|(part, _)| part).collect();
            RunRecord { head: merged.head.0, took: merged.took.values().sum(), parts, results }
        };
        let mut cases: Vec<_> = self.cases.into_values().map(|(case, _)| case).collect();
        cases.sort_by_cached_key(|case| by_number(&case.name));
        Document {
            format: FORMAT.to_owned(),
            version: VERSION,
            suite: self.suite.map(|(suite, _)| suite).unwrap_or_default(),
            clauses: self.clauses,
            cases,
            runs: self.runs.into_iter().map(run).collect(),
        }
    }
}

/// A name by which those with numbers in them are in the order of the numbers: drawn cases are counted.
fn by_number(name: &str) -> String {
    let mut key = String::new();
    let mut digits = String::new();
    for letter in name.chars().map(Some).chain([None]) {
        match letter {
            Some(digit) if digit.is_ascii_digit() => digits.push(digit),
            _ => {
                if !digits.is_empty() {
                    let _ = write!(key, "{digits:0>20}");
                    digits.clear();
                }
                key.extend(letter);
            }
        }
    }
    key
}

/// Whether two results say the same: times, reasons and outputs may differ.
fn agree(one: &ResultRecord, other: &ResultRecord) -> bool {
    let verdict = |result: &ResultRecord| (result.verdict, result.expected_failure.is_some());
    verdict(one) == verdict(other) && findings(one) == findings(other)
}

fn findings(result: &ResultRecord) -> Vec<&[Finding]> {
    result.seen.iter().map(|seen| seen.findings.as_slice()).collect()
}

fn told(result: &ResultRecord) -> String {
    // Which level counts makes no difference to what is told.
    let word = result.came(Level::Documented, Level::Robust).words();
    match result.in_brief() {
        "" => word.to_owned(),
        brief => format!("{word} ({brief})"),
    }
}

#[cfg(test)]
mod tests {
    use super::by_number;

    #[test]
    fn drawn_cases_are_in_the_order_in_which_they_were_drawn() {
        let mut names = ["./seed-1-case-10.toml", "./seed-1-case-3.toml", "./seed-1-case-20.toml", "a/b"];
        names.sort_by_cached_key(|name| by_number(name));
        assert_eq!(names, ["./seed-1-case-3.toml", "./seed-1-case-10.toml", "./seed-1-case-20.toml", "a/b"]);
    }
}
