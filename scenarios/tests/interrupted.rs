//! A run that a signal ends leaves no half report, and leaves the worlds that were to be kept.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod suite;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use suite::comes;
use suite::running::{Running, To};

/// Past it, what is waited for does not come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A run whose one manager does not end by itself, and where it writes.
struct Run {
    program: Running,
    work: TempDir,
}

impl Run {
    /// Begins one, and comes back when its manager runs.
    fn begin(options: &[&str]) -> Self {
        let work = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let process = work.path().join("process");
        let manager = work.path().join("manager");
        fs::write(&manager, format!("sleep 1000 & > {}; wait", process.display())).unwrap();
        let program = Running::begin(|command| {
            command.args(["--manager", &format!("/bin/sh {}", manager.display()), "--work-dir"]);
            command.arg(work.path());
            command.arg("--json").arg(work.path().join("report.json"));
            command.arg("--html").arg(work.path().join("report.html"));
            command.args(options).arg("manager/success-is-0")
        });
        assert!(comes(PATIENCE, || process.exists()), "no manager has run");
        Self { program, work }
    }

    /// What is left beside what this test has made.
    fn left(&self) -> Vec<PathBuf> {
        let own = ["process", "manager"];
        let entries = fs::read_dir(self.work.path()).unwrap().flatten().map(|entry| entry.path());
        entries.filter(|path| !own.iter().any(|name| path.ends_with(name))).collect()
    }

    /// Waits until nothing of it is alive; kills at the end of patience what still is.
    fn leaves_no_process(&self) -> bool {
        let gone = comes(PATIENCE, || mentioned(self.work.path()).is_empty());
        if !gone {
            for process in mentioned(self.work.path()) {
                let _ = kill(process, Signal::SIGKILL);
            }
        }
        gone
    }
}

/// The processes that have this path in their command line or environment: the run, its manager, what that waits for.
fn mentioned(path: &Path) -> Vec<Pid> {
    let path = path.to_str().unwrap().as_bytes();
    let has =
        |words: &Path| fs::read(words).is_ok_and(|text| text.windows(path.len()).any(|part| part == path));
    let processes = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    processes
        .filter(|process| has(&process.join("cmdline")) || has(&process.join("environ")))
        .filter_map(|process| process.file_name()?.to_str()?.parse().ok().map(Pid::from_raw))
        .collect()
}

#[test]
fn a_report_has_no_name_before_it_is_whole() {
    for to in [To::Process, To::Group] {
        let mut run = Run::begin(&[]);
        assert!(!run.left().iter().any(|path| is_report(path)), "{:?}", run.left());
        run.program.end(Signal::SIGTERM, to);
        assert!(!run.left().iter().any(|path| is_report(path)), "{:?}", run.left());
        assert!(comes(PATIENCE, || run.left().is_empty()), "{:?} is left", run.left());
    }
}

/// Whether it is one, or will be.
fn is_report(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().contains("report"))
}

#[test]
fn what_a_manager_waits_for_ends_with_a_killed_group() {
    let mut run = Run::begin(&[]);
    run.program.end(Signal::SIGKILL, To::Group);
    assert!(run.leaves_no_process(), "processes are left");
}

#[test]
fn worlds_that_are_kept_stay_whatever_ends_the_run() {
    let mut run = Run::begin(&["--keep"]);
    run.program.end(Signal::SIGTERM, To::Group);
    assert!(run.leaves_no_process(), "processes are left");
    let kept = run.left();
    let [directory] = kept.as_slice() else { panic!("{kept:?}") };
    assert!(!directory.join("lock").exists(), "a later run would take it for a dead one's");
    assert!(
        fs::read_dir(directory).unwrap().flatten().any(|entry| entry.path().join("etc/postfix").is_dir())
    );
}
