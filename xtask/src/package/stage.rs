//! Builds the programs of a package, and puts its files where they go, below a folder.
//!
//! Knows nothing of the formats of packages.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use super::contents::{Package, Source};
use super::folders;
use super::manual;
use super::release::Release;
use crate::cargo_build::{self, Programs};
use crate::workspace;

/// How programs are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Linking {
    /// As the environment and Cargo's configuration say.
    AsConfigured,
    /// As a static program that may lie at any address, without a path of this machine.
    Portable,
}

/// Builds the programs of a package.
pub(super) fn build(package: &Package, linking: Linking) -> Result<Programs, String> {
    let mut programs = BTreeMap::new();
    for (name, words) in package.crates {
        let mut cargo = workspace::cargo();
        cargo.current_dir(workspace::root());
        cargo.args(["build", "--release", "--locked", "--bins", "-p", name]).args(*words);
        if linking == Linking::Portable {
            cargo_build::add_flags(&mut cargo, &cargo_build::host()?, &portable_flags()?);
        }
        programs.extend(cargo_build::programs(&mut cargo)?);
    }
    Ok(programs)
}

/// The C library inside; and the folders of this machine are named as on any other.
fn portable_flags() -> Result<Vec<String>, String> {
    let mut flags = vec!["-C".to_owned(), "target-feature=+crt-static".to_owned()];
    // Of several prefixes the compiler takes the last.
    let renamed = folders::all()?.into_iter();
    flags.extend(renamed.map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display())));
    Ok(flags)
}

/// Whether programs are what packages need: static, at any address, and without a path of this machine.
pub(super) fn check(programs: &Programs) -> Result<(), String> {
    let folders = folders::topmost()?;
    for program in programs.values() {
        let headers = workspace::output_of(Command::new("readelf").args(["-hlW"]).arg(program))?;
        let name = program.display();
        if headers.contains("INTERP") {
            return Err(format!("{name} needs shared libraries"));
        }
        if !headers.lines().any(|line| line.trim_start().starts_with("Type:") && line.contains("DYN")) {
            return Err(format!("{name} has a fixed address"));
        }
        let bytes = fs::read(program).map_err(|error| format!("{name}: {error}"))?;
        for folder in &folders {
            if contains(&bytes, folder.as_os_str().as_encoded_bytes()) {
                return Err(format!("{name} names {}, where it was built", folder.display()));
            }
        }
    }
    Ok(())
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && bytes.windows(part.len()).any(|window| window == part)
}

/// Puts the files of a package below `folder`, which stands for `/usr` or another prefix.
pub(super) fn fill(
    package: &Package,
    programs: &Programs,
    release: &Release,
    folder: &Path,
) -> Result<(), String> {
    for file in package.files {
        let to = folder.join(file.to);
        let program = |name: &str| cargo_build::program(programs.clone(), name);
        let (content, mode) = match &file.from {
            Source::Program(name) => (read(&program(name)?)?, 0o755),
            Source::Tree(path) => (read(&workspace::root().join(path))?, 0o644),
            Source::Printed(name, words) => (printed(&program(name)?, words)?, 0o644),
            Source::Page(document) => {
                let text = read(&workspace::root().join(document.path))?;
                let name = to.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let page = manual::page(&name, document, &String::from_utf8_lossy(&text), &release.date());
                (page.into_bytes(), 0o644)
            }
        };
        write(&to, &content, mode)?;
    }
    Ok(())
}

fn printed(program: &Path, words: &[&str]) -> Result<Vec<u8>, String> {
    workspace::output_of(Command::new(program).args(words)).map(String::into_bytes)
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Writes a file with this mode, whatever the umask is, and the folders above it.
pub(super) fn write(path: &Path, content: &[u8], mode: u32) -> Result<(), String> {
    let written = || {
        if let Some(folder) = path.parent() {
            create_folder(folder)?;
        }
        fs::write(path, content)?;
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
    };
    written().map_err(|error| format!("{}: {error}", path.display()))
}

fn create_folder(folder: &Path) -> std::io::Result<()> {
    // Above a relative path there is, at last, the empty one: the folder where this runs.
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        create_folder(above)?;
    }
    fs::create_dir(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
}

/// Gives all below a folder the time of the release.
pub(super) fn set_times(folder: &Path, release: &Release) -> Result<(), String> {
    let time = format!("@{}", release.seconds);
    let mut find = Command::new("find");
    find.arg(folder).args(["-exec", "touch", "-h", "-d", &time, "{}", "+"]);
    workspace::output_of(&mut find).map(drop)
}

/// An empty folder in place of what was there.
pub(super) fn empty(folder: &Path) -> Result<(), String> {
    let emptied = || {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        create_folder(folder)
    };
    emptied().map_err(|error| format!("{}: {error}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::{contains, create_folder, empty, write};
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    #[test]
    fn a_path_in_a_program_is_found() {
        assert!(contains(b"\0/srv/clone/src/main.rs\0", b"/srv/clone"));
        assert!(!contains(b"\0./src/main.rs\0", b"/srv/clone"));
        assert!(!contains(b"anything", b""));
    }

    #[test]
    fn the_folder_above_a_relative_one_is_there() {
        create_folder(Path::new("src").parent().unwrap()).unwrap();
    }

    #[test]
    fn files_and_folders_have_the_modes_that_they_are_given() {
        let top = tempfile::tempdir().unwrap();
        let stage = top.path().join("stage");
        empty(&stage).unwrap();
        write(&stage.join("usr/bin/x"), b"x", 0o755).unwrap();
        let mode = |path: &str| fs::metadata(stage.join(path)).unwrap().permissions().mode() & 0o7777;
        assert_eq!([mode("usr"), mode("usr/bin"), mode("usr/bin/x")], [0o755, 0o755, 0o755]);
        empty(&stage).unwrap();
        assert!(!stage.join("usr").exists());
    }
}
