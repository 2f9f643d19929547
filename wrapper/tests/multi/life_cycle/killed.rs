//! Tests how the next command deals with a change that did not end, and what it reports if it cannot be undone.
//!
//! That a creation is undone or finished stands in `life_cycle.rs`.

use std::fs;
use std::io::Write;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::life_cycle::states::{instance, list, system};
use crate::life_cycle::{CREATE, before_an_edit, files, listed, managed};
use crate::world::World;

const DESTROY: [&str; 4] = ["-e", "destroy", "-i", "a"];
const OTHER: [&str; 4] = ["-e", "enable", "-i", "postfix-new"];

#[test]
fn a_destruction_that_was_killed_before_its_moment_is_undone() {
    let world = managed();
    world.run(&CREATE).success();
    let before = files(&world);
    before_an_edit(&world, "case $directory in */etc/postfix) kill -KILL $PPID; exit 1 ;; esac");
    world.run(&DESTROY).interrupted();
    before_an_edit(&world, ":");
    world.run(&[&["--dry-run"][..], &OTHER].concat()).stderr(contains("would be undone first"));
    world.run(&OTHER).success().stderr(contains("what it had done has been undone"));
    assert_eq!(files(&world), before);
    assert_eq!(listed(&world), "postfix postfix-a postfix-new");
}

#[test]
fn a_destruction_that_was_killed_behind_it_is_finished() {
    let world = managed();
    world.run(&CREATE).success();
    // The edit itself goes on, and who comes next waits for its end.
    before_an_edit(&world, "case $directory in */etc/postfix) kill -KILL $PPID ;; esac");
    world.run(&DESTROY).interrupted();
    before_an_edit(&world, ":");
    world.run(&OTHER).success().stderr(contains("it has been finished now"));
    assert_eq!(listed(&world), "postfix postfix-new");
    assert!(
        world.read("etc/postfix-new/main.cf").contains("multi_instance_enable = yes"),
        "its own work too"
    );
    assert!(!world.directory("postfix-a").exists() && !world.path("spool/postfix-a").exists());
    world.run(&OTHER).success().stderr("");
}

#[test]
fn a_creation_that_is_undone_by_the_same_command_is_made_by_it() {
    let world = managed();
    before_an_edit(&world, "case $directory in */.postfix-multi) kill -KILL $PPID; exit 1 ;; esac");
    world.run(&CREATE).interrupted();
    before_an_edit(&world, ":");
    world.run(&CREATE).success().stderr(contains("what it had done has been undone"));
    assert_eq!(listed(&world), "postfix postfix-a postfix-new");
}

/// A creation of `postfix-new` that was killed before it made anything.
fn killed_at_the_record(world: &World) {
    before_an_edit(world, "case $directory in */.postfix-multi) kill -KILL $PPID; exit 1 ;; esac");
    world.run(&CREATE).interrupted();
    before_an_edit(world, ":");
    for place in ["etc", "spool", "lib"] {
        fs::remove_dir_all(world.path(place).join("postfix-new")).unwrap();
    }
}

#[test]
fn what_another_instance_names_by_now_is_not_undone() {
    for (other, is_listed) in
        [("postfix-h", true), ("postfix-h", false), ("postfix-new", true), ("postfix-new", false)]
    {
        let world = managed();
        killed_at_the_record(&world);
        instance(&world, "postfix-new", "");
        fs::rename(world.directory("postfix-new"), world.directory(other)).unwrap();
        if is_listed {
            list(&world, &format!("@/{other}"));
        }
        let before = files(&world);
        let said = world.said(&world.run(&["-e", "enable", "-i", "a"]).success());
        let mut expected = before.clone();
        expected.retain(|path| path != "etc/postfix/postfix-multi.unfinished");
        assert_eq!(files(&world), expected, "{other} {is_listed}: {said}");
    }
}

#[test]
fn what_nobody_names_is_undone_beside_what_somebody_does() {
    let world = managed();
    killed_at_the_record(&world);
    instance(&world, "postfix-new", "");
    fs::rename(world.directory("postfix-new"), world.directory("postfix-h")).unwrap();
    list(&world, "@/postfix-h");
    let main_cf = world.read("etc/postfix-h/main.cf");
    let data = format!("data_directory = {}", world.path("lib/h").display());
    world.main_cf("postfix-h", &format!("{main_cf}{data}\n"));
    fs::create_dir(world.directory("postfix-new")).unwrap();
    let said = contains("/spool/postfix-new is left: queue_directory=");
    world.run(&["--dry-run", "-e", "enable", "-i", "a"]).success().stderr(said.clone());
    world.run(&["-e", "enable", "-i", "a"]).success().stderr(said);
    assert!(world.path("spool/postfix-new").is_dir());
    assert!(!world.directory("postfix-new").exists() && !world.path("lib/postfix-new").exists());
}

