//! `cargo xtask crash`: kills postfix-multi at each step, in containers.
//! It also lets many of them work at once. It does this on each Postfix series, and reports the results.
//!
//! Builds two static programs, so that every image can run them, and puts them side by side. What is done in the
//! container is `postfix-crash`'s business.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use crate::cargo_build::{self, Programs};
use crate::{message, workspace};
use postfix_process::container_engine::{Container, Engine};

use crate::image_options::{Chosen, ImageOptions};

/// The programs.
const TESTER: &str = "postfix-crash";
const TESTED: &str = "postfix-multi";

/// Where postmulti(1) is in the images.
const POSTMULTI: &str = "/usr/sbin/postmulti";

/// How long a command of ours may wait for the others.
const PATIENCE: &str = "--with=--wait=900";

/// What is tried, if not all.
#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    images: ImageOptions,

    /// Only each N-th moment, beginning with the I-th
    #[arg(long, value_name = "I/N", default_value = "1/1")]
    shard: String,

    /// Kill only the process that makes the call, and let the others go on
    #[arg(long)]
    kill_caller_only: bool,

    /// Let twenty processes make two hundred instances at once instead; then the same with postmulti(1)
    #[arg(long)]
    race: bool,

    /// Only these changes of the system: init, create, create-elsewhere, create-beside, create-intruded, import,
    /// import-by-hand, deport, destroy, destroy-by-hand, destroy-intruded, enable, disable, assign
    actions: Vec<String>,
}

/// Tries all of it.
pub(crate) fn run(options: &Options) -> Result<ExitCode, String> {
    let engine = Engine::find()
        .ok_or("there is no podman and no docker that answers; install one: apt-get install podman runc")?;
    let shared = workspace::target_folder("crash")?;
    for program in build()?.values() {
        let name = program.file_name().unwrap_or_default();
        let place = shared.join(name);
        // A name that is new cannot be a program that somebody is running.
        let new = shared.join(format!("{}.{}", name.to_string_lossy(), std::process::id()));
        let copied = std::fs::copy(program, &new).and_then(|_| std::fs::rename(&new, &place));
        copied.map_err(|error| format!("{}: {error}", place.display()))?;
    }
    let mut failed = false;
    for image in options.images.chosen()? {
        message::say(&format!("Postfix {}", image.name));
        failed |= !one(engine, &shared, &image, arguments(options, &shared))?;
        if options.race {
            // What postmulti reaches is told, and is no failure of ours.
            let rival = ["race", "--tool", POSTMULTI].map(OsString::from).to_vec();
            one(engine, &shared, &image, rival)?;
        }
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn arguments(options: &Options, shared: &Path) -> Vec<OsString> {
    let tool = shared.join(TESTED).into_os_string();
    if options.race {
        return vec!["race".into(), "--tool".into(), tool, PATIENCE.into()];
    }
    let mut arguments = vec!["kill".into(), "--tool".into(), tool, "--shard".into(), (&options.shard).into()];
    if options.kill_caller_only {
        arguments.push("--kill-caller-only".into());
    }
    arguments.extend(options.actions.iter().map(OsString::from));
    arguments
}

/// Whether one run in a container held. A status that says that nothing could be tried is an error.
fn one(engine: Engine, shared: &Path, image: &Chosen, arguments: Vec<OsString>) -> Result<bool, String> {
    let name = format!("postfix-conformance-crash-{}", std::process::id());
    let container = Container {
        image: &image.reference,
        name: &name,
        run: "crash",
        shared,
        program: shared.join(TESTER),
        arguments,
        capabilities: &[],
    };
    let status = engine.run(&container).status();
    match status.map_err(|error| format!("cannot run {}: {error}", engine.name()))?.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => {
            let reference = &image.reference;
            Err(format!("nothing could be tried on {reference}; is there such an image? cargo xtask images"))
        }
    }
}

/// Both programs, built to need no shared library.
fn build() -> Result<Programs, String> {
    let programs = cargo_build::programs(
        workspace::cargo()
            .current_dir(workspace::root())
            .env("RUSTFLAGS", "-C target-feature=+crt-static")
            .args(["build", "--locked"])
            .args(["-p", "postfix-wrapper", "-p", TESTER, "--bin", TESTED, "--bin", TESTER])
            .args(["--target", &cargo_build::host()?]),
    )?;
    if programs.len() == 2 {
        Ok(programs)
    } else {
        Err("cargo does not say where it put both programs".to_owned())
    }
}
