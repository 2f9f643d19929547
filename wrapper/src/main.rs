//! The program `postfix-wrapper`: passes its arguments to the library, and the exit status to the system.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(postfix_wrapper::run(std::env::args_os().skip(1)))
}
