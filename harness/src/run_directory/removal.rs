//! Removes a directory even if a judged program has made that difficult.
//! There can be closed directories, deeply nested names, immutable files, and other file systems.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::run_directory::mounts;

/// Removes a directory with everything in it, and nothing beyond it.
///
/// # Errors
/// When something stays.
pub(crate) fn remove(directory: &Path) -> io::Result<()> {
    mounts::clear_below(directory)?;
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => by_force(directory).map_err(|_| error),
        _ => Ok(()),
    }
}

/// What takes away all that keeps files from being removed, and then the files. Each may be missing.
const TOOLS: [&[&str]; 3] = [
    &["chattr", "-R", "-f", "-i", "-a"],
    &["chmod", "-R", "u+rwx"],
    &["rm", "-r", "-f", "--one-file-system"],
];

/// The system's own tools hold no directory open while they are further down.
fn by_force(directory: &Path) -> io::Result<()> {
    for tool in TOOLS {
        let Some((program, options)) = tool.split_first() else { continue };
        let mut command = Command::new(program);
        command.args(options).arg("--").arg(directory);
        let _ = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
    match directory.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err(io::ErrorKind::DirectoryNotEmpty.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    use super::remove;

    #[test]
    fn a_directory_goes_whatever_is_in_it() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("world");
        fs::create_dir_all(directory.join("closed/deeper")).unwrap();
        fs::set_permissions(directory.join("closed"), fs::Permissions::from_mode(0o0)).unwrap();
        // More of them below each other than this process may have open.
        let script =
            "cd -P -- \"$1\" && for turn in 1 2 3 4 5 6; do mkdir -p \"$2\" && cd -P \"$2\" || exit 1; done";
        let deep = "d/".repeat(500);
        let made = Command::new("sh").args(["-c", script, "sh"]).arg(&directory).arg(deep).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        remove(&directory).unwrap();
        assert!(!directory.exists());
        remove(&directory).unwrap();
    }
}
