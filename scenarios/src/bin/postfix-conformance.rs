//! Runs the program `postfix-conformance`.
//! Under other names the same file is the manager, the multi-instance tool, every fake and the supervisor, so that
//! one installed file is the whole suite.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// The name of our own manager in worlds.
const MANAGER: &str = "postfix-wrapper";

/// The name of our own multi-instance tool in worlds.
const MULTI: &str = "postfix-multi";

/// Exit status of a program that does not know what it is, by sysexits(3).
const USAGE: u8 = 64;

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
    #[cfg(feature = "measures")]
    if let Some(status) = postfix_random::run_program(&name, &rest) {
        return ExitCode::from(status);
    }
    if let Some(status) = postfix_harness::run_program(&name, rest.clone()) {
        return ExitCode::from(status);
    }
    if let Some(own) = own_name().filter(|own| *own != name && has_another_job(own)) {
        let (name, own) = (Path::new(&name).display(), Path::new(&own).display());
        let _ =
            writeln!(std::io::stderr().lock(), "{own}: started under the name \"{name}\"; start me as {own}");
        return ExitCode::from(USAGE);
    }
    ExitCode::from(postfix_scenarios::app::run(&rest))
}

/// The name of the file that this program was started from.
fn own_name() -> Option<OsString> {
    std::env::current_exe().ok()?.file_name().map(OsString::from)
}

/// Whether a file of this name is in a world for something else than the suite.
fn has_another_job(name: &OsStr) -> bool {
    name == MANAGER || name == MULTI || postfix_fakes::is_fake(name)
}
