//! The one binary of this crate's own tests: every program of a world, by the name it is linked under.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    let first = arguments.next().unwrap_or_default();
    let name = std::path::Path::new(&first).file_name().unwrap_or_default().to_owned();
    let arguments: Vec<_> = arguments.collect();
    let status = postfix_random::run_program(&name, &arguments);
    ExitCode::from(status.or_else(|| postfix_harness::run_program(&name, arguments)).unwrap_or(64))
}
