//! Judges any multi-instance manager, on any Postfix that a testbed offers.
//! It judges by the clauses of postfix-wrapper(5). It has the catalogue of clauses, the cases, the runner and its
//! reports. Knows nothing of how a world is made or a command is run; that is the harness.

pub mod app;
pub mod catalogue;
pub mod cli;
pub mod commands;
pub mod judge;
pub mod report;
pub mod subject;
