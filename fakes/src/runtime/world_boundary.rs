//! Keeps fakes within their world.
//! A fake creates, changes and removes files only below the world's root (exception: `postconf -e`). It sees files of
//! the host only if the world names them.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::protocol::world::World;
use crate::runtime::program::Program;

/// Whether a new name lies in the world, after links and `..` of its parent are followed. If the parent is missing,
/// nothing can be created, so the name counts as inside.
pub(crate) fn is_within(world: &World, path: &Path) -> bool {
    let Ok(root) = world.root.canonicalize() else { return false };
    match path.parent().map(Path::canonicalize) {
        Some(Ok(parent)) => parent.starts_with(root) || is_laid_over(world, &parent),
        Some(Err(error)) => error.kind() == ErrorKind::NotFound,
        None => false,
    }
}

/// Whether a change of this name stays in the world: the file that it leads to is there, or would be created there.
pub(crate) fn holds(world: &World, path: &Path) -> bool {
    match path.canonicalize() {
        Ok(found) => {
            let Ok(root) = world.root.canonicalize() else { return false };
            found.starts_with(root)
                || is_laid_over(world, &found)
                || found.parent().is_some_and(|parent| is_laid_over(world, parent))
        }
        // Writing to a dangling link would create the file that it names.
        Err(_) => path.symlink_metadata().is_err() && is_within(world, path),
    }
}

/// Refuses to change what lies outside of the world: the exit status.
pub(crate) fn may_change(program: &Program, path: &Path) -> Result<(), u8> {
    if holds(&program.world, path) {
        return Ok(());
    }
    Err(program.refuse(&format!("to change {}, outside of the world", path.display())))
}

/// The file at an absolute path as the world sees it: its own, or else the one of its simulated host. None if it has no
/// host.
pub(crate) fn seen(world: &World, path: &Path) -> Option<PathBuf> {
    let is_own = match path.canonicalize() {
        Ok(_) => holds(world, path),
        // A file that cannot be reached is the world's own if its path is.
        Err(_) => path.starts_with(&world.root),
    };
    if is_own { Some(path.to_path_buf()) } else { world.host_path(path.strip_prefix("/").unwrap_or(path)) }
}

/// Whether a directory elsewhere is the world's own, mounted over the compiled-in one.
fn is_laid_over(world: &World, directory: &Path) -> bool {
    let identity = |path: &Path| path.metadata().ok().map(|found| (found.dev(), found.ino()));
    let own = identity(&world.root.join("etc/postfix"));
    own.is_some() && own == identity(directory)
}

#[cfg(test)]
mod tests {
    use super::{holds, is_within};
    use crate::runtime::fuzz_subject::world;

    #[test]
    fn nothing_is_made_outside_of_a_world() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("world");
        std::fs::create_dir_all(root.join("spool")).unwrap();
        std::os::unix::fs::symlink(place.path(), root.join("way-out")).unwrap();
        let mut world = world(&root, b"3.11");
        world.settings.default_config_directory = "/etc/postfix".into();
        assert!(is_within(&world, &root.join("spool/postfix")));
        for outside in ["way-out/postfix", "../postfix", "spool/../../postfix"] {
            assert!(!is_within(&world, &root.join(outside)), "{outside}");
        }
        assert!(!is_within(&world, std::path::Path::new("/nonexistent")));
        std::os::unix::fs::symlink(place.path().join("missing"), root.join("nowhere")).unwrap();
        for inside in ["spool", "spool/new", "spool/new/deeper"] {
            assert!(holds(&world, &root.join(inside)), "{inside}");
        }
        for outside in ["way-out", "way-out/new", "..", "nowhere"] {
            assert!(!holds(&world, &root.join(outside)), "{outside}");
        }
    }
}
