//! The evidence part of the page: each case, its layout, and each step of each run.

use std::fmt::Write as _;

use similar::{ChangeTag, TextDiff};

use crate::judge::observation::{FindingKind, StepObservation};
use crate::judge::truncated_bytes::Excerpt;
use crate::report::formats::html::layout::{SettingDetail, setting};
use crate::report::formats::html::markup::{sentence, span, text};
use crate::report::formats::html::page::Page;
use crate::report::formats::html::timeline::timeline;
use crate::report::formats::layout_words::action_in_words;
use crate::report::formats::text_diff::lines;
use crate::report::model::{CaseRecord, ResultRecord, StepRecord};
use crate::report::tally::Standing;

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
    let detail = if page.has_many_runs() { SettingDetail::Prose } else { SettingDetail::Full };
    let standings = page
        .runs()
        .filter_map(|(run, _)| page.result(run, case).map(|_| run))
        .map(|run| page.case(run, case));
    let worst = standings.max().unwrap_or(Standing::NotJudged);
    let clauses: Vec<String> =
        case.clauses.iter().map(|id| format!("<a href=\"#p-{0}\">{0}</a>", text(id))).collect();
    let _ = write!(
        out,
        "<details class=\"case\" id=\"c-{number}\" data-level=\"{}\"><summary>{}<span class=\"sr\">{}: </span>{} \
         <code class=\"quiet\">{}</code></summary><div class=\"setting\"><p class=\"quiet\">Judges {}.</p>{}</div>",
        case.level,
        worst.mark(),
        worst.word_of_case(),
        text(&case.title),
        text(&case.name),
        clauses.join(", "),
        setting(case, detail)
    );
    for group in groups(page, case) {
        group_of_runs(out, page, case, &group);
    }
    out.push_str("</details>");
}

/// The runs in which a case came to the same, times aside; the first of each group stands for it. In a page of many runs,
/// all that passed is one group.
fn groups(page: &Page<'_>, case: &CaseRecord) -> Vec<Vec<usize>> {
    let mut groups: Vec<(Vec<usize>, Standing, String)> = Vec::new();
    for (run, _) in page.runs() {
        let Some(result) = page.result(run, case) else { continue };
        let standing = page.case(run, case);
        let mut body = String::new();
        if !(standing == Standing::Holds && page.has_many_runs()) {
            in_one_run(&mut body, case, result, Timelines::LeftOut);
        }
        match groups.iter_mut().find(|(_, known, same)| *known == standing && *same == body) {
            Some((runs, ..)) => runs.push(run),
            None => groups.push((vec![run], standing, body)),
        }
    }
    groups.into_iter().map(|(runs, ..)| runs).collect()
}

fn group_of_runs(out: &mut String, page: &Page<'_>, case: &CaseRecord, runs: &[usize]) {
    let Some((first, others)) = runs.split_first() else { return };
    let Some((record, result)) = page.document.runs.get(*first).zip(page.result(*first, case)) else {
        return;
    };
    let (number, standing) = (page.number(case), page.case(*first, case));
    let _ = write!(out, "<section class=\"evidence\" id=\"e-{number}-{first}\">");
    for other in others {
        let _ = write!(out, "<i id=\"e-{number}-{other}\"></i>");
    }
    let took = if others.is_empty() { format!(", {}", span(result.took)) } else { String::new() };
    let _ = write!(
        out,
        "<h4>{}{} <span class=\"quiet\">{}{took}</span></h4>",
        standing.mark(),
        text(&names(page, runs)),
        standing.word_of_case()
    );
    match (page.has_many_runs(), standing) {
        (true, Standing::Holds) => return out.push_str("</section>"),
        (true, _) => in_one_run(out, case, result, Timelines::LeftOut),
        (false, _) => in_one_run(out, case, result, Timelines::Drawn),
    }
    let _ = write!(
        out,
        "<p class=\"again\">Again: <kbd>{}</kbd></p></section>",
        text(&record.head.replay(&case.name))
    );
}

/// Runs by their names; of those that differ in the Postfix version alone, the versions together.
fn names(page: &Page<'_>, runs: &[usize]) -> String {
    let mut names: Vec<(String, Vec<String>)> = Vec::new();
    for head in runs.iter().filter_map(|run| page.document.runs.get(*run)).map(|run| &run.head) {
        let who = format!("{}, {}", head.called, head.testbed);
        let version = head.postfix().unwrap_or_default();
        match names.iter_mut().find(|(known, _)| *known == who) {
            Some((_, versions)) => versions.push(version),
            None => names.push((who, vec![version])),
        }
    }
    let name = |(who, versions): (String, Vec<String>)| match versions.join(", ").as_str() {
        "" => who,
        versions => format!("{who}, Postfix {versions}"),
    };
    names.into_iter().map(name).collect::<Vec<_>>().join("; ")
}

/// Whether timelines are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Timelines {
    Drawn,
    LeftOut,
}

fn in_one_run(out: &mut String, case: &CaseRecord, result: &ResultRecord, timelines: Timelines) {
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
        one_step(out, step, seen, timelines);
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
}

fn one_step(out: &mut String, step: &StepRecord, seen: &StepObservation, timelines: Timelines) {
    for instance in &step.rewrite {
        let _ = write!(
            out,
            "<p class=\"quiet\">Before it, main.cf of {} is written anew.</p>",
            text(&instance.name)
        );
    }
    for action in &step.actions {
        let _ = write!(out, "<p class=\"quiet\">{}.</p>", text(&sentence(&action_in_words(action))));
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
    if timelines == Timelines::Drawn {
        timeline(out, seen);
    }
    stream(out, "Standard error", &seen.stderr);
    stream(out, "Standard output", &seen.stdout);
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
