//! Packs a package for Debian: what Debian has elsewhere or in another form, the control files, and dpkg-deb.
//!
//! What a package says of itself is in `packaging/debian`, as a source package of Debian has it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::release::Release;
use super::stage::{set_times, write};
use crate::workspace;

/// Packs what is staged below `tree`/usr, which is changed into Debian's form.
pub(super) fn pack(name: &str, tree: &Path, release: &Release, to: &Path) -> Result<PathBuf, String> {
    let folder = workspace::root().join("packaging/debian");
    let architecture = workspace::output_of(Command::new("dpkg").arg("--print-architecture"))?;
    let version = format!("{}-1", release.version);
    let text =
        |path: PathBuf| fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()));
    in_the_form_of_debian(name, tree, &folder)?;
    let control = control(&text(folder.join("control"))?, name)?;
    let control = format!(
        "Package: {name}\nVersion: {version}\nArchitecture: {}\nInstalled-Size: {}\n{control}",
        architecture.trim(),
        kibibytes(&tree.join("usr"))?
    );
    let sums = workspace::output_of(
        Command::new("sh")
            .current_dir(tree)
            .args(["-c", "find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum"]),
    )?;
    write(&tree.join("DEBIAN/control"), control.as_bytes(), 0o644)?;
    write(&tree.join("DEBIAN/md5sums"), sums.as_bytes(), 0o644)?;
    if let Ok(prerm) = fs::read(folder.join(format!("{name}.prerm"))) {
        write(&tree.join("DEBIAN/prerm"), &prerm, 0o755)?;
    }
    set_times(tree, release)?;
    let package = to.join(format!("{name}_{version}_{}.deb", architecture.trim()));
    let mut dpkg = Command::new("dpkg-deb");
    // One thread, as otherwise the number of processors would decide how it is compressed.
    dpkg.args(["--root-owner-group", "--threads-max=1", "-Zxz", "--build"]).arg(tree).arg(&package);
    workspace::output_of(dpkg.env("SOURCE_DATE_EPOCH", release.seconds.to_string()))?;
    Ok(package)
}

/// Debian's places for completions of zsh and for licences, its list of changes, and compressed pages.
fn in_the_form_of_debian(name: &str, tree: &Path, folder: &Path) -> Result<(), String> {
    let share = tree.join("usr/share");
    let move_aside = || {
        fs::rename(share.join("zsh/site-functions"), share.join("zsh/vendor-completions"))?;
        fs::remove_dir_all(share.join("licenses"))
    };
    move_aside().map_err(|error| format!("{}: {error}", share.display()))?;
    let document = share.join("doc").join(name);
    for (from, to) in [
        ("copyright".to_owned(), document.join("copyright")),
        ("changelog".to_owned(), document.join("changelog.Debian")),
        (format!("{name}.lintian-overrides"), share.join("lintian/overrides").join(name)),
    ] {
        let from = folder.join(from);
        let content = fs::read(&from).map_err(|error| format!("{}: {error}", from.display()))?;
        write(&to, &content, 0o644)?;
    }
    let compress = "find share/man share/doc/*/changelog.Debian -type f -exec gzip -9n {} +";
    workspace::output_of(Command::new("sh").current_dir(tree.join("usr")).args(["-c", compress]))?;
    Ok(())
}

/// The fields of a package in a source package's control file, as they are in the package's own.
fn control(source: &str, name: &str) -> Result<String, String> {
    let paragraphs: Vec<&str> = source.split("\n\n").collect();
    let binary = paragraphs
        .iter()
        .find(|text| text.lines().any(|line| line == format!("Package: {name}")))
        .ok_or_else(|| format!("packaging/debian/control has no package {name}"))?;
    let mut control = String::new();
    let general = ["Maintainer:", "Section:", "Priority:"];
    for line in paragraphs[0].lines().filter(|line| general.iter().any(|field| line.starts_with(field))) {
        let _ = writeln!(control, "{line}");
    }
    let mut is_kept = true;
    for line in binary.lines() {
        if !line.starts_with(' ') {
            is_kept = !["Package:", "Architecture:"].iter().any(|field| line.starts_with(field));
        }
        if is_kept {
            let _ = writeln!(control, "{line}");
        }
    }
    // What a build of Debian would fill in: the programs are static, so that nothing is to be filled in here.
    Ok(control
        .replace("${shlibs:Depends}, ", "")
        .replace("${misc:Depends}, ", "")
        .replace("Depends: ${misc:Depends}\n", ""))
}

/// The size of all files, each rounded up.
fn kibibytes(folder: &Path) -> Result<u64, String> {
    let mut sum = 0;
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        let metadata = path.symlink_metadata().map_err(|error| format!("{}: {error}", path.display()))?;
        sum += if metadata.is_dir() { 1 + kibibytes(&path)? } else { metadata.len().div_ceil(1024) };
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::control;

    const SOURCE: &str = "Source: x\nSection: mail\nPriority: optional\nMaintainer: M <m@example.org>\nBuild-Depends: y\n\n\
        Package: x\nArchitecture: any\nDepends: ${shlibs:Depends}, ${misc:Depends}, postfix\nDescription: short\n long\n .\n more\n\n\
        Package: z\nArchitecture: any\nDescription: other\n";

    #[test]
    fn a_package_says_what_its_source_says_of_it() {
        assert_eq!(
            control(SOURCE, "x").unwrap(),
            "Section: mail\nPriority: optional\nMaintainer: M <m@example.org>\nDepends: postfix\nDescription: short\n long\n .\n more\n"
        );
        assert!(control(SOURCE, "y").unwrap_err().contains("has no package y"));
    }
}
