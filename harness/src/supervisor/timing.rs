//! Runs a command again and again, and prints how long each run took, from the start of the process to its end.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Instant;

/// The name this program is linked under in a world.
pub const NAME: &str = "postfix-world-timing";

/// The program's whole life: a number, then a command with its arguments. Prints nanoseconds, a line each.
pub fn run(arguments: &[OsString]) -> u8 {
    let [number, program, rest @ ..] = arguments else { return 64 };
    let Some(number) = number.to_str().and_then(|number| number.parse::<usize>().ok()) else { return 64 };
    let mut lines = String::new();
    for _ in 0..number {
        let begun = Instant::now();
        let ended = Command::new(program)
            .args(rest)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        // The status of a command that is not running is none: `status` says 1 then, and nothing worse.
        if !ended.is_ok_and(|status| status.code().is_some_and(|code| code <= 1)) {
            return 69;
        }
        // Writing to a text cannot fail.
        let _ = writeln!(lines, "{}", begun.elapsed().as_nanos());
    }
    u8::from(std::io::stdout().lock().write_all(lines.as_bytes()).is_err())
}
