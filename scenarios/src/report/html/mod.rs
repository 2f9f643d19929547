//! The report as one page that needs nothing else: a matrix of clauses by runs, each cell opening to the evidence.
//! Knows the order of the page's parts; what each looks like is in the files beside it.
//!
//! Everything is in the page before any script runs: without scripts a cell leads to its cases, with them it
//! opens in place.

mod evidence;
mod layout;
mod markup;
mod matrix;
mod overview;
mod standing;
mod timeline;

use std::collections::BTreeMap;
use std::io::{self, Write};

use markup::text;

use super::record::{CaseRecord, Document, ResultRecord, RunRecord};

/// The page, with a `{{name}}` where each part goes.
const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What a page is about, with all that must be looked up.
struct Subject<'a> {
    document: &'a Document,
    numbers: BTreeMap<&'a str, usize>,
    results: Vec<BTreeMap<&'a str, &'a ResultRecord>>,
}

impl<'a> Subject<'a> {
    fn new(document: &'a Document) -> Self {
        let of_run = |run: &'a RunRecord| {
            run.results.iter().map(|result| (result.case.as_str(), result)).collect::<BTreeMap<_, _>>()
        };
        Self {
            document,
            numbers: document
                .cases
                .iter()
                .enumerate()
                .map(|(number, case)| (case.name.as_str(), number))
                .collect(),
            results: document.runs.iter().map(of_run).collect(),
        }
    }

    /// The runs, by number.
    fn runs(&self) -> impl Iterator<Item = (usize, &'a RunRecord)> {
        self.document.runs.iter().enumerate()
    }

    /// What became of a case in a run.
    fn result(&self, run: usize, case: &CaseRecord) -> Option<&'a ResultRecord> {
        self.results.get(run)?.get(case.name.as_str()).copied()
    }

    /// The cases that judge a clause.
    fn cases_of(&self, clause: &'a str) -> impl Iterator<Item = &'a CaseRecord> {
        self.document.cases.iter().filter(move |case| case.clauses.iter().any(|id| id == clause))
    }

    /// A case's number, which its places on the page are called by.
    fn number(&self, case: &CaseRecord) -> usize {
        self.numbers.get(case.name.as_str()).copied().unwrap_or_default()
    }
}

/// Writes a report.
///
/// # Errors
/// When it cannot be written.
pub fn write(out: &mut dyn Write, document: &Document) -> io::Result<()> {
    let subject = Subject::new(document);
    let mut rest = TEMPLATE;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else { break };
        out.write_all(before.as_bytes())?;
        let part = match name {
            "style" => STYLE.to_owned(),
            "script" => SCRIPT.to_owned(),
            "title" => overview::title(&subject),
            "headline" => overview::headline(&subject),
            "runs" => overview::runs(&subject),
            "failures" => overview::failures(&subject),
            "matrix" => matrix::matrix(&subject),
            "unjudged" => matrix::unjudged(&subject),
            "cases" => evidence::cases(&subject),
            "suite" => text(&document.suite),
            // The template is ours, and a test knows all its names.
            _ => String::new(),
        };
        out.write_all(part.as_bytes())?;
        rest = after;
    }
    out.write_all(rest.as_bytes())?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::{SCRIPT, STYLE, TEMPLATE};

    #[test]
    fn every_part_has_its_place_once() {
        let names = [
            "style", "script", "title", "headline", "runs", "failures", "matrix", "unjudged", "cases",
            "suite",
        ];
        assert_eq!(TEMPLATE.matches("{{").count(), names.len());
        for name in names {
            assert_eq!(TEMPLATE.matches(&format!("{{{{{name}}}}}")).count(), 1, "{name}");
        }
    }

    #[test]
    fn the_page_asks_nobody_for_anything() {
        for part in [TEMPLATE, STYLE, SCRIPT] {
            for request in ["http:", "https:", "//cdn", "url(", "@import", "fetch(", "src=", "XMLHttp"] {
                assert!(!part.contains(request), "{request}");
            }
        }
    }
}
