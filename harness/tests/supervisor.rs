//! Nothing that a command starts outlives it, whatever the command does.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use postfix_fakes::bytes::ByteString;
use postfix_harness::expectation::{Expectation, Mismatch, Status, Word};
use postfix_harness::invocation::{Invocation, Program};
use postfix_harness::layout::{Draft, Layout};
use postfix_harness::outcome::Ended;
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::testbed::sandbox::Sandbox;
use postfix_harness::testbed::simulated::Simulated;
use postfix_harness::testbed::{PrepareError, Testbed};
use postfix_harness::world::World;
use postfix_process::skip::skip;

fn run_directory() -> RunDirectory {
    let program = Path::new(env!("CARGO_BIN_EXE_postfix-world-program"));
    RunDirectory::create(Path::new(env!("CARGO_TARGET_TMPDIR")), program).unwrap()
}

/// A world whose "manager" is a shell that runs what the invocation says.
fn shell_world(testbed: &dyn Testbed, run: &RunDirectory) -> World {
    let layout = Layout::try_from(Draft::default()).unwrap();
    testbed.world(run, "shell", &layout, &ByteString::from("/bin/sh -c")).unwrap()
}

fn shell(script: &str, deadline: Duration) -> Invocation {
    Invocation { entry: Program::Manager, deadline, ..Invocation::postfix(&[script]) }
}

const LONG: Duration = Duration::from_secs(30);

/// No process works in a world any more, runs a program of it or has it in its environment. Their numbers would say
/// nothing: those that a script sees are of its own namespace.
fn assert_gone(world: &World) {
    let root = world.root();
    for process in fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path()) {
        let leads_there = |name| fs::read_link(process.join(name)).is_ok_and(|path| path.starts_with(root));
        let text = fs::read(process.join("environ")).unwrap_or_default();
        let is_named = String::from_utf8_lossy(&text).contains(root.to_str().unwrap());
        assert!(
            !leads_there("cwd") && !leads_there("exe") && !is_named,
            "{} is still there",
            process.display()
        );
    }
}

#[test]
fn a_command_past_its_deadline_goes_with_all_its_processes() {
    let run = run_directory();
    let world = shell_world(&Simulated::default(), &run);
    let script = "setsid sleep 1000 & exec sleep 1000";
    let started = Instant::now();
    let outcome = Simulated::default().run(&world, &shell(script, Duration::from_millis(700))).unwrap();
    assert_eq!(outcome.ended, Ended::DeadlineExceeded);
    assert!(started.elapsed() < LONG);
    assert_gone(&world);
}

#[test]
fn what_a_command_leaves_behind_is_counted_and_ended() {
    let run = run_directory();
    let world = shell_world(&Simulated::default(), &run);
    let outcome = Simulated::default().run(&world, &shell("setsid sleep 1000 & exit 4", LONG)).unwrap();
    assert_eq!((outcome.ended, outcome.leftovers), (Ended::Exited(4), 1));
    assert_gone(&world);
    let expected = Expectation { runs: None, ..Expectation::of(Status::Exactly(4), Vec::new()) };
    assert_eq!(expected.compare(&world, &outcome), [Mismatch::Leftovers(1)]);
}

#[test]
fn a_command_that_starts_processes_without_end_is_stopped() {
    let run = run_directory();
    let world = shell_world(&Simulated::default(), &run);
    fs::write(world.root().join("recursion"), "sh recursion\nexit 0\n").unwrap();
    let outcome = Simulated::default().run(&world, &shell("sh recursion", LONG)).unwrap();
    assert_eq!(outcome.ended, Ended::RanAway);
    let expected = Expectation::of(Status::Word(Word::Any), Vec::new());
    assert_ne!(expected.compare(&world, &outcome), [], "a command that ran away must not pass");
}

#[test]
fn a_signal_death_is_told_from_an_exit_status() {
    let run = run_directory();
    let world = shell_world(&Simulated::default(), &run);
    let outcome = Simulated::default().run(&world, &shell("kill -TERM $$", LONG)).unwrap();
    assert_eq!(outcome.ended, Ended::Signaled(15));
    assert_eq!(outcome.ended.status(), Some(143));
    let outcome =
        Simulated::default().run(&world, &shell("printf out; printf err >&2; exit 143", LONG)).unwrap();
    assert_eq!(outcome.ended, Ended::Exited(143));
    assert_eq!((&outcome.stdout[..], &outcome.stderr[..]), (&b"out"[..], &b"err"[..]));
}

#[test]
fn a_program_that_is_not_there_cannot_be_started() {
    let run = run_directory();
    let layout = Layout::try_from(Draft::default()).unwrap();
    let world = Simulated::default()
        .world(&run, "absent", &layout, &ByteString::from("/nonexistent/manager"))
        .unwrap();
    let outcome = Simulated::default().run(&world, &shell("", LONG)).unwrap();
    assert_eq!(outcome.ended, Ended::NotStarted(2));
}

