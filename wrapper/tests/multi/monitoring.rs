//! `status` as monitors call it: what they go by is the exit status, and standard output.

use std::fs;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, starts_with};

use crate::life_cycle::managed;
use crate::masters::{self, Master};
use crate::world::{World, finish};

#[test]
fn what_does_not_run_is_critical() {
    let world = World::of_three();
    let assert = world.run(&["status", "--check"]).code(2).stderr("");
    let printed = world.printed(&assert);
    assert!(
        printed.starts_with("POSTFIX CRITICAL - 4 of 4 instances have problems: /etc/postfix, "),
        "{printed}"
    );
    assert!(printed.contains("critical: postfix-a: enabled, but does not run\n"), "{printed}");
    // postfix-b is not enabled.
    world.run(&["status", "--check", "-i", "b"]).code(1).stdout(starts_with("POSTFIX WARNING - "));
}

#[test]
fn what_cannot_be_told_has_the_status_3_and_is_told_on_standard_output() {
    let world = World::of_three();
    let calls: &[&[&str]] = &[
        &["status", "--check", "-g", "nope"],
        &["status", "--check", "-i", "nope"],
        &["status", "--check", "-w", "many"],
        &["--check", "--nonsense", "status"],
        &["status", "--check", "-j"],
    ];
    for call in calls {
        world.run(call).code(3).stderr("").stdout(starts_with("POSTFIX UNKNOWN - "));
    }
    let groups = "no matching instances for -g nope; there are the groups mx;";
    world.run(&["status", "--check", "-g", "nope"]).code(3).stdout(contains(groups));
    world.run(&["status", "-g", "nope"]).code(1).stdout("").stderr(contains(groups));
    world
        .run(&["status", "-i", "nope"])
        .code(1)
        .stdout("")
        .stderr(contains("no matching instances for -i nope"));
    let mut nowhere = world.front_end(&["status", "--check"]);
    nowhere.env("PATH", "/nowhere").env("MAIL_CONFIG", world.directory("postfix-a"));
    // Another Postfix may be installed, which has another default instance.
    finish(nowhere).code(3).stdout(starts_with("POSTFIX UNKNOWN - "));
    world.add_line("postfix", "no setting");
    world.run(&["status", "--check"]).code(3).stdout(contains("missing '='"));
}

#[test]
fn metrics_are_complete_and_no_failure_whatever_they_tell() {
    let world = World::of_three();
    world.add_line("postfix-c", "no setting");
    let assert = world.run(&["status", "--format", "openmetrics"]).success().stderr("");
    let printed = world.printed(&assert);
    assert!(printed.ends_with("# EOF\n"), "{printed}");
    let line = "postfix_instance_running{name=\"postfix-a\",config_directory=\"/etc/postfix-a\"} 0\n";
    assert!(printed.contains(line), "{printed}");
    let damaged = "postfix_instance_status{name=\"\",config_directory=\"/etc/postfix-c\"} 2\n";
    assert!(printed.contains(damaged), "{printed}");
}

#[test]
fn nobody_is_told_to_start_an_instance_whose_queue_may_be_on_a_disk_that_is_not_mounted() {
    let world = World::of_three();
    let mends = || {
        let assert = world.run(&["status", "-j", "-i", "a"]).success();
        let line: serde_json::Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
        assert_eq!(line["status"], "critical");
        let findings = line["findings"].as_array().unwrap().clone();
        let mend =
            |kind: &str| findings.iter().find(|one| one["kind"] == kind).map(|one| one["mend"].clone());
        (mend("not-running").unwrap(), mend("no-queue"), line["queues"]["deferred"].clone())
    };
    let (not_running, no_queue, deferred) = mends();
    assert!(not_running.as_str().unwrap().ends_with(" start") && no_queue.is_none() && deferred == 0);
    world.has_run("postfix-a");
    world.unmount("postfix-a");
    fs::create_dir(world.path("spool/postfix-a")).unwrap();
    let (not_running, no_queue, deferred) = mends();
    assert!(not_running.is_null() && deferred.is_null());
    assert!(no_queue.unwrap().as_str().unwrap().starts_with("mount "));
}

#[test]
fn a_queue_that_cannot_be_read_is_counted_by_postqueue() {
    if !masters::can_be_told() {
        return;
    }
    let world = managed();
    let queue = world.path("spool/postfix-a");
    // Even root cannot read a file as a directory.
    for name in ["active", "deferred"] {
        fs::write(queue.join(name), "").unwrap();
    }
    let count = |queue: &str| {
        let assert = world.run(&["status", "-j", "-i", "a"]).success();
        let line: serde_json::Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
        line["queues"][queue].clone()
    };
    let messages =
        "for queue in deferred deferred hold; do echo \"{\\\"queue_name\\\": \\\"$queue\\\", }\"; done";
    world.code("postfix-a", "postqueue", messages);
    assert!(count("deferred").is_null(), "of an instance that does not run, postqueue knows nothing");
    let lock = world.path("spool/postfix-a/pid/master.pid");
    let master = Master::start(&world.directory("postfix-a"), Some(&lock));
    assert_eq!((count("deferred"), count("hold"), count("active")), (2.into(), 1.into(), 0.into()));
    let over = ["status", "--check", "-i", "a", "-w", "deferred=1"];
    world.run(&over).stdout(contains("2 messages in its queue deferred, more than 1"));
    for failure in ["exit 69", "echo 'Mail queue is empty'", "head -c 9000000 /dev/zero"] {
        world.code("postfix-a", "postqueue", failure);
        assert!(count("deferred").is_null(), "{failure}");
        world.run(&over).stdout(
            contains("cannot count the messages in its queue deferred").and(contains("more than").not()),
        );
    }
    drop(master);
}