#[test]
fn what_a_killed_command_has_begun_is_waited_for() {
    let world = managed();
    let mut gate = world.fifo("gate");
    before_an_edit(&world, "case $directory in */etc/postfix) kill -KILL $PPID; wait_at gate ;; esac");
    world.run(&CREATE).interrupted();
    before_an_edit(&world, ":");
    let enable = ["-e", "enable", "-i", "a", "--wait=1s"];
    world.run(&enable).code(1).stderr(contains("nothing was done"));
    gate.write_all(b"go\n").unwrap();
    world.run(&["-e", "enable", "-i", "a"]).success().stderr(contains("it has been finished now"));
    assert_eq!(listed(&world), "postfix postfix-a postfix-new");
}

#[test]
fn files_that_were_made_ready_go_when_a_creation_is_finished() {
    let world = managed();
    before_an_edit(&world, "case $directory in */etc/postfix) kill -KILL $PPID; exit 1 ;; esac");
    world.run(&CREATE).interrupted();
    before_an_edit(&world, ":");
    let stage = world.directory("postfix-new").join(".postfix-multi");
    assert!(stage.is_dir(), "they tell whether the files in place are as they were made");
    world.run(&CREATE).success();
    assert!(!stage.exists());
}

#[test]
fn an_import_that_was_killed_is_finished_unless_its_instance_has_gone() {
    let import = |world: &World| {
        world.run(&["-e", "deport", "-i", "a"]).success();
        before_an_edit(world, "case $directory in */postfix-a) kill -KILL $PPID; exit 1 ;; esac");
        let place = format!("config_directory={}", world.directory("postfix-a").display());
        world.run(&["-e", "import", "-I", "postfix-b", &place]).interrupted();
        before_an_edit(world, ":");
    };
    let world = managed();
    import(&world);
    world.run(&["-e", "enable", "-i", "b"]).success().stderr(contains("it has been finished now"));
    assert_eq!(listed(&world), "postfix postfix-a");
    assert!(world.read("etc/postfix-a/main.cf").contains("multi_instance_name = postfix-b"));
    let world = managed();
    import(&world);
    fs::remove_file(world.directory("postfix-a").join("main.cf")).unwrap();
    world.run(&CREATE).success().stderr(contains("what it had done has been undone"));
    assert_eq!(listed(&world), "postfix postfix-new");
}

#[test]
fn an_import_whose_permissions_fail_is_there_and_finished_by_the_next_command() {
    let world = managed();
    world.run(&["-e", "deport", "-i", "a"]).success();
    world.code("postfix-a", "postfix-set-permissions", "exit 3");
    let place = format!("config_directory={}", world.directory("postfix-a").display());
    world
        .run(&["-e", "import", "-I", "postfix-b", &place])
        .code(1)
        .stderr(contains("the instance is listed"));
    assert_eq!(listed(&world), "postfix postfix-a");
    assert!(world.read("etc/postfix-a/main.cf").contains("multi_instance_name = postfix-b"));
    world.code("postfix-a", "postfix-set-permissions", "exit 0");
    world.run(&["-e", "enable", "-i", "b"]).success().stderr(contains("it has been finished now"));
}

#[test]
fn where_nobody_can_tell_what_is_listed_an_edit_that_failed_was_not_done() {
    let world = managed();
    world.run(&CREATE).success();
    let before = files(&world);
    let main_cf = world.read("etc/postfix/main.cf");
    for words in [&DESTROY[..], &["-e", "create", "-I", "postfix-more"]] {
        before_an_edit(
            &world,
            "case $directory in */etc/postfix) echo damaged >>$directory/main.cf; exit 1 ;; esac",
        );
        world.run(words).code(1).stderr(contains("postconf for"));
        world.main_cf("postfix", &main_cf);
        assert_eq!(files(&world), before, "{words:?}");
    }
}

#[test]
fn what_cannot_be_undone_is_told_and_nothing_else() {
    let world = managed();
    before_an_edit(
        &world,
        "case $directory in */.postfix-multi) touch $directory/../foreign; exit 1 ;; esac",
    );
    let told = contains("/etc/postfix-new (Directory not empty");
    world.run(&CREATE).code(1).stderr(told.and(contains("is still there").count(1)));
    assert!(world.directory("postfix-new").join("foreign").exists());
}