#[test]
fn all_of_it_goes_when_the_harness_is_killed() {
    use std::process::{Command, Stdio};
    let run = run_directory();
    let world = shell_world(&Simulated::default(), &run);
    // The supervisor's standard input is all that ties it to the harness: it closes when the harness dies.
    let root = world.root().display();
    let request = format!(
        r#"{{"command":["/bin/sh","-c","setsid sleep 1000 & echo ready > ready; sleep 1000"],
        "environment":{{"PATH":"/usr/bin:/bin"}},"directory":"{root}","stdin":"/dev/null","stdout":"/dev/null",
        "stderr":"/dev/null","report":"{root}/report"}}"#
    );
    fs::write(world.root().join("request"), request).unwrap();
    let ready = world.root().join("ready");
    nix::unistd::mkfifo(&ready, nix::sys::stat::Mode::from_bits_truncate(0o600)).unwrap();
    let mut supervisor = Command::new(world.root().join("postfix-world-supervisor"))
        .arg(world.root().join("request"))
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    // Opening waits for the script, and must not wait for ever if there is none.
    let (opened, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || opened.send(fs::read_to_string(ready).unwrap()));
    assert_eq!(heard.recv_timeout(LONG).as_deref(), Ok("ready\n"));
    drop(supervisor.stdin.take());
    assert_eq!(
        supervisor.wait().unwrap().code(),
        Some(i32::from(postfix_harness::supervisor::request::STOPPED))
    );
    assert_gone(&world);
}

#[test]
fn a_command_hears_signals_that_the_harness_was_told_to_ignore() {
    use std::process::{Command, Stdio};
    let run = run_directory();
    for (name, number) in [("HUP", 1), ("INT", 2), ("QUIT", 3)] {
        let world = shell_world(&Simulated::default(), &run);
        let root = world.root().display();
        let request = format!(
            r#"{{"command":["/bin/sh","-c","ulimit -c 0; kill -{name} $$; exit 0"],"environment":{{}},
            "directory":"{root}","stdin":"/dev/null","stdout":"/dev/null","stderr":"/dev/null",
            "report":"{root}/report"}}"#
        );
        fs::write(world.root().join("request"), request).unwrap();
        let script = format!("trap '' {name}; exec {root}/postfix-world-supervisor {root}/request");
        let mut supervisor =
            Command::new("/bin/sh").args(["-c", &script]).stdin(Stdio::piped()).spawn().unwrap();
        // Taken, because waiting would close it, and that ends the supervisor.
        let _control = supervisor.stdin.take();
        assert!(supervisor.wait().unwrap().success());
        let report: serde_json::Value =
            serde_json::from_slice(&fs::read(world.root().join("report")).unwrap()).unwrap();
        assert_eq!(report["ended"]["signaled"], number, "{name}: {report}");
    }
}

#[test]
fn a_sandbox_ends_with_all_its_processes() {
    let run = run_directory();
    let sandbox = match Sandbox::prepare(&run) {
        Err(PrepareError::Lacking(need)) => return skip(need),
        prepared => prepared.unwrap(),
    };
    let world = shell_world(&sandbox, &run);
    let outcome = sandbox.run(&world, &shell("setsid sleep 1000 & exit 3", LONG)).unwrap();
    assert_eq!((outcome.ended, outcome.leftovers), (Ended::Exited(3), 1));
    let outcome = sandbox.run(&world, &shell("sleep 1000", Duration::from_millis(700))).unwrap();
    assert_eq!(outcome.ended, Ended::DeadlineExceeded);
    fs::write(world.root().join("recursion"), "sh recursion\nexit 0\n").unwrap();
    let outcome = sandbox.run(&world, &shell("sh recursion", LONG)).unwrap();
    assert_eq!(outcome.ended, Ended::RanAway);
    // In there, nothing of the host's processes is to be seen, and the caller is uid 0.
    let outcome = sandbox.run(&world, &shell("id -u; echo /proc/[0-9]*", LONG)).unwrap();
    assert_eq!(outcome.ended, Ended::Exited(0));
    let text = String::from_utf8_lossy(&outcome.stdout).into_owned();
    assert!(text.starts_with("0\n/proc/1 ") && text.split_whitespace().count() <= 5, "{text}");
}

#[test]
fn a_world_vanishes_when_dropped_also_in_a_panic() {
    let run = run_directory();
    let world = shell_world(&Simulated::default(), &run);
    let root = world.root().to_path_buf();
    assert!(root.join("etc/postfix/main.cf").is_file());
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        let _world = world;
        std::panic::resume_unwind(Box::new(()));
    }));
    assert!(panicked.is_err());
    assert!(!root.exists());
}
