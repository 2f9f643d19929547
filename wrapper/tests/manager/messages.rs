//! The messages themselves, word for word.

use std::os::unix::ffi::OsStrExt;

use crate::masters::{self, Master};
use crate::world::World;

/// Everything that is said on standard error.
fn said(world: &World, arguments: &[&str]) -> String {
    let assert = world.run(arguments);
    world.shown(&assert.get_output().stderr)
}

#[test]
fn damaged_instances() {
    let mut world = World::of_three();
    world.write("etc/a/multi_instance_enable", "maybe\n");
    std::fs::remove_dir_all(world.directory("b")).unwrap();
    world.code("c", "postconf", "echo 'postconf: warning: first' >&2; kill -KILL $$");
    world.list("relative".into());
    insta::assert_snapshot!(said(&world, &["stop"]));
}

#[test]
fn failing_commands() {
    let world = World::of_three();
    world.code("a", "postfix", "exit 3");
    world.code("b", "postfix", "kill -TERM $$");
    insta::assert_snapshot!(said(&world, &["start", "an argument"]));
    world.spoil("postfix", false);
    insta::assert_snapshot!(said(&world, &["status"]));
}

#[test]
fn the_list() {
    let mut world = World::of_three();
    world.list(world.directory("a"));
    world.list(world.directory("../etc/b"));
    insta::assert_snapshot!(said(&world, &["check"]));
    world.code("postfix", "postconf", "echo 'postconf: fatal: etc/postfix/main.cf, line 3: odd' >&2; exit 1");
    insta::assert_snapshot!(said(&world, &["check"]));
}

#[test]
fn wrong_calls() {
    let world = World::new();
    let all: Vec<String> = [&[][..], &["-v", "start"], &["--jobs", "no"]]
        .iter()
        .map(|arguments| said(&world, arguments))
        .collect();
    insta::assert_snapshot!(all.concat());
    let help = world.run(&["--help"]).get_output().stdout.clone();
    insta::assert_snapshot!(world.shown(&help));
}

#[test]
fn a_choice_of_instances_behind_the_command() {
    let world = World::of_three();
    let choices = [&["stop", "-i", "/etc/a"][..], &["start", "-iout"], &["reload", "--group", "mx"]];
    let all: Vec<String> = choices.iter().map(|words| said(&world, words)).collect();
    insta::assert_snapshot!(all.concat(), @r#"
    postfix-wrapper: fatal: -i is no option of "postfix stop", which is for all instances; for one instance use "postfix -c /etc/a stop"; no instance got the command
    postfix-wrapper: fatal: -i is no option of "postfix start", which is for all instances; for one instance use "postfix -c DIR start" with its configuration directory, or "postfix-multi -p -i out start"; no instance got the command
    postfix-wrapper: fatal: -g is no option of "postfix reload", which is for all instances; for a group use "postfix-multi -p -g mx reload"; no instance got the command
    "#);
    world.run(&["stop", "-a"]).code(64);
    assert!(world.journal().is_empty());
    world.run(&["own-command", "-i", "out"]).success();
}

#[test]
fn a_start_that_fails_as_another_one_uses_the_queue() {
    if !masters::can_be_told() {
        return;
    }
    let world = World::of_three();
    for (parameter, place) in [("queue_directory", "spool"), ("data_directory", "lib")] {
        std::fs::write(world.directory("b").join(parameter), world.path(place).as_os_str().as_bytes())
            .unwrap();
    }
    world.code("b", "postfix", "exit 1");
    let master = Master::start(&world.directory("postfix"), Some(&world.path("spool/pid/master.pid")));
    let said = said(&world, &["start"]).replace(&master.process().to_string(), "PID");
    insta::assert_snapshot!(said, @r#"
    postfix-wrapper: warning: instance /etc/b: "start" failed with status 1; see what it said, and the mail log
    postfix-wrapper: error: instance /etc/b: its queue_directory /spool is in use by the master of /etc/postfix (pid PID); give it a directory of its own
    postfix-wrapper: warning: instance /etc/b: what it said is in the mail log (with systemd: "journalctl -t postfix/postfix-script"), or shown by "postfix -c /etc/b start" at a terminal
    postfix-wrapper: error: "start" failed for 1 of 4 instances: /etc/b (status 1)
    "#);
}
