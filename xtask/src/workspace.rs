//! Finds the workspace, and calls Cargo and Git there.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder of the workspace's own Cargo.toml.
///
/// Cargo names the package's folder at run time. A folder that was noted at build time would be wrong if the clone was
/// moved, or shares its target folder with another.
pub(crate) fn root() -> PathBuf {
    let member = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    // Started by hand, without Cargo: at the root.
    member.as_deref().and_then(Path::parent).map_or_else(|| PathBuf::from("."), Path::to_owned)
}

/// The folder that Cargo builds into, wherever that is.
pub(crate) fn target() -> Result<PathBuf, String> {
    let words = ["metadata", "--quiet", "--no-deps", "--offline", "--format-version=1"];
    let output = output_of(cargo().args(words).current_dir(root()))?;
    let metadata: serde_json::Value = serde_json::from_str(&output)
        .map_err(|error| format!("cargo metadata says nothing that can be read: {error}"))?;
    let folder = metadata["target_directory"].as_str();
    folder.map(PathBuf::from).ok_or_else(|| "cargo metadata does not name the target folder".to_owned())
}

/// The Cargo that started us, so that one toolchain does everything.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
}

/// Whether Cargo has this subcommand. Nothing is printed.
pub(crate) fn cargo_can(arguments: &[&str]) -> bool {
    let mut cargo = cargo();
    cargo.args(arguments).current_dir(root());
    cargo.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    cargo.status().is_ok_and(|status| status.success())
}

/// What a program prints, if it succeeds.
pub(crate) fn output_of(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("cannot run {name}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!("{name} failed ({}):\n{}", output.status, String::from_utf8_lossy(&output.stderr)))
}

/// A folder of this name below Cargo's target folder. It is created if it is missing.
pub(crate) fn target_folder(name: &str) -> Result<PathBuf, String> {
    let folder = target()?.join(name);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}

/// Git, at the workspace's root.
pub(crate) fn git() -> Command {
    let mut command = Command::new("git");
    command.current_dir(root());
    command
}

/// Whether this run is a CI run, where nothing may be skipped.
pub(crate) fn in_ci() -> bool {
    says_ci(env::var_os("CI"))
}

fn says_ci(value: Option<OsString>) -> bool {
    value.is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_holds_the_workspace() {
        let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[workspace]"), "{manifest}");
    }

    #[test]
    fn a_subcommand_that_cargo_itself_has_is_found() {
        assert!(cargo_can(&["tree", "--version"]));
        assert!(!cargo_can(&["no-such-subcommand", "--version"]));
    }

    #[test]
    fn any_value_but_a_plain_no_means_ci() {
        for yes in ["true", "1", "yes", "github"] {
            assert!(says_ci(Some(yes.into())), "{yes}");
        }
        for no in ["", "false", "0"] {
            assert!(!says_ci(Some(no.into())), "{no:?}");
        }
        assert!(!says_ci(None));
    }
}
