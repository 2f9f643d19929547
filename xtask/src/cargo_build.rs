//! Runs `cargo build`, and finds the programs that it built.

use std::collections::BTreeMap;
use std::ffi::OsString;
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
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc")))
        .arg("-vV")
        .output()
        .map_err(|error| format!("cannot run rustc: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc does not say what it builds for".to_owned())
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
}
