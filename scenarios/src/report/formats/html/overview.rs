//! The top of the page: the result, the runs, and what fails.

use std::fmt::Write as _;

use crate::report::formats::html::markup::{bytes, span, text};
use crate::report::formats::html::page::Page;
use crate::report::formats::html::standing::{Stand, Standing};

/// The page's name in tabs and lists.
pub(super) fn title(page: &Page<'_>) -> String {
    let managers: Vec<&str> = page.runs().map(|(_, run)| run.head.called.as_str()).collect();
    let mut once: Vec<&str> = Vec::new();
    for manager in managers {
        if !once.contains(&manager) {
            once.push(manager);
        }
    }
    text(&format!("{} by postfix-wrapper(5)", once.join(", ")))
}

/// What it all comes to, in one sentence.
pub(super) fn headline(page: &Page<'_>) -> String {
    let mut failing = 0;
    let mut unjudged = 0;
    for clause in &page.document.clauses {
        let standings = || page.runs().map(|(run, _)| Stand::of_clause(page, run, clause).standing);
        failing += usize::from(standings().any(Standing::fails));
        unjudged += usize::from(standings().any(|standing| standing == Standing::Broken));
    }
    let all = page.document.runs.len();
    let bad = page
        .runs()
        .filter(|(run, _)| {
            let fails = |clause| Stand::of_clause(page, *run, clause).standing.fails();
            page.document.clauses.iter().any(fails)
        })
        .count();
    let runs = if all > 1 { format!(", in {bad} of {all} runs") } else { String::new() };
    let (standing, words) = match (failing, unjudged) {
        (0, 0) => (Standing::Holds, "Everything that was judged conforms.".to_owned()),
        (0, _) => (Standing::Broken, "Not everything could be judged.".to_owned()),
        (1, _) => (Standing::Fails, format!("One clause does not hold{runs}.")),
        (count, _) => (Standing::Fails, format!("{count} clauses do not hold{runs}.")),
    };
    format!("<p class=\"headline {}\">{}{words}</p>", standing.class(), standing.mark())
}

/// The table of runs.
pub(super) fn runs(page: &Page<'_>) -> String {
    let mut out = String::new();
    for (number, run) in page.runs() {
        let mut counts = [0_usize; 5];
        let mut worst = Standing::Holds;
        for case in &page.document.cases {
            let Some(result) = page.result(number, case) else { continue };
            let standing = Standing::of_case(&run.head, case, Some(result));
            let column = match standing {
                Standing::Holds => 0,
                Standing::Fails | Standing::UnexpectedPass | Standing::Broken | Standing::InDoubt => 1,
                Standing::ExpectedFailure => 2,
                Standing::Noted => 3,
                Standing::NotJudged => 4,
            };
            counts[column] += 1;
            worst = worst.max(if standing == Standing::NotJudged { Standing::Holds } else { standing });
        }
        let (standing, word) = match worst {
            Standing::Fails => (worst, "does not conform"),
            Standing::UnexpectedPass => (worst, "passes what was expected to fail"),
            Standing::Broken => (worst, "could not be judged"),
            _ => (Standing::Holds, "conforms"),
        };
        let head = &run.head;
        let version = head.postfix().unwrap_or_else(|| "none".to_owned());
        let value = if head.manager.to_string() == head.called || head.has_script_of_its_own() {
            String::new()
        } else {
            format!("<code class=\"quiet value\">{}</code>", bytes(&head.manager))
        };
        let begun = text(&head.begun.replace('T', " ").replace('Z', ""));
        let [passed, failed, expected, noted, skipped] = counts;
        let _ = write!(
            out,
            "<tr role=\"row\"><th role=\"rowheader\" scope=\"row\">{}{value}\
             <span class=\"quiet value\">begun {begun} UTC, took {}</span></th>\
             <td role=\"cell\" data-name=\"Testbed\">{}</td><td role=\"cell\" data-name=\"Postfix\">{}</td>\
             <td role=\"cell\" data-name=\"Result\"><span class=\"result {}\">{}{word}</span></td>\
             <td role=\"cell\" class=\"number\" data-name=\"Passed\">{passed}</td>\
             <td role=\"cell\" class=\"number\" data-name=\"Failed\">{failed}</td>\
             <td role=\"cell\" class=\"number\" data-name=\"Expected\">{expected}</td>\
             <td role=\"cell\" class=\"number\" data-name=\"Not counted\">{noted}</td>\
             <td role=\"cell\" class=\"number\" data-name=\"Skipped\">{skipped}</td></tr>",
            text(&head.called),
            span(run.took),
            text(&head.testbed),
            text(&version),
            standing.class(),
            standing.mark(),
        );
    }
    out
}

/// What fails, run by run; nothing if nothing does.
pub(super) fn failures(page: &Page<'_>) -> String {
    let mut out = String::new();
    for (number, run) in page.runs() {
        let mut items = String::new();
        for case in &page.document.cases {
            let result = page.result(number, case);
            let standing = Standing::of_case(&run.head, case, result);
            let Some(result) = result.filter(|_| standing.is_bad()) else { continue };
            let clause = case.clauses.first().map_or("", String::as_str);
            let _ = write!(
                items,
                "<li>{}<span class=\"sr\">{}: </span><a href=\"#e-{}-{number}\">{}</a> \
                 <span class=\"quiet\">{} \u{b7} {}</span><br><span class=\"brief\">{}</span></li>",
                standing.mark(),
                standing.word_of_case(),
                page.number(case),
                text(&case.title),
                text(clause),
                case.level,
                text(result.in_brief()),
            );
        }
        if !items.is_empty() {
            let _ =
                write!(out, "<h3>{}</h3><ul class=\"failures\">{items}</ul>", text(&run.head.to_string()));
        }
    }
    if out.is_empty() {
        return String::new();
    }
    format!("<section aria-labelledby=\"h-fails\"><h2 id=\"h-fails\">What fails</h2>{out}</section>")
}
