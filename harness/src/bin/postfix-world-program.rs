//! The one binary of the harness's own tests: every fake and the supervisor, by the name it is linked under.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    let first = arguments.next().unwrap_or_default();
    let name = std::path::Path::new(&first).file_name().unwrap_or_default().to_owned();
    ExitCode::from(postfix_harness::run_program(&name, arguments.collect()).unwrap_or(64))
}
