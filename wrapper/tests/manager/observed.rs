//! Tests what the manager shows on request: a plan, a summary, each step.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::world::World;

/// Seven instances of every kind.
fn mixed() -> World {
    let mut world = World::of_three();
    world.add("d", "no\n");
    world.add("e", "maybe\n");
    world.add("f", "yes\n");
    for name in ["a", "c", "d"] {
        world.group(name, "mx");
    }
    world.group("f", "out\"\\side");
    world.code("b", "postfix", "exit 3");
    world.code("f", "postfix", "kill -KILL $$");
    world
}

/// What is printed, with one width for all gaps: they depend on the length of the world's path.
fn output(world: &World, arguments: &[&str]) -> String {
    let text = world.shown(&world.run(arguments).get_output().stdout);
    let lines = text.lines().map(|line| {
        line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join("  ")
    });
    lines.map(|line| line + "\n").collect()
}

/// A summary with its times, which are never the same, replaced.
fn without_times(text: &str) -> String {
    let is_time =
        |word: &str| word.split_once('.').is_some_and(|(_, digits)| digits.trim_end_matches('}').len() == 3);
    text.split_inclusive([' ', '\n'])
        .map(|word| {
            if is_time(word.trim_end()) {
                word.replace(|letter: char| letter.is_ascii_digit(), "0")
            } else {
                word.to_owned()
            }
        })
        .collect()
}

#[test]
fn a_plan_is_shown_and_nothing_is_run() {
    let world = mixed();
    insta::assert_snapshot!(output(&world, &["--dry-run", "--jobs", "4", "start", "an argument"]));
    insta::assert_snapshot!(output(&world, &["--dry-run", "stop"]));
    insta::assert_snapshot!(output(&world, &["--dry-run", "--jobs=2", "check"]));
    assert!(world.journal().is_empty());
}

#[test]
fn no_instance_of_a_group_waits_for_the_default_instance_in_it() {
    let mut world = World::new();
    for name in ["a", "b"] {
        world.add(name, "yes\n");
        world.group(name, "mx");
    }
    world.group("postfix", "mx");
    let plan = output(&world, &["--dry-run", "--jobs", "2", "start"]);
    assert!(plan.contains("/etc/a  start  group mx\n"), "{plan}");
    assert!(plan.contains("/etc/b  start  group mx, after 2\n"), "{plan}");
}

#[test]
fn a_summary_is_a_table() {
    let world = mixed();
    insta::assert_snapshot!(without_times(&output(&world, &["--summary", "start"])));
}

#[test]
fn a_summary_for_programs_is_a_line_of_json_for_each_instance() {
    let world = mixed();
    let text = output(&world, &["--summary=json", "--jobs", "2", "stop"]);
    insta::assert_snapshot!(without_times(&text));
    for line in text.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(value.as_object().unwrap().len(), 7);
    }
    let ran = text.lines().filter(|line| line.contains("\"seconds\": 0.")).count();
    assert_eq!(ran, world.commands().len());
}

#[test]
fn a_summary_names_no_command_where_none_was_run() {
    let world = World::of_three();
    world.code("a", "postfix", "kill -TERM $PPID; exit 3");
    let text = output(&world, &["--summary=json", "start"]);
    let not_reached =
        text.lines().filter(|line| line.contains("\"command\": null, \"result\": \"not-reached\""));
    assert_eq!(not_reached.count(), 2, "{text}");
    world.spoil("postfix", false);
    let text = output(&world, &["--summary=json", "start"]);
    let not_run = text.lines().filter(|line| line.contains("\"command\": null, \"result\": \"not-run\""));
    assert_eq!(not_run.count(), 4, "{text}");
}

#[test]
fn a_summary_changes_neither_status_nor_messages() {
    let world = mixed();
    let plain = world.run(&["start"]);
    let with = world.run(&["--summary", "start"]);
    assert_eq!(plain.get_output().status, with.get_output().status);
    assert_eq!(plain.get_output().stderr, with.get_output().stderr);
}

#[test]
fn each_step_is_told_when_asked_for() {
    let world = mixed();
    let told = contains("info: instance ")
        .and(contains("/etc/a: \"start\" begins"))
        .and(contains("/etc/a: \"start\" has ended: status 0"))
        .and(contains("/etc/d: \"check\" begins, in place of a start"));
    world.run(&["--verbose", "start"]).stderr(told);
    let mut command = world.manager(&["stop"]);
    command.env("MAIL_VERBOSE", "");
    crate::world::finish(command).stderr(contains("/etc/d: no \"stop\", as it is not enabled"));
    assert!(!world.read("log").contains("info"), "the log is for what matters");
}

#[test]
fn the_closing_line_is_in_the_mail_log_too() {
    let world = mixed();
    world.run(&["start"]);
    let log = world.shown(world.read("log").as_bytes());
    let last = log.lines().last().unwrap();
    assert!(last.contains("-p error \"start\" failed for 3 of 7 instances: /etc/b (status 3)"), "{last}");
}
