//! The fakes as a program: a link with the name of a fake runs that fake.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use postfix_fakes::{NAMES, run};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    let called = arguments.next().unwrap_or_default();
    let arguments: Vec<OsString> = arguments.collect();
    let own = std::env::current_exe().map(PathBuf::into_os_string).unwrap_or_default();
    for name in [own, called] {
        if let Some(status) = run(&name, arguments.clone()) {
            return ExitCode::from(status);
        }
    }
    let _ = writeln!(std::io::stderr().lock(), "usage: start me by a link named one of {}", NAMES.join(", "));
    ExitCode::from(64)
}
