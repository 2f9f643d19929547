//! Writes a badge: the JSON that the endpoint of shields.io reads.

use std::io::{self, Write};

use serde_json::json;

use crate::report::model::Document;
use crate::report::run_summary::{Conclusion, RunSummary};
use crate::report::tally::{ClauseCounts, number};

/// Writes a report: its worst run.
///
/// # Errors
/// When it cannot be written.
pub fn write(out: &mut dyn Write, document: &Document) -> io::Result<()> {
    let runs = RunSummary::of_each(document);
    let worst = Conclusion::of_all(&runs);
    let color = match worst {
        Conclusion::Conforms => "brightgreen",
        Conclusion::NotAsExpected => "orange",
        Conclusion::DoesNotConform => "red",
        Conclusion::CannotTell => "lightgrey",
    };
    let badge = json!({
        "schemaVersion": 1,
        "label": "postfix-wrapper(5)",
        "message": format!("{}{}", worst.words(), how_much(&runs, worst)),
        "color": color,
        "isError": worst != Conclusion::Conforms,
    });
    writeln!(out, "{badge}")?;
    out.flush()
}

/// How many clauses of the only run, or how many runs.
fn how_much(runs: &[RunSummary], worst: Conclusion) -> String {
    match runs {
        [run] => {
            let ClauseCounts { met, not_met, .. } = run.tally.counted_clauses();
            format!(", {met} of {}", number(met + not_met, "clause"))
        }
        runs => {
            let so = runs.iter().filter(|run| run.conclusion() == worst).count();
            format!(", {so} of {}", number(runs.len(), "run"))
        }
    }
}
