//! Run by postfix(1) as the value of `multi_instance_wrapper`: `postfix-multi -p --` and a command.

use std::process::Command;

use predicates::str::contains;

use crate::world::{World, finish};

/// As postfix(1) runs it: its own variables, and little else.
fn by_postfix(world: &World, options: &[&str], words: &[&str]) -> Command {
    let mut command = world.front_end(&[options, &["-p", "--"], words].concat());
    command
        .env("PATH", "/usr/bin:/bin")
        .env("MAIL_CONFIG", world.directory("postfix"))
        .env("MAIL_LOGTAG", "postfix")
        .env("command_directory", world.path("usr/sbin"))
        .env("config_directory", world.directory("postfix"))
        .env("daemon_directory", world.path("usr/libexec"));
    command
}

#[test]
fn it_brings_the_command_to_all() {
    let world = World::of_three();
    finish(by_postfix(&world, &[], &["stop"])).success().stderr("");
    assert_eq!(world.commands(), ["postfix-c stop", "postfix-a stop", "postfix stop"]);
    finish(by_postfix(&world, &[], &["/bin/program", "-x", "", "a b"])).success();
    assert_eq!(world.commands()[3], "postfix-c /bin/program -x  a b");
}

#[test]
fn options_of_the_manager_stand_in_main_cf() {
    let world = World::of_three();
    let assert = finish(by_postfix(&world, &["--jobs", "auto", "--summary"], &["start"])).success();
    let printed = world.printed(&assert);
    let results: Vec<Vec<&str>> =
        printed.lines().map(|line| line.split_whitespace().take(3).collect()).collect();
    assert_eq!(results[0], ["instance", "group", "command"]);
    assert_eq!(results[3], ["/etc/postfix-b", "-", "check"]);
    assert_eq!(world.commands().len(), 4);
}

#[test]
fn a_failure_is_named_and_logged() {
    let world = World::of_three();
    world.code("postfix-a", "postfix", "exit 3");
    finish(by_postfix(&world, &[], &["reload"])).code(1).stderr(contains("failed for 1 of 4 instances"));
    assert!(world.read("log").contains("-t postfix/postfix-multi -p warning"));
}

#[test]
fn a_choice_that_was_meant_for_postfix_multi_reaches_nobody() {
    let world = World::of_three();
    finish(by_postfix(&world, &[], &["stop", "-i", "/etc/postfix-a"]))
        .code(1)
        .stderr(contains("for one instance use \"postfix -c /etc/postfix-a stop\""));
    assert!(world.journal().is_empty());
}
