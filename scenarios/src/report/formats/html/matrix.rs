//! The matrix of the page: a row for each clause, a column for each run, the cases below each row.

use std::fmt::Write as _;

use crate::report::formats::html::markup::text;
use crate::report::formats::html::page::Page;
use crate::report::formats::html::standing::{ALL, Stand, Standing};
use crate::report::model::{CaseRecord, ClauseRecord};

/// The legend and the table.
pub(super) fn matrix(page: &Page<'_>) -> String {
    let mut out = String::from("<ul class=\"legend\" aria-label=\"What the marks mean\">");
    for standing in ALL {
        if shows(page, standing) {
            let (mark, word) = (standing.mark(), standing.word());
            let _ = write!(out, "<li>{mark}<b>{word}</b> <span>{}</span></li>", standing.meaning());
        }
    }
    out.push_str("</ul>");
    let columns = page.document.runs.len() + 1;
    out.push_str(
        "<table class=\"matrix\" role=\"table\"><caption>Clauses by managers, testbeds and Postfix versions. \
         A cell says how many of its cases came as expected, and opens to their evidence.</caption>\
         <thead role=\"rowgroup\"><tr role=\"row\"><th role=\"columnheader\" scope=\"col\">Clause</th>",
    );
    for (_, run) in page.runs() {
        let head = &run.head;
        let _ = write!(
            out,
            "<th role=\"columnheader\" scope=\"col\">{}<br><span class=\"quiet\">{} {}</span></th>",
            text(&head.called),
            text(&head.testbed),
            text(&head.postfix_version)
        );
    }
    out.push_str("</tr></thead>");
    let mut section = "";
    for clause in judged(page) {
        if clause.section != section {
            if !section.is_empty() {
                out.push_str("</tbody>");
            }
            section = &clause.section;
            let _ = write!(
                out,
                "<tbody role=\"rowgroup\"><tr role=\"row\" class=\"section\"><th role=\"rowheader\" \
                 scope=\"rowgroup\" colspan=\"{columns}\">{}</th></tr>",
                text(section)
            );
        }
        row(&mut out, page, clause, columns);
    }
    if !section.is_empty() {
        out.push_str("</tbody>");
    }
    out.push_str("</table>");
    out
}

/// The clauses that some case judges, in the catalogue's order.
fn judged<'a>(page: &Page<'a>) -> impl Iterator<Item = &'a ClauseRecord> {
    page.document.clauses.iter().filter(|clause| page.cases_of(&clause.id).next().is_some())
}

/// Whether any cell has this mark.
fn shows(page: &Page<'_>, standing: Standing) -> bool {
    judged(page)
        .any(|clause| page.runs().any(|(run, _)| Stand::of_clause(page, run, clause).standing == standing))
}

fn row(out: &mut String, page: &Page<'_>, clause: &ClauseRecord, columns: usize) {
    let id = text(&clause.id);
    let mut cells = String::new();
    let mut worst = Standing::Holds;
    for (number, run) in page.runs() {
        let stand = Stand::of_clause(page, number, clause);
        worst = worst.max(stand.standing);
        let (standing, label) = (stand.standing, text(&run.head.to_string()));
        if stand.judged == 0 {
            let _ = write!(
                cells,
                "<td role=\"cell\"><span class=\"cell idle\"><span class=\"run\">{label}</span>{}\
                 <span>not judged</span></span></td>",
                standing.mark()
            );
            continue;
        }
        let _ = write!(
            cells,
            "<td role=\"cell\"><a class=\"cell {}\" href=\"#p-{id}\" data-run=\"{number}\" \
             aria-label=\"{id}, {label}: {}, {} of {} cases as expected; evidence\">\
             <span class=\"run\">{label}</span>{}<span>{}\u{2009}/\u{2009}{}</span></a></td>",
            standing.class(),
            standing.word(),
            stand.passed,
            stand.judged,
            standing.mark(),
            stand.passed,
            stand.judged,
        );
    }
    let bad = if worst.is_bad() { " bad" } else { "" };
    let _ = write!(
        out,
        "<tr role=\"row\" class=\"clause{bad}\"><th role=\"rowheader\" scope=\"row\"><span class=\"id\">{id}</span> \
         <span class=\"level\">{}</span><span class=\"claim\">{}</span></th>{cells}</tr>",
        clause.level,
        text(&clause.claim)
    );
    panel(out, page, clause, columns);
}

/// What a cell opens: the cases of its clause, each leading to its evidence.
fn panel(out: &mut String, page: &Page<'_>, clause: &ClauseRecord, columns: usize) {
    let id = text(&clause.id);
    let _ = write!(
        out,
        "<tr role=\"row\" class=\"panel\" id=\"p-{id}\"><td role=\"cell\" colspan=\"{columns}\"><p class=\"about\">\
         <b>{id}</b> is about {}, since Postfix {}; {}.</p><ul class=\"panel-cases\">",
        text(&clause.about),
        text(&clause.since),
        clause.level.authority(),
    );
    let mut cases: Vec<&CaseRecord> = page.cases_of(&clause.id).collect();
    // Those that are about this clause before any other show most.
    cases.sort_by_key(|case| case.clauses.first() != Some(&clause.id));
    for case in cases {
        let number = page.number(case);
        let _ = write!(out, "<li data-case=\"{number}\"><a href=\"#c-{number}\">{}</a>", text(&case.title));
        for (run, record) in page.runs() {
            let standing = Standing::of_case(&record.head, case, page.result(run, case));
            if page.result(run, case).is_some() {
                let _ = write!(
                    out,
                    " <a class=\"chip\" href=\"#e-{number}-{run}\" data-run=\"{run}\">{}{}<span class=\"sr\">: {}</span></a>",
                    standing.mark(),
                    text(&record.head.to_string()),
                    standing.word_of_case()
                );
            }
        }
        out.push_str("</li>");
    }
    out.push_str("</ul></td></tr>");
}

/// The clauses that no case here judges: silence about them would look like praise.
pub(super) fn unjudged(page: &Page<'_>) -> String {
    let missing: Vec<&ClauseRecord> =
        page.document.clauses.iter().filter(|clause| page.cases_of(&clause.id).next().is_none()).collect();
    if missing.is_empty() {
        return String::new();
    }
    let mut out = format!(
        "<details class=\"unjudged\"><summary>{} of {} clauses were not part of these runs</summary><ul>",
        missing.len(),
        page.document.clauses.len()
    );
    for clause in missing {
        let _ = write!(out, "<li><b>{}</b> {}</li>", text(&clause.id), text(&clause.claim));
    }
    out.push_str("</ul></details>");
    out
}
