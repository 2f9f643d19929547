//! Instances and programs that are not what they should be.

use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::masters::{self, Master};
use crate::world::World;

const OTHERS_START: [&str; 3] = ["postfix start", "a start", "c start"];
const OTHERS_STOP: [&str; 3] = ["c stop", "a stop", "postfix stop"];

/// `start` and `stop` reach everyone but b, and b is named with this complaint.
fn only_b_suffers(world: &World, status: i32, complaint: &str) {
    for (command, expected) in [("start", OTHERS_START), ("stop", OTHERS_STOP)] {
        let _ = std::fs::remove_file(world.path("journal"));
        let named = contains("error: instance ").count(1).and(contains(complaint)).and(contains("/etc/b"));
        world.run(&[command]).code(status).stderr(named);
        assert_eq!(world.commands(), expected);
    }
}

#[test]
fn a_value_that_is_no_boolean_is_that_instances_failure() {
    for value in ["maybe\n", "\n", "", "true\n", "$foo\n"] {
        let world = World::of_three();
        world.write("etc/b/multi_instance_enable", value);
        only_b_suffers(&world, 78, "neither yes nor no");
    }
}

#[test]
fn a_damaged_main_cf_is_that_instances_failure() {
    let world = World::of_three();
    world.code("b", "postconf", "echo 'postconf: fatal: /etc/b/main.cf, line 7: missing =' >&2; exit 1");
    only_b_suffers(&world, 78, "failed with status 1 (postconf: fatal: /etc/b/main.cf, line 7: missing =)");
    world.code("b", "postconf", "echo yes; kill -SEGV $$");
    only_b_suffers(&world, 78, "ended by signal SEGV");
}

#[test]
fn a_damaged_master_cf_keeps_nobody_else_from_the_command_and_is_named_with_what_helps() {
    for damaged in ["postfix", "b"] {
        for (command, expected) in [
            ("start", ["postfix start", "a start", "b start", "c start"]),
            ("stop", ["c stop", "b stop", "a stop", "postfix stop"]),
        ] {
            let world = World::of_three();
            world.write(&format!("etc/{damaged}/master.cf"), "not a service\n");
            let directory = world.directory(damaged).display().to_string();
            let blamed = format!("; see to {directory}/master.cf");
            let failed = format!("warning: instance {directory}: \"{command}\" failed with status 1; ");
            let told = format!(
                "error: instance {directory}: no command of postfix(1) works, as postconf cannot read its master.cf: "
            );
            let helps = format!(
                "; correct {directory}/master.cf (\"postconf -c {directory} -M\" shows the fault), then try \
                 \"postfix -c {directory} {command}\""
            );
            let named = contains("warning: instance ").count(2).and(contains(blamed)).and(contains(failed));
            let cured = contains("error: instance ").count(1).and(contains(told)).and(contains(helps));
            let runs = contains("its master(8) ").count(usize::from(command == "stop"));
            world.run(&[command]).code(1).stderr(named.and(cured).and(runs));
            assert_eq!(world.commands(), expected);
        }
    }
}

#[test]
fn a_damaged_master_cf_is_told_whatever_the_command_is_and_nothing_is_asked_after_success() {
    let world = World::of_three();
    world.write("etc/b/master.cf", "not a service\n");
    for command in ["status", "reload", "check", "bogus"] {
        let told = contains("/etc/b: no command of postfix(1) works").count(1);
        world.run(&[command]).code(1).stderr(told.and(contains("its master(8)").not()));
    }
    world.write("etc/b/master.cf", "");
    std::fs::remove_file(world.path("asked")).unwrap();
    world.run(&["status"]).success().stderr("");
    assert_eq!(world.read("asked").matches("config_directory").count(), 0);
    // What else fails is not put down to master.cf.
    world.code("b", "postfix", "exit 3");
    world.run(&["stop"]).code(3).stderr(contains("no command of postfix(1) works").not());
    assert_eq!(world.read("asked").matches("config_directory").count(), 1);
}

