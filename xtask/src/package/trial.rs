//! Tries packages in containers of an image: a script there installs, uses, upgrades and removes them.
//!
//! Knows nothing of what the scripts do.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::workspace;
use postfix_process::container_engine::{Container, Engine};

/// What is tried, in a container each: the packages, and the units of systemd that Debian's Postfix has.
const TRIALS: [&str; 2] = ["trial.sh", "units.sh"];

/// Runs each trial in a container of its own, which has no network and is gone afterwards.
pub(super) fn run(image: &str, former: &Path, new: &Path) -> Result<ExitCode, String> {
    let engine = Engine::find().ok_or("there is no podman and no docker that answers")?;
    let shared = workspace::target_folder("package-trial")?;
    for (from, name) in [(former, "former"), (new, "new")] {
        let to = shared.join(name);
        if to.exists() {
            fs::remove_dir_all(&to).map_err(|error| format!("{}: {error}", to.display()))?;
        }
        workspace::output_of(Command::new("cp").arg("-R").arg(from).arg(&to))?;
    }
    for trial in TRIALS {
        let script = shared.join(trial);
        fs::copy(workspace::root().join("packaging").join(trial), &script)
            .map_err(|error| format!("{}: {error}", script.display()))?;
        let name = format!("postfix-conformance-package-{}", std::process::id());
        let container = Container {
            image,
            name: &name,
            run: "package",
            shared: &shared,
            program: PathBuf::from("/bin/sh"),
            arguments: vec![script.into(), shared.join("former").into(), shared.join("new").into()],
            capabilities: &[],
        };
        let status = engine.run(&container).status();
        if !status.map_err(|error| format!("cannot run {}: {error}", engine.name()))?.success() {
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}
