//! `postfix-conformance coverage`: shows what tests each sentence of the manual pages.
//! For each sentence it shows the clauses, cases and faulty implementations that belong to it.

use std::collections::BTreeSet;

use clap::Args;

use crate::catalogue::clause::{Clause, Part};
use crate::catalogue::contents::Catalogue;
use crate::catalogue::specification::{self, Section};
use crate::commands::error::CannotJudge;
use crate::judge::result::{CONFORMS, FAILS};
use crate::report::terminal::{Colour, Look, Paint, Stdout, StdoutError};
use crate::subject::faulty::{self, Faulty};

/// How to show the map.
#[derive(Debug, Args)]
pub struct CoverageOptions {
    /// Name the cases and the faulty implementations of each clause, not only their number
    #[arg(long, short)]
    pub verbose: bool,

    /// When to use colours
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Colour,
}

/// What the map is drawn from.
struct Map<'a> {
    catalogue: &'a Catalogue,
    faulty: Vec<Faulty>,
    verbose: bool,
    paint: Paint,
}

/// Whether a faulty manager or fake must break a clause.
fn has_faulty(clause: &Clause) -> bool {
    clause.needs != Part::MultiTool
}

/// Prints the map. The result is the exit status: whether all that can be judged is judged.
pub(crate) fn run(
    out: &mut Stdout<'_>,
    catalogue: &Catalogue,
    options: &CoverageOptions,
) -> Result<u8, CannotJudge> {
    let sections = specification::sections(catalogue.clauses())?;
    let faulty = faulty::all()?;
    let map = Map { catalogue, faulty, verbose: options.verbose, paint: Paint::for_stdout(options.color) };
    for section in &sections {
        map.section(out, section)?;
    }
    map.elsewhere(out, &sections)?;
    Ok(map.summary(out, &sections)?)
}

impl Map<'_> {
    fn section(&self, out: &mut Stdout<'_>, section: &Section) -> Result<(), StdoutError> {
        writeln!(out, "{}", self.paint.look(Look::Bold, &section.title))?;
        for sentence in &section.sentences {
            writeln!(out, "  {}", sentence.says)?;
            if let Some(reason) = &sentence.nothing_to_judge {
                writeln!(
                    out,
                    "      {}",
                    self.paint.look(Look::Faint, format!("nothing to judge: {reason}"))
                )?;
            }
            for clause in sentence.clauses.iter().filter_map(|id| self.catalogue.clause(id)) {
                self.clause(out, clause)?;
            }
        }
        writeln!(out)
    }

    fn clause(&self, out: &mut Stdout<'_>, clause: &Clause) -> Result<(), StdoutError> {
        let cases: Vec<&str> = self.catalogue.cases_of(clause).map(|case| case.name.as_str()).collect();
        let broken_by: Vec<&str> = self
            .faulty
            .iter()
            .filter(|one| one.breaks.contains(&clause.id))
            .map(|one| one.name.as_str())
            .collect();
        let is_unbroken = broken_by.is_empty() && has_faulty(clause);
        let look = if cases.is_empty() || is_unbroken { Look::Red } else { Look::Green };
        let counts = format!("{:>3} cases {:>3} faulty", cases.len(), broken_by.len());
        writeln!(
            out,
            "      {:8}{:12}{}  {}",
            clause.id,
            clause.level.name(),
            self.paint.look(look, counts),
            clause.claim
        )?;
        if self.verbose {
            for case in cases {
                writeln!(out, "              shown by {case}")?;
            }
            for name in broken_by {
                writeln!(out, "              broken by {name}")?;
            }
        }
        Ok(())
    }

    /// Clauses that no sentence of the page has: what the shipped managers do, and what operators need.
    fn elsewhere(&self, out: &mut Stdout<'_>, sections: &[Section]) -> Result<(), StdoutError> {
        let said: BTreeSet<&String> = sections
            .iter()
            .flat_map(|section| &section.sentences)
            .flat_map(|sentence| &sentence.clauses)
            .collect();
        writeln!(out, "{}", self.paint.look(Look::Bold, "BEYOND THE MANUAL PAGES"))?;
        for clause in self.catalogue.clauses().iter().filter(|clause| !said.contains(&clause.id)) {
            self.clause(out, clause)?;
        }
        writeln!(out)
    }

    fn summary(&self, out: &mut Stdout<'_>, sections: &[Section]) -> Result<u8, StdoutError> {
        let sentences = || sections.iter().flat_map(|section| &section.sentences);
        let judged = sentences().filter(|sentence| !sentence.clauses.is_empty()).count();
        let clauses = self.catalogue.clauses();
        let with_case =
            clauses.iter().filter(|clause| self.catalogue.cases_of(clause).next().is_some()).count();
        let of_faulty = clauses.iter().filter(|clause| has_faulty(clause)).count();
        let can_fail = clauses
            .iter()
            .filter(|clause| has_faulty(clause))
            .filter(|clause| self.faulty.iter().any(|one| one.breaks.contains(&clause.id)))
            .count();
        let all = clauses.len();
        writeln!(
            out,
            "{} sentences: {judged} judged, {} with nothing to judge",
            sentences().count(),
            sentences().count() - judged
        )?;
        writeln!(
            out,
            "{all} clauses: {with_case} with a case; of {of_faulty} that are not about the multi-instance tool, \
             {can_fail} that something faulty breaks"
        )?;
        writeln!(out, "{} cases", self.catalogue.cases().len())?;
        let lacking = (all - with_case).max(of_faulty - can_fail);
        writeln!(out, "coverage {} %", (all - lacking) * 100 / all.max(1))?;
        Ok(if lacking == 0 { CONFORMS } else { FAILS })
    }
}
