//! Packs all packages as .rpm, with rpmbuild and the recipe in `packaging`.
//!
//! The recipe names each file. So a file that is staged and not named there, or named and not staged, is an error.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::release::Release;
use super::stage::empty;
use crate::workspace;

/// What makes the same package of the same files, whenever and wherever it is built.
const SAME: [&str; 4] = [
    "use_source_date_epoch_as_buildtime 1",
    "clamp_mtime_to_source_date_epoch 1",
    "_buildhost localhost",
    "_build_id_links none",
];

/// Packs what is staged below `tree`/usr.
pub(super) fn pack(tree: &Path, release: &Release, to: &Path) -> Result<Vec<PathBuf>, String> {
    let work = workspace::target_folder("package")?.join("rpmbuild");
    empty(&work)?;
    let mut rpmbuild = Command::new("rpmbuild");
    // What is staged needs nothing to be built, and is judged elsewhere.
    rpmbuild
        .args(["-bb", "--quiet", "--nodeps", "--nocheck"])
        .env("SOURCE_DATE_EPOCH", release.seconds.to_string());
    for macro_ in SAME {
        rpmbuild.args(["--define", macro_]);
    }
    let packaging = workspace::root().join("packaging");
    let prerm = packaging.join("debian/postfix-wrapper.prerm");
    for (name, value) in [("_topdir", work.as_path()), ("staged", tree), ("prerm", &prerm)] {
        rpmbuild.args(["--define", &format!("{name} {}", value.display())]);
    }
    rpmbuild.args(["--define", &format!("released {}", release.version)]);
    workspace::output_of(rpmbuild.arg(packaging.join("postfix-wrapper.spec")))?;
    let mut packages = Vec::new();
    collect(&work.join("RPMS"), &mut packages).map_err(|error| format!("{}: {error}", work.display()))?;
    packages.sort();
    packages.iter().map(|package| moved(package, to)).collect()
}

fn collect(folder: &Path, packages: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, packages)?;
        } else {
            packages.push(path);
        }
    }
    Ok(())
}

fn moved(package: &Path, to: &Path) -> Result<PathBuf, String> {
    let place = to.join(package.file_name().unwrap_or_default());
    fs::rename(package, &place).map_err(|error| format!("{}: {error}", place.display()))?;
    Ok(place)
}
