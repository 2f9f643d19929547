//! The top of the page: the result, the runs, and what fails.

use std::cmp::Reverse;
use std::fmt::Write as _;

use crate::report::formats::html::markup::{bytes, sentence, span, text};
use crate::report::formats::html::page::Page;
use crate::report::model::{CaseRecord, ResultRecord};
use crate::report::run_summary::{Conclusion, RunSummary};
use crate::report::tally::Standing;

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
    let summaries: Vec<&RunSummary> = page.runs().filter_map(|(run, _)| page.summary(run)).collect();
    let worst = Conclusion::of_all(summaries.iter().copied());
    let words = match summaries.as_slice() {
        [run] => run.verdict(),
        runs => {
            let so = |conclusion| runs.iter().filter(|run| run.conclusion() == conclusion).count();
            let count = |conclusion: Conclusion, words: &str| match so(conclusion) {
                0 => None,
                1 => Some(format!("1 of {} runs {words}", runs.len())),
                count => Some(format!("{count} of {} runs {}", runs.len(), words.replace("does", "do"))),
            };
            let all = [
                count(Conclusion::DoesNotConform, "does not conform"),
                count(Conclusion::NotAsExpected, "does not come as expected"),
                count(Conclusion::CannotTell, "is incomplete or could not be judged")
                    .map(|words| words.replace(" is ", " ")),
            ];
            let bad: Vec<String> = all.into_iter().flatten().collect();
            if bad.is_empty() { format!("All {} runs conform", runs.len()) } else { bad.join("; ") }
        }
    };
    let standing = standing(worst);
    format!("<p class=\"headline {}\">{}{}.</p>", standing.class(), standing.mark(), text(&sentence(&words)))
}

fn standing(conclusion: Conclusion) -> Standing {
    match conclusion {
        Conclusion::Conforms => Standing::Holds,
        Conclusion::DoesNotConform => Standing::Fails,
        Conclusion::NotAsExpected => Standing::UnexpectedPass,
        Conclusion::CannotTell => Standing::Broken,
    }
}

/// The table of runs.
pub(super) fn runs(page: &Page<'_>) -> String {
    let mut out = String::new();
    for (number, run) in page.runs() {
        let Some(summary) = page.summary(number) else { continue };
        let (standing, word) = (standing(summary.conclusion()), summary.conclusion().words());
        let counts = summary.tally.total;
        let head = &run.head;
        let version = head.postfix().unwrap_or_else(|| "none".to_owned());
        let value = if head.manager.to_string() == head.called || head.has_script_of_its_own() {
            String::new()
        } else {
            format!("<code class=\"quiet value\">{}</code>", bytes(&head.manager))
        };
        let begun = text(&head.begun.replace('T', " ").replace('Z', ""));
        let failed = counts.failed + counts.unexpected_passes;
        let unjudged = counts.broken + run.unjudged().len();
        let _ = write!(
            out,
            "<tr role=\"row\" data-run=\"{number}\" data-called=\"{0}\"><th role=\"rowheader\" scope=\"row\">{}{value}\
             <span class=\"quiet value\">begun {begun} UTC, took {}</span>\
             <span class=\"quiet value\">{}</span></th>\
             <td role=\"cell\" data-name=\"Testbed\">{}</td><td role=\"cell\" data-name=\"Postfix\">{}</td>\
             <td role=\"cell\" data-name=\"Result\"><span class=\"result {}\">{}{word}</span></td>\
             <td role=\"cell\" class=\"number\" data-name=\"Passed\">{}</td>\
             <td role=\"cell\" class=\"number\" data-name=\"Failed\">{failed}</td>\
             <td role=\"cell\" class=\"number\" data-name=\"Expected\">{}</td>\
             <td role=\"cell\" class=\"number\" data-name=\"Not counted\">{}</td>\
             <td role=\"cell\" class=\"number\" data-name=\"Skipped\">{}</td>\
             <td role=\"cell\" class=\"number\" data-name=\"Not judged\">{unjudged}</td></tr>",
            text(&head.called),
            span(run.took),
            text(&sentence(&summary.verdict())),
            text(&head.testbed),
            text(&version),
            standing.class(),
            standing.mark(),
            counts.passed,
            counts.expected_failures,
            counts.not_counted,
            counts.skipped,
        );
    }
    out
}

/// What fails, run by run, folded if there are several; nothing if nothing does.
pub(super) fn failures(page: &Page<'_>) -> String {
    let mut out = String::new();
    for (number, run) in page.runs() {
        let mut cases: Vec<(Standing, &CaseRecord, &ResultRecord)> = page
            .document
            .cases
            .iter()
            .filter_map(|case| Some((page.case(number, case), case, page.result(number, case)?)))
            .filter(|(standing, ..)| standing.is_bad())
            .collect();
        // What counts most stands first.
        cases.sort_by_key(|(standing, ..)| Reverse(*standing));
        let Some(summary) = page.summary(number).filter(|_| !cases.is_empty()) else { continue };
        let open = if page.document.runs.len() == 1 { " open" } else { "" };
        let many = if page.has_many_runs() { " brief-list" } else { "" };
        let _ = write!(
            out,
            "<details class=\"failures{many}\" data-run=\"{number}\"{open}><summary><b>{}</b> <span class=\"quiet\">{}</span>\
             </summary><ul>",
            text(&run.head.to_string()),
            text(&summary.tally.total.to_string())
        );
        let mut before = None;
        for (standing, case, result) in cases {
            let (mark, word, link) = (standing.mark(), standing.word_of_case(), page.number(case));
            if page.has_many_runs() {
                if before != Some(standing) {
                    let _ = write!(out, "<li class=\"label\">{mark}{word}</li>");
                    before = Some(standing);
                }
                let name = text(&case.name);
                let _ = write!(
                    out,
                    "<li data-level=\"{}\"><a href=\"#e-{link}-{number}\">{name}</a></li>",
                    case.level
                );
                continue;
            }
            let clause = case.clauses.first().map_or("", String::as_str);
            let _ = write!(
                out,
                "<li data-level=\"{0}\">{mark}<span class=\"sr\">{word}: </span><a href=\"#e-{link}-{number}\">{1}</a> \
                 <span class=\"quiet\">{2} \u{b7} {0}</span><br><span class=\"brief\">{3}</span></li>",
                case.level,
                text(&case.title),
                text(clause),
                text(result.in_brief()),
            );
        }
        out.push_str("</ul></details>");
    }
    if out.is_empty() {
        return String::new();
    }
    format!(
        "<section id=\"failures\" aria-labelledby=\"h-fails\"><h2 id=\"h-fails\">What fails</h2>{out}</section>"
    )
}
