//! Tests commands that a signal ends.
//! Each tells what it has seen, leaves no half report, and leaves the worlds that were to be kept.

use std::fs;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::suite::running::{Running, To};
use crate::suite::{comes, conformance, stdout};

/// Past it, what is waited for does not come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A run whose one manager does not end by itself, and where it writes.
struct Run {
    program: Running,
    work: TempDir,
}

impl Run {
    /// Begins `run` with all reports, and comes back when its manager runs.
    fn begin(options: &[&str]) -> Self {
        Self::of("run", |command, work| {
            for (format, name) in [("json", "json"), ("html", "html"), ("junit", "xml"), ("tap", "tap")] {
                command.arg(format!("--{format}")).arg(work.join(format!("report.{name}")));
            }
            command.args(options)
        })
    }

    /// The same with another command, and what `options` adds.
    fn of(name: &str, options: impl for<'a> FnOnce(&'a mut Command, &Path) -> &'a mut Command) -> Self {
        let work = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let process = work.path().join("process");
        let manager = work.path().join("manager");
        // Its other cases fail.
        let script = format!(
            "case $command_directory in *success-is-0*) ;; *) exit 0 ;; esac\nsleep 1000 & > {}; wait",
            process.display()
        );
        fs::write(&manager, script).unwrap();
        let text = fs::File::create(work.path().join("text")).unwrap();
        let program = Running::begin(name, |command| {
            command.args(["--manager", &format!("/bin/sh {}", manager.display()), "--work-dir"]);
            options(command.arg(work.path()).stdout(text), work.path()).arg("manager/success-is-0")
        });
        assert!(comes(PATIENCE, || process.exists()), "no manager has run");
        Self { program, work }
    }

    /// What it printed.
    fn text(&self) -> String {
        fs::read_to_string(self.work.path().join("text")).unwrap()
    }

    /// What is left beside what this test has made.
    fn left(&self) -> Vec<PathBuf> {
        let own = ["process", "manager", "text"];
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
    let mut run = Run::begin(&[]);
    assert!(!run.left().iter().any(|path| is_report(path)), "{:?}", run.left());
    run.program.end(Signal::SIGKILL, To::Group);
    assert!(comes(PATIENCE, || run.left().is_empty()), "{:?} is left", run.left());
}

#[test]
fn what_a_signal_ends_is_reported_as_far_as_it_came() {
    for (signal, to) in [(Signal::SIGTERM, To::Process), (Signal::SIGINT, To::Group)] {
        let mut run = Run::begin(&["--jobs", "1", "manager/failure-of-the-first"]);
        run.program.end(signal, to);
        let text = run.text();
        for part in ["failed: manager/failure-of-the-first", "verdict: incomplete: interrupted by SIG"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(text.contains("1 of 2 cases not judged; so far: does not conform: 1 "), "{text}");
        let read = |name: &str| fs::read_to_string(run.work.path().join(name)).unwrap();
        let report: serde_json::Value = serde_json::from_str(&read("report.json")).unwrap();
        let schema = serde_json::from_str(&stdout(&mut conformance(&["report", "--schema"]))).unwrap();
        assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&report), "{report}");
        let part = &report["runs"][0]["parts"][0];
        assert_eq!(part["interrupted"], signal.as_str());
        assert_eq!(part["unjudged"], serde_json::json!(["manager/success-is-0"]));
        assert_eq!(report["runs"][0]["results"].as_array().unwrap().len(), 1);
        assert!(read("report.html").contains("interrupted by SIG"));
        assert!(read("report.xml").contains("<error message=\"not judged: the run was interrupted\"/>"));
        assert!(read("report.tap").contains("\nBail out! interrupted by SIG"));
        let left = || run.left().into_iter().filter(|path| !is_report(path)).collect::<Vec<_>>();
        assert!(comes(PATIENCE, || left().is_empty()), "{:?} is left", left());
    }
}

#[test]
fn files_are_whole_before_the_text_is_written_and_may_have_to_wait() {
    let work = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let report = work.path().join("report.json");
    let (mut text, _nobody_reads) = UnixStream::pair().unwrap();
    text.set_nonblocking(true).unwrap();
    while text.write(&[0; 4096]).is_ok() {}
    text.set_nonblocking(false).unwrap();
    let mut program = Running::begin("run", |command| {
        command.args(["--quiet", "manager/success-is-0", "--work-dir"]).arg(work.path());
        command.arg("--json").arg(&report).stdout(OwnedFd::from(text))
    });
    assert!(comes(PATIENCE, || report.exists()), "the report waits for a reader of the text");
    program.end(Signal::SIGTERM, To::Process);
    let report: serde_json::Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    assert_eq!(report["runs"][0]["results"].as_array().unwrap().len(), 1);
}

#[test]
fn a_comparison_that_a_signal_ends_shows_what_it_has_seen() {
    let mut run = Run::of("compare", |command, _| {
        command.args(["--manager", "example", "--jobs", "1", "manager/failure-of-the-first"])
    });
    run.program.end(Signal::SIGTERM, To::Process);
    let text = run.text();
    for part in [
        "failed: /bin/sh ",
        "incomplete: interrupted by SIGTERM, 1 of 2 cases not judged; so far: does not conform: 1 ",
        "incomplete: interrupted by SIGTERM, 2 of 2 cases not judged; so far: nothing was judged",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(run.leaves_no_process(), "processes are left");
}

#[test]
fn a_case_that_a_signal_ends_is_said_to_be_unjudged_and_its_world_stays_if_it_was_to_be_kept() {
    let mut run = Run::of("replay", |command, _| command.arg("--keep"));
    run.program.end(Signal::SIGINT, To::Process);
    let text = run.text();
    assert!(text.contains("verdict: incomplete: interrupted by SIGINT, 1 of 1 case not judged"), "{text}");
    let world = text.lines().find_map(|line| line.strip_prefix("world    ")).unwrap();
    assert!(Path::new(world).join("etc/postfix").is_dir(), "{text}");
    assert!(run.leaves_no_process(), "processes are left");
}

#[test]
fn a_self_test_that_a_signal_ends_shows_what_was_killed_by_then() {
    let work = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (text, progress) = (work.path().join("text"), work.path().join("progress"));
    let mut program = Running::begin("self-test", |command| {
        command.args(["ENB-5", "--jobs", "1", "--work-dir"]).arg(work.path());
        command.stdout(fs::File::create(&text).unwrap()).stderr(fs::File::create(&progress).unwrap())
    });
    let is_said = || fs::read_to_string(&progress).unwrap().contains(" cases judged");
    assert!(comes(PATIENCE, is_said), "nothing was judged");
    program.end(Signal::SIGTERM, To::Process);
    let text = fs::read_to_string(&text).unwrap();
    assert!(text.contains("\nincomplete: interrupted by SIGTERM; judged by then: "), "{text}");
    assert!(text.contains(" faulty implementations killed at every clause they break"), "{text}");
    assert!(!text.contains("SURVIVES"), "{text}");
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
    let kept: Vec<PathBuf> = run.left().into_iter().filter(|path| !is_report(path)).collect();
    let [directory] = kept.as_slice() else { panic!("{kept:?}") };
    assert!(!directory.join("lock").exists(), "a later run would take it for a dead one's");
    assert!(
        fs::read_dir(directory).unwrap().flatten().any(|entry| entry.path().join("etc/postfix").is_dir())
    );
}
