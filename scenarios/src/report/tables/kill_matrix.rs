//! The kill matrix: for each faulty implementation, which cases failed, and how the references did by the same cases.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::catalogue::case::Case;
use crate::judge::verdict::Verdict;
use crate::report::terminal::{Look, Paint};
use crate::subject::faulty::Faulty;

/// A faulty implementation, and which cases it failed.
#[derive(Clone, Debug)]
pub struct Kill<'a> {
    /// Its name.
    pub name: String,
    /// What is wrong with it.
    pub defect: String,
    /// The clauses it claims to break, and how many of the cases that have each one first failed, of how many.
    pub clauses: Vec<(String, usize, usize)>,
    /// The cases of those clauses that failed.
    pub by: Vec<&'a Case>,
    /// Further clauses that cases failed at.
    pub also: Vec<String>,
    /// What the testbed could not do.
    pub broken: Vec<String>,
}

impl<'a> Kill<'a> {
    /// What these verdicts mean for a faulty implementation.
    pub fn of<'v>(faulty: &Faulty, verdicts: impl Iterator<Item = (&'a Case, &'v Verdict)>) -> Self {
        let mut kill = Self {
            name: faulty.name.clone(),
            defect: faulty.defect.clone(),
            clauses: faulty.breaks.iter().map(|id| (id.clone(), 0, 0)).collect(),
            by: Vec::new(),
            also: Vec::new(),
            broken: Vec::new(),
        };
        for (case, verdict) in verdicts {
            let Some(first) = case.clauses.first() else { continue };
            let failed = matches!(verdict, Verdict::Failed(_));
            if let Verdict::Broken(error) = verdict {
                kill.broken.push(format!("{}: {error}", case.name));
            }
            match kill.clauses.iter_mut().find(|(id, ..)| id == first) {
                Some((_, failures, all)) => {
                    *all += 1;
                    if failed {
                        *failures += 1;
                        kill.by.push(case);
                    }
                }
                None if failed && !kill.also.contains(first) => kill.also.push(first.clone()),
                None => {}
            }
        }
        kill
    }

    /// Whether a clause that it claims to break does not notice.
    pub fn survives(&self) -> bool {
        self.clauses.iter().any(|(_, failures, _)| *failures == 0) || !self.broken.is_empty()
    }
}

/// What a reference manager made of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReferenceResult {
    /// It holds.
    Held,
    /// It does not, as expected, and why.
    ExpectedFailure(String),
    /// It does not.
    Failed,
    /// It was not judged.
    Skipped,
}

impl ReferenceResult {
    /// Of a verdict, if a failure may be expected.
    pub fn of(verdict: &Verdict, expected: Option<&str>) -> Self {
        match (verdict, expected) {
            (Verdict::Passed, _) => Self::Held,
            (Verdict::Skipped(_), _) => Self::Skipped,
            (Verdict::Failed(_), Some(reason)) => Self::ExpectedFailure(reason.to_owned()),
            (Verdict::Failed(_) | Verdict::Broken(_), _) => Self::Failed,
        }
    }
}

/// A reference manager.
#[derive(Clone, Debug)]
pub struct Reference<'a> {
    /// Its name.
    pub name: &'static str,
    /// Why it was not judged.
    pub left_out: Option<String>,
    /// What it made of each case that killed something.
    pub results: Vec<(&'a Case, ReferenceResult)>,
}

impl Reference<'_> {
    /// Whether it fails and that is not expected.
    pub fn is_wrong(&self) -> bool {
        self.results.iter().any(|(_, result)| *result == ReferenceResult::Failed)
    }

    /// A mark for what it made of some cases: the worst of them.
    fn mark(&self, cases: &[&Case]) -> &'static str {
        let has = |wanted: fn(&ReferenceResult) -> bool| {
            self.results
                .iter()
                .any(|(case, result)| wanted(result) && cases.iter().any(|other| other.name == case.name))
        };
        if self.left_out.is_some() {
            "-"
        } else if has(|result| *result == ReferenceResult::Failed) {
            "FAIL"
        } else if has(|result| matches!(result, ReferenceResult::ExpectedFailure(_))) {
            "xfail"
        } else if has(|result| *result == ReferenceResult::Held) {
            "ok"
        } else {
            "-"
        }
    }
}

/// Lists faulty implementations.
///
/// # Errors
/// When it cannot be written.
pub fn list(out: &mut dyn Write, faulty: &[Faulty]) -> io::Result<()> {
    let width = faulty.iter().map(|faulty| faulty.name.len()).max().unwrap_or(0);
    for faulty in faulty {
        let breaks = faulty.breaks.join(",");
        writeln!(out, "{:width$}  {breaks:22}  {}", faulty.name, faulty.defect)?;
    }
    Ok(())
}

