//! Packs what needs no package manager: an archive of all files, and checksums.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::release::Release;
use super::stage::empty;
use crate::workspace;

/// All files below a folder that is named after the release, for a machine whose packages are of another kind.
pub(super) fn tarball(usr: &Path, release: &Release, machine: &str, to: &Path) -> Result<PathBuf, String> {
    let name = format!("postfix-wrapper-{}-{machine}", release.version);
    let work = workspace::target_folder("package")?.join("tarball");
    empty(&work)?;
    workspace::output_of(Command::new("cp").arg("-a").arg(usr).arg(work.join(&name)))?;
    let tar = to.join(format!("{name}.tar"));
    // The files have the release's time, and no owner of this machine.
    let mut pack = Command::new("tar");
    pack.args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--format=ustar"]);
    pack.arg(format!("--mtime=@{}", release.seconds)).arg("-C").arg(&work).arg("-cf").arg(&tar).arg(&name);
    workspace::output_of(&mut pack)?;
    workspace::output_of(Command::new("gzip").args(["-9nf"]).arg(&tar))?;
    Ok(tar.with_extension("tar.gz"))
}

/// Writes the checksums of all files of a folder, as sha256sum checks them.
pub(super) fn sums(folder: &Path) -> Result<(), String> {
    let script = "set -e; LC_ALL=C; export LC_ALL; rm -f SHA256SUMS; sha256sum -- * >../SHA256SUMS; mv ../SHA256SUMS .";
    workspace::output_of(Command::new("sh").current_dir(folder).args(["-c", script])).map(drop)
}
