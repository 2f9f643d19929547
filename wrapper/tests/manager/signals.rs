//! Signals to the manager, and what commands inherit.

use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use predicates::str::contains;

use crate::calls::DEADLINE;
use crate::world::{Beside, MANAGER, World, finish};
use postfix_process::ignored_signals::is_ignored;
use postfix_process::skip::skip;

/// Tells that it is there, and stays until someone writes to the gate.
const WAIT: &str = "tell reached $$; wait_at gate";

#[test]
fn a_signal_reaches_the_running_command_and_ends_the_round() {
    for (signal, name, status) in
        [(Signal::SIGINT, "INT", 130), (Signal::SIGTERM, "TERM", 143), (Signal::SIGQUIT, "QUIT", 131)]
    {
        if is_ignored(signal) {
            skip(format!("whoever started the tests has made them ignore {name}"));
            continue;
        }
        let world = World::of_three();
        let (mut reached, _gate) = (world.fifo("reached"), world.fifo("gate"));
        world.code("a", "postfix", WAIT);
        let manager = Beside::start(&world, world.manager(&["start"]));
        reached.wait();
        manager.signal(signal);
        let (found, said) = manager.end();
        assert_eq!(found, status, "{said}");
        assert_eq!(world.commands(), ["postfix start", "a start"]);
        assert!(said.contains(&format!("/etc/a: \"start\" was ended by signal {name}")), "{said}");
        for left in ["b", "c"] {
            assert!(said.contains(&format!("instance /etc/{left}: did not get \"start\"")), "{said}");
        }
    }
}

#[test]
fn a_signal_while_a_message_is_delivered_keeps_the_next_command_from_being_begun() {
    let world = World::of_three();
    let (mut reached, mut gate) = (world.fifo("reached"), world.fifo("gate"));
    world.code("a", "postfix", "exit 3");
    world.write("postlog", "[ -e $world/told ] || { echo >$world/told; tell reached; wait_at gate; }");
    let manager = Beside::start(&world, world.manager(&["start"]));
    reached.wait();
    manager.signal(Signal::SIGTERM);
    gate.open();
    let (status, said) = manager.end();
    assert_eq!(status, 143, "{said}");
    assert_eq!(world.commands(), ["postfix start", "a start"]);
    for left in ["b", "c"] {
        assert!(said.contains(&format!("instance /etc/{left}: did not get \"start\"")), "{said}");
    }
}

#[test]
fn a_command_that_handles_the_signal_is_waited_for() {
    let world = World::of_three();
    let (mut reached, mut gate) = (world.fifo("reached"), world.fifo("gate"));
    let mut handled = world.fifo("handled");
    world.code(
        "b",
        "postfix",
        "trap 'tell handled; wait_at gate; echo >$world/done; exit 0' TERM; listen reached",
    );
    let manager = Beside::start(&world, world.manager(&["stop"]));
    reached.wait();
    manager.signal(Signal::SIGTERM);
    handled.wait();
    gate.open();
    let (status, said) = manager.end();
    assert_eq!(status, 143);
    assert!(world.path("done").exists());
    assert_eq!(world.commands(), ["c stop", "b stop"]);
    assert!(said.contains("/etc/a: did not get") && said.contains("/etc/postfix: did not get"), "{said}");
}

#[test]
fn a_signal_during_the_last_command_still_shows_in_the_status() {
    let world = World::new();
    let (mut reached, _gate) = (world.fifo("reached"), world.fifo("gate"));
    world.code("postfix", "postfix", "trap 'exit 0' TERM; listen reached");
    let manager = Beside::start(&world, world.manager(&["status"]));
    reached.wait();
    manager.signal(Signal::SIGTERM);
    assert_eq!(manager.end(), (143, String::new()));
}

#[test]
fn a_signal_while_postconf_hangs_ends_the_manager() {
    // The list, then a flag: nothing has been run in either case. The one that hangs ignores the signal.
    for (instance, command) in [("postfix", "check"), ("b", "start")] {
        let world = World::of_three();
        let (mut reached, _gate) = (world.fifo("reached"), world.fifo("gate"));
        world.code(instance, "postconf", &format!("trap '' TERM; {WAIT}"));
        let manager = Beside::start(&world, world.manager(&[command]));
        reached.wait();
        manager.signal(Signal::SIGTERM);
        let (status, said) = manager.end();
        assert_eq!(status, 143);
        assert!(said.contains("no instance got the command"), "{said}");
        assert!(world.journal().is_empty());
    }
}

#[test]
fn every_running_command_gets_the_signal() {
    let world = World::of_three();
    let (mut reached, _gate) = (world.fifo("reached"), world.fifo("gate"));
    for name in ["a", "b"] {
        world.code(name, "postfix", WAIT);
    }
    let manager = Beside::start(&world, world.manager(&["start", "--jobs", "9"]));
    reached.wait();
    manager.signal(Signal::SIGTERM);
    assert_eq!(manager.end().0, 143);
    assert_eq!(world.commands().len(), 2, "options after the command are the command's");

    let world = World::of_three();
    let (mut reached, _gate) = (world.fifo("reached"), world.fifo("gate"));
    for name in ["a", "b"] {
        world.code(name, "postfix", WAIT);
    }
    let manager = Beside::start(&world, world.manager(&["--jobs=2", "start"]));
    let mut there = 0;
    while there < 2 {
        there += reached.wait().lines().count();
    }
    manager.signal(Signal::SIGTERM);
    let (status, said) = manager.end();
    assert_eq!(status, 143);
    assert_eq!(said.matches("was ended by signal TERM").count(), 2, "{said}");
    assert_eq!(said.matches("did not get").count(), 1, "{said}");
}

