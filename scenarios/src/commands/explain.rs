//! `postfix-conformance explain`: prints a case, a clause, or what belongs to a name that `run` takes.

use std::path::PathBuf;

use clap::Args;
use postfix_process::suite_command::suite_command;

use crate::catalogue::case::Case;
use crate::catalogue::clause::Clause;
use crate::catalogue::contents::Catalogue;
use crate::catalogue::selection::select;
use crate::catalogue::testbed_name::TestbedName;
use crate::commands::error::CannotJudge;
use crate::commands::list;
use crate::commands::selection_options::{with_cases_at, with_clauses};
use crate::judge::result::CONFORMS;
use crate::report::replay_command::Replay;
use crate::report::terminal::{Stdout, StdoutError};
use crate::subject::manager::Manager;

/// What to explain.
#[derive(Debug, Args)]
pub struct ExplainOptions {
    /// A clause, a family of clauses, a case, or anything else that `run` takes: parts of names, sections, levels, case
    /// files and folders of them
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,

    /// Add the clauses of this file, for cases of your own
    #[arg(long, value_name = "FILE")]
    pub clauses: Vec<PathBuf>,
}

/// Explains. The result is the exit status.
pub(crate) fn run(
    out: &mut Stdout<'_>,
    catalogue: Catalogue,
    options: &ExplainOptions,
) -> Result<u8, CannotJudge> {
    let catalogue = with_cases_at(with_clauses(catalogue, &options.clauses)?, &options.names)?;
    for (number, name) in options.names.iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        explain(out, &catalogue, name, &options.clauses)?;
    }
    Ok(CONFORMS)
}

fn explain(
    out: &mut Stdout<'_>,
    catalogue: &Catalogue,
    name: &str,
    clause_files: &[PathBuf],
) -> Result<(), CannotJudge> {
    if let Some(clause) = catalogue.clause(name) {
        return Ok(explain_clause(out, catalogue, clause)?);
    }
    let family: Vec<&Clause> = catalogue.clauses().iter().filter(|clause| clause.is_meant_by(name)).collect();
    if let Some(first) = family.first() {
        for clause in &family {
            writeln!(out, "{:8} {:10}  {}", clause.id, clause.level, clause.claim)?;
        }
        return Ok(writeln!(out, "\nMore about one of them: {} explain {}", suite_command(), first.id)?);
    }
    match select(catalogue, &[name.to_owned()], &[])?.as_slice() {
        [case] => {
            let testbed = case.testbeds().next().unwrap_or_default();
            Ok(explain_case(out, catalogue, case, &replay(testbed).with_clauses(clause_files))?)
        }
        cases => {
            list::lines(out, catalogue, cases)?;
            let first = cases.first().map_or("", |case| case.name.as_str());
            Ok(writeln!(out, "\nMore about one of them: {} explain {first}", suite_command())?)
        }
    }
}

fn replay(testbed: TestbedName) -> Replay {
    Replay::new(testbed.name(), None, None, &Manager::own())
}

fn explain_clause(out: &mut Stdout<'_>, catalogue: &Catalogue, clause: &Clause) -> Result<(), StdoutError> {
    writeln!(out, "{}: {}\n", clause.id, clause.claim)?;
    writeln!(out, "level    {} ({})", clause.level, clause.level.authority())?;
    writeln!(out, "         {}", clause.level.consequence())?;
    writeln!(out, "about    {}", clause.needs)?;
    writeln!(out, "source   {}", clause.section)?;
    writeln!(out, "since    Postfix {}\n", clause.since)?;
    let cases: Vec<&Case> = catalogue.cases_of(clause).collect();
    if cases.is_empty() {
        return writeln!(out, "No case judges it.");
    }
    writeln!(out, "Judged by:")?;
    let width = cases.iter().map(|case| case.name.len()).max().unwrap_or(0);
    for case in cases {
        writeln!(out, "  {:width$}  {}", case.name, case.title)?;
    }
    Ok(())
}

fn explain_case(
    out: &mut Stdout<'_>,
    catalogue: &Catalogue,
    case: &Case,
    replay: &Replay,
) -> Result<(), StdoutError> {
    let level = catalogue.level(case);
    writeln!(out, "{}: {}\n", case.name, case.title)?;
    writeln!(out, "{}\n", case.prose)?;
    writeln!(out, "level    {level} ({})", level.authority())?;
    writeln!(out, "         {}", level.consequence())?;
    if let Some(restriction) = &case.restriction {
        let names: Vec<&str> = restriction.testbeds.iter().map(|testbed| testbed.name()).collect();
        writeln!(out, "testbeds {}: {}", names.join(", "), restriction.reason)?;
    }
    for clause in catalogue.clauses_of(case) {
        writeln!(out, "{:8} {}", clause.id, clause.claim)?;
    }
    writeln!(out, "\nIts file:\n")?;
    for line in case.text.lines() {
        writeln!(out, "{}", if line.is_empty() { String::new() } else { format!("    {line}") })?;
    }
    writeln!(out, "\nTo judge it: {}", replay.command(&case.name))
}
