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
        fs::write(
            &manager,
            // The file gets its name when both numbers are in it.
            format!("sleep 1000 & echo $$ $! > {0}.new; mv {0}.new {0}; wait", process.display()),
        )
        .unwrap();
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

    /// The manager, and what it waits for.
    fn processes(&self) -> Vec<Pid> {
        let text = fs::read_to_string(self.work.path().join("process")).unwrap();
        let processes: Vec<Pid> =
            text.split_whitespace().map(|number| Pid::from_raw(number.parse().unwrap())).collect();
        assert_eq!(processes.len(), 2, "{text}");
        processes
    }

    /// Waits until nothing of it is alive; kills at the end of patience what still is.
    fn leaves_no_process(&self) -> bool {
        let gone = comes(PATIENCE, || !self.lives());
        if !gone {
            for process in self.processes().into_iter().filter(|process| is_alive(*process)) {
                let _ = kill(process, Signal::SIGKILL);
            }
        }
        gone
    }

    /// Whether the manager, what it waits for, or anything that has the work directory in its command line, is alive.
    fn lives(&self) -> bool {
        self.processes().into_iter().any(is_alive) || mentioned(self.work.path())
    }
}

/// Whether a process has that number, and has not ended yet.
fn is_alive(process: Pid) -> bool {
    let stat =
        fs::read_to_string(Path::new("/proc").join(process.to_string()).join("stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z")
}

/// Whether a process has this path in its command line.
fn mentioned(path: &Path) -> bool {
    let path = path.to_str().unwrap().as_bytes();
    let lines = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path().join("cmdline"));
    lines.filter_map(|line| fs::read(line).ok()).any(|line| line.windows(path.len()).any(|part| part == path))
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
