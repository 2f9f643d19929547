//! Writes a report as JUnit's XML, for Jenkins, GitLab and others: a suite for each run, a test case for each case.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::catalogue::case_reader::is_path;
use crate::judge::result::CaseResult;
use crate::report::completeness::MayLack;
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

/// The name of the test case that fails if something is lacking.
const IS_COMPLETE: &str = "is-complete";

/// Writes a report that may lack this.
///
/// # Errors
/// When it cannot be written.
pub fn write(out: &mut dyn Write, document: &Document, may_lack: MayLack) -> io::Result<()> {
    let clauses = document.clauses.iter().map(|clause| (clause.id.clone(), clause.clone())).collect();
    let mut page =
        JUnitWriter { writer: XmlWriter::begin(&mut *out)?, document, clauses: &clauses, may_lack };
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
    may_lack: MayLack,
}

impl<W: Write> JUnitWriter<'_, W> {
    /// Of each test case of a run. Those that an interrupted run did not come to could not be judged.
    fn kinds(&self, run: &RunRecord) -> Vec<Kind> {
        let kind = |result: &ResultRecord| {
            let level = self.document.case(&result.case)?.level;
            Some(Kind::from(result.came(level, run.head.last_level())))
        };
        let unjudged = run.unjudged().into_iter().map(|_| Kind::Error);
        let lacking = self.lacking(run).map(|_| Kind::Error);
        run.results.iter().filter_map(kind).chain(unjudged).chain(lacking).collect()
    }

    /// What a run lacks and may not lack.
    fn lacking(&self, run: &RunRecord) -> Option<String> {
        let lacking = RunSummary::of(self.document, run).lacking(self.may_lack);
        (!lacking.is_empty()).then(|| lacking.join("; "))
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
        let is_interrupted = run.parts.iter().any(|part| part.interrupted.is_some());
        let why =
            if is_interrupted { "the run was interrupted" } else { "the run stopped after its failures" };
        for case in run.unjudged() {
            self.error(&testcase(&run.head, case, 0), &format!("not judged: {why}"))?;
        }
        if let Some(lacking) = self.lacking(run) {
            self.error(&named(&run.head, "", IS_COMPLETE, 0), &lacking)?;
        }
        self.writer.close("testsuite")
    }

    /// A test case that could not be judged.
    fn error(&mut self, element: &Element, message: &str) -> io::Result<()> {
        self.writer.open(element)?;
        let mut why = Element::new("error");
        why.attribute("message", message);
        self.writer.empty(&why)?;
        self.writer.close("testcase")
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

/// The test case of a case.
fn testcase(head: &RunHead, case: &str, took: u64) -> Element {
    let mut element = named(head, section(case), case, took);
    // A case that is not the suite's own goes by its path.
    let file = if is_path(case) { case.to_owned() } else { format!("cases/{case}.toml") };
    element.attribute("file", &file);
    element
}

/// A test case, with names that stay the same as long as the case and who is judged do.
fn named(head: &RunHead, section: &str, name: &str, took: u64) -> Element {
    let mut element = Element::new("testcase");
    // Readers take dots for levels, and show what is between them.
    let run = head.to_string().replace('.', "_");
    let class = if section.is_empty() { run } else { format!("{run}.{section}") };
    element.attribute("classname", &class);
    element.attribute("name", name);
    element.attribute("time", &seconds(took));
    element
}

/// Microseconds as seconds.
fn seconds(took: u64) -> String {
    format!("{}.{:06}", took / 1_000_000, took % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::{seconds, section};

    #[test]
    fn only_a_generated_case_is_in_the_section_of_those() {
        for (case, expected) in [
            ("manager/no-list", "manager"),
            ("mine/deep/a.toml", "mine"),
            ("./mine/a.toml", "mine"),
            ("./a.toml", ""),
            ("./seed-1-case-3.toml", "generated"),
        ] {
            assert_eq!(section(case), expected);
        }
    }

    #[test]
    fn a_second_is_a_million() {
        assert_eq!(seconds(1_000_001), "1.000001");
        assert_eq!(seconds(7), "0.000007");
    }
}
