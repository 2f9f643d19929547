//! `-p` and `-x`: who gets a command, in which order, with which environment, and what the status is.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::world::{World, finish};

#[test]
fn a_start_checks_who_is_not_enabled() {
    let world = World::of_three();
    world.run(&["-p", "start"]).success();
    assert_eq!(world.commands(), ["postfix start", "postfix-a start", "postfix-b check", "postfix-c start"]);
}

#[test]
fn a_stop_is_reversed_and_for_the_enabled() {
    let world = World::of_three();
    world.run(&["-p", "stop"]).success();
    assert_eq!(world.commands(), ["postfix-c stop", "postfix-a stop", "postfix stop"]);
    world.run(&["-p", "flush"]).success();
    assert_eq!(world.commands(), ["postfix flush", "postfix-a flush", "postfix-c flush"]);
    world.run(&["-p", "status"]).success();
    assert_eq!(
        world.commands(),
        ["postfix status", "postfix-a status", "postfix-b status", "postfix-c status"]
    );
}

#[test]
fn those_that_are_meant_get_it() {
    let world = World::of_three();
    world.run(&["-g", "mx", "-p", "stop"]).success();
    assert_eq!(world.commands(), ["postfix-c stop", "postfix-a stop"]);
    world.run(&["-i", "-", "-p", "start"]).success();
    assert_eq!(world.commands(), ["postfix start"]);
}

#[test]
fn a_command_for_nobody_is_a_failure() {
    let world = World::of_three();
    for arguments in [
        &["-g", "none", "-p", "status"][..],
        &["-i", "nobody", "-p", "start"],
        &["-i", "nobody", "-x", "true"],
        // It is not enabled, and a stop is for those that are.
        &["-i", "b", "-p", "stop"],
    ] {
        world.run(arguments).code(1).stderr(contains("no matching instances"));
    }
    assert!(world.journal().is_empty());
}

#[test]
fn who_is_not_enabled_is_told_with_what_was_done_and_what_can_be() {
    let world = World::of_three();
    let b = world.directory("postfix-b").display().to_string();
    let reaches = format!("that are enabled; \"postfix -c {b} stop\" reaches one that is not;");
    world.run(&["-i", "b", "-p", "stop"]).code(1).stderr(contains(reaches));
    world.add_line("postfix-a", "multi_instance_enable = no");
    world.add_line("postfix-c", "multi_instance_enable = no");
    let a = world.directory("postfix-a").display().to_string();
    let reaches = format!("that are enabled; \"postfix -c {a} flush\" reaches one that is not;");
    world.run(&["-g", "mx", "-p", "flush"]).code(1).stderr(contains(reaches));
    let checked = |name: &str| {
        let directory = world.directory(name).display().to_string();
        format!("warning: instance {directory}: it was checked in place of a start, as it is not enabled\n")
    };
    world.run(&["-i", "b", "-p", "start"]).success().stderr(contains(checked("postfix-b")));
    let both = contains(checked("postfix-a")).and(contains(checked("postfix-c")));
    world.run(&["-g", "mx", "-p", "start"]).success().stderr(both);
    assert_eq!(world.commands(), ["postfix-b check", "postfix-a check", "postfix-c check"]);
    // Where something was started, the others are left out as ever.
    world.run(&["-p", "start"]).success().stderr("");
    world.run(&["-i", "b", "-p", "check"]).success().stderr("");
}

#[test]
fn lists_of_commands_are_main_cfs() {
    let world = World::of_three();
    world.add_line("postfix", "postmulti_stop_commands = halt");
    world.run(&["-p", "halt"]).success();
    assert_eq!(world.commands(), ["postfix-c halt", "postfix-a halt", "postfix halt"]);
    world.run(&["-p", "stop"]).success();
    assert_eq!(world.commands()[0], "postfix stop");
}

#[test]
fn whatever_fails_the_status_is_one_and_all_get_their_command() {
    let world = World::of_three();
    world.code("postfix-a", "postfix", "exit 7");
    world.run(&["-p", "status"]).code(1).stderr(contains("failed with status 7"));
    assert_eq!(world.commands().len(), 4);
    let assert = world.run(&["-x", "sh", "-c", "echo ${MAIL_CONFIG##*/}; [ $multi_instance_enable = yes ]"]);
    assert_eq!(world.printed(&assert.code(1)), "postfix\npostfix-a\npostfix-b\npostfix-c\n");
    world.run(&["-x", "no-such-program"]).code(1).stderr(contains("cannot run no-such-program"));
    world.run(&["-i", "a", "-x", "sh", "-c", "kill -9 $$"]).code(1).stderr(contains("signal KILL"));
}

