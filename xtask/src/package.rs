//! `cargo xtask package`: the manager and the multi-instance tool as static programs in a Debian package, and a look at
//! all of it; with `--try`, trials of the package in containers.
//!
//! Knows what must be in the package and what must not. What happens in the containers is said in the scripts of
//! `wrapper/debian`.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::cargo_build::{self, Programs, host};
use crate::{message, workspace};
use postfix_process::container_engine::{Container, Engine};

/// Every file of the package. Whoever adds one says so here, too.
const FILES: [&str; 16] = [
    "./usr/libexec/postfix-wrapper",
    "./usr/sbin/postfix-multi",
    "./usr/share/bash-completion/completions/postfix-multi",
    "./usr/share/bash-completion/completions/postfix-wrapper",
    "./usr/share/doc/postfix-wrapper/changelog.Debian.gz",
    "./usr/share/doc/postfix-wrapper/copyright",
    "./usr/share/doc/postfix-wrapper/configuration-management.md",
    "./usr/share/doc/postfix-wrapper/life-cycle.md",
    "./usr/share/doc/postfix-wrapper/operators.md",
    "./usr/share/fish/vendor_completions.d/postfix-multi.fish",
    "./usr/share/fish/vendor_completions.d/postfix-wrapper.fish",
    "./usr/share/lintian/overrides/postfix-wrapper",
    "./usr/share/man/man1/postfix-multi.1.gz",
    "./usr/share/man/man1/postfix-wrapper.1.gz",
    "./usr/share/zsh/vendor-completions/_postfix-multi",
    "./usr/share/zsh/vendor-completions/_postfix-wrapper",
];

/// The manual's pages.
const PAGES: [&str; 2] = ["postfix-wrapper.1", "postfix-multi.1"];

/// What is tried, in a container each: the manager, and the units of systemd that Debian's Postfix has.
const TRIALS: [&str; 2] = ["trial.sh", "units.sh"];

/// Builds the package, and tries it in containers of the image, if one is named.
pub(crate) fn run(image: Option<String>) -> Result<ExitCode, String> {
    look_at_manual()?;
    let target = host()?;
    let program = program()?;
    let package = pack(&target)?;
    compare_files(&package)?;
    look_at_package(&package)?;
    message::say(&format!("static program: {}\npackage: {}", program.display(), package.display()));
    match image {
        Some(image) => try_in_containers(&image, &package),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// The manager, built to need no shared library.
pub(crate) fn program() -> Result<PathBuf, String> {
    let programs = build(&host()?)?;
    for program in programs.values() {
        if !is_static(program)? {
            return Err(format!("{} needs shared libraries", program.display()));
        }
    }
    cargo_build::program(programs, "postfix-wrapper")
}

/// Checks the manual's pages with mandoc, if it is installed.
fn look_at_manual() -> Result<(), String> {
    let folder = workspace::root().join("wrapper/man");
    match Command::new("mandoc").args(["-Tlint", "-Wwarning"]).args(PAGES).current_dir(folder).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("mandoc complains:\n{}", String::from_utf8_lossy(&output.stdout))),
        Err(_) => left_out("the manual is not looked at, there is no mandoc", workspace::in_ci()),
    }
}

/// Checks the package with lintian, if it is installed.
fn look_at_package(package: &Path) -> Result<(), String> {
    let profile = ["--profile", "debian", "--fail-on", "error,warning"];
    match Command::new("lintian").args(profile).arg(package).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!(
            "lintian complains:\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )),
        Err(_) => left_out("the package is not looked at, there is no lintian", workspace::in_ci()),
    }
}

/// Says what is skipped; in CI, where nothing may be skipped, this is an error.
fn left_out(what: &str, in_ci: bool) -> Result<(), String> {
    if in_ci {
        return Err(what.to_owned());
    }
    message::say(&format!("skipped: {what}"));
    Ok(())
}

fn build(target: &str) -> Result<Programs, String> {
    cargo_build::programs(
        workspace::cargo()
            .current_dir(workspace::root())
            .env("RUSTFLAGS", "-C target-feature=+crt-static")
            .args(["build", "--release", "--locked"])
            .args(["-p", "postfix-wrapper", "--bins", "--target", target]),
    )
}

/// Whether a program needs nothing but the kernel: it asks for no loader.
fn is_static(program: &Path) -> Result<bool, String> {
    Ok(!workspace::output_of(Command::new("readelf").arg("-lW").arg(program))?.contains("INTERP"))
}

fn pack(target: &str) -> Result<PathBuf, String> {
    let output = workspace::output_of(workspace::cargo().current_dir(workspace::root()).args([
        "deb",
        "--quiet",
        "--no-build",
        "--no-strip",
        "-p",
        "postfix-wrapper",
        "--target",
        target,
    ]))
    .map_err(|error| format!("{error}\nis cargo-deb there? If not: cargo install --locked cargo-deb"))?;
    let path = output.lines().last().map(PathBuf::from);
    path.filter(|path| path.exists()).ok_or_else(|| "cargo-deb does not say where the package is".to_owned())
}

fn compare_files(package: &Path) -> Result<(), String> {
    let listing = workspace::output_of(Command::new("dpkg-deb").arg("-c").arg(package))?;
    let mut found: Vec<&str> = listing
        .lines()
        .filter(|line| !line.starts_with('d'))
        .filter_map(|line| line.split_whitespace().nth(5))
        .collect();
    found.sort_unstable();
    if found == FILES { Ok(()) } else { Err(format!("the package holds {found:#?}, not {FILES:#?}")) }
}

/// Runs each trial in a container of its own, which has no network and is gone afterwards.
fn try_in_containers(image: &str, package: &Path) -> Result<ExitCode, String> {
    let engine = Engine::find().ok_or("there is no podman and no docker that answers")?;
    let shared = workspace::target_folder("package-trial")?;
    let copy = |from: &Path, name: &str| {
        let to = shared.join(name);
        std::fs::copy(from, &to).map_err(|error| format!("{}: {error}", to.display()))?;
        Ok::<_, String>(to)
    };
    let package = copy(package, "package.deb")?;
    for trial in TRIALS {
        let script = copy(&workspace::root().join("wrapper/debian").join(trial), trial)?;
        let name = format!("postfix-conformance-package-{}", std::process::id());
        let container = Container {
            image,
            name: &name,
            run: "package",
            shared: &shared,
            program: PathBuf::from("/bin/sh"),
            arguments: vec![script.into(), package.clone().into()],
            capabilities: &[],
        };
        let status = engine.run(&container).status();
        if !status.map_err(|error| format!("cannot run {}: {error}", engine.name()))?.success() {
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::left_out;

    #[test]
    fn nothing_is_skipped_in_ci() {
        assert_eq!(left_out("there is no such program", true), Err("there is no such program".to_owned()));
        assert_eq!(left_out("there is no such program", false), Ok(()));
    }
}
