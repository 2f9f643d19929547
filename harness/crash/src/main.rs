//! Kills `postfix-multi` at every moment that matters, and looks at what is left.
//!
//! It looks into registers, so that it is written for one kind of processor; on others it only says so.

use std::process::ExitCode;

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod program;

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn main() -> ExitCode {
    program::main()
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
fn main() -> ExitCode {
    use std::io::Write;

    let _ = writeln!(std::io::stderr(), "postfix-crash: this needs Linux on an x86-64 processor");
    ExitCode::from(2)
}
