//! `cargo xtask package`: the manager as a static program in a Debian package, and a look at both; with `--try`, a
//! trial of the package in a container.
//!
//! Knows what must be in the package and what must not. What happens in the container is said in
//! `wrapper/debian/trial.sh`.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::images::engine::{Container, Engine};
use crate::{message, workspace};

/// Every file of the package. Whoever adds one says so here, too.
const FILES: [&str; 9] = [
    "./usr/libexec/postfix-wrapper",
    "./usr/sbin/postfix-multi",
    "./usr/share/bash-completion/completions/postfix-wrapper",
    "./usr/share/doc/postfix-wrapper/changelog.Debian.gz",
    "./usr/share/doc/postfix-wrapper/copyright",
    "./usr/share/doc/postfix-wrapper/operators.md",
    "./usr/share/fish/vendor_completions.d/postfix-wrapper.fish",
    "./usr/share/man/man1/postfix-wrapper.1.gz",
    "./usr/share/zsh/vendor-completions/_postfix-wrapper",
];

/// Builds the package, and tries it in a container of the image, if one is named.
pub(crate) fn run(image: Option<String>) -> Result<ExitCode, String> {
    look_at_manual()?;
    let target = host()?;
    let program = program()?;
    let package = pack(&target)?;
    compare_files(&package)?;
    message::say(&format!("static program: {}\npackage: {}", program.display(), package.display()));
    match image {
        Some(image) => try_in_container(&image, &package),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// The manager, built to need no shared library.
pub(crate) fn program() -> Result<PathBuf, String> {
    let program = build(&host()?)?;
    if is_static(&program)? {
        Ok(program)
    } else {
        Err(format!("{} needs shared libraries", program.display()))
    }
}

/// The manual page, by mandoc's own eyes, where there is a mandoc.
fn look_at_manual() -> Result<(), String> {
    let page = workspace::root().join("wrapper/man/postfix-wrapper.1");
    match Command::new("mandoc").args(["-Tlint", "-Wwarning"]).arg(&page).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("mandoc complains:\n{}", String::from_utf8_lossy(&output.stdout))),
        Err(_) => {
            message::say("skipped: the manual page is not looked at, there is no mandoc");
            Ok(())
        }
    }
}

/// The target that this machine builds for. It has to be named, or procedural macros would be built static too.
pub(crate) fn host() -> Result<String, String> {
    let output = output_of(Command::new("rustc").arg("-vV"))?;
    let host = output.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc does not say what it builds for".to_owned())
}

fn build(target: &str) -> Result<PathBuf, String> {
    let messages = output_of(
        workspace::cargo()
            .current_dir(workspace::root())
            .env("RUSTFLAGS", "-C target-feature=+crt-static")
            .args(["build", "--release", "--locked", "--quiet", "--message-format=json-render-diagnostics"])
            .args(["-p", "postfix-wrapper", "--bins", "--target", target]),
    )?;
    let executable = messages.lines().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let manager = message["target"]["name"] == "postfix-wrapper";
        message["executable"].as_str().filter(|_| manager).map(PathBuf::from)
    });
    executable.ok_or_else(|| "cargo does not say where it put postfix-wrapper".to_owned())
}

/// Whether a program needs nothing but the kernel: it asks for no loader.
fn is_static(program: &Path) -> Result<bool, String> {
    Ok(!output_of(Command::new("readelf").arg("-lW").arg(program))?.contains("INTERP"))
}

fn pack(target: &str) -> Result<PathBuf, String> {
    let output = output_of(workspace::cargo().current_dir(workspace::root()).args([
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
    let listing = output_of(Command::new("dpkg-deb").arg("-c").arg(package))?;
    let mut found: Vec<&str> = listing
        .lines()
        .filter(|line| !line.starts_with('d'))
        .filter_map(|line| line.split_whitespace().nth(5))
        .collect();
    found.sort_unstable();
    if found == FILES { Ok(()) } else { Err(format!("the package holds {found:#?}, not {FILES:#?}")) }
}

/// Runs the trial in a container of its own, which has no network and is gone afterwards.
fn try_in_container(image: &str, package: &Path) -> Result<ExitCode, String> {
    let engine = Engine::find().ok_or("there is no podman and no docker that answers")?;
    let shared = workspace::target()?.join("package-trial");
    let copy = |from: &Path, name: &str| {
        let to = shared.join(name);
        std::fs::copy(from, &to).map_err(|error| format!("{}: {error}", to.display()))?;
        Ok::<_, String>(to)
    };
    std::fs::create_dir_all(&shared).map_err(|error| format!("{}: {error}", shared.display()))?;
    let trial = copy(&workspace::root().join("wrapper/debian/trial.sh"), "trial.sh")?;
    let package = copy(package, "package.deb")?;
    let name = format!("postfix-conformance-package-{}", std::process::id());
    let container = Container {
        image,
        name: &name,
        run: "package",
        shared: &shared,
        program: PathBuf::from("/bin/sh"),
        arguments: vec![trial.into(), package.into()],
    };
    let status = engine.run(&container).status();
    let status = status.map_err(|error| format!("cannot run {}: {error}", engine.name()))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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
