//! What a run leaves behind that a signal ends, to itself or to its whole group: nothing.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod suite;

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use suite::comes;

/// How long anything here may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A run of the whole suite with its worlds below a directory, in a process group of its own.
fn begin(directory: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_postfix-conformance"))
        .args(["run", "--quiet", "--work-dir"])
        .arg(directory)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap()
}

fn below(directory: &Path) -> Vec<PathBuf> {
    fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn end_of_one(pid: Pid, signal: Signal) -> nix::Result<()> {
    kill(pid, signal)
}

fn end_of_group(pid: Pid, signal: Signal) -> nix::Result<()> {
    killpg(pid, signal)
}

/// Whether a command is at work in a world.
fn is_at_work(directory: &Path) -> bool {
    let mut worlds = below(directory).into_iter().flat_map(|run| below(&run));
    worlds.any(|world| !below(&world.join("runs")).is_empty())
}

/// The processes that run a program below a directory.
fn processes(directory: &Path) -> Vec<PathBuf> {
    let programs =
        below(Path::new("/proc")).into_iter().filter_map(|one| fs::read_link(one.join("exe")).ok());
    programs.filter(|program| program.starts_with(directory)).collect()
}

fn end_by(signal: Signal, whom: fn(Pid, Signal) -> nix::Result<()>) {
    let directory = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = directory.path().canonicalize().unwrap();
    let mut run = begin(&path);
    let pid = Pid::from_raw(i32::try_from(run.id()).unwrap());
    assert!(comes(PATIENCE, || is_at_work(&path)), "in vain: a command at work");
    whom(pid, signal).unwrap();
    assert!(!run.wait().unwrap().success());
    assert!(comes(PATIENCE, || below(&path).is_empty()), "in vain: no world is left");
    assert!(comes(PATIENCE, || processes(&path).is_empty()), "in vain: no process is left");
}

#[test]
fn a_run_that_is_killed_leaves_nothing() {
    end_by(Signal::SIGKILL, end_of_one);
    end_by(Signal::SIGTERM, end_of_one);
}

#[test]
fn a_group_that_is_ended_leaves_nothing() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT] {
        end_by(signal, end_of_group);
    }
}
