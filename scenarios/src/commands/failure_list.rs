//! The options by which a run writes what failed as a file of expected failures.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::catalogue::contents::Catalogue;
use crate::commands::error::CannotJudge;
use crate::judge::expected_failures::update::{Came, Updated, updated};
use crate::judge::expected_failures::{ExpectedFailures, Judged};
use crate::report::formats::outputs;
use crate::report::terminal::note;

/// Whether a run writes a list.
#[derive(Debug, Args)]
pub struct FailureListOptions {
    /// After the run, write an entry for each case that failed to this file, for --expected-failures
    #[arg(long, value_name = "FILE", requires = "reason", conflicts_with_all = ["generate", "expected_failures"])]
    pub write_expected_failures: Option<PathBuf>,

    /// The reason that new entries give
    #[arg(long, value_name = "TEXT", requires = "write_expected_failures")]
    pub reason: Option<String>,

    /// Bring the file up to date if it is there: add what failed, and remove entries of which all cases passed. The
    /// other entries stay as they are, with their comments
    #[arg(long, requires = "write_expected_failures")]
    pub update: bool,
}

/// A list that is written after the run.
pub(crate) struct FailureList<'a> {
    options: &'a FailureListOptions,
    path: PathBuf,
    reason: &'a str,
    /// What was there before the run.
    old: Option<String>,
}

impl FailureListOptions {
    /// The list that is asked for, before anything is judged.
    pub(crate) fn list(&self) -> Result<Option<FailureList<'_>>, CannotJudge> {
        let (Some(path), Some(reason)) = (&self.write_expected_failures, &self.reason) else {
            return Ok(None);
        };
        if reason.trim().is_empty() {
            return Err(CannotJudge::NoReason);
        }
        let path = outputs::target(path);
        let old = self.text(&path)?;
        // A folder that cannot be written to should cost no run.
        outputs::can_put(&path).map_err(|error| CannotJudge::List(path.clone(), error))?;
        Ok(Some(FailureList { options: self, path, reason, old }))
    }

    /// What is in the file, which may be there only if it is to be changed.
    fn text(&self, path: &Path) -> Result<Option<String>, CannotJudge> {
        match ExpectedFailures::text(path) {
            Ok(Some(_)) if !self.update => Err(CannotJudge::ListExists(path.to_path_buf())),
            read => read.map_err(|error| CannotJudge::List(path.to_path_buf(), error)),
        }
    }
}

impl FailureList<'_> {
    /// The failures that are expected already.
    pub(crate) fn expected(&self, catalogue: &Catalogue) -> Result<ExpectedFailures, CannotJudge> {
        let text = self.old.as_deref().unwrap_or_default();
        Ok(ExpectedFailures::parse(&self.path, text, catalogue)?)
    }

    /// Writes the list after a run, and says what changed. What others have written meanwhile is in it.
    pub(crate) fn write(
        &self,
        catalogue: &Catalogue,
        judged: Judged<'_>,
        came: &Came,
    ) -> Result<(), CannotJudge> {
        let now = self.options.text(&self.path)?;
        let new = updated(&self.path, now.as_deref(), catalogue, judged, came, self.reason)?;
        outputs::put(&self.path, |out| out.write_all(new.text.as_bytes()))
            .map_err(|error| CannotJudge::List(self.path.clone(), error))?;
        let Updated { added, removed, narrowed, left, .. } = new;
        let entries = if added == 1 { "entry" } else { "entries" };
        let mut changes = format!("{added} {entries} added, {removed} removed");
        if narrowed > 0 {
            let _ = write!(changes, ", {narrowed} no longer about {judged}");
        }
        if left > 0 {
            let _ = write!(changes, ", {left} that pass left because they may be about others, too");
        }
        note(format_args!("{}: {changes}", self.path.display()));
        Ok(())
    }
}
