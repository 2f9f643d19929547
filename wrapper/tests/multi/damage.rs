//! Damaged instances: they are there, they are named, and all others are listed and managed.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::world::{World, finish};

/// `postfix-b` has a main.cf that is no main.cf; `postfix-c`'s flag is neither yes nor no.
fn damaged() -> World {
    let world = World::of_three();
    world.add_line("postfix-b", "no setting at all");
    world.add_line("postfix-c", "multi_instance_enable = maybe");
    world
}

#[test]
fn they_are_listed_as_damaged_and_named() {
    let world = damaged();
    let assert = world.run(&["-l"]).code(1);
    insta::assert_snapshot!(world.printed(&assert), @r"
    -               -               y         /etc/postfix
    postfix-a       mx              y         /etc/postfix-a
    -               -               damaged   /etc/postfix-b
    postfix-c       mx              damaged   /etc/postfix-c
    ");
    insta::assert_snapshot!(world.said(&assert));
}

#[test]
fn all_others_are_started_and_stopped() {
    let world = damaged();
    let assert = world.run(&["-p", "start"]).code(1);
    assert_eq!(world.commands(), ["postfix start", "postfix-a start"]);
    insta::assert_snapshot!(world.said(&assert));
    world.run(&["-p", "stop"]).code(1);
    world.run(&["--dry-run", "-p", "stop"]).code(1);
    assert_eq!(world.commands(), ["postfix-a stop", "postfix stop"]);
}

#[test]
fn a_directory_that_is_not_there_is_damage_too() {
    let mut world = World::of_three();
    world.list(world.directory("gone"));
    world.list("relative".into());
    world.run(&["-p", "start"]).code(1).stderr(contains("gone").and(contains("not an absolute path")));
    assert_eq!(world.commands().len(), 4);
    let assert = world.run(&["-l"]).code(1);
    assert_eq!(world.printed(&assert).lines().filter(|line| line.contains("damaged")).count(), 2);
}

#[test]
fn what_is_meant_by_name_is_not_troubled_by_others() {
    let world = damaged();
    world.run(&["-i", "a", "-p", "start"]).success().stderr("");
    world.run(&["-i", "a", "-l"]).success().stderr("");
    world.run(&["-i", "-", "-x", "true"]).success().stderr("");
    assert_eq!(world.commands(), ["postfix-a start"]);
}

#[test]
fn who_may_be_meant_and_cannot_be_read_is_named() {
    let world = damaged();
    // Whether b is of the group, only its main.cf could tell.
    let assert = world.run(&["-g", "mx", "-p", "status"]).code(1);
    assert!(world.said(&assert).contains("instance /etc/postfix-b: cannot tell whether -g mx means it"));
    assert_eq!(world.commands(), ["postfix-a status", "postfix-c status"]);
    let directory = world.directory("postfix-b");
    let named = format!("{0} cannot be read, and may be meant; \"-i {0}\" chooses it", directory.display());
    for words in [&["-i", "b", "-p", "start"][..], &["-i", "b", "status"], &["-e", "enable", "-i", "b"]] {
        world.run(words).code(1).stderr(contains(&named));
    }
    world.run(&["-i", "b", "-l"]).code(1).stderr(contains("cannot tell whether -i b means it"));
    world
        .run(&["-i", directory.to_str().unwrap(), "-p", "start"])
        .code(1)
        .stderr(contains("did not get \"start\""));
}

#[test]
fn a_program_reaches_whoever_can_be_read() {
    let world = damaged();
    let assert = world.run(&["-x", "sh", "-c", "echo ${MAIL_CONFIG##*/} $multi_instance_enable"]).code(1);
    // A flag that is none is no reason to keep a program away that may mend it.
    assert_eq!(world.printed(&assert), "postfix yes\npostfix-a yes\npostfix-c maybe\n");
    assert!(world.said(&assert).contains("postfix-b: did not get \"sh\": its main.cf cannot be read"));
}

#[test]
fn without_the_default_instances_main_cf_nothing_is_known() {
    let world = World::of_three();
    world.add_line("postfix", "no setting at all");
    for arguments in [&["-l"][..], &["-p", "stop"], &["-x", "true"], &["status"]] {
        world
            .run(arguments)
            .code(1)
            .stdout("")
            .stderr(contains("cannot read the default instance's main.cf").and(contains("line 3")));
    }
    assert!(world.journal().is_empty());
}

#[test]
fn a_damaged_master_cf_of_the_default_instance_keeps_only_that_one_from_the_command() {
    let world = World::of_three();
    std::fs::write(world.directory("postfix").join("master.cf"), "no service at all\n").unwrap();
    let mut command = world.front_end(&["-p", "stop"]);
    command.env("TMPDIR", world.path("lib"));
    std::fs::create_dir(world.path("lib")).unwrap();
    let fault = contains("warning: ").and(contains("master.cf: line 1: bad field count"));
    let cure =
        contains("error: instance ").count(1).and(contains("/etc/postfix: no command of postfix(1) works"));
    finish(command).code(1).stderr(fault.and(cure).and(contains("its master(8) does not run")));
    assert_eq!(world.commands(), ["postfix-c stop", "postfix-a stop", "postfix stop"]);
    assert_eq!(std::fs::read_dir(world.path("lib")).unwrap().count(), 0);
    let assert = world.run(&["-i", "-", "-l"]).success();
    assert_eq!(world.printed(&assert), "-               -               y         /etc/postfix\n");
    let assert = world.run(&["-i", "-", "-x", "printenv", "config_directory"]).success();
    assert_eq!(world.printed(&assert), "/etc/postfix\n");
}

#[test]
fn remarks_of_postconf_are_passed_on() {
    let world = World::of_three();
    world.add_line("postfix-a", "odd = $x");
    world.code("postfix-a", "postconf", "echo 'postconf: warning: unused parameter: odd' >&2");
    world
        .run(&["-l"])
        .success()
        .stderr(contains("postfix-multi: warning: ").and(contains("unused parameter: odd")));
}

#[test]
fn a_damaged_master_cf_is_shown_wherever_the_instance_is() {
    let world = World::of_three();
    let directory = world.directory("postfix-a");
    std::fs::write(directory.join("master.cf"), "no service at all\n").unwrap();
    let fault = || contains("postfix-a/master.cf: line 1: bad field count");
    let cure = || contains("/etc/postfix-a: no command of postfix(1) works").count(1);
    world.run(&["-i", "a", "-p", "stop"]).code(1).stderr(fault().and(cure()));
    world
        .run(&["-i", "a", "-x", "false"])
        .code(1)
        .stderr(fault().and(cure()).and(contains("-i ")).and(contains("its master(8)").not()));
    world.run(&["-i", "a", "-x", "true"]).success().stderr(contains("no command of postfix(1) works").not());
    world.run(&["status", "-j", "-i", "a"]).code(1).stdout(
        fault().and(contains("its master.cf cannot be read, so that no command of postfix(1) works")),
    );
}
