//! Calls the container engine, podman or docker.
//! Every difference between the two is here. Knows nothing of what is in an image or done in a container.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The label that says which run a container belongs to.
pub const RUN_LABEL: &str = "postfix-conformance.run";

/// Where our own images are, without their tag: a Postfix series.
pub const OWN_IMAGES: &str = "localhost/postfix-conformance";

/// A Postfix series, and the Debian suite that has packages of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackagedSeries {
    /// The series.
    pub series: &'static str,
    /// The suite.
    pub suite: &'static str,
}

/// The series that our own images are built of, in the order in which they appeared.
pub const PACKAGED: [PackagedSeries; 4] = [
    PackagedSeries { series: "3.5", suite: "bullseye" },
    PackagedSeries { series: "3.7", suite: "bookworm" },
    PackagedSeries { series: "3.10", suite: "trixie" },
    PackagedSeries { series: "3.11", suite: "sid" },
];

/// What processes in a container may have. An engine asks for more than it is granted on some machines, and is
/// refused; no world needs more.
const LIMITS: [&str; 2] = ["nofile=1024:1024", "nproc=4096:4096"];

/// A container engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// podman
    Podman,
    /// docker
    Docker,
}

/// What is run in a container: one program, which is its process 1.
#[derive(Clone, Debug)]
pub struct Container<'a> {
    /// The image.
    pub image: &'a str,
    /// Its name, which nothing else has.
    pub name: &'a str,
    /// The run it belongs to.
    pub run: &'a str,
    /// A directory of this machine that is at the same place in there.
    pub shared: &'a Path,
    /// The program, below that directory.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// What its root may do beyond what the engine allows to any: names of capabilities, without `CAP_`.
    pub capabilities: &'a [&'a str],
}

impl Engine {
    /// The one that is installed and answers; podman if both do, as it needs no service.
    pub fn find() -> Option<Self> {
        [Self::Podman, Self::Docker].into_iter().find(|engine| {
            let asked = engine.command(&["version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
            asked.is_ok_and(|status| status.success())
        })
    }

    /// Its program's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Podman => "podman",
            Self::Docker => "docker",
        }
    }

    /// Starts a container and stays with it. It goes when its process 1 ends, and that must end at the end of
    /// file on its standard input: then nothing is left when this command, or who started it, is killed.
    pub fn run(self, container: &Container<'_>) -> Command {
        let shared = container.shared.as_os_str();
        let mut volume = shared.to_owned();
        volume.push(":");
        volume.push(shared);
        let mut command = self.command(&["run", "--rm", "--interactive", "--network=none", "--user=0"]);
        command.args(["--name", container.name]).arg(format!("--label={RUN_LABEL}={}", container.run));
        self.limit(&mut command);
        for capability in container.capabilities {
            command.arg(format!("--cap-add={capability}"));
        }
        // Namespaces of our own inside need a whole /proc, and the calls that make them.
        match self {
            Self::Podman => drop(command.arg("--security-opt=unmask=ALL")),
            Self::Docker => {
                command.args(["--security-opt=systempaths=unconfined", "--security-opt=apparmor=unconfined"]);
            }
        }
        command.args(["--security-opt=seccomp=unconfined", "--security-opt=label=disable"]);
        command.arg("--volume").arg(volume).arg("--entrypoint").arg(&container.program);
        command.arg(container.image).args(&container.arguments);
        command
    }

    /// Makes an image of the tar archive that the command reads on standard input.
    pub fn import(self, name: &str, labels: &[(&str, &str)]) -> Command {
        let mut command = self.command(match self {
            Self::Podman => &["import", "--quiet"],
            Self::Docker => &["import"],
        });
        for (label, value) in labels {
            command.arg("--change").arg(format!("LABEL {label}={value}"));
        }
        command.args(["-", name]);
        command
    }

    /// Makes an image by a recipe, with what it is told, from the files of a folder. It has no network while it is made.
    pub fn build(self, name: &str, recipe: &Path, told: &[(&str, &str)], folder: &Path) -> Command {
        let mut command = self.command(&["build", "--quiet", "--network=none", "--tag", name]);
        if self == Self::Podman {
            // Nothing is fetched, and no image of a single step is left.
            command.args(["--pull=never", "--layers=false"]);
        }
        self.limit(&mut command);
        for (word, value) in told {
            command.arg("--build-arg").arg(format!("{word}={value}"));
        }
        command.arg("--file").arg(recipe).arg(folder);
        command
    }

