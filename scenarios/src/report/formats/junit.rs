//! Writes a report as JUnit's XML, for Jenkins, GitLab and others: a suite for each run, a test case for each case.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::judge::result::CaseResult;
use crate::report::formats::failure::{Claims, FailureReport};
use crate::report::formats::summary::{CURE, UNEXPECTED};
use crate::report::formats::text_diff::Rows;
use crate::report::formats::xml::{Element, XmlWriter};
use crate::report::model::{CaseRecord, ClauseRecord, Document, ResultRecord, RunRecord, section};
use crate::report::run_head::RunHead;
use crate::report::run_summary::RunSummary;
use crate::report::terminal::Paint;

/// What JUnit calls what became of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Success,
    Failure,
    Error,
    Skipped,
}

impl From<CaseResult> for Kind {
    /// A failure that does not count must not turn a pipeline red.
    fn from(outcome: CaseResult) -> Self {
        match outcome {
            CaseResult::Passed => Self::Success,
            CaseResult::Failed | CaseResult::UnexpectedPass => Self::Failure,
            CaseResult::NotCounted | CaseResult::ExpectedFailure | CaseResult::Skipped => Self::Skipped,
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
    /// Of each test case of a run. Those that an interrupted run did not come to could not be judged.
    fn kinds(&self, run: &RunRecord) -> Vec<Kind> {
        let kind = |result: &ResultRecord| {
            let level = self.document.case(&result.case)?.level;
            Some(Kind::from(result.came(level, run.head.last_level())))
        };
        let unjudged = run.unjudged().into_iter().map(|_| Kind::Error);
        run.results.iter().filter_map(kind).chain(unjudged).collect()
    }

    fn suite(&mut self, run: &RunRecord) -> io::Result<()> {
        let mut suite = Element::new("testsuite");
        suite.attribute("name", &run.head.to_string());
        counts(&mut suite, &self.kinds(run), run.took);
        suite.attribute("timestamp", &run.head.begun);
        self.writer.open(&suite)?;
        self.writer.open(&Element::new("properties"))?;
        let manager = run.head.told_manager().to_string();
        let summary = RunSummary::of(self.document, run);
        let (verdict, counts) = (summary.verdict(), summary.tally.total.to_string());
        for (name, value) in [
            ("verdict", verdict.as_str()),
            ("counts", &counts),
            ("level", run.head.last_level().name()),
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
        for case in run.unjudged() {
            self.writer.open(&testcase(&run.head, case, 0))?;
            let mut why = Element::new("error");
            why.attribute("message", "not judged: the run was interrupted");
            self.writer.empty(&why)?;
            self.writer.close("testcase")?;
        }
        self.writer.close("testsuite")
    }

    fn case(&mut self, head: &RunHead, case: &CaseRecord, result: &ResultRecord) -> io::Result<()> {
        let element = testcase(head, &case.name, result.took);
        let outcome = result.came(case.level, head.last_level());
        let kind = Kind::from(outcome);
        if kind == Kind::Success {
            return self.writer.empty(&element);
        }
        self.writer.open(&element)?;
        let message = match outcome {
            CaseResult::NotCounted => format!("failed, not counted ({}): {}", case.level, result.in_brief()),
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
        let report = self.report(head, case, result, outcome)?;
        if kind == Kind::Failure {
            why.attribute("type", &case.clauses.join(" "));
            self.writer.text(&why, &report)?;
        } else {
            self.writer.empty(&why)?;
            if outcome != CaseResult::Skipped {
                self.writer.text(&Element::new("system-out"), &report)?;
            }
        }
        self.writer.close("testcase")
    }

    fn report(
        &self,
        head: &RunHead,
        case: &CaseRecord,
        result: &ResultRecord,
        outcome: CaseResult,
    ) -> io::Result<String> {
        let mut text = Vec::new();
        if matches!(outcome, CaseResult::Failed | CaseResult::NotCounted | CaseResult::ExpectedFailure) {
            let (paint, claims) = (Paint::plain(), Claims::Here);
            FailureReport { clauses: self.clauses, head, paint, claims, rows: Rows::Whole }
                .write(&mut text, case, result)?;
        }
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

/// A test case, with names that stay the same as long as the case and who is judged do.
fn testcase(head: &RunHead, case: &str, took: u64) -> Element {
    let mut element = Element::new("testcase");
    // Readers take dots for levels, and show what is between them.
    let run = head.to_string().replace('.', "_");
    element.attribute("classname", &format!("{run}.{}", section(case)));
    element.attribute("name", case);
    element.attribute("file", &format!("cases/{case}.toml"));
    element.attribute("time", &seconds(took));
    element
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
