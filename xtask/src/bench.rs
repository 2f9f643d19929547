//! `cargo xtask bench`: measures what a manager costs in addition to the commands that it runs.
//! It measures on the installed Postfix, with a postfix-script that does nothing. It also measures what is gained if
//! several commands run at once.
//!
//! All candidates take turns in one run, so that a busy machine is busy for each of them, and what is printed are
//! ratios. Nothing here fails because something is slow. The host's Postfix is out of reach: it all happens in
//! private namespaces, where a temporary directory lies over the configuration directory.

mod candidate;
mod chart;
mod fixture;
mod goals;
mod live;
pub(crate) mod measure;
mod ratios;
mod report;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use self::measure::Thoroughness;
use crate::{cargo_build, message, workspace};

/// What the hidden command is called that does the work within the namespaces.
pub(crate) const INSIDE: &str = "bench-inside";

/// Where Debian and most others put the configuration directory; postconf(1) knows for sure.
const COMPILED_IN: [&str; 2] = ["-dh", "config_directory"];

/// Runs the benchmark, in namespaces of its own.
pub(crate) fn run(thoroughness: Thoroughness) -> Result<ExitCode, String> {
    let manager = build()?;
    let output = Command::new("/usr/sbin/postconf").args(COMPILED_IN).output();
    let Ok(output) = output else {
        message::say("skipped: there is no installed Postfix (/usr/sbin/postconf)");
        return Ok(ExitCode::SUCCESS);
    };
    let covered = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let results = workspace::target_folder("bench")?;
    let scene = fixture::Scene::set(Path::new(&covered), manager)?;
    let program = std::env::current_exe().map_err(|error| format!("cannot find this program: {error}"))?;
    let inside = "mount --make-rprivate / && mount --bind \"$1\" \"$2\" && shift 2 && exec \"$@\"";
    let status = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc"])
        .args(["sh", "-c", inside, "sh"])
        .arg(scene.default_directory())
        .arg(&covered)
        .arg(program)
        .arg(INSIDE)
        .arg(scene.description()?)
        .arg(match thoroughness {
            Thoroughness::Full => "full",
            Thoroughness::Brief => "brief",
        })
        .arg(&results)
        .status()
        .map_err(|error| format!("cannot run unshare: {error}"))?;
    if status.success() {
        return Ok(ExitCode::SUCCESS);
    }
    message::say("skipped: no private namespaces here, or Postfix does not work in them; see above");
    Ok(ExitCode::FAILURE)
}

/// The part within the namespaces.
pub(crate) fn inside(scene: &Path, thoroughness: Thoroughness, results: &Path) -> Result<ExitCode, String> {
    let scene = fixture::Scene::described(scene)?;
    let measured = measure::all(&scene, thoroughness)?;
    report::tell(&measured);
    let write = |name: &str, text: String| {
        let path = results.join(name);
        std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        message::say(&format!("written: {}", path.display()));
        Ok::<_, String>(())
    };
    write("bench.json", report::json(&measured))?;
    write("bench.svg", chart::svg(&measured))?;
    Ok(ExitCode::SUCCESS)
}

/// Real instances, in a container of this image. The manager is the one that needs no shared library.
pub(crate) fn live(image: &str, turns: usize) -> Result<ExitCode, String> {
    live::run(image, turns, &crate::package::program()?)
}

/// Our manager, as it is installed.
fn build() -> Result<PathBuf, String> {
    message::complain("building postfix-wrapper");
    let programs = cargo_build::programs(workspace::cargo().current_dir(workspace::root()).args([
        "build",
        "--release",
        "--quiet",
        "-p",
        "postfix-wrapper",
        "--bin",
        "postfix-wrapper",
    ]))?;
    cargo_build::program(programs, "postfix-wrapper")
}
