//! Tests which command lines are accepted, and which are refused before anything is done.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, starts_with};

use crate::world::{World, finish};

#[test]
fn help_and_version_need_no_postfix() {
    let world = World::new();
    for (option, text) in [("--help", "Exit status:"), ("--version", "postfix-multi 0")] {
        let mut command = world.front_end(&[option]);
        command.env("PATH", "/nowhere");
        finish(command).success().stdout(contains(text)).stderr("");
    }
    assert_eq!(world.read("asked"), "");
}

#[test]
fn the_help_tells_all() {
    let world = World::new();
    insta::assert_snapshot!(world.printed(&world.run(&["--help"])));
}

#[test]
fn what_does_not_go_together_is_refused_and_does_nothing() {
    let world = World::of_three();
    let calls: &[(&[&str], &str)] = &[
        (&[], "one of -e, -l, -p, -x"),
        (&["start"], "one of -e, -l, -p, -x"),
        (&["-l", "-p", "start"], "one of -e, -l, -p, -x"),
        (&["-e", "create", "-e", "import"], "one of -e, -l, -p, -x"),
        (&["-l", "check"], "no command goes here"),
        (&["-q"], "unknown option \"-q\""),
        (&["-lq"], "unknown option \"-q\""),
        (&["--lists"], "unknown option \"--lists\""),
        (&["--list=x"], "--list takes no value"),
        (&["-l", "-i"], "--instance needs a value"),
        (&["-e"], "--edit needs a value"),
        (&["-e", "make"], "-e can be init, create, import, destroy, deport, enable, disable, assign"),
        (&["-p"], "-p and -x need a command"),
        (&["-x", "--"], "-p and -x need a command"),
        (&["-a", "-g", "mx", "-l"], "-a, -g and -i exclude each other"),
        (&["-g", "mx", "-g", "mx", "-l"], "-a, -g and -i exclude each other"),
        (&["-i", "a", "-a", "-l"], "-a, -g and -i exclude each other"),
        (&["-R", "-p", "status"], "-R goes with"),
        (&["-R", "-e", "init"], "-R goes with"),
        (&["-j", "-p", "status"], "--json (-j) goes with"),
        (&["-I", "postfix-x", "-l"], "-G and -I go with"),
        (&["-G", "x", "-i", "a", "-e", "enable"], "-G and -I do not go with -e enable"),
        (&["-G", "x", "-e", "init"], "-G and -I do not go with -e init"),
        (&["-G", "x", "-G", "x", "-e", "assign", "-i", "a"], "-G can be given once"),
        (&["-e", "assign", "-i", "a"], "-e assign needs -I NAME or -G GROUP"),
        (&["-e", "enable", "-i", "a", "x=y"], "-e enable takes no name=value"),
        (&["-e", "destroy"], "-e destroy needs an instance"),
        (&["-e", "destroy", "-g", "mx"], "-e destroy needs an instance"),
        (&["--jobs", "2", "-l"], "--jobs goes with -p, -x and \"foreground\""),
        (&["--jobs", "2", "-e", "init"], "--jobs goes with -p, -x and"),
        (&["--jobs", "0", "-p", "status"], "--jobs needs a number"),
        (&["--dry-run", "-l"], "--dry-run goes with -e, -p and -x"),
        (&["--dry-run", "status"], "--dry-run goes with -e, -p and -x"),
        (&["--wait", "1m", "-l"], "--wait goes with -e"),
        (&["--wait", "soon", "-e", "init"], "--wait needs a time"),
        (&["check", "-i", "a"], "\"check\" is for all instances"),
        (&["foreground", "-i", "a"], "\"foreground\" is for all instances"),
        (&["foreground", "start"], "no command goes here"),
        (&["--dry-run", "foreground"], "--dry-run goes with -e, -p and -x"),
        (&["--summary", "foreground"], "--summary goes with -p and -x"),
        (&["-j", "foreground"], "--json (-j) goes with"),
        (&["status", "now"], "no command goes here"),
        (&["--format", "xml", "status"], "--format can be table, json or openmetrics, not \"xml\""),
        (&["--format", "openmetrics", "-l"], "--format openmetrics goes with \"status\""),
        (&["--format", "json", "-p", "status"], "--json (-j) goes with"),
        (&["--check", "-l"], "--check goes with \"status\""),
        (&["-w", "5", "status"], "--warning and --critical go with \"status --check\""),
        (&["status", "-c", "many"], "--critical needs a number of messages"),
    ];
    for (arguments, expected) in calls {
        world
            .run(arguments)
            .code(1)
            .stdout("")
            .stderr(starts_with("postfix-multi: fatal: ").and(contains(*expected)));
    }
    assert!(world.journal().is_empty());
    assert_eq!(world.read("asked"), "");
}

