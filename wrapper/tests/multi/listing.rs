//! `-l`, and which instances are meant.

use predicates::str::contains;

use crate::world::World;

/// The names in a listing, in their order.
fn names(world: &World, arguments: &[&str]) -> Vec<String> {
    let printed = world.printed(&world.run(arguments).success().stderr(""));
    printed.lines().map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
}

#[test]
fn each_instance_has_its_line_in_either_form() {
    let world = World::of_three();
    insta::assert_snapshot!(world.printed(&world.run(&["-l"]).success()), @r"
    -               -               y         /etc/postfix
    postfix-a       mx              y         /etc/postfix-a
    postfix-b       -               n         /etc/postfix-b
    postfix-c       mx              y         /etc/postfix-c
    ");
    insta::assert_snapshot!(world.printed(&world.run(&["-lj"]).success()), @r#"
    {"name": "-","group": "-","enabled": "y","config_directory": "/etc/postfix"}
    {"name": "postfix-a","group": "mx","enabled": "y","config_directory": "/etc/postfix-a"}
    {"name": "postfix-b","group": "-","enabled": "n","config_directory": "/etc/postfix-b"}
    {"name": "postfix-c","group": "mx","enabled": "y","config_directory": "/etc/postfix-c"}
    "#);
}

#[test]
fn the_only_instance_counts_as_enabled() {
    let world = World::new();
    assert_eq!(
        world.printed(&world.run(&["-l"]).success()),
        "-               -               y         /etc/postfix\n"
    );
}

#[test]
fn those_that_are_meant_and_no_others() {
    let world = World::of_three();
    let choices: &[(&[&str], &[&str])] = &[
        (&["-l", "-a"], &["-", "postfix-a", "postfix-b", "postfix-c"]),
        (&["-l", "-R"], &["postfix-c", "postfix-b", "postfix-a", "-"]),
        (&["-l", "-g", "mx"], &["postfix-a", "postfix-c"]),
        (&["-l", "-g", ""], &[]),
        (&["-l", "-i", "b"], &["postfix-b"]),
        (&["-l", "-i", "postfix-b"], &["postfix-b"]),
        (&["-l", "-i", "-"], &["-"]),
        (&["-l", "-i", "nobody"], &[]),
    ];
    for (arguments, expected) in choices {
        assert_eq!(names(&world, arguments), *expected, "{arguments:?}");
    }
    let directory = world.directory("postfix-c");
    assert_eq!(names(&world, &["-l", "-i", directory.to_str().unwrap()]), ["postfix-c"]);
}

#[test]
fn files_that_leave_no_doubt_are_read_without_a_process_each() {
    let world = World::of_three();
    world.cool();
    world.run(&["-l"]).success();
    assert_eq!(world.read("asked").lines().count(), 1);
    world.add_line("postfix-b", "multi_instance_group = $foo");
    world.run(&["-l"]).success();
    assert_eq!(world.read("asked").lines().count(), 3);
}

#[test]
fn an_instance_that_is_listed_twice_is_there_once() {
    let mut world = World::of_three();
    world.list(world.directory("postfix-a"));
    let assert = world.run(&["-l"]).success().stderr(contains("listed again"));
    assert_eq!(world.printed(&assert).lines().count(), 4);
}

#[test]
fn a_text_that_nobody_can_take_is_a_failure_with_a_message() {
    let world = World::of_three();
    for (words, said) in [
        (&["-l"][..], "cannot write the list"),
        (&["status"], "cannot write the report"),
        (&["check"], "cannot write what was found"),
        (&["--help"], "cannot write the help"),
        (&["--version"], "cannot write the version"),
        (&["-p", "--dry-run", "start"], "cannot write the plan"),
    ] {
        let output = world.unwritten(words);
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(said), "{words:?}");
    }
}

#[test]
fn a_report_fails_where_an_instance_is_damaged_or_may_be_meant() {
    let world = World::of_three();
    let assert = world.run(&["status"]).success().stderr("");
    let names = world.printed(&assert);
    assert!(["postfix-a", "postfix-b", "postfix-c"].iter().all(|name| names.contains(name)), "{names}");
    assert_eq!(
        world.run(&["status", "--json"]).success().get_output().stdout.split(|b| *b == b'\n').count(),
        5
    );
    world.add_line("postfix-b", "no setting");
    world.run(&["status"]).code(1).stdout(contains("postfix-b"));
    // It has no group, as far as anybody can tell.
    world.run(&["status", "-g", "mx"]).code(1).stderr(contains("postfix-b"));
    world.run(&["status", "-i", "postfix-a"]).success();
}