    /// Writes an image into a file, in the form of the Open Container Initiative.
    pub fn save(self, image: &str, to: &Path) -> Command {
        let mut command = self.command(match self {
            Self::Podman => &["save", "--quiet", "--format=oci-archive"],
            Self::Docker => &["save"],
        });
        command.arg("--output").arg(to).arg(image);
        command
    }

    /// Reads an image from such a file.
    pub fn load(self, from: &Path) -> Command {
        let mut command = self.command(&["load", "--quiet", "--input"]);
        command.arg(from);
        command
    }

    /// A label of an image; nothing if either does not exist.
    ///
    /// # Errors
    /// When the engine cannot be run.
    pub fn image_label(self, image: &str, label: &str) -> io::Result<Option<String>> {
        self.inspect(image, &format!("{{{{index .Config.Labels \"{label}\"}}}}"))
    }

    /// The id of an image; nothing if there is none.
    ///
    /// # Errors
    /// When the engine cannot be run.
    pub fn image_id(self, image: &str) -> io::Result<Option<String>> {
        self.inspect(image, "{{.Id}}")
    }

    fn inspect(self, image: &str, format: &str) -> io::Result<Option<String>> {
        let output =
            self.command(&["image", "inspect", "--format", format, image]).stdin(Stdio::null()).output()?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok(Some(text).filter(|text| output.status.success() && !text.is_empty() && text != "<no value>"))
    }

    /// Removes an image that has no name any more. That something still uses it is no failure.
    pub fn remove_image(self, id: &str) {
        let _ = self.command(&["image", "rm", id]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }

    /// The containers of a run that are still there.
    ///
    /// # Errors
    /// When the engine cannot be run.
    pub fn containers(self, run: &str) -> io::Result<Vec<String>> {
        let filter = format!("label={RUN_LABEL}={run}");
        let output = self.command(&["ps", "-aq", "--filter", &filter]).stdin(Stdio::null()).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).split_whitespace().map(str::to_owned).collect())
    }

    /// Ends a container and removes it, whatever it does.
    pub fn remove(self, container: &str) {
        let _ = self
            .command(&["rm", "--force", container])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }

    /// Limits what processes in a container have, and chooses what runs them.
    fn limit(self, command: &mut Command) {
        for limit in LIMITS {
            command.args(["--ulimit", limit]);
        }
        // podman's usual runtime, crun, is refused by some kernels that runc gets along with.
        if self == Self::Podman && installed("runc") {
            command.args(["--runtime", "runc"]);
        }
    }

    fn command(self, words: &[&str]) -> Command {
        let mut command = Command::new(self.name());
        command.args(words);
        command
    }
}

/// Whether there is a program of this name.
fn installed(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).chain(["/usr/sbin".into()]).any(|folder| folder.join(name).is_file())
}

#[cfg(test)]
mod tests {
    use super::{Container, Engine};
    use std::path::{Path, PathBuf};

    fn words(engine: Engine) -> Vec<String> {
        let container = Container {
            image: "localhost/x:1",
            name: "r1-0",
            run: "r1",
            shared: Path::new("/srv/run"),
            program: PathBuf::from("/srv/run/program"),
            arguments: vec!["inside".into()],
            capabilities: &["SYS_ADMIN"],
        };
        let command = engine.run(&container);
        command.get_args().map(|word| word.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_container_goes_with_its_client_has_no_network_and_says_whose_it_is() {
        for engine in [Engine::Podman, Engine::Docker] {
            let words = words(engine);
            for needed in [
                "--rm",
                "--interactive",
                "--network=none",
                "--label=postfix-conformance.run=r1",
                "--cap-add=SYS_ADMIN",
            ] {
                assert!(words.iter().any(|word| word == needed), "{needed}: {words:?}");
            }
            assert!(!words.iter().any(|word| word.contains("privileged")), "{words:?}");
            assert_eq!(words[words.len() - 2..], ["localhost/x:1", "inside"]);
        }
    }
}
