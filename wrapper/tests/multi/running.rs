//! Shows whether an instance runs: that is seen whatever its main.cf says since, and what does not run is not shown as if.

use std::fs::{self, File};

use nix::fcntl::{Flock, FlockArg};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::life_cycle::{files, managed};
use crate::masters::{self, Master};
use crate::world::World;

/// The report of an instance.
fn report(world: &World, name: &str) -> serde_json::Value {
    report_with(0, world, name)
}

/// The report of an instance, with this exit status: 1 if its main.cf cannot be read.
fn report_with(status: i32, world: &World, name: &str) -> serde_json::Value {
    let assert = world.run(&["status", "-j", "-i", name]).code(status);
    serde_json::from_slice(&assert.get_output().stdout).unwrap()
}

#[test]
fn who_holds_both_locks_runs_the_instance_whatever_postfix_says() {
    if !masters::can_be_told() {
        return;
    }
    let world = managed();
    world.code("postfix-a", "postfix", "echo 'no shared-library directory' >&2; exit 1");
    let own = std::process::id();
    fs::create_dir(world.path("spool/postfix-a/pid")).unwrap();
    fs::write(world.path("spool/postfix-a/pid/master.pid"), format!("{own}\n")).unwrap();
    fs::write(world.path("lib/postfix-a/master.lock"), "").unwrap();
    let before = files(&world);
    let lock =
        |name: &str| Flock::lock(File::open(world.path(name)).unwrap(), FlockArg::LockExclusive).unwrap();
    let held = (lock("spool/postfix-a/pid/master.pid"), lock("lib/postfix-a/master.lock"));
    for action in ["deport", "destroy"] {
        for words in [&["-e", action, "-i", "a"][..], &["--dry-run", "-e", action, "-i", "a"]] {
            world
                .run(words)
                .code(1)
                .stderr(contains(format!("is running (pid {own})")).and(contains("postfix -c")));
        }
    }
    let found = report(&world, "a");
    assert_eq!((&found["running"], &found["pid"]), (&true.into(), &own.into()));
    assert_eq!(found["evidence"]["queue_lock"]["state"], "held");
    assert_eq!(found["evidence"]["data_lock"]["pid"], own);
    assert_eq!(found["evidence"]["pid_file"], own);
    // postfix(1) goes by the number in the file.
    fs::write(world.path("spool/postfix-a/pid/master.pid"), "1\n").unwrap();
    world.run(&["-e", "destroy", "-i", "a"]).code(1).stderr(contains(format!("use \"kill {own}\" first")));
    world.run(&["check"]).stdout(contains(format!("kill {own}\n")));
    assert_eq!(files(&world), before);
    drop(held);
    let found = report(&world, "a");
    assert_eq!(
        (&found["running"], &found["evidence"]["queue_lock"]["state"]),
        (&false.into(), &"free".into())
    );
    world.run(&["-e", "deport", "-i", "a"]).success();
}

#[test]
fn who_holds_one_lock_and_serves_nobody_knows_whom_refuses_what_a_master_does() {
    if !masters::can_be_told() {
        return;
    }
    let world = managed();
    fs::create_dir(world.path("spool/postfix-a/pid")).unwrap();
    fs::write(world.path("spool/postfix-a/pid/master.pid"), "").unwrap();
    let file = File::open(world.path("spool/postfix-a/pid/master.pid")).unwrap();
    let held = Flock::lock(file, FlockArg::LockExclusive).unwrap();
    for action in ["deport", "destroy"] {
        world
            .run(&["-e", action, "-i", "a"])
            .code(1)
            .stderr(contains("cannot tell whether the instance in").and(contains("see to that first")));
    }
    assert!(report(&world, "a")["running"].is_null());
    world.add_line("postfix-a", "multi_instance_enable = yes");
    world.code("postfix-a", "postfix-stop", "exit 1");
    let who =
        format!("its master(8) may still run: {}", world.path("spool/postfix-a/pid/master.pid").display());
    let process = format!("is locked by process {}", std::process::id());
    world
        .run(&["-p", "stop"])
        .code(1)
        .stderr(contains(who).and(contains(process)).and(contains("kill ").not()));
    world.add_line("postfix-a", "multi_instance_enable = no");
    drop(held);
    world.run(&["-e", "destroy", "-i", "a"]).success();
}

#[test]
fn a_master_is_found_when_its_queue_is_another_one_by_now() {
    if !masters::can_be_told() {
        return;
    }
    let world = managed();
    let master = Master::start(&world.directory("postfix-a"), None);
    let process = master.process();
    let before = files(&world);
    for action in ["deport", "destroy"] {
        world.run(&["-e", action, "-i", "a"]).code(1).stderr(
            contains(format!("is running (pid {process})")).and(contains(format!("\"kill {process}\""))),
        );
    }
    assert_eq!(files(&world), before);
    let found = report(&world, "a");
    assert_eq!((&found["running"], &found["pid"]), (&true.into(), &process.into()));
    assert_eq!(found["evidence"]["masters"], serde_json::json!([process]));
    assert!(found["complaints"].to_string().contains("has not locked pid/master.pid"), "{found}");
    world.run(&["check"]).code(1).stdout(contains(format!("mend it with: kill {process}\n")));
    drop(master);
    world.run(&["check"]).stdout(contains("kill ").not());
    world.run(&["-e", "destroy", "-i", "a"]).success();
}

