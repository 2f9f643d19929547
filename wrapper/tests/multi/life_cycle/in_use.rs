//! Tests that no command gives to another instance, or makes anew, what the master of an unlisted instance uses.

use std::fs;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::life_cycle::states::{instance, list, system};
use crate::life_cycle::{CREATE, before_an_edit, files, managed};
use crate::masters::{self, Master};
use crate::world::World;

/// Calls it with and without `--dry-run`; it must refuse with these words, and change nothing.
fn is_refused(world: &World, words: &[&str], told: &str) {
    let before = files(world);
    for mode in [&["--dry-run"][..], &[]] {
        world.run(&[mode, words].concat()).code(1).stdout("").stderr(contains(told));
        assert_eq!(files(world), before, "{words:?}");
    }
}

/// A master of an instance that nobody lists, in a directory that is there.
fn stranger(world: &World, held: &str) -> (Master, String) {
    let elsewhere = world.directory("elsewhere");
    fs::create_dir_all(&elsewhere).unwrap();
    let master = Master::start(&elsewhere, Some(&world.path(held)));
    let told = format!("in use by the master of {} (pid {})", elsewhere.display(), master.process());
    (master, told)
}

#[test]
fn a_new_instance_gets_no_directory_that_a_master_uses() {
    if !masters::can_be_told() {
        return;
    }
    for held in ["spool/postfix-new/pid/master.pid", "lib/postfix-new/master.lock"] {
        for words in [&CREATE[..], &["-e", "ensure", "-I", "postfix-new"]] {
            let world = managed();
            // A queue is there: it is on no disk that is not mounted.
            fs::create_dir_all(world.path("spool/postfix-new/pid")).unwrap();
            let (master, told) = stranger(&world, held);
            is_refused(&world, words, &told);
            // Its configuration directory is lost, and it has its queue.
            fs::remove_dir(world.directory("elsewhere")).unwrap();
            is_refused(&world, words, &told);
            drop(master);
            world.run(words).success();
        }
    }
}

#[test]
fn a_copy_of_what_runs_is_not_taken_in_and_what_runs_itself_is() {
    if !masters::can_be_told() {
        return;
    }
    for words in [
        ["-e", "import", "-I", "postfix-x"],
        ["-e", "create", "-I", "postfix-x"],
        ["-e", "ensure", "-I", "postfix-x"],
    ] {
        let world = system();
        instance(&world, "postfix-x", "");
        let lock = "spool/postfix-x/pid/master.pid";
        let (master, told) = stranger(&world, lock);
        is_refused(&world, &words, &told);
        drop(master);
        let _own = Master::start(&world.directory("postfix-x"), Some(&world.path(lock)));
        world.run(&words).success().stderr("");
    }
}

#[test]
fn an_instance_that_runs_gets_other_files_unless_another_ones_master_has_its_queue() {
    if !masters::can_be_told() {
        return;
    }
    let world = system();
    instance(&world, "postfix-x", "");
    list(&world, "@/postfix-x");
    let folder = world.path("prepared");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("main.cf"), "relayhost = a\n").unwrap();
    let words = ["-e", "ensure", "-I", "postfix-x", "--from", folder.to_str().unwrap()];
    let (other, told) = stranger(&world, "spool/postfix-x/pid/master.pid");
    is_refused(&world, &words, &told);
    // Its own master, which has lost its queue, is no reason to take that of another.
    let own = Master::start(&world.directory("postfix-x"), None);
    is_refused(&world, &words, &told);
    drop((own, other));
    let lock = world.path("spool/postfix-x/pid/master.pid");
    let _own = Master::start(&world.directory("postfix-x"), Some(&lock));
    world.run(&words).success();
}

#[test]
fn what_runs_without_its_main_cf_gets_no_stock_one() {
    if !masters::can_be_told() {
        return;
    }
    for (name, words) in [
        ("postfix-a", &["-e", "ensure", "-I", "postfix-a"][..]),
        ("postfix-new", &["-e", "ensure", "-I", "postfix-new"]),
        ("postfix-new", &CREATE),
    ] {
        let world = managed();
        let directory = world.directory(name);
        let _ = fs::remove_dir_all(&directory);
        let queue = world.path("spool").join(name);
        fs::create_dir_all(&queue).unwrap();
        let master = Master::at_work_in(&queue, &directory);
        let told = format!(
            "a master (pid {0}) that was started for {1} runs, and {1}/main.cf is gone; put it back, or use \"kill {0}\"",
            master.process(),
            directory.display()
        );
        is_refused(&world, words, &told);
        drop(master);
        world.run(words).success();
    }
}

#[test]
fn what_is_in_use_by_now_is_not_finished() {
    if !masters::can_be_told() {
        return;
    }
    let world = managed();
    before_an_edit(&world, "case $directory in */etc/postfix) kill -KILL $PPID; exit 1 ;; esac");
    world.run(&CREATE).interrupted();
    before_an_edit(&world, ":");
    let (master, told) = stranger(&world, "spool/postfix-new/pid/master.pid");
    for words in [&["-e", "enable", "-i", "a"][..], &CREATE] {
        is_refused(&world, words, &told);
    }
    drop(master);
    world.run(&CREATE).success().stderr(contains("it has been finished now"));
}

#[test]
fn a_master_whose_spool_was_moved_is_ended_and_the_new_spool_stays_its_queue() {
    if !masters::can_be_told() {
        return;
    }
    let world = managed();
    fs::create_dir(world.path("spool/old")).unwrap();
    let master = Master::at_work_in(&world.path("spool/old"), &world.directory("postfix-a"));
    let kill = format!("\"kill {}\" first", master.process());
    for action in ["deport", "destroy"] {
        let told = contains(kill.as_str()).and(contains("/spool/old")).and(contains("postconf").not());
        world.run(&["-e", action, "-i", "a"]).code(1).stderr(told);
    }
    let mend = format!("mend it with: kill {}\n", master.process());
    world.run(&["check"]).code(1).stdout(contains(mend));
}
