//! `postfix-conformance list` and `explain`: prints the list of cases, and one case or clause in full.

use std::io::{self, Write};

use crate::catalogue::case::Case;
use crate::catalogue::clause::Clause;
use crate::catalogue::contents::Catalogue;
use crate::report::replay_command::Replay;

/// Lists cases: name, level, clauses, title.
///
/// # Errors
/// When it cannot be written.
pub fn list(out: &mut dyn Write, catalogue: &Catalogue, cases: &[&Case]) -> io::Result<()> {
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

/// Explains the case or clause of this name. Tells whether there is one.
///
/// # Errors
/// When it cannot be written.
pub fn explain(out: &mut dyn Write, catalogue: &Catalogue, name: &str, replay: &Replay) -> io::Result<bool> {
    if let Some(clause) = catalogue.clause(name) {
        explain_clause(out, catalogue, clause)?;
    } else if let Some(case) = catalogue.cases().iter().find(|case| case.name == name) {
        explain_case(out, catalogue, case, replay)?;
    } else {
        return Ok(false);
    }
    Ok(true)
}

fn explain_clause(out: &mut dyn Write, catalogue: &Catalogue, clause: &Clause) -> io::Result<()> {
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

fn explain_case(out: &mut dyn Write, catalogue: &Catalogue, case: &Case, replay: &Replay) -> io::Result<()> {
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
