//! `cargo xtask conformance`: builds the suite, then becomes it.
//!
//! Knows the names of postfix-conformance's own commands, so that `run` can be left out, and nothing else
//! about it: the arguments are its business, and so are its output and its exit status.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt as _;
use std::process::ExitCode;

use crate::{message, workspace};

/// First arguments that `run` must not be put before.
const OWN_COMMANDS: [&str; 9] =
    ["run", "list", "explain", "coverage", "help", "-h", "--help", "-V", "--version"];

/// Replaces this process by the suite. Returns only if that failed.
pub(crate) fn run(arguments: Vec<OsString>) -> Result<ExitCode, String> {
    let manifest = workspace::root().join("Cargo.toml");
    message::complain("building postfix-wrapper and postfix-conformance");
    let built = workspace::cargo()
        .args([
            "build",
            "--quiet",
            "--bins",
            "-p",
            "postfix-wrapper",
            "-p",
            "postfix-scenarios",
            "--manifest-path",
        ])
        .arg(&manifest)
        .status()
        .map_err(|error| format!("cannot run cargo build: {error}"))?;
    if !built.success() {
        return Err("the suite does not build, see above; nothing was judged".to_owned());
    }
    // `cargo run` knows where the binary is, whatever the target folder is called, and becomes the binary
    // itself: signals reach it and its exit status is the one seen. The selection is the same as above, with
    // the same features, so that nothing is built a second time.
    let error = workspace::cargo()
        .args([
            "run",
            "--quiet",
            "-p",
            "postfix-scenarios",
            "--bin",
            "postfix-conformance",
            "--manifest-path",
        ])
        .arg(&manifest)
        .arg("--")
        .args(with_command(arguments))
        .exec();
    Err(format!("cannot run cargo: {error}"))
}

/// The arguments with `run` put first, unless they begin with a command already.
fn with_command(arguments: Vec<OsString>) -> Vec<OsString> {
    let named =
        arguments.first().is_some_and(|first| OWN_COMMANDS.iter().any(|own| first == OsStr::new(own)));
    let inserted = if named { None } else { Some(OsString::from("run")) };
    inserted.into_iter().chain(arguments).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(arguments: &[&str]) -> Vec<OsString> {
        with_command(arguments.iter().map(OsString::from).collect())
    }

    #[test]
    fn run_is_put_before_options_and_patterns() {
        assert_eq!(completed(&[]), ["run"]);
        assert_eq!(completed(&["--testbed", "sandbox"]), ["run", "--testbed", "sandbox"]);
        assert_eq!(completed(&["MGR-3", "list"]), ["run", "MGR-3", "list"]);
    }

    #[test]
    fn a_command_stays_as_it_is() {
        for own in OWN_COMMANDS {
            assert_eq!(completed(&[own, "MGR-3"]), [own, "MGR-3"]);
        }
    }
}