#[test]
fn a_postconf_that_does_not_answer_costs_only_its_time_and_nothing_is_put_down_to_master_cf() {
    let world = World::of_three();
    world.write("etc/b/master.cf", "");
    world.code("b", "postfix", "exit 3");
    world.code("b", "postconf", "[ \"$form\" != -dh ] || stay");
    let told = || contains("/etc/b: \"stop\" failed with status 3").and(contains("no command of").not());
    world.run(&["--query-timeout", "1", "stop"]).code(3).stderr(told());
    // Nor is one that fails for another reason.
    world.code("b", "postconf", "[ \"$form\" != -dh ] || { echo 'postconf: fatal: bad level' >&2; exit 1; }");
    world.run(&["stop"]).code(3).stderr(told());
}

#[test]
fn the_master_of_an_instance_that_cannot_be_stopped_is_named_only_if_it_runs() {
    if !masters::can_be_told() {
        return;
    }
    let world = World::of_three();
    let place = |name: &str| world.path(name).display().to_string();
    world.write("etc/b/queue_directory", place("spool"));
    world.write("etc/b/data_directory", place("lib"));
    world.write("etc/b/master.cf", "not a service\n");
    let idle = || contains("/master.cf: line 1: bad field count").and(contains("its master(8) does not run"));
    for command in ["stop", "quick-stop", "abort", "drain"] {
        world.run(&[command]).code(1).stderr(idle().and(contains("kill ").not()));
    }
    let master = Master::start(&world.directory("b"), Some(&world.path("spool/pid/master.pid")));
    let kill = format!("\"kill {}\" stops the instance at once", master.process());
    for command in ["stop", "quick-stop", "abort", "drain"] {
        let told = contains("/etc/b: no command of postfix(1) works").and(contains(&kill).count(1));
        world.run(&[command]).code(1).stderr(told);
    }
    world.run(&["status"]).code(1).stderr(contains("kill ").not());
    drop(master);
    // Another one's is never named.
    let master = Master::start(&world.directory("a"), Some(&world.path("spool/pid/master.pid")));
    world.run(&["stop"]).code(1).stderr(idle().and(contains("kill ").not()));
    drop(master);
}

#[test]
fn the_master_that_still_runs_after_a_stop_that_failed_is_named_whatever_the_reason() {
    if !masters::can_be_told() {
        return;
    }
    let world = World::of_three();
    // As after a removal of the queue directory under a running instance.
    world.write("etc/b/queue_directory", world.path("gone").display().to_string());
    world.write("etc/b/data_directory", world.path("lib").display().to_string());
    let idle = || contains("its master(8)").not();
    world.code("b", "postfix", "exit 1");
    world.run(&["stop"]).code(1).stderr(idle());
    let master = Master::start(&world.directory("b"), None);
    let kill =
        format!("/etc/b: its master(8) still runs: \"kill {}\" stops the instance at once", master.process());
    for command in ["stop", "quick-stop", "abort", "drain"] {
        world.run(&[command]).code(1).stderr(contains(&kill).count(1));
    }
    world.run(&["reload"]).code(1).stderr(idle());
    world.code("b", "postfix", "kill -KILL $$");
    world.run(&["stop"]).code(137).stderr(contains(&kill).count(1));
    world.code("b", "postfix", "stay");
    world.run(&["--timeout", "1", "stop"]).code(124).stderr(contains(&kill).count(1));
    world.code("b", "postfix", "exit 0");
    world.run(&["stop"]).success().stderr(idle());
}

#[test]
fn a_list_that_cannot_be_had_names_the_file_that_is_to_blame() {
    for (files, blamed) in [
        (vec![("master.cf", "x\n"), ("postconf", "exit 1\n")], "etc/postfix/master.cf and try again"),
        (
            vec![("postconf", "echo 'postconf: fatal: missing =' >&2; exit 1\n")],
            "etc/postfix/main.cf and try again",
        ),
    ] {
        let world = World::of_three();
        for (name, text) in files {
            world.write(&format!("etc/postfix/{name}"), text);
        }
        world.run(&["stop"]).code(78).stderr(contains(blamed));
        assert_eq!(world.commands().len(), 0);
    }
}

