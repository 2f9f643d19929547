//! Finds the workspace, and calls Cargo and Git there.
//!
//! Knows nothing about what they are called for.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the workspace's own Cargo.toml.
///
/// Cargo says at run time where this package lies. What was noted at build time would be wrong in a clone that
/// was moved, or that shares its target folder with another.
pub(crate) fn root() -> PathBuf {
    let member = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    // Started by hand, without Cargo: at the root.
    member.as_deref().and_then(Path::parent).map_or_else(|| PathBuf::from("."), Path::to_owned)
}

/// The folder that Cargo builds into, wherever that is.
pub(crate) fn target() -> Result<PathBuf, String> {
    let output = cargo()
        .args(["metadata", "--quiet", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(root())
        .output()
        .map_err(|error| format!("cannot run cargo metadata: {error}"))?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("cargo metadata says nothing that can be read: {error}"))?;
    let folder = metadata["target_directory"].as_str();
    folder.map(PathBuf::from).ok_or_else(|| "cargo metadata does not name the target folder".to_owned())
}

/// The Cargo that started us, so that one toolchain does everything.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
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
        let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[workspace]"), "{manifest}");
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
