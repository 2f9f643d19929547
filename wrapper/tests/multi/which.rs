//! Tests which instance is meant.
//! A name that fits two is refused if only one can be meant, a directory may be spelled in another way, and an option
//! that chooses instances must stand before the command.

use std::fs;
use std::os::unix::fs::symlink;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::life_cycle::{files, listed, managed};
use crate::world::World;

/// `postfix-a` and `postfix-b` are managed, not enabled, and have these names.
fn named(a: &str, b: &str) -> World {
    let mut world = managed();
    world.add("postfix-b", "");
    fs::write(world.directory("postfix-b").join("master.cf"), "").unwrap();
    world.add_line("postfix-a", &format!("multi_instance_name = {a}"));
    world.add_line("postfix-b", &format!("multi_instance_name = {b}"));
    world
}

fn main_cfs(world: &World) -> Vec<String> {
    ["postfix", "postfix-a", "postfix-b"].map(|name| world.read(&format!("etc/{name}/main.cf"))).to_vec()
}

#[test]
fn no_change_is_made_to_one_of_two_with_the_same_name() {
    let world = named("postfix-x", "postfix-x");
    let before = (files(&world), main_cfs(&world));
    for name in ["x", "postfix-x"] {
        for words in [
            &["-e", "enable", "-i", name][..],
            &["-e", "disable", "-i", name],
            &["-e", "deport", "-i", name],
            &["-e", "destroy", "-i", name],
            &["-e", "assign", "-i", name, "-G", "mx"],
            &["-e", "create", "-i", name, "-I", "postfix-new"],
            &["-e", "import", "-i", name, "-I", "postfix-new"],
        ] {
            for dry in [&[][..], &["--dry-run"]] {
                let assert = world.run(&[dry, words].concat()).code(1).stdout("");
                let said = world.said(&assert);
                assert!(said.contains("fits 2 instances: /etc/postfix-a and /etc/postfix-b"), "{said}");
                let typed: String = dry.iter().flat_map(|option| [*option, " "]).collect();
                let command = format!("\"postfix-multi {typed}-e {} -i /etc/postfix-a", words[1]);
                assert!(said.contains(&command), "{said}");
                assert!(said.contains(&command.replace("postfix-a", "postfix-b")), "{said}");
                assert_eq!((files(&world), main_cfs(&world)), before, "{words:?}");
            }
        }
    }
}

#[test]
fn advice_keeps_what_was_typed_and_a_shell_takes_it_as_it_is() {
    let world = named("postfix-x", "postfix-x");
    let b = world.directory("postfix-b").display().to_string();
    for (words, kept) in [
        (
            &["-e", "assign", "--wait", "3s", "-i", "x", "-G", "mx"][..],
            format!("-e assign --wait 3s -i {b} -G mx"),
        ),
        (
            &["--jobs=2", "-ix", "-p", "--summary=json", "stop"],
            format!("--jobs 2 -i {b} -p --summary=json stop"),
        ),
        (
            &["-i", "x", "-x", "sh", "-c", "echo $config_directory"],
            format!("-i {b} -x sh -c 'echo $config_directory'"),
        ),
    ] {
        world.run(words).code(1).stderr(contains(format!("\"postfix-multi {kept}\"")));
    }
    let behind = "postfix-multi --jobs 2 --timeout 1m -p -i a stop";
    world.run(&["--jobs", "2", "--timeout", "1m", "-p", "stop", "-i", "a"]).code(1).stderr(contains(behind));
}

#[test]
fn the_command_that_a_refusal_names_does_it_to_that_one_alone() {
    let world = named("postfix-x", "postfix-x");
    let b = world.directory("postfix-b");
    world.run(&["-e", "enable", "-i", b.to_str().unwrap()]).success();
    assert!(world.read("etc/postfix-b/main.cf").contains("multi_instance_enable = yes"));
    assert!(!world.read("etc/postfix-a/main.cf").contains("multi_instance_enable"));
}

#[test]
fn no_command_reaches_one_of_two_with_the_same_name() {
    let world = named("postfix-x", "postfix-x");
    for (words, command) in [
        (&["-i", "x", "-p", "stop"][..], "-p stop"),
        (&["-i", "x", "-p", "--dry-run", "start"], "-p --dry-run start"),
        (&["-i", "x", "-x", "postsuper", "-d", "ALL"], "-x postsuper -d ALL"),
    ] {
        let said = world.said(&world.run(words).code(1).stdout(""));
        assert!(said.contains("/etc/postfix-a and /etc/postfix-b; no instance got the command"), "{said}");
        assert!(said.contains(&format!("\"postfix-multi -i /etc/postfix-b {command}\"")), "{said}");
    }
    assert!(world.commands().is_empty());
    // Who only looks sees both.
    let printed = world.printed(&world.run(&["-l", "-i", "x"]).success());
    assert_eq!(printed.lines().count(), 2, "{printed}");
    let printed = world.printed(&world.run(&["status", "-i", "x"]).success());
    let rows = printed.lines().filter(|line| line.starts_with("postfix-x "));
    assert_eq!(rows.count(), 2, "{printed}");
}