#[test]
fn a_plan_fails_where_the_run_would() {
    let world = World::of_three();
    world.run(&["--dry-run", "stop"]).success();
    world.write("etc/b/multi_instance_enable", "maybe\n");
    world.run(&["--dry-run", "stop"]).code(78);
    // Whether it is enabled does not matter here.
    world.run(&["--dry-run", "status"]).success();
    assert!(world.journal().is_empty());
}

#[test]
fn a_missing_directory_is_that_instances_failure() {
    let world = World::of_three();
    std::fs::remove_dir_all(world.directory("b")).unwrap();
    only_b_suffers(&world, 78, "No such file or directory");
    world.run(&["status"]).code(1).stderr(contains("/etc/b: \"status\" failed with status 1"));
}

#[test]
fn the_default_instances_damage_is_no_other_instances() {
    let world = World::of_three();
    world.write("etc/postfix/multi_instance_enable", "maybe\n");
    world.run(&["stop"]).code(78);
    assert_eq!(world.commands(), ["c stop", "b stop", "a stop"]);
}

#[test]
fn damage_takes_its_place_in_the_run_order() {
    let world = World::of_three();
    world.write("etc/b/multi_instance_enable", "maybe\n");
    world.code("c", "postfix", "exit 3");
    world.run(&["start"]).code(3);
    world.run(&["stop"]).code(78);
}

#[test]
fn a_relative_directory_is_that_instances_failure_for_every_command() {
    for (command, count) in [("start", 4), ("status", 4), ("stop", 4)] {
        let mut world = World::of_three();
        world.list(PathBuf::from("etc/b"));
        world.run(&[command]).code(78).stderr(contains("instance etc/b: did not get"));
        assert_eq!(world.commands().len(), count);
    }
}

#[test]
fn odd_bytes_in_a_directory_are_taken_as_they_are_and_shown_harmlessly() {
    let mut world = World::new();
    let odd = std::ffi::OsString::from_vec(b"odd*?[\xff\x1b$(x)'".to_vec());
    let directory = world.path("etc").join(odd);
    std::fs::create_dir(&directory).unwrap();
    std::fs::write(directory.join("postfix"), "exit 3").unwrap();
    world.list(directory.clone());
    world.run(&["status"]).code(3).stderr(contains("/etc/odd*?[\\377\\033$(x)': \"status\" failed"));
    assert_eq!(world.journal()[1][1], directory.as_os_str());
}

#[test]
fn without_the_list_nothing_runs() {
    let world = World::of_three();
    for code in ["echo 'postconf: fatal: bad' >&2; exit 1", "echo /etc/a; kill -TERM $$"] {
        world.code("postfix", "postconf", code);
        world.run(&["start"]).code(78).stderr(contains("fatal: cannot get the list of instances"));
    }
    world.spoil("postconf", true);
    world.run(&["start"]).code(126).stderr(contains("/usr/sbin/postconf"));
    std::fs::remove_file(world.path("usr/sbin/postconf")).unwrap();
    world.run(&["start"]).code(127).stderr(contains("/usr/sbin/postconf"));
    assert!(world.journal().is_empty());
}

#[test]
fn a_list_without_end_is_no_list() {
    let world = World::of_three();
    for code in ["exec yes", "exec yes >&2"] {
        world.code("postfix", "postconf", code);
        world.run(&["start"]).code(78).stderr(contains("prints without end"));
    }
    assert!(world.journal().is_empty());
}

#[test]
fn a_postfix_that_cannot_run_is_told_for_each_instance() {
    let world = World::of_three();
    for (keep_file, status) in [(true, 126), (false, 127)] {
        world.spoil("postfix", keep_file);
        let each = contains("error: instance ").count(4).and(contains("/etc/c: did not get \"start\""));
        let once = contains("cannot begin yet").not();
        world.run(&["--verbose", "start"]).code(status).stderr(each.and(once));
        world.write("usr/sbin/postfix", "");
    }
}

#[test]
fn remarks_of_postconf_are_passed_on() {
    let world = World::of_three();
    world.code("b", "postconf", "echo 'postconf: warning: overriding earlier entry' >&2");
    world
        .run(&["start"])
        .success()
        .stderr(contains("warning: instance ").and(contains("overriding earlier")));
}
