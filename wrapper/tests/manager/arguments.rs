//! The manager's own command line and environment, and the arguments that pass through it.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, starts_with};

use crate::world::{World, finish};

#[test]
fn help_and_version_need_no_environment() {
    let world = World::new();
    for (option, text) in [("--help", "Exit status:"), ("--version", "postfix-wrapper 0")] {
        let mut command = world.manager(&[option]);
        command.env_clear();
        finish(command).success().stdout(contains(text)).stderr("");
    }
    finish(world.prepared("exec \"$@\" >/dev/full", &["--help"])).code(74);
}

#[test]
fn outside_postfix_nothing_runs() {
    for missing in ["command_directory", "config_directory", "daemon_directory"] {
        let world = World::of_three();
        let mut command = world.manager(&["start"]);
        command.env_remove(missing);
        finish(command).code(64).stderr(contains("run by postfix(1)").and(contains(missing)));
        let mut command = world.manager(&["start"]);
        command.env(missing, "relative");
        finish(command).code(64).stderr(contains("not an absolute path"));
        assert!(world.journal().is_empty());
    }
}

#[test]
fn wrong_calls_run_nothing() {
    let world = World::of_three();
    let none: [&str; 0] = [];
    world.run(&none).code(64).stderr(contains("no command"));
    world.run(&["--"]).code(64);
    world.run(&["-v", "start"]).code(64).stderr(starts_with("postfix-wrapper: fatal: unknown option \"-v\""));
    world.run(&["--jobs", "0", "start"]).code(64);
    assert!(world.journal().is_empty());
    assert_eq!(world.read("asked"), "");
}

#[test]
fn a_command_for_one_instance_is_refused_where_there_are_several() {
    let world = World::of_three();
    world.run(&["start-fg"]).code(64).stderr(contains("\"start-fg\" is for a Postfix with one instance"));
    assert!(world.journal().is_empty());
    let alone = World::new();
    alone.run(&["start-fg"]).success();
    assert_eq!(alone.commands(), ["postfix start-fg"]);
}

#[test]
fn every_byte_of_every_argument_arrives() {
    let world = World::of_three();
    let odd: Vec<OsString> =
        [&b"a b"[..], b"", b"*", b"$HOME `x` \\", b"'\"", b"\n\t", b"\xff\xfe\x01", b"--help", b"-c"]
            .iter()
            .map(|bytes| OsString::from_vec(bytes.to_vec()))
            .collect();
    for command in ["check", "/path/to/script", "", "stop"] {
        let _ = std::fs::remove_file(world.path("journal"));
        let mut words = vec![OsString::from(command)];
        words.extend(odd.iter().cloned());
        world.run(&words).success();
        let calls = world.journal();
        assert_eq!(calls.len(), 4);
        for call in calls {
            assert_eq!(call[0], "-c");
            assert_eq!(call[2..], words);
        }
    }
}

#[test]
fn after_two_dashes_a_command_may_begin_with_one() {
    let world = World::new();
    world.run(&["--", "-x"]).success();
    assert_eq!(world.commands(), ["postfix -x"]);
}

#[test]
fn thousands_of_arguments_arrive() {
    let world = World::of_three();
    let words: Vec<String> =
        std::iter::once("check".to_owned()).chain((0..5000).map(|number| number.to_string())).collect();
    world.run(&words).success();
    for call in world.journal() {
        assert!(call[2..].iter().map(OsString::as_os_str).eq(words.iter().map(OsStr::new)));
    }
    assert_eq!(world.journal().len(), 4);
}

#[test]
fn the_environment_and_the_standard_streams_are_the_commands_own() {
    let world = World::new();
    world.code(
        "postfix",
        "postfix",
        "read line; echo \"$line $MAIL_CONFIG $SOMETHING $(pwd)\"; echo odd >&2",
    );
    let mut command = assert_cmd::Command::from_std(world.manager(&["check"]));
    let output =
        command.env("SOMETHING", "passes").write_stdin("input\n").assert().success().get_output().clone();
    assert_eq!(world.shown(&output.stdout), "input /etc/postfix passes \n");
    assert_eq!(output.stderr, b"odd\n");
}
