//! Commands that take too long.

use std::fs::File;
use std::io::Read;
use std::process::Stdio;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::ptrace;
use nix::sys::signal::Signal;
use nix::sys::stat::Mode;
use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::{Pid, mkfifo};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::world::{Beside, MANAGER, World, finish};
use postfix_process::skip::skip;

/// Expires only when something is broken.
const DEADLINE: Duration = Duration::from_secs(60);

#[test]
fn a_command_that_takes_too_long_is_ended_and_named_and_the_others_get_theirs() {
    for jobs in ["1", "3"] {
        let world = World::of_three();
        world.code("b", "postfix", "stay");
        let named =
            contains("instance ").and(contains("/etc/b: \"start\" took longer than 1s and was ended"));
        let closing = contains("failed for 1 of 4 instances").and(contains("/etc/b (timeout after 1s)"));
        world.run(&["--jobs", jobs, "--timeout", "1s", "start"]).code(124).stderr(named.and(closing));
        assert_eq!(world.commands().len(), 4);
    }
}

#[test]
fn whatever_the_command_has_started_is_ended_too() {
    let world = World::of_three();
    let alive = world.path("alive");
    mkfifo(&alive, Mode::S_IRWXU).unwrap();
    // A child that ignores TERM, and holds the FIFO open for as long as it lives.
    let child = "trap '' TERM; exec 4>$world/alive; echo >&4; stay";
    world.code("b", "postfix", &format!("({child}) & stay"));
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || sender.send(std::fs::read(alive).unwrap()));
    let begun = Instant::now();
    world.run(&["--timeout=1", "start"]).code(124);
    // The command itself ends when it is asked to, and is no reason to be short with what it has started.
    assert!(begun.elapsed() >= Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(receiver.recv_timeout(DEADLINE), Ok(b"\n".to_vec()), "something of it lives on");
}

#[test]
fn what_the_command_has_started_has_as_much_time_after_a_signal_to_the_manager() {
    let world = World::of_three();
    let mut begun = world.fifo("begun");
    world.code("b", "postfix", "(trap '' TERM; tell begun; stay) & stay");
    let manager = Beside::start(&world, world.manager(&["--timeout", "2", "start"]));
    begun.wait();
    let signalled = Instant::now();
    manager.signal(Signal::SIGTERM);
    let (status, said) = manager.end();
    assert!(signalled.elapsed() >= Duration::from_secs(2), "{:?}", signalled.elapsed());
    assert_eq!(status, 143);
    assert!(said.contains("/etc/b: \"start\" was ended by signal TERM"), "{said}");
}

#[test]
fn a_command_that_the_kernel_holds_is_named_and_the_others_get_theirs() {
    let world = World::of_three();
    let mut begun = world.fifo("begun");
    world.code("b", "postfix", "tell begun $$; stay");
    let manager = Beside::start(&world, world.manager(&["--timeout", "2", "start"]));
    let process = Pid::from_raw(begun.wait().parse().unwrap());
    // What is traced is a zombie that its parent cannot wait for until its tracer has.
    if ptrace::seize(process, ptrace::Options::empty()) == Err(Errno::EPERM) {
        return skip("no process may be traced here");
    }
    let (status, said) = manager.end();
    let _ = waitpid(process, Some(WaitPidFlag::__WALL));
    assert_eq!(status, 124, "{said}");
    assert!(said.contains("/etc/b: \"start\" took longer than 2s"), "{said}");
    assert!(said.contains(&format!("process {process} has not ended")), "{said}");
    assert_eq!(world.commands().len(), 4);
}

#[test]
fn a_command_that_ignores_term_is_killed() {
    let world = World::of_three();
    world.code("b", "postfix", "trap '' TERM; echo begun >$world/begun; stay");
    world.run(&["--timeout", "1", "stop"]).code(124).stderr(contains("/etc/b: \"stop\" took longer than 1s"));
    assert_eq!(world.commands().len(), 4);
    assert_eq!(world.read("begun"), "begun\n");
}

#[test]
fn a_command_has_as_much_time_to_end_as_it_had_before() {
    let world = World::of_three();
    world.code("a", "postfix", "stay");
    world.code("b", "postfix", "trap '' TERM; stay");
    let begun = Instant::now();
    // The one ends when it is asked to, and is no reason to be short with the other.
    world.run(&["--jobs", "2", "--timeout", "2", "start"]).code(124);
    assert!(begun.elapsed() >= Duration::from_secs(4));
}

#[test]
fn a_terminal_that_stops_who_writes_out_of_its_foreground_does_not_stop_a_command() {
    let world = World::of_three();
    world.code("b", "postfix", "echo printed; echo complained >&2");
    let pair = nix::pty::openpty(None, None).unwrap();
    let mut settings = tcgetattr(&pair.slave).unwrap();
    settings.local_flags.insert(LocalFlags::TOSTOP);
    tcsetattr(&pair.slave, SetArg::TCSANOW, &settings).unwrap();
    // It makes the terminal that of a session of its own, with the manager in the foreground.
    let in_session = ["--ctty", "--wait"];
    let terminal = || pair.slave.try_clone().unwrap();
    let mut trial = world.program("setsid");
    trial.args(in_session).arg("true").stdin(terminal()).stderr(Stdio::null());
    if !trial.status().is_ok_and(|status| status.success()) {
        return skip("this setsid gives no terminal to a session");
    }
    let mut manager = world.program("setsid");
    manager.args(in_session).args([MANAGER, "--timeout", "5", "start"]);
    manager.stdin(terminal()).stdout(terminal()).stderr(terminal());
    let status = manager.status().unwrap();
    let mut printed = [0; 1 << 10];
    let length = File::from(pair.master).read(&mut printed).unwrap();
    let printed = String::from_utf8_lossy(&printed[..length]);
    assert_eq!(status.code(), Some(0), "{printed}");
    assert_eq!(printed, "printed\r\ncomplained\r\n");
}

#[test]
fn a_command_in_time_notices_nothing() {
    let world = World::of_three();
    world.code("a", "postfix", "read line; echo \"$line\"");
    world.code("b", "postfix", "exit 3");
    let mut command = assert_cmd::Command::from_std(world.manager(&["--timeout", "1h", "start"]));
    command.write_stdin("input\n").assert().code(3).stdout("input\n");
    assert_eq!(world.commands().len(), 4);
}

#[test]
fn signals_that_the_manager_was_started_with_blocked_or_ignored_do_not_save_a_command() {
    for preparation in ["trap '' TERM; exec \"$@\"", "exec env --block-signal=TERM \"$@\""] {
        let world = World::of_three();
        if preparation.contains("env")
            && !world.program("env").args(["--block-signal=TERM", "true"]).output().unwrap().status.success()
        {
            skip("this env cannot block signals");
            continue;
        }
        world.code("b", "postfix", "stay");
        finish(world.prepared(preparation, &["--timeout", "1", "start"])).code(124);
        assert_eq!(world.commands().len(), 4);
    }
}
