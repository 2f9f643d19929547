//! Tests that a run leaves nothing behind if a signal ends it alone or with its whole group.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::Signal;
use postfix_process::ignored_signals::is_ignored;
use postfix_process::skip::skip;

use crate::suite::comes;
use crate::suite::running::{Running, To};

/// How long anything here may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn below(directory: &Path) -> Vec<PathBuf> {
    fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
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

fn end_by(signal: Signal, to: To) {
    if is_ignored(signal) {
        return skip(format!("whoever started the tests has made them ignore {signal}"));
    }
    let directory = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = directory.path().canonicalize().unwrap();
    let mut run = Running::begin("run", |command| command.args(["--quiet", "--work-dir"]).arg(&path));
    assert!(comes(PATIENCE, || is_at_work(&path)), "in vain: a command at work");
    run.end(signal, to);
    assert!(comes(PATIENCE, || below(&path).is_empty()), "in vain: no world is left");
    assert!(comes(PATIENCE, || processes(&path).is_empty()), "in vain: no process is left");
}

#[test]
fn a_run_that_is_killed_leaves_nothing() {
    end_by(Signal::SIGKILL, To::Process);
    end_by(Signal::SIGTERM, To::Process);
}

#[test]
fn a_group_that_is_ended_leaves_nothing() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT, Signal::SIGKILL] {
        end_by(signal, To::Group);
    }
}