#[test]
fn a_master_is_found_without_its_main_cf() {
    if !masters::can_be_told() {
        return;
    }
    let world = managed();
    world.add_line("postfix-a", "multi_instance_enable = yes");
    let directory = world.directory("postfix-a");
    let shown = directory.display().to_string();
    // A process that has written no number may be a child that a master has just begun.
    let master = Master::start(&directory, None);
    let started_for_it = format!("there is a master, process {}, that was started for it", master.process());
    fs::rename(directory.join("main.cf"), world.path("kept")).unwrap();
    assert!(report_with(1, &world, &shown)["running"].is_null());
    world.run(&["-e", "deport", "-i", &shown]).code(1).stderr(contains(&started_for_it));
    world.run(&["-p", "stop"]).code(1).stderr(contains(&started_for_it).and(contains("kill ").not()));
    drop(master);
    let master = Master::at_work_in(&world.path("spool/postfix-a"), &directory);
    let process = master.process();
    let (kill, deport) = (format!("mend it with: kill {process}\n"), format!("-e deport -i {shown}\n"));
    let stops = format!("\"kill {process}\" stops the instance at once");
    for gone in ["it has no main.cf", "there is no such directory"] {
        let found = report_with(1, &world, &shown);
        assert_eq!((&found["running"], &found["pid"]), (&true.into(), &process.into()));
        let told = contains(format!("{gone}, while its master (pid {process}) runs; put it back, or stop"));
        world.run(&["check"]).code(1).stdout(told.and(contains(&kill)).and(contains(&deport).not()));
        world.run(&["-p", "stop"]).code(1).stderr(contains(&stops).count(1));
        world.run(&["-p", "reload"]).code(1).stderr(contains("kill ").not());
        let refused = contains(format!("is running (pid {process})"));
        world.run(&["-e", "deport", "-i", &shown]).code(1).stderr(refused);
        if directory.exists() {
            fs::remove_dir_all(&directory).unwrap();
        }
    }
    drop(master);
    assert!(report_with(1, &world, &shown)["running"].is_null());
    world.run(&["check"]).code(1).stdout(contains(&deport).and(contains("kill ").not()));
    world.run(&["-p", "stop"]).code(1).stderr(contains("kill ").not());
}

#[test]
fn a_queue_that_another_ones_master_uses_is_not_its_own_run() {
    if !masters::can_be_told() {
        return;
    }
    let world = managed();
    world.add_line("postfix-a", &format!("queue_directory = {}", world.path("spool/postfix").display()));
    world.add_line("postfix-a", "multi_instance_enable = yes");
    let master =
        Master::start(&world.directory("postfix"), Some(&world.path("spool/postfix/pid/master.pid")));
    let process = master.process();
    let found = report(&world, "a");
    assert_eq!((&found["running"], &found["pid"]), (&false.into(), &serde_json::Value::Null));
    assert_eq!(found["used_by"]["pid"], process);
    assert_eq!(found["used_by"]["parameter"], "queue_directory");
    let default = world.directory("postfix").display().to_string();
    assert_eq!(found["used_by"]["config_directory"], default);
    let used = format!("is used by {default} (pid {process})");
    assert!(found["complaints"].to_string().contains(&used), "{found}");
    let found = report(&world, "-");
    assert_eq!((&found["running"], &found["pid"]), (&true.into(), &process.into()));
    assert!(found["complaints"].to_string().contains("is also queue_directory of"), "{found}");

    world.code("postfix-a", "postfix-start", "exit 1");
    let in_use =
        format!("is in use by the master of {default} (pid {process}); give it a directory of its own");
    world.run(&["-p", "start"]).code(1).stderr(contains(&in_use));
    world.code("postfix-a", "postfix-stop", "exit 1");
    world.run(&["-p", "stop"]).code(1).stderr(contains("is in use").not());
    drop(master);
    world.run(&["-p", "start"]).code(1).stderr(contains("is in use").not());
}

#[test]
fn a_queue_that_is_used_by_an_instance_that_is_not_listed_is_told_and_not_removed() {
    if !masters::can_be_told() {
        return;
    }
    let world = managed();
    fs::create_dir(world.directory("elsewhere")).unwrap();
    let lock = world.path("lib/postfix-a/master.lock");
    let master = Master::start(&world.directory("elsewhere"), Some(&lock));
    let used = format!("the master of {} (pid {})", world.directory("elsewhere").display(), master.process());
    world.run(&["-e", "destroy", "-i", "a"]).code(1).stderr(contains(&used));
    world.run(&["check"]).code(1).stdout(contains(&used).and(contains("/lib/postfix-a-2")));
    // It does not run itself, and keeps its files.
    world.run(&["-e", "deport", "-i", "a"]).success();
    assert!(lock.exists());
}
