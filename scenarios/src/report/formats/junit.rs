//! Writes a report as JUnit's XML, for Jenkins, GitLab and others: a suite for each run, a test case for each case.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::judge::result::CaseResult;
use crate::report::formats::failure::FailureReport;
use crate::report::formats::summary::{CURE, UNEXPECTED};
use crate::report::formats::xml::{Element, XmlWriter};
use crate::report::model::{CaseRecord, ClauseRecord, Document, ResultRecord, RunRecord};
use crate::report::run_head::RunHead;
use crate::report::terminal::Paint;

/// What JUnit calls what became of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Success,
    Failure,
    Error,
    Skipped,
}

impl Kind {
    /// A failure that does not count must not turn a pipeline red.
    fn of(head: &RunHead, case: &CaseRecord, result: &ResultRecord) -> Self {
        match result.came() {
            CaseResult::Passed => Self::Success,
            CaseResult::Failed if head.robust_failures.fail(case.level) => Self::Failure,
            CaseResult::UnexpectedPass => Self::Failure,
            CaseResult::Failed | CaseResult::ExpectedFailure | CaseResult::Skipped => Self::Skipped,
            CaseResult::Broken => Self::Error,
        }
    }
}

/// Writes a report.
///
/// # Errors
/// When it cannot be written.
pub fn write(out: &mut dyn Write, document: &Document) -> io::Result<()> {
    let clauses = document.clauses.iter().map(|clause| (clause.id.clone(), clause.clone())).collect();
    let mut page = JUnitWriter { writer: XmlWriter::begin(&mut *out)?, document, clauses: &clauses };
    let mut root = Element::new("testsuites");
    root.attribute("name", "postfix-conformance");
    let all: Vec<Kind> = document.runs.iter().flat_map(|run| page.kinds(run)).collect();
    counts(&mut root, &all, document.runs.iter().map(|run| run.took).sum());
    page.writer.open(&root)?;
    for run in &document.runs {
        page.suite(run)?;
    }
    page.writer.close("testsuites")?;
    writeln!(out)?;
    out.flush()
}

fn counts(element: &mut Element, kinds: &[Kind], took: u64) {
    let count = |wanted: Kind| kinds.iter().filter(|kind| **kind == wanted).count().to_string();
    element.attribute("tests", &kinds.len().to_string());
    element.attribute("failures", &count(Kind::Failure));
    element.attribute("errors", &count(Kind::Error));
    element.attribute("skipped", &count(Kind::Skipped));
    element.attribute("time", &seconds(took));
}

struct JUnitWriter<'a, W: Write> {
    writer: XmlWriter<W>,
    document: &'a Document,
    clauses: &'a BTreeMap<String, ClauseRecord>,
}

impl<W: Write> JUnitWriter<'_, W> {
    fn kinds(&self, run: &RunRecord) -> Vec<Kind> {
        let kind =
            |result: &ResultRecord| Some(Kind::of(&run.head, self.document.case(&result.case)?, result));
        run.results.iter().filter_map(kind).collect()
    }

    fn suite(&mut self, run: &RunRecord) -> io::Result<()> {
        let mut suite = Element::new("testsuite");
        suite.attribute("name", &run.head.to_string());
        counts(&mut suite, &self.kinds(run), run.took);
        suite.attribute("timestamp", &run.head.begun);
        self.writer.open(&suite)?;
        self.writer.open(&Element::new("properties"))?;
        let manager = run.head.manager.to_string();
        for (name, value) in [
            ("manager", manager.as_str()),
            ("testbed", &run.head.testbed),
            ("postfix_version", &run.head.postfix_version),
        ] {
            let mut property = Element::new("property");
            property.attribute("name", name);
            property.attribute("value", value);
            self.writer.empty(&property)?;
        }
        self.writer.close("properties")?;
        for result in &run.results {
            if let Some(case) = self.document.case(&result.case) {
                self.case(&run.head, case, result)?;
            }
        }
        self.writer.close("testsuite")
    }

    fn case(&mut self, head: &RunHead, case: &CaseRecord, result: &ResultRecord) -> io::Result<()> {
        let mut element = Element::new("testcase");
        // Readers take dots for levels, and show what is between them.
        let run = head.to_string().replace('.', "_");
        element.attribute("classname", &format!("{run}.{}", case.section()));
        element.attribute("name", &format!("{}: {}", case.name, case.title));
        element.attribute("file", &format!("cases/{}.toml", case.name));
        element.attribute("time", &seconds(result.took));
        let kind = Kind::of(head, case, result);
        if kind == Kind::Success {
            return self.writer.empty(&element);
        }
        self.writer.open(&element)?;
        let does_not_count = kind == Kind::Skipped && result.came() != CaseResult::Skipped;
        let message = match result.came() {
            CaseResult::Failed if does_not_count => {
                format!("fails, and does not count ({}): {}", case.level, result.in_brief())
            }
            CaseResult::ExpectedFailure => {
                format!("expected failure: {}", result.expected_failure.as_deref().unwrap_or_default())
            }
            CaseResult::UnexpectedPass => {
                format!("passes, and {UNEXPECTED} ({}); {CURE}", result.in_brief())
            }
            _ => result.in_brief().to_owned(),
        };
        let name = match kind {
            Kind::Failure => "failure",
            Kind::Error => "error",
            Kind::Skipped | Kind::Success => "skipped",
        };
        let mut why = Element::new(name);
        why.attribute("message", &message);
        let report = self.report(head, case, result)?;
        if kind == Kind::Failure {
            why.attribute("type", &case.clauses.join(" "));
            self.writer.text(&why, &report)?;
        } else {
            self.writer.empty(&why)?;
            if does_not_count {
                self.writer.text(&Element::new("system-out"), &report)?;
            }
        }
        self.writer.close("testcase")
    }

    fn report(&self, head: &RunHead, case: &CaseRecord, result: &ResultRecord) -> io::Result<String> {
        let mut text = Vec::new();
        if matches!(result.came(), CaseResult::Failed | CaseResult::ExpectedFailure) {
            let paint = Paint::plain();
            FailureReport { clauses: self.clauses, head, paint }.write(&mut text, case, result)?;
        }
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

/// Microseconds as seconds.
fn seconds(took: u64) -> String {
    format!("{}.{:06}", took / 1_000_000, took % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn a_second_is_a_million() {
        assert_eq!(seconds(1_000_001), "1.000001");
        assert_eq!(seconds(7), "0.000007");
    }
}
