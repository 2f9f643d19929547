//! Descriptions that would do harm, and are refused before anything is changed; and what is like them, and is not.

use std::fs;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::life_cycle::ensure::{folder, picture, until_it_is_so};
use crate::life_cycle::states::{instance, list, system};

#[test]
fn a_value_that_postfixs_programs_refuse_is_refused_before_anything_is_changed() {
    let world = system();
    world.run(&["-e", "ensure", "-I", "postfix-x"]).success();
    let before = picture(&world);
    for (name, setting, said) in [
        ("postfix-x", "mail_owner=nosuch", "file @: parameter mail_owner: unknown user name value: nosuch"),
        ("postfix-new", "mail_owner=nosuch", "file @: parameter mail_owner: unknown user name value: nosuch"),
        ("postfix-x", "command_directory=/nonexistent", "command_directory /nonexistent has no postconf"),
        (
            "postfix-new",
            "daemon_directory=/nonexistent",
            "daemon_directory /nonexistent has no postfix-script",
        ),
    ] {
        let main_cf = world.directory(name).join("main.cf").display().to_string();
        let said = said.replace('@', &main_cf);
        let main_cf = format!("cannot use {main_cf}: Postfix's programs would refuse what comes of it: ");
        for mode in [&["--dry-run"][..], &[]] {
            let words = [mode, &["-e", "ensure", "-I", name, setting]].concat();
            let told = contains(main_cf.as_str()).and(contains(said.as_str()));
            world.run(&words).code(1).stderr(told);
            assert_eq!(picture(&world), before, "{name} {setting}");
        }
    }
    // What is refused already can be mended in steps.
    world.add_line("postfix-x", "mail_owner = nosuch");
    world.add_line("postfix-x", "command_directory = /nonexistent");
    let command_directory = format!("command_directory={}", world.path("usr/sbin").display());
    world.run(&["-e", "ensure", "-I", "postfix-x", &command_directory]).success();
    world.run(&["-e", "ensure", "-I", "postfix-x", "mail_owner=postfix"]).success();
    world.run(&["-e", "ensure", "-I", "postfix-x", "mail_owner=nosuch"]).code(1);
}

#[test]
fn an_instance_within_the_default_ones_directory_can_be_edited() {
    let world = system();
    instance(&world, "postfix/q", "multi_instance_name = postfix-q\n");
    for place in ["spool", "lib"] {
        fs::create_dir_all(world.path(place).join("postfix-q")).unwrap();
        let parameter = if place == "spool" { "queue_directory" } else { "data_directory" };
        world.add_line(
            "postfix/q",
            &format!("{parameter} = {}", world.path(place).join("postfix-q").display()),
        );
    }
    list(&world, "@/postfix/q");
    let words = ["-e", "ensure", "-I", "postfix-q", "relayhost=a"];
    let told = world.printed(&world.run(&words).success());
    assert!(told.contains("relayhost = a"), "{told}");
    world.run(&words).success().stdout("");
    let folder = folder(&world);
    world
        .run(&["-e", "ensure", "-I", "postfix-q", "--from", &folder])
        .code(1)
        .stderr(contains("give one of them another directory").and(contains("off the list").not()));
    world
        .run(&["-e", "destroy", "-i", "postfix-q"])
        .code(1)
        .stderr(contains("take the instance off the list"));
}

#[test]
fn a_folder_says_nothing_that_only_the_default_instance_has() {
    let world = system();
    let folder = folder(&world);
    let main_cf = world.path("prepared/main.cf");
    let text = fs::read_to_string(&main_cf).unwrap();
    let words = ["-e", "ensure", "-I", "postfix-x", "--from", &folder];
    let before = picture(&world);
    for name in ["multi_instance_directories", "multi_instance_wrapper", "alternate_config_directories"] {
        fs::write(&main_cf, format!("{text}{name} = /etc/postfix-a\n")).unwrap();
        let advice = format!("\"postconf -c {folder} -X {name}\" first");
        world.run(&words).code(1).stderr(contains(name).and(contains(advice)));
        assert_eq!(picture(&world), before, "{name}");
    }
    let all = "multi_instance_wrapper = w\nmulti_instance_directories = d\nalternate_config_directories =\n";
    fs::write(&main_cf, format!("{text}{all}")).unwrap();
    until_it_is_so(&world, &words, "cloned from the default instance");
    assert!(!world.read("etc/postfix-x/main.cf").contains("multi_instance_wrapper"));
}
