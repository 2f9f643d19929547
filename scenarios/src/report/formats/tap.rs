//! Writes a report in the Test Anything Protocol, version 13 or 14, as the cases are judged.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write};

use crate::judge::result::CaseResult;
use crate::report::completeness::{MayLack, gaps};
use crate::report::event::{Event, Reporter, RunEnd};
use crate::report::formats::summary::{CURE, UNEXPECTED};
use crate::report::model::{CaseRecord, ClauseRecord, ResultRecord};
use crate::report::options::TapVersion;
use crate::report::run_head::RunHead;
use crate::report::run_summary::RunSummary;
use crate::report::tally::Tally;

/// The directive for what may fail: a word of the protocol, which our own sources must not hold.
const MAY_FAIL: &str = concat!("TO", "DO");

/// Writes TAP.
pub struct Tap<'a> {
    out: Box<dyn Write + 'a>,
    version: TapVersion,
    number: usize,
    runs: usize,
    clauses: Vec<ClauseRecord>,
    tally: Option<Tally>,
    told: BTreeSet<String>,
    may_lack: MayLack,
    /// What is wrong beside what became of the cases. A reader stops where this is told, so it is told at the end.
    lacking: Vec<String>,
}

impl<'a> Tap<'a> {
    /// Onto `out`.
    pub fn new(out: Box<dyn Write + 'a>, version: TapVersion) -> Self {
        let (clauses, told) = (Vec::new(), BTreeSet::new());
        let (may_lack, lacking) = (MayLack::default(), Vec::new());
        Self { out, version, number: 0, runs: 0, clauses, tally: None, told, may_lack, lacking }
    }

    /// What the run came to. A reader that does not know version 13 or 14 has its own counts.
    fn ended(&mut self, head: &RunHead, end: &RunEnd<'_>) -> io::Result<()> {
        let Some(tally) = self.tally.take() else { return Ok(()) };
        let summary = RunSummary { tally, gaps: gaps(end.parts, |case| self.told.contains(case)) };
        writeln!(self.out, "# {}", summary.tally.total)?;
        writeln!(self.out, "# verdict: {}", one_line(&summary.verdict()))?;
        let whose = if self.runs > 1 { format!("{head}: ") } else { String::new() };
        let lacking = summary.lacking(self.may_lack);
        self.lacking.extend(lacking.iter().map(|what| format!("{whose}{what}")));
        self.out.flush()
    }

    fn closed(&mut self) -> io::Result<()> {
        if !self.lacking.is_empty() {
            writeln!(self.out, "Bail out! {}", one_line(&self.lacking.join("; ")))?;
        }
        self.out.flush()
    }

    fn point(&mut self, head: &RunHead, case: &CaseRecord, result: &ResultRecord) -> io::Result<()> {
        self.number += 1;
        let mut description = format!("{}: {}", case.name, case.title);
        if self.runs > 1 {
            description = format!("{description} ({head})");
        }
        let outcome = result.came(case.level, head.last_level());
        let (word, directive) = match outcome {
            CaseResult::Passed => ("ok", String::new()),
            CaseResult::ExpectedFailure => {
                let reason = escaped(result.expected_failure.as_deref().unwrap_or_default());
                ("not ok", format!(" # {MAY_FAIL} expected failure: {reason}"))
            }
            CaseResult::Skipped => ("ok", format!(" # SKIP {}", one_line(result.in_brief()))),
            // What may fail without failing the whole is what this directive is for.
            CaseResult::NotCounted => ("not ok", format!(" # {MAY_FAIL} {}, not counted", case.level)),
            CaseResult::Failed | CaseResult::UnexpectedPass | CaseResult::Broken => ("not ok", String::new()),
        };
        writeln!(self.out, "{word} {} - {}{directive}", self.number, escaped(&description))?;
        if !matches!(outcome, CaseResult::Passed | CaseResult::Skipped) {
            self.diagnostic(head, case, result, outcome)?;
        }
        self.out.flush()
    }

