//! The evidence part of the page: each case, its layout, and each step of each run.

use std::fmt::Write as _;

use postfix_harness::invocation::Action;
use similar::{ChangeTag, TextDiff};

use crate::judge::observation::{FindingKind, StepObservation};
use crate::judge::truncated_bytes::Excerpt;
use crate::report::formats::html::layout::setting;
use crate::report::formats::html::markup::{span, text};
use crate::report::formats::html::page::Page;
use crate::report::formats::html::standing::Standing;
use crate::report::formats::html::timeline::timeline;
use crate::report::formats::text_diff::lines;
use crate::report::model::{CaseRecord, ResultRecord, StepRecord};
use crate::report::run_head::RunHead;

/// All cases, by section.
pub(super) fn cases(page: &Page<'_>) -> String {
    let mut out = String::new();
    let mut section = None;
    for case in &page.document.cases {
        if section != Some(case.section()) {
            section = Some(case.section());
            let _ = write!(out, "<h3>{}</h3>", text(case.section()));
        }
        one_case(&mut out, page, case);
    }
    out
}

fn one_case(out: &mut String, page: &Page<'_>, case: &CaseRecord) {
    let number = page.number(case);
    let standings = page
        .runs()
        .filter_map(|(run, record)| Some((record, page.result(run, case)?)))
        .map(|(record, result)| Standing::of_case(&record.head, case, Some(result)));
    let worst = standings.max().unwrap_or(Standing::NotJudged);
    let clauses: Vec<String> =
        case.clauses.iter().map(|id| format!("<a href=\"#p-{0}\">{0}</a>", text(id))).collect();
    let _ = write!(
        out,
        "<details class=\"case\" id=\"c-{number}\"><summary>{}<span class=\"sr\">{}: </span>{} \
         <code class=\"quiet\">{}</code></summary><div class=\"setting\"><p class=\"quiet\">Judges {}.</p>{}</div>",
        worst.mark(),
        worst.word_of_case(),
        text(&case.title),
        text(&case.name),
        clauses.join(", "),
        setting(case)
    );
    for (run, record) in page.runs() {
        if let Some(result) = page.result(run, case) {
            let standing = Standing::of_case(&record.head, case, Some(result));
            let _ = write!(
                out,
                "<section class=\"evidence\" id=\"e-{number}-{run}\"><h4>{}{} <span class=\"quiet\">{}, {}</span></h4>",
                standing.mark(),
                text(&record.head.to_string()),
                standing.word_of_case(),
                span(result.took)
            );
            in_one_run(out, &record.head, case, result);
            out.push_str("</section>");
        }
    }
    out.push_str("</details>");
}

fn in_one_run(out: &mut String, head: &RunHead, case: &CaseRecord, result: &ResultRecord) {
    if let Some(reason) = &result.reason {
        let _ = write!(out, "<p class=\"reason\">{}</p>", text(reason));
    }
    if let Some(expected) = &result.expected_failure {
        let _ = write!(out, "<p class=\"reason\">Expected to fail: {}</p>", text(expected));
    }
    let many = case.steps.len() > 1;
    for (number, (step, seen)) in case.steps.iter().zip(&result.seen).enumerate() {
        let which = if many { format!("Step {}: ", number + 1) } else { String::new() };
        let _ = write!(
            out,
            "<div class=\"step\"><p class=\"command\">{which}<kbd>{}</kbd></p>",
            text(&step.command())
        );
        one_step(out, step, seen);
        out.push_str("</div>");
    }
    if result.seen.len() < case.steps.len() && !result.seen.is_empty() {
        let left = case.steps.len() - result.seen.len();
        let _ =
            write!(out, "<p class=\"quiet\">What follows was not run: {left} of {}.</p>", case.steps.len());
    }
    if let Some(world) = &result.world {
        let _ =
            write!(out, "<p>Its world, <code>@root@</code>, was left at <code>{}</code>.</p>", text(world));
    }
    let _ = write!(out, "<p class=\"again\">Again: <kbd>{}</kbd></p>", text(&head.replay(&case.name)));
}

