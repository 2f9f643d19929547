//! Writes a report: for people, as TAP, as JUnit's XML, as JSON, as a page, as Markdown, as a badge.

pub mod annotations;
pub mod badge;
pub mod clause_table;
pub mod failure;
pub mod html;
pub mod human;
pub mod json;
pub mod junit;
mod layout_words;
pub mod markdown;
pub mod outputs;
pub mod progress;
pub mod summary;
pub mod tap;
pub mod text_diff;
mod xml;
