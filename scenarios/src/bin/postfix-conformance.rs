//! The program `postfix-conformance`. Under other names it is what a world needs: the manager, the
//! multi-instance tool, every stand-in and the supervisor, so that one installed file is the whole suite.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

/// The name of our own manager in worlds.
const MANAGER: &str = "postfix-wrapper";

/// The name of our own multi-instance tool in worlds.
const MULTI: &str = "postfix-multi";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    let first = arguments.next().unwrap_or_default();
    let name = Path::new(&first).file_name().unwrap_or_default().to_owned();
    let rest: Vec<OsString> = arguments.collect();
    if name == MANAGER {
        return ExitCode::from(postfix_wrapper::run(rest));
    }
    if name == MULTI {
        return ExitCode::from(postfix_wrapper::multi::run(rest));
    }
    let status = postfix_harness::run_program(&name, rest.clone());
    ExitCode::from(status.unwrap_or_else(|| postfix_scenarios::program::run(rest)))
}