fn one_step(out: &mut String, step: &StepRecord, seen: &StepObservation) {
    for instance in &step.rewrite {
        let _ = write!(
            out,
            "<p class=\"quiet\">Before it, main.cf of {} is written anew.</p>",
            text(&instance.name)
        );
    }
    for action in &step.actions {
        let _ = write!(out, "<p class=\"quiet\">{}</p>", action_in_words(action));
    }
    let wrong = seen.findings.iter().any(|finding| finding.kind == FindingKind::Status);
    let (standing, how) =
        if wrong { (Standing::Fails, "not as expected") } else { (Standing::Holds, "as expected") };
    let expected = if wrong { format!(" Expected: {}.", step.status) } else { String::new() };
    let _ = write!(
        out,
        "<p>{}<span class=\"sr\">{how}: </span>{}.{}</p>",
        standing.mark(),
        text(&sentence(&seen.ended.to_string())),
        text(&expected)
    );
    let others = seen.findings.iter().filter(|finding| finding.kind != FindingKind::Status);
    for finding in others {
        let _ = write!(
            out,
            "<p>{}<span class=\"sr\">not as expected: </span>{}.</p>",
            Standing::Fails.mark(),
            text(&sentence(&finding.text))
        );
    }
    runs(out, step, seen);
    timeline(out, seen);
    stream(out, "Standard error", &seen.stderr);
    stream(out, "Standard output", &seen.stdout);
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn action_in_words(action: &Action) -> String {
    let mut words = format!("When gate <code>{}</code> is reached", text(&action.gate));
    if let Some(signal) = action.signal {
        let whom = if action.to_group { "its process group" } else { "the command" };
        let _ = write!(words, ", {whom} gets {signal}");
    }
    if action.release {
        words.push_str(", the gate is opened");
    }
    words + "."
}

/// The postfix-scripts that ran, beside those that should have.
fn runs(out: &mut String, step: &StepRecord, seen: &StepObservation) {
    let ran = lines(&seen.ran);
    let expected = step.runs.as_deref().map(lines);
    let how = match &expected {
        None => "not judged",
        Some(expected) if *expected == ran => "as expected",
        Some(_) => "expected and seen",
    };
    let _ = write!(
        out,
        "<p class=\"label\">postfix-scripts that ran, {how}</p><pre class=\"diff\" tabindex=\"0\">"
    );
    let difference = TextDiff::from_lines(expected.as_deref().unwrap_or(&ran), &ran);
    let mut any = false;
    for change in difference.iter_all_changes() {
        any = true;
        let line = text(change.value().trim_end_matches('\n'));
        let _ = match change.tag() {
            ChangeTag::Equal => writeln!(out, "  {line}"),
            ChangeTag::Delete => write!(out, "<del>- {line}<span class=\"sr\"> (missing)</span></del>"),
            ChangeTag::Insert => {
                write!(out, "<ins>+ {line}<span class=\"sr\"> (not expected)</span></ins>")
            }
        };
    }
    out.push_str(if any { "</pre>" } else { "  (none)</pre>" });
}

fn stream(out: &mut String, name: &str, excerpt: &Excerpt) {
    if excerpt.is_empty() {
        return;
    }
    let lines = excerpt.bytes().to_string().lines().count();
    let count = if lines == 1 { "1 line".to_owned() } else { format!("{lines} lines") };
    let _ = write!(
        out,
        "<details class=\"stream\"><summary>{name}, {count}</summary><pre tabindex=\"0\">{}</pre>",
        text(&excerpt.bytes().to_string())
    );
    if excerpt.left_out() > 0 {
        let _ =
            write!(out, "<p class=\"quiet\">{} bytes more are not in this report.</p>", excerpt.left_out());
    }
    out.push_str("</details>");
}