#[test]
fn a_name_with_and_one_without_the_prefix_are_two_that_fit() {
    let world = named("postfix-x", "x");
    world.run(&["-e", "enable", "-i", "x"]).code(1).stderr(contains("fits 2 instances"));
    world.run(&["-e", "enable", "-i", "postfix-x"]).success();
    assert!(world.read("etc/postfix-a/main.cf").contains("enable = yes"));
    let world = named("-", "postfix-b");
    world.run(&["-e", "disable", "-i", "-"]).code(1).stderr(contains("/etc/postfix and "));
    assert!(world.read("etc/postfix/main.cf").contains("multi_instance_enable = yes"));
}

#[test]
fn a_name_that_is_a_directory_is_no_name() {
    let world = named("postfix-x", "postfix-b");
    let b = world.directory("postfix-b");
    world.add_line("postfix-a", &format!("multi_instance_name = {}", b.display()));
    world.run(&["-e", "enable", "-i", b.to_str().unwrap()]).success();
    assert!(world.read("etc/postfix-b/main.cf").contains("enable = yes"));
    assert!(!world.read("etc/postfix-a/main.cf").contains("enable"));
}

#[test]
fn a_damaged_one_counts_if_its_text_has_the_name() {
    let world = named("postfix-x", "postfix-x");
    world.add_line("postfix-b", "no setting");
    world.run(&["-e", "enable", "-i", "x"]).code(1).stderr(contains("fits 2 instances"));
    world.run(&["-i", "x", "-p", "stop"]).code(1).stderr(contains("fits 2 instances"));
    let taken = |name: &str| world.run(&["-e", "create", "-I", name]);
    taken("postfix-x").code(1);
    let world = named("postfix-a", "postfix-x");
    world.add_line("postfix-b", "no setting");
    world.run(&["-e", "enable", "-i", "a"]).success();
    world
        .run(&["-e", "assign", "-i", "a", "-I", "postfix-x"])
        .code(1)
        .stderr(contains("/etc/postfix-b/main.cf cannot be read, and has multi_instance_name=postfix-x"));
    world.run(&["-e", "create", "-I", "postfix-x"]).code(1).stderr(contains("choose another name"));
    world.run(&["-e", "create", "-I", "postfix-new"]).success();
    assert_eq!(world.run(&["-l"]).code(1).get_output().stdout.split(|byte| *byte == b'\n').count(), 5);
    // One whose main.cf is gone has no name.
    fs::remove_file(world.directory("postfix-b").join("main.cf")).unwrap();
    world.run(&["-e", "assign", "-i", "a", "-I", "postfix-x"]).success();
}

#[test]
fn a_directory_is_meant_however_it_is_spelled() {
    let world = named("postfix-a", "postfix-b");
    symlink(world.directory("postfix-b"), world.path("link")).unwrap();
    let etc = world.path("etc").display().to_string();
    for spelled in [
        format!("{etc}/postfix-b/"),
        format!("{etc}//postfix-b"),
        format!("{etc}/./postfix-b/."),
        format!("{etc}/../etc/postfix-b"),
        world.path("link").display().to_string(),
    ] {
        for (action, value) in [("enable", "yes"), ("disable", "no")] {
            world.run(&["-e", action, "-i", &spelled]).success().stderr("");
            let line = format!("multi_instance_enable = {value}");
            assert!(world.read("etc/postfix-b/main.cf").contains(&line), "{spelled} {action}");
        }
        let printed = world.printed(&world.run(&["-l", "-i", &spelled]).success());
        assert!(printed.ends_with("/etc/postfix-b\n") && printed.lines().count() == 1, "{printed}");
        world.run(&["-i", &spelled, "-p", "status"]).success();
        assert_eq!(world.commands(), ["postfix-b status"]);
    }
    assert!(!world.read("etc/postfix-a/main.cf").contains("enable"));
    let link = world.path("link");
    world.run(&["-e", "create", "-I", "postfix-new", "-i", link.to_str().unwrap()]).success();
    assert_eq!(listed(&world), "postfix postfix-a postfix-new postfix-b");
}

#[test]
fn a_relative_path_is_no_directory() {
    let world = named("postfix-a", "postfix-b");
    for spelled in ["etc/postfix-b", "./etc/postfix-b", "postfix-b/"] {
        let hint = "a directory begins with a slash";
        world.run(&["-e", "enable", "-i", spelled]).code(1).stderr(contains(hint));
        world.run(&["-i", spelled, "-p", "stop"]).code(1).stderr(contains(hint));
    }
}

#[test]
fn a_choice_behind_the_command_reaches_nobody() {
    let world = World::of_three();
    for (words, advice) in [
        (
            &["-p", "stop", "-i", "postfix-a"][..],
            "-i belongs before stop: postfix-multi -p -i postfix-a stop",
        ),
        (&["-p", "reload", "-gmx"], "-g belongs before reload: postfix-multi -p -g mx reload"),
        (&["-p", "--", "status", "--instance=a"], "postfix-multi -p -i a status"),
        (&["-x", "postfix", "stop", "-i", "a"], "postfix-multi -x -i a postfix stop"),
    ] {
        world.run(words).code(1).stdout("").stderr(contains(advice).and(contains("no instance got")));
    }
    assert!(world.journal().is_empty());
    world.run(&["-p", "-i", "postfix-a", "stop"]).success();
    assert_eq!(world.commands(), ["postfix-a stop"]);
}
