//! Starts a container and runs this same program in it for as long as the caller holds it; it ends with the caller.

pub mod mail_log;
pub mod process_one;
pub mod remote;
pub mod server;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use postfix_fakes::version::Series;

use crate::run_directory::RunDirectory;
use postfix_process::container_engine::{Container, Engine, OWN_IMAGES, PACKAGED, PackagedSeries};
use postfix_process::suite_command::is_in_a_clone;

/// How long a container may take to end once it is told to, before it is removed by force.
const PATIENCE: Duration = Duration::from_secs(10);

/// Tells the containers of this process apart.
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// Why there is no container.
#[derive(Debug, thiserror::Error)]
pub enum ContainerError {
    /// No engine.
    #[error("no container engine here (podman or docker); install one, such as the package podman")]
    NoEngine,
    /// No such image.
    #[error("{engine} has no image {image}; {cure}")]
    NoImage {
        /// The engine.
        engine: &'static str,
        /// The image.
        image: String,
        /// What to do.
        cure: String,
    },
    /// The program in the container could not be started, or has died.
    #[error("in a container of {image}: {said}")]
    Died {
        /// The image.
        image: String,
        /// What the engine, or the program, said.
        said: String,
    },
    /// Something of the system failed.
    #[error("{doing}: {source}")]
    System {
        /// What was tried.
        doing: &'static str,
        /// Why not.
        source: io::Error,
    },
}

fn system(doing: &'static str) -> impl FnOnce(io::Error) -> ContainerError {
    move |source| ContainerError::System { doing, source }
}

/// An image that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    engine: Engine,
    reference: String,
}

impl Image {
    /// The image of this name; the name of a Postfix series means our own image of it.
    ///
    /// # Errors
    /// When there is no engine or no such image.
    pub fn find(name: &str) -> Result<Self, ContainerError> {
        let engine = Engine::find().ok_or(ContainerError::NoEngine)?;
        let is_series = name.parse::<Series>().is_ok();
        let reference = if is_series { format!("{OWN_IMAGES}:{name}") } else { name.to_owned() };
        let found = engine.image_id(&reference).map_err(system("asking for an image"))?;
        if found.is_some() {
            return Ok(Self { engine, reference });
        }
        let cure = match reference.strip_prefix(OWN_IMAGES) {
            Some(tag) => how_to_build(tag.trim_start_matches(':'), engine, is_in_a_clone()),
            None => format!("get it: {} pull {reference}", engine.name()),
        };
        Err(ContainerError::NoImage { engine: engine.name(), image: reference, cure })
    }

    /// Its whole name.
    pub fn reference(&self) -> &str {
        &self.reference
    }
}

/// How to get our own image of a series, in a clone of the sources or without one.
fn how_to_build(series: &str, engine: Engine, in_a_clone: bool) -> String {
    match PACKAGED.iter().find(|one| one.series == series) {
        Some(_) if in_a_clone => format!("build it: cargo xtask images {series}"),
        Some(PackagedSeries { suite, .. }) => format!(
            "name any image that has a Postfix with --image, or build this one: printf 'FROM \
             docker.io/library/debian:{suite}-slim\\nRUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get \
             install -y --no-install-recommends postfix\\n' | {} build -t {OWN_IMAGES}:{series} -",
            engine.name()
        ),
        None => format!(
            "there are packages only of {}; build an image of this release from its source, and name it with --image",
            PACKAGED.map(|one| one.series).join(", ")
        ),
    }
}

/// Where the standard output of what runs in a container goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// To the caller's own, and standard error too.
    Passed,
    /// To the caller itself.
    Read,
}

/// A container that is running. It ends when this value goes.
#[derive(Debug)]
pub struct Inside {
    image: Image,
    name: String,
    stderr: PathBuf,
    client: Child,
}