#[test]
fn a_terminal_that_hangs_up_changes_nothing() {
    let world = World::of_three();
    let (mut reached, mut gate) = (world.fifo("reached"), world.fifo("gate"));
    world.code("a", "postfix", WAIT);
    let manager = Beside::start(&world, world.manager(&["start"]));
    reached.wait();
    manager.signal(Signal::SIGHUP);
    gate.open();
    assert_eq!(manager.end(), (0, String::new()));
    assert_eq!(world.commands().len(), 4);
}

#[test]
fn a_signal_that_was_ignored_at_the_start_stays_ignored() {
    let world = World::of_three();
    let (mut reached, mut gate) = (world.fifo("reached"), world.fifo("gate"));
    world.code("a", "postfix", WAIT);
    let manager = Beside::start(&world, world.prepared("trap '' INT; exec \"$@\"", &["start"]));
    reached.wait();
    manager.signal(Signal::SIGINT);
    gate.open();
    assert_eq!(manager.end(), (0, String::new()));
    assert_eq!(world.commands().len(), 4);
}

#[test]
fn ended_commands_are_noticed_though_their_signal_was_ignored_at_the_start() {
    let world = World::of_three();
    world.code("b", "postfix", "exit 3");
    finish(world.prepared("trap '' CHLD; exec \"$@\"", &["start"])).code(3);
    assert_eq!(world.commands().len(), 4);
}

#[test]
fn ended_commands_are_noticed_though_their_signal_was_blocked_at_the_start() {
    let world = World::of_three();
    let block = ["env", "--block-signal=CHLD"];
    if !world.program(block[0]).args([block[1], "true"]).output().unwrap().status.success() {
        skip("this env cannot block signals");
        return;
    }
    world.code("b", "postfix", "exit 3");
    let mut command = world.program(block[0]);
    command.args([block[1], MANAGER, "start"]);
    finish(command).code(3);
    assert_eq!(world.commands().len(), 4);
}

#[test]
fn commands_begin_with_the_signals_that_the_manager_began_with() {
    let show = "grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status";
    if !std::path::Path::new("/proc/self/status").exists() {
        skip("there is no /proc to read the signals from");
        return;
    }
    let lines = |command: &mut Command| String::from_utf8(command.output().unwrap().stdout).unwrap();
    for preparation in [":", "trap '' INT HUP", "trap '' QUIT TERM"] {
        let world = World::new();
        world.code("postfix", "postfix", &format!("exec {show}"));
        let direct = lines(world.program("/bin/sh").args(["-c", &format!("{preparation}; exec {show}")]));
        let through = lines(&mut world.prepared(&format!("{preparation}; exec \"$@\""), &["check"]));
        assert_eq!(direct.lines().count(), 3);
        assert_eq!(through, direct);
    }
}

#[test]
fn a_command_ended_by_a_signal_of_its_own_does_not_end_the_round() {
    let world = World::of_three();
    world.code("a", "postfix", "kill -TERM $$");
    world.run(&["start"]).code(143).stderr(contains("was ended by signal TERM"));
    assert_eq!(world.commands().len(), 4);
}

#[test]
fn who_waits_for_a_command_sleeps() {
    let world = World::new();
    let (mut reached, mut gate) = (world.fifo("reached"), world.fifo("gate"));
    world.code("postfix", "postfix", WAIT);
    let manager = Beside::start(&world, world.manager(&["status"]));
    reached.wait();
    let path = format!("/proc/{}/stat", manager.process());
    let state = || std::fs::read_to_string(&path).ok()?.rsplit_once(')')?.1.trim().chars().next();
    if state().is_none() {
        skip("there is no /proc to read the state from");
    } else {
        let deadline = Instant::now() + DEADLINE;
        while state() != Some('S') {
            assert!(Instant::now() < deadline, "it never stops working");
            std::thread::yield_now();
        }
    }
    gate.open();
    assert_eq!(manager.end().0, 0);
}

#[test]
fn the_mail_log_of_many_instances_takes_limited_time_after_a_signal_and_the_rest_is_counted() {
    const MANY: usize = 500;
    let mut world = World::new();
    for number in 0..MANY {
        world.add(&format!("n{number}"), "yes\n");
    }
    let (mut reached, _gate) = (world.fifo("reached"), world.fifo("gate"));
    world.code("postfix", "postfix", "tell reached; wait_at gate");
    // Some time at work.
    world.write("postlog", "i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done");
    let manager = Beside::start(&world, world.manager(&["start"]));
    reached.wait();
    let begun = Instant::now();
    manager.signal(Signal::SIGTERM);
    let (status, said) = manager.end();
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(status, 143, "{said}");
    assert_eq!(said.matches(": did not get \"start\"").count(), MANY);
    let log = world.read("log");
    let last = log.lines().last().unwrap();
    let counted = last.split_once(" more messages are on standard error only").expect(last).0;
    let unlogged: usize = counted.rsplit(' ').next().unwrap().parse().unwrap();
    let known = log.lines().count() - 1 + unlogged;
    // The fake may have written the one at which time was over.
    assert!(known == said.lines().count() || known == said.lines().count() + 1, "{known}");
}
