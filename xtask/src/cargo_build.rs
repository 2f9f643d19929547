//! Runs `cargo build`, and finds the programs that it built.

use std::collections::BTreeMap;
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Programs by their names. The target folder may be called anything and lie anywhere.
pub(crate) type Programs = BTreeMap<String, PathBuf>;

/// Runs a `cargo build`, whose messages for people go to standard error.
pub(crate) fn programs(build: &mut Command) -> Result<Programs, String> {
    let output = build
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot run cargo build: {error}"))?;
    if output.status.success() {
        Ok(programs_in(&output.stdout))
    } else {
        Err("it does not build, see above".to_owned())
    }
}

/// The program of this name.
pub(crate) fn program(mut programs: Programs, name: &str) -> Result<PathBuf, String> {
    programs.remove(name).ok_or_else(|| format!("cargo does not say where it put {name}"))
}

fn programs_in(messages: &[u8]) -> Programs {
    let program = |line: &[u8]| {
        let message: serde_json::Value = serde_json::from_slice(line).ok()?;
        let path = message["executable"].as_str().map(PathBuf::from)?;
        Some((message["target"]["name"].as_str()?.to_owned(), path))
    };
    messages.split(|byte| *byte == b'\n').filter_map(program).collect()
}

/// The target that the compiler builds for if it is not told another.
pub(crate) fn host() -> Result<String, String> {
    let output = Command::new(env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc")))
        .arg("-vV")
        .output()
        .map_err(|error| format!("cannot run rustc: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc does not say what it builds for".to_owned())
}

/// Asks the compiler for these flags, for this target, after those that the environment or Cargo's configuration has.
///
/// The target is named, as otherwise the compiler's own plug-ins would be built that way, too.
pub(crate) fn add_flags(cargo: &mut Command, target: &str, flags: &[String]) {
    cargo.args(["--target", target]);
    let encoded = env::var_os("CARGO_ENCODED_RUSTFLAGS");
    match flags_of_environment(encoded.as_deref(), env::var_os("RUSTFLAGS").as_deref()) {
        // Cargo heeds one of the two, and then no configuration.
        Some(mut theirs) => {
            for flag in flags {
                if !theirs.is_empty() {
                    theirs.push(SEPARATOR);
                }
                theirs.push(flag);
            }
            cargo.env("CARGO_ENCODED_RUSTFLAGS", theirs);
        }
        // Cargo adds this to what its files say for the target.
        None => drop(cargo.arg("--config").arg(format!("target.{target}.rustflags={flags:?}"))),
    }
}

/// What is between two flags in `CARGO_ENCODED_RUSTFLAGS`.
const SEPARATOR: &str = "\x1f";

/// The flags that the caller's environment has, in the form of `CARGO_ENCODED_RUSTFLAGS`, which comes first.
fn flags_of_environment(encoded: Option<&OsStr>, plain: Option<&OsStr>) -> Option<OsString> {
    match (encoded, plain) {
        (Some(encoded), _) => Some(encoded.to_owned()),
        (None, Some(plain)) => {
            let words: Vec<String> = plain.to_string_lossy().split_whitespace().map(str::to_owned).collect();
            Some(words.join(SEPARATOR).into())
        }
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_where_cargo_says() {
        let messages =
            br#"{"reason":"compiler-artifact","target":{"name":"postfix-wrapper"},"executable":"/t/w"}
{"reason":"compiler-artifact","target":{"name":"postfix-conformance"},"executable":"/t/a b/c"}
{"reason":"build-finished","success":true}
"#;
        assert_eq!(program(programs_in(messages), "postfix-conformance"), Ok(PathBuf::from("/t/a b/c")));
        assert!(program(programs_in(b"no message\n"), "postfix-conformance").is_err());
    }

    #[test]
    fn flags_of_the_environment_are_kept_and_the_encoded_ones_come_first() {
        let of = |encoded: Option<&str>, plain: Option<&str>| {
            flags_of_environment(encoded.map(OsStr::new), plain.map(OsStr::new))
        };
        assert_eq!(of(None, None), None);
        assert_eq!(of(None, Some(" -C  debuginfo=1 ")), Some("-C\x1fdebuginfo=1".into()));
        assert_eq!(of(Some("-g"), Some("-C debuginfo=1")), Some("-g".into()));
    }
}
