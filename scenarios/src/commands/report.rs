//! `postfix-conformance report`: reads reports, merges them and writes the result in any format.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use crate::judge::result::{CANNOT_JUDGE, CONFORMS};
use crate::report::completeness::{MayLack, judged_other_programs, may_contradict};
use crate::report::event::Reporter;
use crate::report::formats::json::{self, ReadError};
use crate::report::formats::outputs::{CannotWrite, Reports};
use crate::report::merge::{Disagreement, merge};
use crate::report::model::Document;
use crate::report::options::ReportOptions;
use crate::report::run_summary::RunSummary;
use crate::report::terminal::{Stdout, StdoutError, note};

/// What reports to tell again.
#[derive(Debug, Args)]
pub struct ReportCommand {
    /// Reports that `run --json FILE` has written: shards of one run, other managers, testbeds, versions
    #[arg(value_name = "FILE", required_unless_present = "schema")]
    pub files: Vec<PathBuf>,

    /// Print the JSON Schema of such a report instead
    #[arg(long, conflicts_with = "files")]
    pub schema: bool,

    /// Accept that shares are missing or that a run was interrupted: the exit status is that of what was judged
    #[arg(long)]
    pub partial: bool,

    /// How to report
    #[command(flatten)]
    pub report: ReportOptions,
}

/// Why nothing is told.
#[derive(Debug, thiserror::Error)]
pub enum CannotTell {
    /// An input.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Inputs that do not go together.
    #[error(transparent)]
    Disagreement(#[from] Box<Disagreement>),
    /// An output.
    #[error(transparent)]
    Write(#[from] CannotWrite),
    /// Standard output.
    #[error(transparent)]
    Output(#[from] StdoutError),
}

/// Does what the command line says; the result is the exit status.
///
/// # Errors
/// When a report cannot be read, two disagree, or the result cannot be written.
pub fn tell(out: &mut Stdout<'_>, command: &ReportCommand) -> Result<u8, CannotTell> {
    if command.schema {
        out.write_all(json::SCHEMA.as_bytes()).and_then(|()| out.flush()).map_err(StdoutError)?;
        return Ok(CONFORMS);
    }
    let mut documents = Vec::with_capacity(command.files.len());
    for path in &command.files {
        documents.push((path.clone(), json::read(path)?));
    }
    let document = merge(documents)?;
    let mut reports = Reports::open(out, &command.report)?;
    let may_lack = if command.partial { MayLack::Anything } else { MayLack::Nothing };
    document.tell(&mut reports as &mut dyn Reporter, may_lack).map_err(StdoutError)?;
    reports.close()?;
    Ok(status(&document, command.partial))
}

/// The exit status that all runs of a report come to: the worst. What is missing is named.
fn status(document: &Document, partial: bool) -> u8 {
    let of_run = document.runs.iter().map(|run| {
        let summary = RunSummary::of(document, run);
        if let Some(why) = summary.tally.silence() {
            // The exit status says it, too.
            note(format_args!("{}: {why}", run.head));
        }
        if may_contradict(&run.parts) {
            let what = "a report does not say which cases all shares together are, as an older suite wrote it; whether \
                        all are shares of the same cases cannot be told";
            note(format_args!("{}: {what}", run.head));
        }
        if judged_other_programs(&run.parts) {
            let what = "the reports are of different files of that name; if they are not built of the same source, \
                        judge all shares again with one of them";
            note(format_args!("{}: {what}", run.head));
        }
        for gap in summary.gaps.iter().filter(|gap| !gap.is_by_choice()) {
            note(format_args!("{}: {gap}; give the reports that have it, or --partial", run.head));
        }
        if partial { summary.status_of_what_was_judged() } else { summary.status() }
    });
    of_run.max().unwrap_or(CANNOT_JUDGE)
}
