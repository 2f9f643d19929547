//! Writes the report as one page that needs nothing else.
//! The page has a matrix of clauses by runs, and each cell opens to show the evidence. Then come the runs, what fails
//! in each, and the cases.
//! Knows the order of the page's parts; what each looks like is in the files beside it.
//!
//! Everything is in the page before any script runs: without scripts a cell leads to its cases, with them it
//! opens in place.

mod evidence;
mod layout;
mod markup;
mod matrix;
mod overview;
mod page;
mod standing;
mod timeline;

use std::io::{self, Write};

use markup::text;
use page::Page;

use crate::report::model::Document;

/// The page, with a `{{name}}` where each part goes.
const TEMPLATE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// Writes a report.
///
/// # Errors
/// When it cannot be written.
pub fn write(out: &mut dyn Write, document: &Document) -> io::Result<()> {
    let page = Page::new(document);
    let mut rest = TEMPLATE;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else { break };
        out.write_all(before.as_bytes())?;
        let part = match name {
            "style" => STYLE.to_owned(),
            "script" => SCRIPT.to_owned(),
            "title" => overview::title(&page),
            "headline" => overview::headline(&page),
            "runs" => overview::runs(&page),
            "failures" => overview::failures(&page),
            "matrix" => matrix::matrix(&page),
            "labels" => matrix::labels(&page),
            "levels" => matrix::levels(),
            "managers" => matrix::managers(&page),
            "unjudged" => matrix::unjudged(&page),
            "cases" => evidence::cases(&page),
            "suite" => text(&document.suite),
            // The template is ours, and a test knows all its names.
            _ => String::new(),
        };
        out.write_all(part.as_bytes())?;
        rest = after;
    }
    out.write_all(rest.as_bytes())?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::{SCRIPT, STYLE, TEMPLATE};

    #[test]
    fn every_part_has_its_place_once() {
        let names = [
            "style", "labels", "script", "title", "headline", "managers", "levels", "matrix", "unjudged",
            "runs", "failures", "cases", "suite",
        ];
        assert_eq!(TEMPLATE.matches("{{").count(), names.len());
        for name in names {
            assert_eq!(TEMPLATE.matches(&format!("{{{{{name}}}}}")).count(), 1, "{name}");
        }
    }

    #[test]
    fn the_page_asks_nobody_for_anything() {
        for part in [TEMPLATE, STYLE, SCRIPT] {
            for request in ["http:", "https:", "//cdn", "url(", "@import", "fetch(", "src=", "XMLHttp"] {
                assert!(!part.contains(request), "{request}");
            }
        }
    }
}
