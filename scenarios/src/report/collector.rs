//! Collects the events of a report, for the formats that are written as a whole at its end.

use std::io;

use crate::report::completeness::MayLack;
use crate::report::event::{Event, Reporter};
use crate::report::model::{Document, FORMAT, RunRecord, VERSION};

/// Gathers what it hears.
#[derive(Debug, Default)]
pub struct Collector {
    document: Option<Document>,
    may_lack: MayLack,
}

impl Collector {
    /// What it heard, once the report is complete.
    pub fn document(&self) -> Option<&Document> {
        self.document.as_ref()
    }

    /// What it may lack.
    pub fn may_lack(&self) -> MayLack {
        self.may_lack
    }
}

impl Reporter for Collector {
    fn hear(&mut self, event: &Event<'_>) -> io::Result<()> {
        let document = match event {
            Event::Opened(opening) => {
                self.may_lack = opening.may_lack;
                self.document = Some(Document {
                    format: FORMAT.to_owned(),
                    version: VERSION,
                    suite: opening.suite.to_owned(),
                    clauses: opening.clauses.to_vec(),
                    cases: opening.cases.to_vec(),
                    runs: Vec::with_capacity(opening.runs),
                });
                return Ok(());
            }
            _ => self.document.as_mut(),
        };
        let Some(document) = document else { return Ok(()) };
        match event {
            Event::RunBegun(head, cases) => document.runs.push(RunRecord {
                head: (*head).clone(),
                took: 0,
                parts: Vec::new(),
                results: Vec::with_capacity(cases.len()),
            }),
            Event::Judged(_, _, result) => {
                document.runs.last_mut().into_iter().for_each(|run| run.results.push((*result).clone()));
            }
            Event::RunEnded(_, end) => document.runs.last_mut().into_iter().for_each(|run| {
                run.took = end.took;
                run.parts = end.parts.to_vec();
            }),
            Event::Opened(_) | Event::Closed => {}
        }
        Ok(())
    }
}
