//! Judges any multi-instance manager, on any Postfix that a testbed offers, by the clauses of
//! postfix-wrapper(5): the catalogue of clauses, the cases, the runner and its reports. Knows nothing of how a
//! world is made or a command is run; that is the harness.

pub mod broken;
pub mod case;
pub mod case_file;
pub mod case_text;
pub mod catalogue;
pub mod clause;
pub mod command_line;
pub mod commands;
pub mod conclusion;
pub mod container;
#[cfg(feature = "measures")]
pub mod differential;
pub mod evidence;
pub mod excerpt;
pub mod explain;
pub mod extent;
#[cfg(feature = "measures")]
pub mod fidelity;
#[cfg(feature = "measures")]
pub mod generated;
pub mod judge;
pub mod kept;
pub mod known;
pub mod live;
pub mod manager;
pub mod measure_options;
pub mod multi;
pub mod named;
pub mod output;
pub mod place;
pub mod program;
pub mod replay;
pub mod report;
pub mod runner;
pub mod selection;
pub mod sights;
pub mod specification;
mod workers;
pub mod zoo;
