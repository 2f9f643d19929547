//! Tests what a new instance takes from the installation, and what prevents its creation.

use std::fs;
use std::os::unix::fs::symlink;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::life_cycle::{CREATE, before_an_edit, files, listed, managed};
use crate::world::finish;

#[test]
fn what_the_default_instance_sets_for_all_is_taken_over() {
    let world = managed();
    world.add_line("postfix", "mail_owner = other");
    world.run(&CREATE).success();
    let main_cf = world.read("etc/postfix-new/main.cf");
    assert!(main_cf.lines().any(|line| line == "mail_owner = other"), "{main_cf}");
}

#[test]
fn what_is_no_directory_stands_in_the_way() {
    let world = managed();
    fs::write(world.path("spool/postfix-new"), "").unwrap();
    let before = files(&world);
    world.run(&CREATE).code(1).stderr(contains("/spool/postfix-new"));
    let below = format!("queue_directory={}", world.path("spool/postfix-new/below").display());
    world.run(&[&CREATE[..], &[&below]].concat()).code(1).stderr(contains("/spool/postfix-new/below"));
    assert_eq!(files(&world), before);
}

#[test]
fn a_directory_is_somebody_elses_under_another_name_too() {
    let world = managed();
    symlink(world.path("spool/postfix-a"), world.path("spool/link")).unwrap();
    let before = files(&world);
    let place = format!("queue_directory={}", world.path("spool/link").display());
    world.run(&[&CREATE[..], &[&place]].concat()).code(1).stderr(contains("choose another one"));
    assert_eq!(files(&world), before);
}

#[test]
fn postconf_gets_the_environment_that_postfix_lets_in_and_is_told_of() {
    let world = managed();
    world.add_line("postfix", "import_environment = GIVEN=here TAKEN");
    before_an_edit(&world, "echo \"$GIVEN $TAKEN $OTHER\" >$world/seen");
    let mut command = world.front_end(&[&["--verbose"], &CREATE[..]].concat());
    command.env("GIVEN", "elsewhere").env("TAKEN", "from outside").env("OTHER", "left out");
    let told = contains("usr/sbin/postconf -c ").and(contains("usr/sbin/postfix -c "));
    finish(command).success().stderr(told);
    assert_eq!(world.read("seen"), "here from outside \n");
    assert_eq!(listed(&world), "postfix postfix-a postfix-new");
}

#[test]
fn directories_that_an_instance_that_is_there_keeps_are_told() {
    let world = managed();
    let place = |name: &str| world.path(name).display().to_string();
    let own = format!("queue_directory = {}\ndata_directory = {}\n", place("spool/old"), place("lib/old"));
    world.main_cf("postfix-new", &own);
    fs::write(world.directory("postfix-new").join("master.cf"), "").unwrap();
    fs::create_dir_all(world.path("spool/old")).unwrap();
    fs::create_dir_all(world.path("lib/old")).unwrap();
    let asked =
        [format!("queue_directory={}", place("far/q")), format!("data_directory={}/", place("lib/old"))];
    let words = [&CREATE[..], &[&asked[0], &asked[1]]].concat();
    for mode in [&["--dry-run"][..], &[]] {
        let said = world.said(&world.run(&[mode, &words].concat()).success());
        let told =
            "queue_directory of /etc/postfix-new stays /spool/old, as its main.cf says, and is not /far/q";
        assert!(said.contains(told), "{mode:?}: {said}");
        assert!(!said.contains("data_directory"), "it is the same one: {said}");
    }
    assert!(world.read("etc/postfix-new/main.cf").contains("/spool/old\n"));
    assert_eq!(listed(&world), "postfix postfix-a postfix-new");
}