    fn diagnostic(
        &mut self,
        head: &RunHead,
        case: &CaseRecord,
        result: &ResultRecord,
        outcome: CaseResult,
    ) -> io::Result<()> {
        let severity = if outcome == CaseResult::Broken { "error" } else { "fail" };
        let message = match outcome {
            CaseResult::UnexpectedPass => {
                format!("passes, and {UNEXPECTED} ({}); {CURE}", result.in_brief())
            }
            _ => result.in_brief().to_owned(),
        };
        writeln!(self.out, "  ---")?;
        writeln!(self.out, "  message: {}", quoted(&message))?;
        writeln!(self.out, "  severity: {severity}")?;
        writeln!(self.out, "  level: {}", case.level)?;
        self.list("  clauses", case.clauses.iter().map(String::as_str))?;
        writeln!(self.out, "  duration_ms: {}.{:03}", result.took / 1000, result.took % 1000)?;
        writeln!(self.out, "  again: {}", quoted(&head.replay(&case.name)))?;
        let failed: Vec<usize> = result.failed_steps().collect();
        if !failed.is_empty() {
            writeln!(self.out, "  steps:")?;
        }
        for number in failed {
            let (Some(step), Some(seen)) = (case.steps.get(number), result.seen.get(number)) else {
                continue;
            };
            writeln!(self.out, "    - step: {}", number + 1)?;
            writeln!(self.out, "      command: {}", quoted(&step.command()))?;
            self.list("      findings", seen.findings.iter().map(|finding| finding.text.as_str()))?;
            if let Some(runs) = &step.runs {
                let wanted: Vec<String> = runs.iter().map(ToString::to_string).collect();
                self.list("      wanted", wanted.iter().map(String::as_str))?;
            }
            let found: Vec<String> = seen.ran.iter().map(ToString::to_string).collect();
            self.list("      found", found.iter().map(String::as_str))?;
            writeln!(self.out, "      ended: {}", quoted(&seen.ended.to_string()))?;
            for (name, excerpt) in [("      stderr", &seen.stderr), ("      stdout", &seen.stdout)] {
                let text = excerpt.to_string();
                self.list(name, text.lines())?;
            }
        }
        writeln!(self.out, "  ...")
    }

    /// A list in the flow style, which needs no care about what is in it.
    fn list<'b>(&mut self, name: &str, words: impl Iterator<Item = &'b str>) -> io::Result<()> {
        let words: Vec<String> = words.map(quoted).collect();
        writeln!(self.out, "{name}: [{}]", words.join(", "))
    }
}

impl Reporter for Tap<'_> {
    fn hear(&mut self, event: &Event<'_>) -> io::Result<()> {
        match event {
            Event::Opened(opening) => {
                self.runs = opening.runs;
                self.clauses = opening.clauses.to_vec();
                self.may_lack = opening.may_lack;
                writeln!(self.out, "TAP version {}\n1..{}", self.version.number(), opening.results)
            }
            Event::RunBegun(head, _) => {
                self.tally = Some(Tally::of_clauses(&self.clauses, head.last_level()));
                self.told.clear();
                writeln!(self.out, "# {}", one_line(&format!("{head}: {}", head.told_manager())))
            }
            Event::Judged(head, case, result) => {
                if let Some(tally) = &mut self.tally {
                    tally.hear(case, result);
                }
                self.told.insert(case.name.clone());
                self.point(head, case, result)
            }
            Event::RunEnded(head, end) => self.ended(head, end),
            Event::Closed => self.closed(),
        }
    }
}

/// A text as a description: one line in which `#` begins no directive.
fn escaped(text: &str) -> String {
    one_line(text).replace('\\', r"\\").replace('#', r"\#")
}

fn one_line(text: &str) -> String {
    text.replace(|letter: char| letter.is_control(), " ")
}

/// A text between double quotes, as YAML takes it.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str(r"\n"),
            '\t' => quoted.push_str(r"\t"),
            // Others would break the line, or may not be in YAML at all.
            letter if letter.is_control() || ('\u{2028}'..='\u{2029}').contains(&letter) => {
                // Writing to a text cannot fail.
                let _ = write!(quoted, "\\u{:04x}", u32::from(letter));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::{escaped, quoted};

    #[test]
    fn nothing_in_a_text_can_be_taken_for_tap_or_yaml() {
        assert_eq!(escaped("a # SKIP\nb\\"), r"a \# SKIP b\\");
        assert_eq!(quoted("a \"b\"\\\n\u{7f}\u{1b}"), "\"a \\\"b\\\"\\\\\\n\\u007f\\u001b\"");
    }
}
