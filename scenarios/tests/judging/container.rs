//! Tests the container testbed from outside.
//! A case is judged in an image, and nothing is left behind, whatever ends the program. Skipped, with the reason, if
//! there is no engine or no image.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::suite::comes;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use postfix_harness::container::Image;
use postfix_process::container_engine::Engine;
use postfix_process::skip::skip;

/// The newest C library of all images, as the program that Cargo builds for tests uses the one of the image.
const IMAGE: &str = "3.11";

/// Past it, what is waited for does not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// The engine, or why nothing can be tried here.
fn engine() -> Result<Engine, String> {
    let found = Image::find(IMAGE).map_err(|reason| reason.to_string());
    found.and_then(|_| Engine::find().ok_or_else(|| "no engine".to_owned()))
}

fn conformance(work: &Path) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("postfix-conformance"));
    command.args(["run", "--testbed", "container", "--image", IMAGE, "--work-dir"]).arg(work);
    command
}

/// The directory that a run has made for itself, which its container is labelled with.
fn run_directory(work: &Path) -> Option<String> {
    let entry = std::fs::read_dir(work).ok()?.flatten().next()?;
    Some(entry.file_name().to_string_lossy().into_owned())
}

#[test]
fn a_case_is_judged_in_an_image_and_no_container_is_left() {
    let engine = match engine() {
        Ok(engine) => engine,
        Err(reason) => return skip(reason),
    };
    let work = tempfile::tempdir().unwrap();
    let output = conformance(work.path()).args(["--keep", "manager/stop-in-reverse"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("testbed  container, Postfix 3.11"), "{said}");
    assert!(said.contains("1 passed, 0 failed, 0 skipped"), "{said}");
    let run = run_directory(work.path()).unwrap();
    assert_eq!(engine.containers(&run).unwrap(), Vec::<String>::new());
    let kept = std::fs::read_dir(work.path().join(run)).unwrap().flatten();
    assert!(
        kept.map(|entry| entry.path().join("journal.jsonl")).any(|path| path.exists()),
        "no world is kept"
    );
}

#[test]
fn a_manager_that_fails_in_an_image_fails_here() {
    if let Err(reason) = engine() {
        return skip(reason);
    }
    let work = tempfile::tempdir().unwrap();
    let run = conformance(work.path()).args(["--manager", "/bin/true", "manager/stop-in-reverse"]).output();
    let output = run.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let again = "postfix-conformance run --testbed container --image 3.11 --manager /bin/true --keep";
    assert!(said.contains(again), "{said}");
}

#[test]
fn whatever_ends_the_program_ends_its_container() {
    let engine = match engine() {
        Ok(engine) => engine,
        Err(reason) => return skip(reason),
    };
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGKILL] {
        let work = tempfile::tempdir().unwrap();
        let mut child: Child = conformance(work.path()).stdout(Stdio::null()).spawn().unwrap();
        assert!(comes(PATIENCE, || run_directory(work.path()).is_some()), "no run has come");
        let run = run_directory(work.path()).unwrap();
        let containers = || engine.containers(&run).unwrap();
        assert!(comes(PATIENCE, || !containers().is_empty()), "no container has come");
        kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
        let status = child.wait().unwrap();
        assert!(!status.success(), "it was over before {signal}: {status}");
        assert!(comes(PATIENCE, || containers().is_empty()), "{signal} leaves {:?}", containers());
    }
}
