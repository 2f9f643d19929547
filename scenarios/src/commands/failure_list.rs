//! The options by which a run writes what failed as a file of expected failures.

use std::fs;
use std::io;
use std::path::PathBuf;

use clap::Args;

use crate::catalogue::contents::Catalogue;
use crate::commands::error::CannotJudge;
use crate::judge::expected_failures::update::{Came, Updated, updated};
use crate::judge::expected_failures::{ExpectedFailures, Judged};
use crate::report::formats::outputs::put;
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
pub(crate) struct FailureList {
    path: PathBuf,
    /// What is there.
    old: Option<String>,
    reason: String,
}

impl FailureListOptions {
    /// The list that is asked for, before anything is judged.
    pub(crate) fn list(&self) -> Result<Option<FailureList>, CannotJudge> {
        let (Some(path), Some(reason)) = (&self.write_expected_failures, &self.reason) else {
            return Ok(None);
        };
        if reason.trim().is_empty() {
            return Err(CannotJudge::NoReason);
        }
        let old = match fs::read_to_string(path) {
            Ok(_) if !self.update => return Err(CannotJudge::ListExists(path.clone())),
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(CannotJudge::List(path.clone(), error)),
        };
        Ok(Some(FailureList { path: path.clone(), old, reason: reason.clone() }))
    }
}

impl FailureList {
    /// The failures that are expected already.
    pub(crate) fn expected(&self, catalogue: &Catalogue) -> Result<ExpectedFailures, CannotJudge> {
        let text = self.old.as_deref().unwrap_or_default();
        Ok(ExpectedFailures::parse(&self.path, text, catalogue)?)
    }

    /// Writes the list after a run, and says what changed.
    pub(crate) fn write(
        &self,
        catalogue: &Catalogue,
        judged: Judged<'_>,
        came: &Came,
    ) -> Result<(), CannotJudge> {
        let new = updated(&self.path, self.old.as_deref(), catalogue, judged, came, &self.reason)?;
        put(&self.path, |out| out.write_all(new.text.as_bytes()))
            .map_err(|error| CannotJudge::List(self.path.clone(), error))?;
        let Updated { added, removed, narrowed, .. } = new;
        let narrowed =
            if narrowed > 0 { format!(", {narrowed} no longer about {judged}") } else { String::new() };
        note(format_args!("{}: {added} entries added, {removed} removed{narrowed}", self.path.display()));
        Ok(())
    }
}
