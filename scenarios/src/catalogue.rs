//! What can be judged: clauses, cases, the specification they come from, and how they are read and selected.

pub mod case;
pub mod case_paths;
pub mod case_reader;
pub mod case_writer;
pub mod clause;
pub mod contents;
pub mod live_checks;
pub mod selection;
pub mod specification;
pub mod testbed_name;