/// Commands that list `postfix-b`, which is there and not listed.
const LISTING: [&[&str]; 4] = [
    &["-e", "import", "-I", "postfix-b"],
    &["-e", "create", "-I", "postfix-b"],
    &["-e", "ensure", "-j", "-I", "postfix-b"],
    &["-e", "ensure", "-j", "-I", "postfix-b", "--enabled", "x=y"],
];

/// A system with `postfix-b`, which is not listed, and whose permissions cannot be set.
fn with_permissions_that_fail() -> World {
    let world = system();
    instance(&world, "postfix-b", "");
    world.code("postfix-b", "postfix-set-permissions", "exit 3");
    world
}

#[test]
fn permissions_that_fail_again_fail_the_same_command_each_time() {
    for words in LISTING {
        let world = with_permissions_that_fail();
        for _ in 0..3 {
            let told =
                contains("failed with status 3; the instance is listed, and this is all that is left to do");
            let assert = world.run(words).code(1).stdout("").stderr(told);
            let said = world.said(&assert);
            assert!(said.contains("use the same command again"), "{words:?}: {said}");
            assert!(!said.contains("finished now") && !said.contains("remove it"), "{words:?}: {said}");
            world.run(&["check"]).code(1).stdout(contains("mend it with: postfix-multi -e "));
        }
        world.code("postfix-b", "postfix-set-permissions", "exit 0");
        world.run(words).success().stderr(contains("it has been finished now"));
        assert!(!world.path("etc/postfix/postfix-multi.unfinished").exists(), "{words:?}");
        assert_eq!(listed(&world), "postfix postfix-a postfix-b");
    }
}

#[test]
fn permissions_that_fail_again_fail_each_description_of_their_instance() {
    let world = with_permissions_that_fail();
    world.run(&["-e", "ensure", "-I", "postfix-b"]).code(1);
    for words in [
        &["-e", "ensure", "-I", "postfix-b", "relayhost=other"][..],
        // One that has nothing to do leaves the record.
        &["-e", "ensure", "-I", "postfix-a"],
        &["-e", "ensure", "-I", "postfix-b", "--enabled"],
    ] {
        let is_other = words.contains(&"postfix-a");
        let assert = world.run(words).code(i32::from(!is_other));
        let said = world.said(&assert);
        assert!(said.contains("failed with status 3") && !said.contains("finished now"), "{words:?}: {said}");
    }
    let told = "{\"changed\": false, \"changes\": []}\n";
    world.run(&["-e", "ensure", "-j", "-I", "postfix-a"]).success().stdout(told);
    world.run(&["-e", "ensure", "-I", "postfix-b", "--absent"]).success();
    assert_eq!(listed(&world), "postfix postfix-a");
    world.run(&["-e", "ensure", "-I", "postfix-a"]).success().stderr("");
}

#[test]
fn what_another_change_meets_of_permissions_that_fail_is_told_once_and_truly() {
    for words in [&["-e", "enable", "-i", "a"][..], &["-e", "deport", "-i", "b"], &CREATE] {
        let world = with_permissions_that_fail();
        world.run(&["-e", "import", "-I", "postfix-b"]).code(1);
        let command = format!("\"postfix -c {} set-permissions\"", world.directory("postfix-b").display());
        let told = contains("postfix-multi -e import -I postfix-b").and(contains(command));
        world.run(words).success().stderr(told.and(contains("finished now").not()));
        assert_eq!(listed(&world).contains("postfix-b"), !words.contains(&"deport"), "{words:?}");
        world.run(&["-e", "disable", "-i", "a"]).success().stderr("");
    }
}

#[test]
fn an_import_that_can_be_neither_done_nor_undone_tells_both_and_what_comes_next() {
    let world = managed();
    world.run(&["-e", "deport", "-i", "a"]).success();
    let full = "case $directory in\n\
        */etc/postfix) touch $world/full; echo 'no room' >&2; exit 1 ;;\n\
        *) [ -f $world/full ] && { echo 'still none' >&2; exit 1; } ;;\nesac";
    before_an_edit(&world, full);
    let place = format!("config_directory={}", world.directory("postfix-a").display());
    let told =
        contains("etc/postfix failed with status 1 (no room); and it could not be undone: postconf for ")
            .and(contains("etc/postfix-a failed with status 1 (still none)"))
            .and(contains(
                "; \"postfix-multi check\" names it, and the next \"postfix-multi -e\" finishes it",
            ));
    world.run(&["-e", "import", "-I", "postfix-b", &place]).code(1).stderr(told);
    world.run(&["check"]).code(1).stdout(contains("postfix-multi -e import -I postfix-b"));
    before_an_edit(&world, ":");
    world.run(&["-e", "enable", "-i", "b"]).success().stderr(contains("it has been finished now"));
    assert_eq!(listed(&world), "postfix postfix-a");
}
