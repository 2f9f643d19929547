//! The matrix of the page: a row for each clause, a column for each run, the cases below each row.

use std::fmt::Write as _;

use crate::catalogue::clause::{LEVELS, Level};
use crate::report::formats::html::markup::text;
use crate::report::formats::html::page::Page;
use crate::report::formats::html::standing::ALL;
use crate::report::model::{CaseRecord, ClauseRecord};
use crate::report::tally::{Standing, number};

/// The legend and the table.
pub(super) fn matrix(page: &Page<'_>) -> String {
    let mut out = String::from("<ul class=\"legend\" aria-label=\"What the marks mean\">");
    for standing in ALL {
        if shows(page, standing) {
            let (mark, word) = (standing.mark(), standing.word());
            let _ = write!(
                out,
                "<li data-standing=\"{}\">{mark}<b>{word}</b> <span>{}</span></li>",
                standing.class(),
                standing.meaning()
            );
        }
    }
    out.push_str("</ul>");
    let columns = page.document.runs.len() + 1;
    let many = if page.has_many_runs() { " many" } else { "" };
    let _ = write!(
        out,
        "<div class=\"wide\"><table class=\"matrix{many}\" role=\"table\"><caption>Clauses by managers, testbeds and \
         Postfix versions. A cell says how many of the cases that decide came as expected, and opens to their \
         evidence.</caption><thead role=\"rowgroup\"><tr role=\"row\"><th role=\"columnheader\" scope=\"col\">Clause</th>",
    );
    for (number, run) in page.runs() {
        let head = &run.head;
        let _ = write!(
            out,
            "<th role=\"columnheader\" scope=\"col\" data-run=\"{number}\" data-label=\"{}\">{}<br>\
             <span class=\"quiet\">{} {}</span></th>",
            text(&head.to_string()),
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
    out.push_str("</table></div>");
    out
}

/// The levels to choose from.
pub(super) fn levels() -> String {
    options(LEVELS.into_iter().map(Level::name))
}

/// The managers to choose from.
pub(super) fn managers(page: &Page<'_>) -> String {
    let mut once: Vec<&str> = Vec::new();
    for (_, run) in page.runs() {
        if !once.contains(&run.head.called.as_str()) {
            once.push(&run.head.called);
        }
    }
    options(once.into_iter())
}

fn options<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for name in names {
        let _ = write!(out, "<option>{}</option>", text(name));
    }
    out
}

/// What a cell is called if its column has no heading: on narrow screens.
pub(super) fn labels(page: &Page<'_>) -> String {
    let mut out = String::from("@media screen and (max-width: 46rem) {\n");
    for (number, run) in page.runs() {
        let _ = writeln!(
            out,
            "  .matrix td[data-run=\"{number}\"]::before {{ content: \"{}\"; }}",
            in_css(&run.head.to_string())
        );
    }
    out + "}\n"
}

/// A text between double quotes in a style sheet that is in a page.
fn in_css(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_alphanumeric() || " ,.-_:/()+".contains(letter) {
            safe.push(letter);
        } else {
            let _ = write!(safe, "\\{:x} ", u32::from(letter));
        }
    }
    safe
}

/// The clauses that some case judges, in the catalogue's order.
fn judged<'a>(page: &Page<'a>) -> impl Iterator<Item = &'a ClauseRecord> {
    page.document.clauses.iter().filter(|clause| page.cases_of(&clause.id).next().is_some())
}

/// Whether any cell has this mark.
fn shows(page: &Page<'_>, standing: Standing) -> bool {
    judged(page).any(|clause| page.runs().any(|(run, _)| page.clause(run, clause).0 == standing))
}

fn row(out: &mut String, page: &Page<'_>, clause: &ClauseRecord, columns: usize) {
    let id = text(&clause.id);
    let mut cells = String::new();
    let mut worst = Standing::Holds;
    let mut hold = 0;
    for (number, _) in page.runs() {
        let (standing, counts) = page.clause(number, clause);
        worst = worst.max(standing);
        hold += usize::from(standing == Standing::Holds);
        let judged = counts.judged() + counts.broken;
        let passed = counts.passed + counts.unexpected_passes;
        let (class, mark) = (standing.class(), standing.mark());
        if judged == 0 {
            let _ = write!(
                cells,
                "<td role=\"cell\" data-run=\"{number}\" class=\"well\"><span class=\"cell idle\">{mark}\
                 <span class=\"sr\">not judged</span></span></td>"
            );
            continue;
        }
        let well = if standing == Standing::Holds { " class=\"well\"" } else { "" };
        let _ = write!(
            cells,
            "<td role=\"cell\" data-run=\"{number}\"{well}><a class=\"cell {class}\" href=\"#p-{id}\">{mark}\
             <span>{passed}\u{2009}/\u{2009}{judged}</span></a></td>"
        );
    }
    let bad = if worst.is_bad() { " bad" } else { "" };
    let all = page.document.runs.len();
    let sum = if page.has_many_runs() {
        format!("<span class=\"sum\">holds in {hold} of {all} runs</span>")
    } else {
        String::new()
    };
    let _ = write!(
        out,
        "<tr role=\"row\" class=\"clause{bad}\" data-level=\"{0}\"><th role=\"rowheader\" scope=\"row\">\
         <span class=\"id\">{id}</span> <span class=\"level\">{0}</span><span class=\"claim\">{1}</span>{sum}</th>\
         {cells}</tr>",
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
        if page.has_many_runs() {
            chips_by_standing(out, page, case);
        } else {
            chips_by_run(out, page, case);
        }
        out.push_str("</li>");
    }
    out.push_str("</ul></td></tr>");
}

/// A link to the evidence of each run.
fn chips_by_run(out: &mut String, page: &Page<'_>, case: &CaseRecord) {
    let number = page.number(case);
    for (run, record) in page.runs().filter(|(run, _)| page.result(*run, case).is_some()) {
        let standing = page.case(run, case);
        let _ = write!(
            out,
            " <a class=\"chip\" href=\"#e-{number}-{run}\">{}{}<span class=\"sr\">: {}</span></a>",
            standing.mark(),
            text(&record.head.to_string()),
            standing.word_of_case()
        );
    }
}

/// A link to the evidence of the first run of each standing.
fn chips_by_standing(out: &mut String, page: &Page<'_>, case: &CaseRecord) {
    for standing in ALL {
        let is_so = |run: &usize| page.result(*run, case).is_some() && page.case(*run, case) == standing;
        let runs: Vec<usize> = page.runs().map(|(run, _)| run).filter(is_so).collect();
        if let Some(first) = runs.first() {
            let _ = write!(
                out,
                " <a class=\"chip\" href=\"#e-{}-{first}\">{}{} in {}</a>",
                page.number(case),
                standing.mark(),
                standing.word_of_case(),
                number(runs.len(), "run")
            );
        }
    }
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

#[cfg(test)]
mod tests {
    use super::in_css;

    #[test]
    fn nothing_in_a_text_ends_the_style_sheet() {
        assert_eq!(in_css("a\"b</style>\\\n"), r"a\22 b\3c /style\3e \5c \a ");
    }
}