#[test]
fn a_program_finds_itself_at_home_in_the_instance() {
    let world = World::of_three();
    let names = "MAIL_CONFIG MAIL_LOGTAG MAIL_VERBOSE command_directory config_directory daemon_directory \
        data_directory multi_instance_enable multi_instance_group multi_instance_name queue_directory FOO PATH";
    let code = format!(
        "for name in {names}; do printf '%s = %s\\n' $name \"$(printenv $name || echo unset)\"; done; umask"
    );
    let mut command = world.front_end(&["-i", "a", "-x", "sh", "-c", &code]);
    command.env("FOO", "kept");
    let assert = finish(command).success().stderr("");
    insta::assert_snapshot!(world.printed(&assert), @r"
    MAIL_CONFIG = /etc/postfix-a
    MAIL_LOGTAG = postfix
    MAIL_VERBOSE = unset
    command_directory = /usr/sbin
    config_directory = /etc/postfix-a
    daemon_directory = /usr/libexec
    data_directory = /lib/postfix-a
    multi_instance_enable = yes
    multi_instance_group = mx
    multi_instance_name = postfix-a
    queue_directory = /spool/postfix-a
    FOO = kept
    PATH = /usr/sbin:/usr/sbin:/usr/bin:/bin
    0022
    ");
    let mut command = world.front_end(&[
        "-vi-",
        "-x",
        "/bin/sh",
        "-c",
        "/usr/bin/printenv MAIL_VERBOSE multi_instance_name; echo $PATH",
    ]);
    command.env_remove("PATH").env("command_directory", world.path("usr/sbin"));
    command
        .env("config_directory", world.directory("postfix"))
        .env("daemon_directory", world.path("usr/libexec"));
    assert_eq!(world.printed(&finish(command).success()), "\n\n/usr/sbin:/bin:/usr/bin:/sbin:/usr/sbin\n");
}

#[test]
fn a_command_of_postfix_hears_of_the_instance_and_of_verbosity() {
    let world = World::of_three();
    world.add_line("postfix", "syslog_name = mail");
    world.code("postfix-a", "postfix", "echo \"$MAIL_CONFIG $MAIL_LOGTAG ${MAIL_VERBOSE-unset}\"");
    let assert = world.run(&["-i", "a", "-p", "status"]).success();
    assert_eq!(world.printed(&assert), "/etc/postfix-a mail unset\n");
    let assert = world.run(&["-v", "-i", "a", "-p", "status"]).success().stderr(contains("info: "));
    assert_eq!(world.printed(&assert), "/etc/postfix-a mail \n");
}

#[test]
fn a_program_gets_the_input_and_every_byte_of_its_arguments() {
    let world = World::new();
    let odd = ["a b", "", "*", "$HOME `x` \\", "\n\t", "-i", "--"];
    let mut arguments = vec!["-x", "printf", "<%s>"];
    arguments.extend(odd);
    let printed = world.printed(&world.run(&arguments).success());
    assert_eq!(printed, odd.map(|word| format!("<{word}>")).concat());
    assert_cmd::Command::from_std(world.front_end(&["-x", "cat"]))
        .write_stdin("heard")
        .assert()
        .stdout("heard");
}

#[test]
fn the_order_of_a_program_can_be_reversed() {
    let world = World::of_three();
    let assert = world.run(&["-R", "-x", "sh", "-c", "echo ${config_directory##*/}"]).success();
    assert_eq!(world.printed(&assert), "postfix-c\npostfix-b\npostfix-a\npostfix\n");
}

#[test]
fn several_at_once_a_time_limit_a_plan_and_a_summary() {
    let world = World::of_three();
    let assert = world.run(&["--dry-run", "--jobs", "3", "-p", "start"]).success();
    insta::assert_snapshot!(world.printed(&assert), @r"
    postfix start: 4 instances, up to 3 at once
       1  /etc/postfix    start  default instance, before all others
       2  /etc/postfix-a  start  group mx
       3  /etc/postfix-b  check  not enabled: checked in place of a start
       4  /etc/postfix-c  start  group mx, after 2
    ");
    assert!(world.journal().is_empty());
    let code = "printf '%s ' ${config_directory##*/}; [ $config_directory != $1 ] || exec sleep 1000";
    let slow = world.directory("postfix-b");
    let arguments =
        ["--jobs=4", "--timeout=1s", "--summary=json", "-x", "sh", "-c", code, "sh", slow.to_str().unwrap()];
    let assert = world.run(&arguments).code(1).stderr(contains("took longer than 1s"));
    let printed = world.printed(&assert);
    assert!(
        printed.starts_with("postfix postfix-a postfix-b postfix-c {\"instance\": \"/etc/postfix\""),
        "{printed}"
    );
    assert!(printed.contains("\"result\": \"timeout\""), "{printed}");
}

#[test]
fn a_command_in_the_foreground_needs_one_instance() {
    let world = World::of_three();
    world.run(&["-p", "start-fg"]).code(1).stderr(contains("\"start-fg\" is for one instance"));
    assert!(world.journal().is_empty());
    world.run(&["-i", "a", "-p", "start-fg"]).success();
    assert_eq!(world.commands(), ["postfix-a start-fg"]);
}

#[test]
fn what_to_do_by_hand_is_the_whole_command_or_is_told_without_it() {
    let world = World::of_three();
    let directory = world.directory("postfix-a").display().to_string();
    let killed = "kill -9 $$";
    world.code("postfix-a", "postfix", killed);
    for (words, command) in [
        (
            &["-x", "sh", "-c", killed, "two words", "it's"][..],
            "-x sh -c 'kill -9 $$' 'two words' 'it'\\''s'",
        ),
        (&["-x", "sh", "-c", killed, "$x\n"], "-x sh -c 'kill -9 $$' $'$x\\012'"),
    ] {
        let told = format!("then try \"postfix-multi -i {directory} {command}\"");
        world.run(&[&["-i", "a"], words].concat()).code(1).stderr(contains(told));
    }
    let told = format!("then try \"postfix -c {directory} reload now 'or later'\"");
    world.run(&["-i", "a", "-p", "reload", "now", "or later"]).code(1).stderr(contains(told));
    let long = "x".repeat(500);
    let told = format!("signal KILL; see to the instance, then try the same command for {directory}\n");
    world.run(&["-i", "a", "-x", "sh", "-c", killed, &long]).code(1).stderr(contains(told));
}
