//! Provides process support for programs and tests that must not depend on the harness.
//! It handles ignored signals, the process tree, the container engine, how the suite is called, the commands in the
//! documents, and how a test is skipped. Knows nothing of Postfix.

pub mod container_engine;
pub mod documented_commands;
pub mod ignored_signals;
pub mod process_tree;
pub mod skip;
pub mod suite_command;
