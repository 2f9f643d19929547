//! Annotates a GitHub workflow: a command of the workflow for each case that fails the run, and one for the verdict.

use std::io::{self, Write};

use crate::judge::result::CaseResult;
use crate::report::completeness::{Gap, with_gaps};
use crate::report::formats::summary::{CURE, UNEXPECTED};
use crate::report::model::{CaseRecord, ResultRecord};
use crate::report::run_head::RunHead;
use crate::report::tally::Tally;

/// Annotates one case, if it fails the run or could not be judged.
///
/// # Errors
/// When it cannot be written.
pub fn write(
    out: &mut dyn Write,
    head: &RunHead,
    case: &CaseRecord,
    result: &ResultRecord,
    outcome: CaseResult,
) -> io::Result<()> {
    let what = match outcome {
        CaseResult::Failed | CaseResult::Broken => result.in_brief().to_owned(),
        CaseResult::UnexpectedPass => format!("{UNEXPECTED} ({}); {CURE}", result.in_brief()),
        CaseResult::NotCounted | CaseResult::ExpectedFailure | CaseResult::Passed | CaseResult::Skipped => {
            return Ok(());
        }
    };
    let title = format!("{} {} ({head})", case.name, outcome.words());
    let clauses = case.clauses.join(", ");
    let text = format!("{} [{clauses}]\n{what}\nagain: {}", case.title, head.replay(&case.name));
    command(out, "error", &title, &text)
}

/// Annotates the run.
///
/// # Errors
/// When it cannot be written.
pub fn verdict(out: &mut dyn Write, head: &RunHead, tally: &Tally, gaps: &[Gap]) -> io::Result<()> {
    let kind = if tally.status() == 0 && gaps.is_empty() { "notice" } else { "error" };
    command(out, kind, &head.to_string(), &with_gaps(gaps, &tally.verdict()))
}

fn command(out: &mut dyn Write, kind: &str, title: &str, text: &str) -> io::Result<()> {
    let title = escaped(title).replace(':', "%3A").replace(',', "%2C");
    writeln!(out, "::{kind} title={title}::{}", escaped(text))
}

/// A text as the value of such a command.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn nothing_in_a_text_ends_the_command() {
        let mut text = Vec::new();
        command(&mut text, "error", "a: b, 10%", "one\ntwo::three").unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), "::error title=a%3A b%2C 10%25::one%0Atwo::three\n");
    }
}
