//! Tests which instance gets which command, when, and the exit status.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_empty};

use crate::world::{Beside, World};

/// The default instance and four others, of which b and d are not enabled.
fn mixed() -> World {
    let mut world = World::new();
    for (name, enable) in [("a", "yes\n"), ("b", "no\n"), ("c", "YES\n"), ("d", "No\n")] {
        world.add(name, enable);
    }
    world
}

#[test]
fn start_goes_down_the_list_and_checks_what_is_not_enabled() {
    let world = mixed();
    world.run(&["start", "x"]).success().stderr(is_empty());
    assert_eq!(world.commands(), ["postfix start", "a start", "b check", "c start", "d check"]);
    let calls = world.journal();
    assert_eq!(calls[1][2..], ["start", "x"]);
    assert_eq!(calls[2][2..], ["check"]);
}

#[test]
fn stopping_goes_up_the_list_and_skips_what_is_not_enabled() {
    for command in ["stop", "quick-stop", "abort", "drain"] {
        let world = mixed();
        world.run(&[command]).success().stderr(is_empty());
        assert_eq!(world.commands(), ["c", "a", "postfix"].map(|name| format!("{name} {command}")));
    }
}

#[test]
fn commands_for_running_instances_skip_what_is_not_enabled() {
    for command in ["flush", "reload"] {
        let world = mixed();
        world.run(&[command]).success();
        assert_eq!(world.commands(), ["postfix", "a", "c"].map(|name| format!("{name} {command}")));
    }
}

#[test]
fn any_other_command_is_for_all_and_asks_for_no_flag() {
    for command in ["check", "status", "set-permissions", "upgrade-configuration", "Stop"] {
        let world = mixed();
        world.run(&[command]).success();
        assert_eq!(world.commands(), ["postfix", "a", "b", "c", "d"].map(|name| format!("{name} {command}")));
        assert_eq!(world.read("asked").lines().count(), 1);
    }
}

#[test]
fn the_default_instances_flag_counts_too() {
    let mut world = World::new();
    world.add("a", "yes\n");
    world.write("etc/postfix/multi_instance_enable", "no\n");
    world.run(&["start"]).success();
    world.run(&["stop"]).success();
    assert_eq!(world.commands(), ["postfix check", "a start", "a stop"]);
}

#[test]
fn the_list_is_taken_apart_at_any_mix_of_separators() {
    let world = World::of_three();
    let [a, b, c] = ["a", "b", "c"].map(|name| world.directory(name).display().to_string());
    for list in [format!("{a},{b},{c}"), format!(" {a} ,,\t{b}\r\n\n{c},"), format!("{a} {b},{c}")] {
        let _ = std::fs::remove_file(world.path("journal"));
        world.write("etc/postfix/multi_instance_directories", list);
        world.run(&["status"]).success();
        assert_eq!(world.commands(), ["postfix status", "a status", "b status", "c status"]);
    }
}

#[test]
fn the_status_is_that_of_the_last_failure_in_run_order() {
    let world = World::of_three();
    world.code("a", "postfix", "exit 3");
    world.code("b", "postfix", "exit 5");
    world.run(&["start"]).code(5);
    world.run(&["stop"]).code(3);
    assert_eq!(world.commands().len(), 8);
    world.code("c", "postfix", "kill -KILL $$");
    world.run(&["start"]).code(137).stderr(contains("ended by signal KILL").and(contains("/etc/c")));
    world.code("c", "postfix", "exit 255");
    world.run(&["start"]).code(255);
}

#[test]
fn a_failing_check_in_place_of_a_start_counts() {
    let world = mixed();
    world.code("b", "postfix-check", "exit 7");
    world.run(&["start"]).code(7).stderr(contains("\"check\" failed with status 7"));
}

#[test]
fn an_instance_listed_twice_gets_the_command_once() {
    let mut world = World::of_three();
    std::os::unix::fs::symlink(world.directory("b"), world.directory("other-b")).unwrap();
    for name in ["a", "other-b", "postfix"] {
        world.list(world.directory(name));
    }
    let warnings = contains("warning").count(3).and(contains("other-b"));
    world.run(&["start"]).success().stderr(warnings);
    assert_eq!(world.commands(), ["postfix start", "a start", "b start", "c start"]);
}

#[test]
fn secondary_instances_may_be_busy_at_once_and_the_default_one_never_with_them() {
    for (command, expected) in [("start", "postfix first"), ("stop", "postfix last")] {
        let world = World::of_three();
        let (mut reached, mut gate) = (world.fifo("reached"), world.fifo("gate"));
        for (name, status) in [("a", 3), ("b", 0), ("c", 4)] {
            // Nobody goes on before the other two are there.
            world.code(name, "postfix", &format!("tell reached; wait_at gate; exit {status}"));
        }
        let manager = Beside::start(&world, world.manager(&["--jobs", "3", command]));
        let mut seen = 0;
        while seen < 3 {
            reached.wait();
            seen = world.commands().iter().filter(|call| !call.starts_with("postfix")).count();
        }
        let commands = world.commands();
        let first = commands[0].starts_with("postfix");
        assert_eq!((first, commands.len()), (expected == "postfix first", if first { 4 } else { 3 }));
        (0..3).for_each(|_| gate.open());
        let (status, _) = manager.end();
        assert_eq!(status, if first { 4 } else { 3 });
        assert_eq!(world.commands().last().unwrap().starts_with("postfix"), !first);
        assert_eq!(world.commands().len(), 4);
    }
}