impl Inside {
    /// Runs the run directory's program with `arguments` in a container of `image`. The run directory is there
    /// at the same place.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn enter(
        image: &Image,
        run: &RunDirectory,
        arguments: Vec<OsString>,
        output: Output,
    ) -> Result<Self, ContainerError> {
        Self::enter_with(&[], image, run, arguments, output)
    }

    /// The same in a container whose root has these capabilities beside the usual ones, without `CAP_`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn enter_with(
        capabilities: &[&str],
        image: &Image,
        run: &RunDirectory,
        arguments: Vec<OsString>,
        output: Output,
    ) -> Result<Self, ContainerError> {
        let program = run.path().join(process_one::NAME);
        match run.link_program(&program) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(system("making the container's process 1")(error));
            }
            _ => {}
        }
        let label = run.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = format!("{label}-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let container = Container {
            image: &image.reference,
            name: &name,
            run: &label,
            shared: run.path(),
            program,
            arguments,
            capabilities,
        };
        let stderr = run.path().join(&name).with_extension("stderr");
        let mut command = image.engine.run(&container);
        // Signals of the terminal reach this program alone: it ends, and the end of file ends the container.
        command.process_group(0).stdin(Stdio::piped());
        if output == Output::Read {
            let file = File::create(&stderr).map_err(system("a file for the container's messages"))?;
            command.stdout(Stdio::piped()).stderr(file);
        }
        let client = command.spawn().map_err(system("starting a container"))?;
        Ok(Self { image: image.clone(), name, stderr, client })
    }

    /// What the program in there prints, once.
    pub fn output(&mut self) -> Option<ChildStdout> {
        self.client.stdout.take()
    }

    /// What the program in there reads, once. Its end ends the container.
    pub fn input(&mut self) -> Option<ChildStdin> {
        self.client.stdin.take()
    }

    /// Waits until it has ended that is ending already, so that all it says has been said.
    pub fn wait_a_moment(&mut self) {
        drop(self.client.stdin.take());
        ends_in_time(&mut self.client);
    }

    /// Waits until it has ended by itself.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn wait(&mut self) -> Result<ExitStatus, ContainerError> {
        // `Child::wait` would close the standard input first, and that ends it.
        let lifeline = self.client.stdin.take();
        let status = self.client.wait().map_err(system("waiting for a container"));
        drop(lifeline);
        status
    }

    /// That it died, with its last words.
    pub fn died(&self) -> ContainerError {
        let said = fs::read_to_string(&self.stderr).unwrap_or_default();
        let last: Vec<&str> = said.trim_end().lines().rev().take(5).collect();
        let said: Vec<&str> = last.into_iter().rev().collect();
        let mut said = said.join("; ");
        if said.is_empty() {
            "it ended without a word".clone_into(&mut said);
        }
        if said.contains("GLIBC_") || said.contains("no such file") {
            said.push_str(
                "; this program needs a newer C library than the image has: have it built with one of its own \
                 inside (RUSTFLAGS='-C target-feature=+crt-static')",
            );
        }
        ContainerError::Died { image: self.image.reference.clone(), said }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        // The end of file, if it has not ended yet.
        drop(self.client.stdin.take());
        if !ends_in_time(&mut self.client) {
            self.image.engine.remove(&self.name);
            let _ = self.client.kill();
            let _ = self.client.wait();
        }
    }
}

/// Waits for a process for a while.
fn ends_in_time(client: &mut Child) -> bool {
    if matches!(client.try_wait(), Ok(Some(_))) {
        return true;
    }
    let (done, ended) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let watched = nix::unistd::Pid::from_raw(i32::try_from(client.id()).unwrap_or(0));
        let watching = std::thread::Builder::new().spawn_scoped(scope, move || {
            if ended.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
                let _ = nix::sys::signal::kill(watched, nix::sys::signal::Signal::SIGKILL);
            }
        });
        if watching.is_err() {
            // Without anybody to watch, there is no waiting.
            let _ = nix::sys::signal::kill(watched, nix::sys::signal::Signal::SIGKILL);
        }
        let by_itself = client.wait().is_ok_and(|status| status.code().is_some());
        let _ = done.send(());
        by_itself
    })
}

#[cfg(test)]
mod tests {
    use super::{Engine, how_to_build};

    #[test]
    fn only_in_a_clone_cargo_builds_an_image() {
        let cure = |series, in_a_clone| how_to_build(series, Engine::Podman, in_a_clone);
        assert_eq!(cure("3.7", true), "build it: cargo xtask images 3.7");
        let installed = cure("3.7", false);
        assert!(
            installed.contains("debian:bookworm-slim\\nRUN ") && !installed.contains("cargo"),
            "{installed}"
        );
        assert!(installed.ends_with("| podman build -t localhost/postfix-conformance:3.7 -"), "{installed}");
        assert!(cure("3.8", false).contains("--image"));
    }
}
