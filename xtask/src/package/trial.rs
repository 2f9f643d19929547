//! Tries packages in containers of an image: scripts there install, use, upgrade and remove them, and follow the
//! documents.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::{documents, workspace};
use postfix_process::container_engine::{Container, Engine};

/// What is tried beside the documents, in a container each: the packages, and the units of systemd that Debian's
/// Postfix has.
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
    let mut scripts = Vec::new();
    for trial in TRIALS {
        let from = workspace::root().join("packaging").join(trial);
        let text = fs::read_to_string(&from).map_err(|error| format!("{}: {error}", from.display()))?;
        scripts.push((trial.to_owned(), text));
    }
    scripts.extend(documents::scripts()?);
    for (name, text) in scripts {
        let script = shared.join(name);
        fs::write(&script, text).map_err(|error| format!("{}: {error}", script.display()))?;
        let name = format!("postfix-conformance-package-{}", std::process::id());
        let container = Container {
            image,
            name: &name,
            run: "package",
            shared: &shared,
            program: PathBuf::from("/bin/sh"),
            arguments: vec![script.into(), shared.join("former").into(), shared.join("new").into()],
            capabilities: &["NET_ADMIN"],
        };
        let status = engine.run(&container).status();
        if !status.map_err(|error| format!("cannot run {}: {error}", engine.name()))?.success() {
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}
