//! Reads and selects what can be judged: clauses, cases, and the specification that they come from.

pub mod case;
pub mod case_paths;
pub mod case_reader;
pub mod case_writer;
pub mod clause;
pub mod contents;
pub mod digest;
pub mod selection;
pub mod similar_names;
pub mod specification;
pub mod testbed_name;
pub mod toml_mistake;