#[test]
fn letters_may_stand_together_and_have_long_names() {
    let world = World::of_three();
    let listed = world.printed(&world.run(&["-l", "-R", "-g", "mx"]).success());
    for arguments in [
        &["-lRgmx"][..],
        &["-Rgmx", "-l"],
        &["-l", "-R", "-R", "-R", "-g", "mx", "--"],
        &["--list", "--reverse", "--group=mx"],
        &["--list", "--reverse", "--group", "mx"],
    ] {
        assert_eq!(world.printed(&world.run(arguments).success()), listed, "{arguments:?}");
    }
}

#[test]
fn options_end_where_the_command_begins() {
    let world = World::of_three();
    world.run(&["-p", "-i", "a", "check", "-l", "--help", "--"]).success();
    assert_eq!(world.commands(), ["postfix-a check -l --help --"]);
    world.run(&["-i", "a", "-p", "--", "-x"]).success();
    assert_eq!(world.commands(), ["postfix-a -- -x"]);
}

#[test]
fn another_instances_environment_is_refused() {
    let world = World::of_three();
    for other in [world.directory("postfix-a").into_os_string(), "/nowhere".into(), "".into()] {
        let mut command = world.front_end(&["-l"]);
        command.env("MAIL_CONFIG", other);
        finish(command).code(1).stdout("").stderr(contains("which is not the default instance"));
    }
    std::os::unix::fs::symlink(world.directory("postfix"), world.path("link")).unwrap();
    for spelling in ["etc/postfix", "etc/postfix/", "etc/./postfix-a/../postfix", "link"] {
        let mut command = world.front_end(&["-l"]);
        command.env("MAIL_CONFIG", world.path(spelling));
        finish(command).success();
    }
}

#[test]
fn what_may_have_been_meant_is_said() {
    let world = World::of_three();
    for (arguments, said) in [
        (&["statsu"][..], "did you mean status?"),
        (&["chek"], "did you mean check?"),
        (&["start"], "use \"postfix-multi -p start\""),
        (&["-e", "creat", "-I", "postfix-x"], "did you mean create?"),
        (&["-e", "check"], "; use \"postfix-multi check\""),
        (&["-e", "start"], "use \"postfix-multi -p start\""),
        (&["--job", "2", "-p", "status"], "did you mean --jobs?"),
        (&["-e", "enable", "-i", "postfix-aa"], "did you mean postfix-a?"),
        (&["-i", "postfix-bb", "-p", "status"], "did you mean postfix-b?"),
        (&["-g", "mxx", "-p", "status"], "did you mean mx?"),
    ] {
        world.run(arguments).code(1).stderr(contains(said));
    }
    assert!(world.journal().is_empty());
    for instance in ["postfix", "postfix-a", "postfix-b", "postfix-c"] {
        world.code(instance, "postfix-statuss", "exit 1");
    }
    world.run(&["-p", "statuss"]).code(1).stderr(contains("did you mean \"status\"?"));
    world.run(&["-p", "status"]).success().stderr("");
    // The nearest name would be another instance's.
    world.add_line("postfix-b", "multi_instance_name = postfix-x");
    let directory = world.directory("postfix-b").display().to_string();
    for name in ["postfix-b", "b"] {
        let told = format!("goes by its multi_instance_name; use -i {directory};");
        world.run(&["-e", "enable", "-i", name]).code(1).stderr(contains(told));
    }
    world.run(&["-i", &directory, "-p", "status"]).success();
    // Who is meant, and left out as it is not enabled, has the right name.
    world.run(&["-i", "postfix-c", "-p", "stop"]).stderr(contains("goes by its").not());
}

#[test]
fn a_manager_that_does_not_take_commands_says_so_and_its_advice_works() {
    let world = World::of_three();
    let as_manager = |words: &[&str]| {
        let mut command = world.front_end(words);
        for (name, value) in [
            ("command_directory", "usr/sbin"),
            ("config_directory", "etc/postfix"),
            ("daemon_directory", "usr/libexec"),
        ] {
            command.env(name, world.path(value));
        }
        finish(command)
    };
    let program = env!("CARGO_BIN_EXE_postfix-multi");
    let main_cf = world.read("etc/postfix/main.cf");
    world.main_cf("postfix", &format!("{main_cf}multi_instance_wrapper = {program}\n"));
    for command in ["status", "check"] {
        as_manager(&[command])
            .code(1)
            .stdout("")
            .stderr(contains("which lacks \"-p --\"").and(contains("-e init")));
    }
    as_manager(&["stop"]).code(1).stderr(contains("needs \"-p --\"").and(contains("-e init")));
    assert!(world.journal().is_empty());
    let former = format!("multi_instance_wrapper was \"{program}\"");
    world.run(&["-e", "init"]).success().stderr(contains(former).and(contains("postconf -e")));
    as_manager(&["-p", "--", "status"]).success();
    assert_eq!(world.commands().len(), 4);
    as_manager(&["check"]).stdout(contains("").and(contains("lacks").not()));
    world.run(&["-e", "init"]).success().stderr("");
}
