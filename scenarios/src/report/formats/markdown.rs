//! Writes a summary in Markdown: of each run the verdict, the counts, and what is not met.

use std::io::{self, Write};

use crate::judge::result::CaseResult;
use crate::report::model::{CaseRecord, Document, ResultRecord, RunRecord};
use crate::report::run_summary::{Conclusion, RunSummary};
use crate::report::tally::{ClauseTally, Standing};

/// Writes a report.
///
/// # Errors
/// When it cannot be written.
pub fn write(out: &mut dyn Write, document: &Document) -> io::Result<()> {
    writeln!(out, "## Conformance to postfix-wrapper(5)\n")?;
    let summaries = RunSummary::of_each(document);
    writeln!(out, "| run | result | passed | failed | not counted | expected | skipped | not judged |")?;
    writeln!(out, "|---|---|--:|--:|--:|--:|--:|--:|")?;
    for (run, summary) in document.runs.iter().zip(&summaries) {
        let counts = summary.tally.total;
        writeln!(
            out,
            "| {} | {} {} | {} | {} | {} | {} | {} | {} |",
            text(&run.head.to_string()),
            mark(summary.conclusion()),
            summary.conclusion().words(),
            counts.passed,
            counts.failed + counts.unexpected_passes,
            counts.not_counted,
            counts.expected_failures,
            counts.skipped,
            counts.broken + run.unjudged().len()
        )?;
    }
    for (run, summary) in document.runs.iter().zip(&summaries) {
        one_run(out, document, run, summary)?;
    }
    writeln!(out, "\nMade by postfix-conformance {}.", text(&document.suite))?;
    out.flush()
}

fn mark(conclusion: Conclusion) -> &'static str {
    match conclusion {
        Conclusion::Conforms => "\u{2705}",
        Conclusion::DoesNotConform | Conclusion::NotAsExpected => "\u{274c}",
        Conclusion::CannotTell => "\u{2754}",
    }
}

fn one_run(
    out: &mut dyn Write,
    document: &Document,
    run: &RunRecord,
    summary: &RunSummary,
) -> io::Result<()> {
    writeln!(out, "\n### {}\n\n**Verdict:** {}", text(&run.head.to_string()), text(&summary.verdict()))?;
    let clauses =
        |standing: Standing| summary.tally.clauses.iter().filter(move |clause| clause.standing() == standing);
    let bad: Vec<&ClauseTally> = clauses(Standing::Fails).chain(clauses(Standing::NotCounted)).collect();
    if !bad.is_empty() {
        writeln!(out, "\n| clause | level | failed | what must hold |\n|---|---|--:|---|")?;
    }
    for clause in bad {
        let counts = clause.decisive();
        let claim = document.clauses.iter().find(|record| record.id == clause.id);
        writeln!(
            out,
            "| {} | {}{} | {} of {} | {} |",
            clause.id,
            clause.level,
            if clause.standing() == Standing::Fails { "" } else { ", not counted" },
            counts.failed + counts.not_counted,
            counts.judged(),
            text(claim.map_or("", |record| &record.claim))
        )?;
    }
    for came in [
        CaseResult::Failed,
        CaseResult::UnexpectedPass,
        CaseResult::Broken,
        CaseResult::NotCounted,
        CaseResult::ExpectedFailure,
    ] {
        let cases: Vec<(&CaseRecord, &ResultRecord)> = run
            .results
            .iter()
            .filter_map(|result| Some((document.case(&result.case)?, result)))
            .filter(|(case, result)| result.came(case.level, summary.tally.last) == came)
            .collect();
        if cases.is_empty() {
            continue;
        }
        writeln!(out, "\n<details><summary>{} {}</summary>\n", cases.len(), came.words())?;
        for (case, result) in cases {
            // A reason is the words of a person; what was found is not.
            let why = match (came, &result.expected_failure) {
                (CaseResult::ExpectedFailure | CaseResult::UnexpectedPass, Some(reason)) => text(reason),
                _ => code(result.in_brief()),
            };
            writeln!(out, "- {} {}: {why}", code(&case.name), text(&case.title))?;
        }
        writeln!(out, "\n</details>")?;
    }
    Ok(())
}

/// A text in which nothing means anything to Markdown, on one line.
fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            letter if letter.is_control() => escaped.push(' '),
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '|' | '[' | ']' | '#' => escaped.extend(['\\', letter]),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// A text as code, on one line: nothing in it means anything, such as the name of a user.
fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let text = text.replace(char::is_control, " ");
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

#[cfg(test)]
mod tests {
    use super::{code, text};

    #[test]
    fn a_text_stays_text() {
        assert_eq!(text("a|b_c*\n<b>&"), r"a\|b\_c\* &lt;b>&amp;");
    }

    #[test]
    fn nothing_in_code_ends_it_or_means_anything() {
        for (given, expected) in [
            ("@root@/a *b*\n", "`@root@/a *b* `"),
            ("a `b``c", "```a `b``c```"),
            ("`a", "`` `a ``"),
            ("", ""),
        ] {
            assert_eq!(code(given), expected);
        }
    }
}
