//! Tests what is reported: texts, formats for programs, the page, and that all of them count the same.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod browser;
mod formats;
mod merging;
mod outputs;
mod page;
mod pipelines;
mod schemas;
#[path = "../suite/mod.rs"]
mod suite;
mod texts;
mod verdicts;
