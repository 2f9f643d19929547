//! Gives every fake what it needs to run: options, its world, the log, fault injection. Uses `protocol`.

pub(crate) mod exec;
pub(crate) mod fake_names;
pub(crate) mod fatal;
pub(crate) mod fault_injection;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz_subject;
pub(crate) mod getopt;
pub(crate) mod instance_state;
pub(crate) mod mail_log;
pub(crate) mod messages;
pub(crate) mod program;
pub(crate) mod recursion_guard;
pub(crate) mod shell_command;
pub(crate) mod standard_output;
pub(crate) mod world_boundary;
