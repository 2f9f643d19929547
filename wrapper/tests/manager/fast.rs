//! Tests that the manager reads simple files itself, and how few processes many instances cost.

use std::fs;
use std::time::{Duration, SystemTime};

use crate::world::World;

/// Gives the default instance and a, b and c a main.cf each, of which only b's is not enabled.
fn with_main_cf() -> World {
    let world = World::of_three();
    let list: Vec<String> =
        ["a", "b", "c"].iter().map(|name| world.directory(name).display().to_string()).collect();
    let list = list.join(",\n    ");
    world.main_cf("a", "multi_instance_enable = yes\n");
    world.main_cf("b", "# not now: multi_instance_enable = yes\n");
    world.main_cf("c", "multi_instance_enable = YES\nmulti_instance_group = mx\n");
    world.main_cf("postfix", &format!("multi_instance_directories = {list}\nmulti_instance_enable = yes\n"));
    world
}

/// So many of these, left alone for long enough that they are read.
fn cooled<const COUNT: usize>() -> [World; COUNT] {
    let worlds = std::array::from_fn(|_| with_main_cf());
    worlds.last().unwrap().cool();
    worlds
}

#[test]
fn plain_files_need_no_process() {
    let [world] = cooled();
    world.run(&["start"]).success().stderr("");
    assert_eq!(world.commands(), ["postfix start", "a start", "b check", "c start"]);
    world.run(&["--jobs", "1", "stop"]).success();
    assert_eq!(world.commands()[4..], ["c stop", "a stop", "postfix stop"]);
    world.run(&["--jobs", "2", "check"]).success();
    assert_eq!(world.commands().len(), 11);
    assert_eq!(world.read("asked"), "");
}

#[test]
fn classes_of_commands_are_read_too() {
    let world = with_main_cf();
    let text = world.read("etc/postfix/main.cf") + "postmulti_start_commands = launch\n";
    world.main_cf("postfix", &text);
    world.cool();
    world.run(&["launch"]).success();
    world.run(&["start"]).success();
    assert_eq!(
        world.commands(),
        [
            "postfix launch",
            "a launch",
            "b check",
            "c launch",
            "postfix start",
            "a start",
            "b start",
            "c start"
        ]
    );
}

#[test]
fn where_there_is_doubt_postfix_is_asked_and_about_that_file_alone() {
    let doubtful = [
        "multi_instance_enable = $x\nx = yes\n",
        "multi_instance_enable = yes\nmulti_instance_enable = yes\n",
        "multi_instance_enable = yes",
        "multi_instance_enable yes\n",
        " multi_instance_enable = yes\n",
        "multi_instance_enable = yes\r\n",
    ];
    for (text, world) in doubtful.into_iter().zip(cooled::<6>()) {
        world.main_cf("a", text);
        world.run(&["start"]).success();
        // The fake has its answers elsewhere, so they show who was asked.
        assert_eq!(world.commands()[1..3], ["a start", "b check"], "{text:?}");
        assert_eq!(world.shown(world.read("asked").as_bytes()), "/etc/a multi_instance_enable\n", "{text:?}");
    }
}

#[test]
fn what_has_changed_a_moment_ago_is_left_to_postfix_whatever_it_is_made_to_look_like() {
    let set = |path: &std::path::Path, time| {
        fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    };
    let old = SystemTime::now() - Duration::from_secs(3600);
    for (time, world) in [SystemTime::now(), old].into_iter().zip(cooled::<2>()) {
        set(&world.directory("c").join("main.cf"), time);
        world.run(&["stop"]).success();
        assert_eq!(world.shown(world.read("asked").as_bytes()), "/etc/c multi_instance_enable\n");
    }
}

#[test]
fn a_thousand_instances_take_little_memory_and_few_descriptors() {
    const INSTANCES: usize = 1000;
    const JOBS: &str = "50";
    let mut world = World::new();
    let directories: Vec<String> = (0..INSTANCES).map(|number| format!("i{number:03}")).collect();
    for name in &directories {
        world.quietly_add(name);
        world.main_cf(name, "multi_instance_enable = yes\n");
        // More than a pipe holds, and in all more than the manager may have: 32 KiB from each.
        world.code(name, "postfix", "echo \"$line\" | tr ' ' x");
    }
    let list: Vec<String> =
        directories.iter().map(|name| world.directory(name).display().to_string()).collect();
    let main_cf = format!("multi_instance_directories = {}\nmulti_instance_enable = yes\n", list.join(" "));
    world.main_cf("postfix", &main_cf);
    world.cool();
    // The last to be stopped looks at the manager, whose work is nearly done.
    world.code("postfix", "postfix", "grep VmHWM /proc/$PPID/status; ls /proc/$PPID/fd | wc -l");
    let mut reached = world.fifo("reached");
    let gate = world.fifo("gate");
    // The first whose output is heard comes late, so that what all others say has to be kept.
    // It goes when no other command runs: then the manager has begun all that it begins before.
    let alone = "[ \"$(cat /proc/$PPID/task/$PPID/children)\" = \"$$ \" ] || [ ! -e /proc/$PPID/task/$PPID/children ]";
    let count = "tr '\\0' '\\n' <$world/journal | grep -c -e ^-c >$world/count";
    let code = format!("tell reached; wait_at gate; until {alone}; do :; done; {count}");
    world.code("i999", "postfix", &code);
    let line = format!("{:32768}", "");
    let mut command = world.prepared("ulimit -n 1024; exec \"$@\"", &["--jobs", JOBS, "stop"]);
    command.env("line", line).stdout(fs::File::create(world.path("output")).unwrap());
    let mut manager = command.spawn().unwrap();
    reached.wait();
    let mut gate = gate;
    world.wait_for_journal(MOST_KEPT);
    gate.open();
    assert!(manager.wait().unwrap().success());
    assert_eq!(world.commands().len(), INSTANCES + 1);
    let begun: usize = world.read("count").trim().parse().unwrap();
    assert!(begun <= MOST_KEPT + JOBS.parse::<usize>().unwrap(), "{begun}");
    let output = world.read("output");
    assert!(output.len() > (INSTANCES - 1) * 32768);
    let end: Vec<&str> = output.lines().rev().take(2).collect();
    let memory: usize = end[1].split_whitespace().nth(1).unwrap().parse().unwrap();
    let descriptors: usize = end[0].trim().parse().unwrap();
    println!("{memory} KiB, {descriptors} descriptors at the end");
    assert!(memory < 64 << 10, "{memory} KiB");
    assert!(descriptors < 32, "{descriptors} descriptors");
}

/// So many commands come to their end while what they have said is kept.
const MOST_KEPT: usize = 128;

#[test]
fn the_clock_of_the_file_system_is_no_trap() {
    let [world] = cooled();
    let path = world.directory("a").join("main.cf");
    let future = SystemTime::now() + Duration::from_secs(86_400);
    fs::File::options().write(true).open(path).unwrap().set_modified(future).unwrap();
    world.run(&["stop"]).success();
    assert_eq!(world.shown(world.read("asked").as_bytes()), "/etc/a multi_instance_enable\n");
}
