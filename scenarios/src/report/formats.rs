//! How a report is written: for people, as TAP, as JUnit's XML, as JSON, and as a page.

pub mod failure;
pub mod html;
pub mod human;
pub mod json;
pub mod junit;
pub mod outputs;
pub mod progress;
pub mod summary;
pub mod tap;
pub mod text_diff;
mod xml;
