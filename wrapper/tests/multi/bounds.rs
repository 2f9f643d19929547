//! Tests every task while an instance has damaged files of any kind.
//! Each task ends in bounded time, names the damaged file, and reaches the other instances.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::unfit::{self, KINDS};
use crate::world::World;

/// What is said of it, and how it is put there.
type Kind = (&'static str, fn(&World, &Path));

/// What is in the place of b's main.cf, beside what nobody could read to its end.
const OTHER_KINDS: [Kind; 6] = [
    ("No such file or directory", |_, _| {}),
    ("No such file or directory", |_, path| symlink("nowhere", path).unwrap()),
    ("No such file or directory", |_, path| symlink("main.cf", path).unwrap()),
    ("missing '=' after attribute name", |_, path| fs::write(path, "no setting\n").unwrap()),
    ("missing '=' after attribute name", |_, path| fs::write(path, b"\xff\xfe\x01\n").unwrap()),
    // Forty values that each name the next one twice, for example.
    ("did not answer within 1s", |world, path| {
        fs::write(path, "a = $b\n").unwrap();
        world.code("postfix-b", "postconf", "stay & wait");
    }),
];

fn each_kind(mut check: impl FnMut(&World, &str)) {
    for kind in KINDS {
        let world = World::of_three();
        unfit::put(&world.directory("postfix-b").join("main.cf"), kind);
        check(&world, kind.0);
    }
    for (words, put) in OTHER_KINDS {
        let world = World::of_three();
        let path = world.directory("postfix-b").join("main.cf");
        fs::remove_file(&path).unwrap();
        put(&world, &path);
        check(&world, words);
    }
}

#[test]
fn every_task_ends_names_the_damaged_one_and_reaches_the_others() {
    each_kind(|world, words| {
        let named = || contains("/etc/postfix-b").and(contains(words));
        let run = |arguments: &[&str]| world.run(&[&["--query-timeout=1s"], arguments].concat());
        let assert = run(&["-l"]).code(1).stderr(named());
        assert_eq!(world.printed(&assert).lines().count(), 4, "{words}");
        let assert = run(&["status", "-j"]).code(1);
        assert!(world.printed(&assert).contains(words), "{words}");
        run(&["-p", "stop"]).code(1).stderr(named());
        assert_eq!(world.commands(), ["postfix-c stop", "postfix-a stop", "postfix stop"], "{words}");
        let assert = run(&["-x", "sh", "-c", "echo ${MAIL_CONFIG##*/}"]).code(1).stderr(named());
        assert_eq!(world.printed(&assert), "postfix\npostfix-a\npostfix-c\n", "{words}");
        let assert = run(&["check"]).code(1);
        assert!(world.printed(&assert).contains("/etc/postfix-b"), "{words}");
    });
}

#[test]
fn a_program_that_did_not_answer_is_not_asked_again() {
    let world = World::of_three();
    world.add_line("postfix-b", "a = $b");
    world.code("postfix-b", "postconf", "stay & wait");
    for task in [&["-l"][..], &["status"], &["check"]] {
        fs::write(world.path("asked"), "").unwrap();
        world.run(&[&["--query-timeout=1s"], task].concat()).code(1);
        let asked = world.read("asked");
        let about =
            |line: &&str| line.split(' ').next().is_some_and(|directory| directory.ends_with("/postfix-b"));
        assert_eq!(asked.lines().filter(about).count(), 1, "{task:?}: {asked}");
    }
}

#[test]
fn a_change_of_one_is_not_held_up_by_the_damage_of_another() {
    each_kind(|world, words| {
        world.add_line("postfix", "multi_instance_wrapper = /usr/sbin/postfix-multi");
        world.run(&["--query-timeout=1s", "-e", "disable", "-i", "a"]).success();
        assert!(world.read("etc/postfix-a/main.cf").contains("multi_instance_enable = no"), "{words}");
    });
}

#[test]
fn a_command_that_heeds_no_flag_is_kept_from_what_cannot_be_read_to_its_end() {
    for kind in KINDS {
        let world = World::of_three();
        unfit::put(&world.directory("postfix-b").join("main.cf"), kind);
        world.run(&["-p", "status"]).code(1).stderr(contains("postfix-b: did not get").and(contains(kind.0)));
        assert_eq!(world.commands(), ["postfix status", "postfix-a status", "postfix-c status"]);
    }
}

#[test]
fn a_text_that_nobody_reads_ends_with_the_first_signal() {
    use std::process::Stdio;
    for arguments in [&["-l"][..], &["status"], &["--help"], &["-p", "--dry-run", "stop"]] {
        let world = World::of_three();
        let mut command = std::process::Command::new("/bin/sh");
        let front_end = world.front_end(arguments);
        // All that a pipe of one page holds; then a signal once this program is in its midst.
        let fill = "dd if=/dev/zero of=full oflag=nonblock conv=notrunc bs=4096 2>/dev/null; exec \"$0\" \"$@\" >full";
        command.args(["-c", fill]).arg(front_end.get_program()).args(front_end.get_args());
        command.env_clear().envs(front_end.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.current_dir(world.path("")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let _reader = world.fifo("full");
        let mut child = command.spawn().unwrap();
        let process = nix::unistd::Pid::from_raw(child.id().try_into().unwrap());
        let listens = |status: &str| {
            let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
            caught
                .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
                .is_some_and(|mask| mask & (1 << 14) != 0)
        };
        while !listens(&fs::read_to_string(format!("/proc/{process}/status")).unwrap()) {
            std::thread::yield_now();
        }
        nix::sys::signal::kill(process, nix::sys::signal::Signal::SIGTERM).unwrap();
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || sender.send(child.wait().unwrap()));
        let Ok(status) = receiver.recv_timeout(crate::calls::DEADLINE) else {
            let _ = nix::sys::signal::kill(process, nix::sys::signal::Signal::SIGKILL);
            panic!("{arguments:?} does not end");
        };
        assert_eq!(status.code(), Some(143), "{arguments:?}");
    }
}
