//! The folders of this machine that a compiler may write into a program, and what they are called there.
//!
//! Knows nothing of how a program is built.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::{cargo_build, workspace};

/// Each folder with its name in programs: a folder below another comes after it.
pub(super) fn all() -> Result<Vec<(PathBuf, String)>, String> {
    let root = workspace::root();
    let root = fs::canonicalize(&root).map_err(|error| format!("{}: {error}", root.display()))?;
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")));
    let mut folders = vec![
        (root, ".".to_owned()),
        (home.ok_or("neither CARGO_HOME nor HOME is set")?, "cargo".to_owned()),
        (workspace::target()?, "target".to_owned()),
    ];
    let host = cargo_build::host()?;
    let words = ["metadata", "--quiet", "--locked", "--format-version=1", "--filter-platform", &host];
    let metadata = workspace::output_of(workspace::cargo().args(words).current_dir(workspace::root()))?;
    folders.extend(of_crates(&metadata)?);
    folders.sort();
    Ok(folders)
}

/// The topmost folders, of which no program may name any; of a crate, the one in which all are.
pub(super) fn topmost() -> Result<Vec<PathBuf>, String> {
    Ok(topmost_of(all()?))
}

fn topmost_of(folders: Vec<(PathBuf, String)>) -> Vec<PathBuf> {
    let whole = |(folder, name): (PathBuf, String)| match folder.parent() {
        Some(above) if name.starts_with(CRATES) => above.to_owned(),
        _ => folder,
    };
    let mut folders: Vec<PathBuf> = folders.into_iter().map(whole).collect();
    folders.sort();
    folders.dedup_by(|folder, former| folder.starts_with(former));
    folders
}

/// What a crate's name begins with.
const CRATES: &str = "crates/";

/// The folders of other people's crates, wherever they come from, by name and version.
fn of_crates(metadata: &str) -> Result<Vec<(PathBuf, String)>, String> {
    let metadata: serde_json::Value = serde_json::from_str(metadata)
        .map_err(|error| format!("cargo metadata says nothing that can be read: {error}"))?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata names no packages")?;
    let of_crate = |package: &serde_json::Value| {
        let folder = Path::new(package["manifest_path"].as_str()?).parent()?;
        Some((
            folder.to_owned(),
            format!("{CRATES}{}-{}", package["name"].as_str()?, package["version"].as_str()?),
        ))
    };
    Ok(packages.iter().filter(|package| !package["source"].is_null()).filter_map(of_crate).collect())
}

#[cfg(test)]
mod tests {
    use super::{all, of_crates, topmost_of};
    use std::path::PathBuf;

    #[test]
    fn a_crate_has_the_same_name_in_a_registry_and_in_a_folder_of_copies() {
        let of = |folder: &str| {
            of_crates(&format!(
                r#"{{"packages": [{{"name": "own", "version": "1.0.0", "source": null, "manifest_path": "/w/Cargo.toml"}},
                    {{"name": "nix", "version": "0.32.0", "source": "registry", "manifest_path": "{folder}/Cargo.toml"}}]}}"#
            ))
        };
        for folder in ["/srv/cargo/registry/src/x/nix-0.32.0", "/srv/vendor/nix"] {
            assert_eq!(of(folder).unwrap(), [(PathBuf::from(folder), "crates/nix-0.32.0".to_owned())]);
        }
        assert!(of("no JSON \"").is_err());
    }

    #[test]
    fn a_folder_stands_for_all_that_is_below_it() {
        let folders =
            [("/srv/clone", "."), ("/srv/clone/target", "target"), ("/srv/vendor/nix", "crates/nix-1")];
        let folders = folders.map(|(folder, name)| (PathBuf::from(folder), name.to_owned()));
        assert_eq!(topmost_of(folders.to_vec()), [PathBuf::from("/srv/clone"), "/srv/vendor".into()]);
    }

    #[test]
    fn what_lies_below_another_folder_comes_after_it() {
        let folders = all().unwrap();
        assert!(folders.len() > 10);
        for (index, (folder, _)) in folders.iter().enumerate() {
            assert!(
                folders[..index].iter().all(|(former, _)| former == folder || !former.starts_with(folder))
            );
        }
    }
}
