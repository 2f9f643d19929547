//! `postfix-conformance list`: prints the cases, for people or as JSON for programs.

use std::io::Write as _;

use clap::Args;
use postfix_fakes::version::Series;
use serde::Serialize;

use crate::catalogue::case::Case;
use crate::catalogue::clause::Level;
use crate::catalogue::contents::Catalogue;
use crate::catalogue::testbed_name::TestbedName;
use crate::commands::error::CannotJudge;
use crate::commands::selection_options::SelectionOptions;
use crate::judge::result::CONFORMS;
use crate::report::model::ClauseRecord;
use crate::report::terminal::{Stdout, StdoutError};

/// What to list.
#[derive(Debug, Args)]
pub struct ListOptions {
    /// Which cases
    #[command(flatten)]
    pub selection: SelectionOptions,

    /// Print JSON: all clauses, and the cases with their testbeds and clauses
    #[arg(long)]
    pub json: bool,

    /// Print the JSON Schema of this JSON, and no list
    #[arg(long, conflicts_with = "json")]
    pub schema: bool,
}

/// The JSON Schema of the list.
pub const SCHEMA: &str = include_str!("../../schema/list-1.json");

/// The version of the JSON. It gains members, and loses none. `schema/list-1.json` describes it.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct List<'a> {
    format: &'static str,
    version: u32,
    suite: &'static str,
    clauses: Vec<ClauseRecord>,
    cases: Vec<ListedCase<'a>>,
}

/// A case as programs see it.
#[derive(Serialize)]
struct ListedCase<'a> {
    name: &'a str,
    title: &'a str,
    level: Level,
    clauses: &'a [String],
    testbeds: Vec<TestbedName>,
    /// The first series of Postfix that can be judged by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
}

/// Prints the list. The result is the exit status.
pub(crate) fn run(
    out: &mut Stdout<'_>,
    catalogue: Catalogue,
    options: &ListOptions,
) -> Result<u8, CannotJudge> {
    if options.schema {
        out.write_all(SCHEMA.as_bytes()).and_then(|()| out.flush()).map_err(StdoutError)?;
        return Ok(CONFORMS);
    }
    let selected = options.selection.read(catalogue)?;
    let cases = options.selection.cases(&selected)?;
    if options.json {
        print_json(out, &selected.catalogue, &cases)?;
    } else {
        lines(out, &selected.catalogue, &cases)?;
    }
    Ok(CONFORMS)
}

/// Prints a line for each case: name, level, clauses, title.
pub(crate) fn lines(out: &mut Stdout<'_>, catalogue: &Catalogue, cases: &[&Case]) -> Result<(), StdoutError> {
    let name_width = cases.iter().map(|case| case.name.len()).max().unwrap_or(0);
    let clauses_width = cases.iter().map(|case| case.clauses.join(",").len()).max().unwrap_or(0);
    for case in cases {
        writeln!(
            out,
            "{:name_width$}  {:10}  {:clauses_width$}  {}",
            case.name,
            catalogue.level(case),
            case.clauses.join(","),
            case.title
        )?;
    }
    Ok(())
}

fn print_json(out: &mut Stdout<'_>, catalogue: &Catalogue, cases: &[&Case]) -> Result<(), CannotJudge> {
    let list = List {
        format: "postfix-conformance-list",
        version: VERSION,
        suite: env!("CARGO_PKG_VERSION"),
        clauses: catalogue.clauses().iter().map(ClauseRecord::from).collect(),
        cases: cases.iter().map(|case| listed_case(catalogue, case)).collect(),
    };
    let text = serde_json::to_string_pretty(&list).map_err(|error| StdoutError(error.into()))?;
    Ok(writeln!(out, "{text}")?)
}

fn listed_case<'a>(catalogue: &Catalogue, case: &'a Case) -> ListedCase<'a> {
    ListedCase {
        name: &case.name,
        title: &case.title,
        level: catalogue.level(case),
        clauses: &case.clauses,
        testbeds: case.testbeds().collect(),
        since: case.since.map(Series::name),
    }
}
