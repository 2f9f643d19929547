//! Calls postfix-conformance without the caller's environment, with its worlds below cargo's own folder for tests.

#![allow(dead_code, unreachable_pub, reason = "each test program uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

pub mod running;

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use assert_cmd::Command;

/// postfix-conformance with these arguments.
pub fn conformance(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_postfix-conformance"));
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").current_dir(manifest()).args(arguments);
    // As if it were installed: messages name it so.
    command.env("POSTFIX_CONFORMANCE_COMMAND", "postfix-conformance");
    command
}

/// `postfix-conformance run` with these arguments.
pub fn run(arguments: &[&str]) -> Command {
    let mut command = conformance(&["run", "--work-dir", env!("CARGO_TARGET_TMPDIR")]);
    command.args(arguments);
    command
}

/// This package's folder.
pub fn manifest() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What `--manager` takes for a deliberately wrong manager, or the right one.
pub fn manager(name: &str) -> String {
    format!("faulty:{name}")
}

/// What a command printed to standard output.
pub fn stdout(command: &mut Command) -> String {
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

/// What a command printed to standard error.
pub fn stderr(command: &mut Command) -> String {
    String::from_utf8(command.output().unwrap().stderr).unwrap()
}

/// Asks again and again, until the answer is yes or patience ends.
pub fn comes(patience: Duration, mut question: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + patience;
    while Instant::now() < deadline {
        if question() {
            return true;
        }
        thread::park_timeout(Duration::from_millis(5));
    }
    false
}