/// Prints the matrix, and what is wrong with it.
///
/// # Errors
/// When it cannot be written.
pub fn write(
    out: &mut dyn Write,
    kills: &[Kill<'_>],
    references: &[Reference<'_>],
    paint: Paint,
) -> io::Result<()> {
    let width = kills.iter().map(|kill| kill.name.len()).max().unwrap_or(6).max(6);
    let mut header = format!("{:width$}  {:8} {:>6}", "faulty", "breaks", "killed");
    for reference in references {
        let _ = write!(header, "  {:>w$}", reference.name, w = reference.name.len().max(5));
    }
    writeln!(out, "{}", paint.look(Look::Faint, header))?;
    for kill in kills {
        for (number, (clause, failures, all)) in kill.clauses.iter().enumerate() {
            let name = if number == 0 { kill.name.as_str() } else { "" };
            let score = format!("{failures}/{all}");
            let look = if *failures == 0 { Look::Red } else { Look::Green };
            write!(out, "{name:width$}  {clause:8} {}", paint.look(look, format!("{score:>6}")))?;
            let by: Vec<&Case> =
                kill.by.iter().copied().filter(|case| case.clauses.first() == Some(clause)).collect();
            for reference in references {
                let mark = reference.mark(&by);
                let text = format!("{mark:>w$}", w = reference.name.len().max(5));
                write!(out, "  {}", if mark == "FAIL" { paint.look(Look::Red, text) } else { text })?;
            }
            writeln!(out, "{}", if *failures == 0 { "  SURVIVES" } else { "" })?;
        }
        if !kill.also.is_empty() {
            writeln!(out, "{:width$}  also {}", "", kill.also.join(" "))?;
        }
    }
    writeln!(out)?;
    details(out, kills, references, paint)
}

fn details(
    out: &mut dyn Write,
    kills: &[Kill<'_>],
    references: &[Reference<'_>],
    paint: Paint,
) -> io::Result<()> {
    for kill in kills.iter().filter(|kill| kill.survives()) {
        for (clause, ..) in kill.clauses.iter().filter(|(_, failures, _)| *failures == 0) {
            let word = paint.look(Look::Red, "survives:");
            writeln!(out, "{word} {} ({}): no case of {clause} fails", kill.name, kill.defect)?;
        }
        for broken in &kill.broken {
            writeln!(out, "{} {}: {broken}", paint.look(Look::Red, "could not be judged:"), kill.name)?;
        }
    }
    let mut expected: Vec<String> = Vec::new();
    for reference in references {
        if let Some(why) = &reference.left_out {
            writeln!(out, "{} {}: {why}", paint.look(Look::Yellow, "left out:"), reference.name)?;
        }
        for (case, result) in &reference.results {
            match result {
                ReferenceResult::Failed => {
                    let word = paint.look(Look::Red, "failed:");
                    writeln!(out, "{word} {} fails {}, and that is not expected", reference.name, case.name)?;
                }
                ReferenceResult::ExpectedFailure(reason) => {
                    let text = format!("expected failure: {}: {reason}", reference.name);
                    if !expected.contains(&text) {
                        expected.push(text);
                    }
                }
                ReferenceResult::Held | ReferenceResult::Skipped => {}
            }
        }
    }
    for text in &expected {
        writeln!(out, "{text}")?;
    }
    let killed = kills.iter().filter(|kill| !kill.survives()).count();
    writeln!(out, "\n{killed} of {} faulty implementations killed at every clause they break", kills.len())
}

#[cfg(test)]
mod tests {
    use super::{Kill, Reference, ReferenceResult};
    use crate::catalogue::contents::Catalogue;
    use crate::judge::verdict::{Skip, Verdict};
    use crate::subject::faulty;

    #[test]
    fn one_that_no_case_notices_survives() {
        let catalogue = Catalogue::load().unwrap();
        let faulty = faulty::all().unwrap().into_iter().find(|faulty| faulty.name == "always-0").unwrap();
        let cases = catalogue.cases().iter().filter(|case| case.clauses[0] == "MGR-7");
        let kill = Kill::of(&faulty, cases.map(|case| (case, &Verdict::Passed)));
        assert!(kill.survives() && kill.by.is_empty());
        assert!(Kill::of(&faulty, std::iter::empty()).survives());
    }

    #[test]
    fn a_reference_manager_may_fail_only_as_expected() {
        let catalogue = Catalogue::load().unwrap();
        let reference = |result| Reference {
            name: "example",
            left_out: None,
            results: vec![(&catalogue.cases()[0], result)],
        };
        for result in [
            ReferenceResult::Held,
            ReferenceResult::Skipped,
            ReferenceResult::ExpectedFailure("so".to_owned()),
        ] {
            assert!(!reference(result).is_wrong());
        }
        assert!(reference(ReferenceResult::Failed).is_wrong());
        let skipped = Verdict::Skipped(Skip::Lacking("x".to_owned()));
        assert_eq!(ReferenceResult::of(&skipped, Some("so")), ReferenceResult::Skipped);
        assert_eq!(ReferenceResult::of(&Verdict::Passed, Some("so")), ReferenceResult::Held);
    }
}
