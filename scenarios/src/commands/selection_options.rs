//! The options that say which cases a command is about, and the clauses and cases that they add to the suite's own.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use crate::catalogue::case::Case;
use crate::catalogue::case_paths::{files_at, must_be_path};
use crate::catalogue::clause::Level;
use crate::catalogue::contents::Catalogue;
use crate::catalogue::selection::{for_testbed, is_known, is_named, select};
use crate::catalogue::testbed_name::TestbedName;
use crate::commands::error::CannotJudge;
use crate::judge::result::CaseResult;
use crate::report::formats::json;
use crate::report::model::ResultRecord;

/// Which cases.
#[derive(Debug, Args)]
pub struct SelectionOptions {
    /// Only these: cases, parts of their names, sections, levels, clauses or families of clauses; or case files and
    /// folders of them, by their paths
    #[arg(value_name = "PATTERN")]
    pub filter: Vec<String>,

    /// Leave out what this pattern selects; may be given again
    #[arg(long, value_name = "PATTERN")]
    pub skip: Vec<String>,

    /// Only the cases that failed, passed unexpectedly or could not be judged in this report, which `run --json` wrote
    #[arg(long, value_name = "REPORT")]
    pub failed_in: Vec<PathBuf>,

    /// Add the clauses of this file, for cases of your own
    #[arg(long, value_name = "FILE")]
    pub clauses: Vec<PathBuf>,
}

/// The cases of a command, and all that it can name.
pub(crate) struct Selected {
    /// The suite's clauses and cases, with those that were added.
    pub(crate) catalogue: Catalogue,
    /// The cases that failed in the reports, if there are reports.
    failed: Option<BTreeSet<String>>,
}

impl SelectionOptions {
    /// All of them in words, as a report has them.
    pub(crate) fn words(&self) -> Vec<String> {
        let mut words = self.filter.clone();
        words.extend(self.skip.iter().flat_map(|pattern| ["--skip".to_owned(), pattern.clone()]));
        let files = |option: &str, paths: &[PathBuf]| -> Vec<String> {
            paths.iter().flat_map(|path| [option.to_owned(), path.display().to_string()]).collect()
        };
        words.extend(files("--failed-in", &self.failed_in));
        words.extend(files("--clauses", &self.clauses));
        words
    }

    /// Reads all files that the options name.
    pub(crate) fn read(&self, catalogue: Catalogue) -> Result<Selected, CannotJudge> {
        let catalogue = with_clauses(catalogue, &self.clauses)?;
        let mut paths = paths_in(&catalogue, &self.filter);
        let failed = if self.failed_in.is_empty() { None } else { Some(self.failed()?) };
        paths.extend(failed.iter().flatten().filter(|name| must_be_path(name)).cloned());
        Ok(Selected { catalogue: with_cases(catalogue, &paths)?, failed })
    }

    fn failed(&self) -> Result<BTreeSet<String>, CannotJudge> {
        let mut failed = BTreeSet::new();
        for path in &self.failed_in {
            let document = json::read(path)?;
            // At every level: what does not count has failed, too.
            let is_wanted = |result: &&ResultRecord| {
                let came = result.came(Level::Documented, Level::Robust);
                came.fails() || came == CaseResult::Broken
            };
            let results = document.runs.iter().flat_map(|run| &run.results);
            failed.extend(results.filter(is_wanted).map(|result| result.case.clone()));
        }
        if failed.is_empty() { Err(CannotJudge::NothingFailed(self.failed_in.clone())) } else { Ok(failed) }
    }

    /// The cases that are selected.
    pub(crate) fn cases<'a>(&self, selected: &'a Selected) -> Result<Vec<&'a Case>, CannotJudge> {
        let Selected { catalogue, failed } = selected;
        let Some(failed) = failed else { return Ok(select(catalogue, &self.filter, &self.skip)?) };
        if let Some(unknown) = failed.iter().find(|name| catalogue.case(name).is_none()) {
            return Err(CannotJudge::NotInThisSuite(unknown.clone()));
        }
        let words =
            if self.filter.is_empty() { failed.iter().cloned().collect() } else { self.filter.clone() };
        let mut cases = select(catalogue, &words, &self.skip)?;
        cases.retain(|case| failed.contains(&case.name));
        if cases.is_empty() { Err(CannotJudge::NothingFailed(self.failed_in.clone())) } else { Ok(cases) }
    }

    /// Those of them that are for this testbed, and those that nobody selected by chance.
    pub(crate) fn cases_for<'a>(
        &self,
        selected: &'a Selected,
        testbed: TestbedName,
    ) -> Result<Vec<&'a Case>, CannotJudge> {
        let is_named =
            |case: &Case| selected.failed.is_some() || self.filter.iter().any(|word| is_named(word, case));
        Ok(for_testbed(self.cases(selected)?, testbed, is_named))
    }
}

/// A catalogue with the clauses of these files.
pub(crate) fn with_clauses(catalogue: Catalogue, paths: &[PathBuf]) -> Result<Catalogue, CannotJudge> {
    Ok(paths.iter().try_fold(catalogue, |catalogue, path| catalogue.with_clauses(path))?)
}

/// A catalogue with the cases that these words name by the paths of files and folders.
pub(crate) fn with_cases_at(catalogue: Catalogue, words: &[String]) -> Result<Catalogue, CannotJudge> {
    let paths = paths_in(&catalogue, words);
    with_cases(catalogue, &paths)
}

fn with_cases(mut catalogue: Catalogue, paths: &[String]) -> Result<Catalogue, CannotJudge> {
    for path in paths {
        for file in files_at(path)? {
            catalogue = catalogue.with_case(&file)?;
        }
    }
    Ok(catalogue)
}

/// The paths among words: a folder needs no slash, if nothing of the suite is called like it.
fn paths_in(catalogue: &Catalogue, words: &[String]) -> Vec<String> {
    let is_folder =
        |word: &str| !word.is_empty() && !is_known(catalogue, word) && PathBuf::from(word).is_dir();
    words.iter().filter(|word| must_be_path(word) || is_folder(word)).cloned().collect()
}
