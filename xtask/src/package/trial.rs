//! Tries packages in containers of an image.
//! Scripts there install, use, upgrade and remove them, and follow the documents.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::{documents, message, workspace};
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
        scripts.push((trial, text));
    }
    scripts.push(("documents.sh", documents::script()?));
    let place = Place { engine, image, shared: &shared };
    for (name, text) in scripts {
        place.write(name, &text)?;
        if !place.run(name)? {
            return Ok(ExitCode::FAILURE);
        }
    }
    place.write("systemd.sh", &documents::script_with_systemd()?)?;
    Ok(if place.run_with_systemd("systemd.sh")? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Where scripts are run.
struct Place<'a> {
    engine: Engine,
    image: &'a str,
    shared: &'a Path,
}

impl Place<'_> {
    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        let file = self.shared.join(name);
        fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))
    }

    fn container<'a>(&'a self, name: &'a str, program: &str, arguments: Vec<OsString>) -> Container<'a> {
        Container {
            image: self.image,
            name,
            run: "package",
            shared: self.shared,
            program: PathBuf::from(program),
            arguments,
            capabilities: &["NET_ADMIN"],
        }
    }

    /// What a script is called with.
    fn arguments(&self, script: &str) -> [PathBuf; 3] {
        [script, "former", "new"].map(|name| self.shared.join(name))
    }

    /// Runs a script in a container of its own; whether all is well.
    fn run(&self, script: &str) -> Result<bool, String> {
        let arguments = self.arguments(script).map(OsString::from).to_vec();
        self.ends_well(&mut self.engine.run(&self.container(&name(), "/bin/sh", arguments)))
    }

    /// Runs a script where systemd is process 1, if it is in the image.
    fn run_with_systemd(&self, script: &str) -> Result<bool, String> {
        let name = name();
        let look = self.container(
            &name,
            "/bin/sh",
            ["-c", "test -x /lib/systemd/systemd"].map(OsString::from).to_vec(),
        );
        if !self.ends_well(&mut self.engine.run(&look))? {
            message::say(&format!("skipped: the page about systemd, as {} has none", self.image));
            return Ok(true);
        }
        self.write("boot.sh", include_str!("../documents/boot.sh"))?;
        let log = self.shared.join("systemd.log");
        let _ = fs::remove_file(&log);
        let arguments = [self.shared.join("boot.sh"), log.clone()].into_iter().chain(self.arguments(script));
        let arguments = arguments.map(OsString::from).collect();
        let container = Container {
            // systemd mounts what it needs.
            capabilities: &["NET_ADMIN", "SYS_ADMIN"],
            ..self.container(&name, "/bin/sh", arguments)
        };
        let is_well = self.ends_well(&mut self.engine.run(&container))?;
        message::say(&fs::read_to_string(&log).unwrap_or_default());
        Ok(is_well)
    }

    fn ends_well(&self, command: &mut Command) -> Result<bool, String> {
        let status =
            command.status().map_err(|error| format!("cannot run {}: {error}", self.engine.name()))?;
        Ok(status.success())
    }
}

/// The name of a container.
fn name() -> String {
    format!("postfix-conformance-package-{}", std::process::id())
}
