//! Tests what bad files, programs, readers and signals may cost.
//! There are files that nobody can read to their end, programs that do not answer, readers that do not read, and
//! signals that ask for nothing. The other instances must get their command.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::unfit::{self, KINDS};
use crate::world::{Beside, World, finish};

const OTHERS: [&str; 3] = ["c stop", "a stop", "postfix stop"];

#[test]
fn what_cannot_be_read_to_its_end_is_that_instances_damage() {
    for kind in KINDS {
        let world = World::of_three();
        unfit::put(&world.directory("b").join("main.cf"), kind);
        let named = || {
            contains("error: instance ").count(1).and(contains("/etc/b: did not get")).and(contains(kind.0))
        };
        world.run(&["stop"]).code(78).stderr(named());
        assert_eq!(world.commands(), OTHERS, "{}", kind.0);
        // Nor is it a command that heeds no flag which finds out.
        world.run(&["--jobs", "2", "status"]).code(78).stderr(named());
        assert_eq!(world.commands().len(), 6, "{}", kind.0);
        assert!(!world.read("asked").contains("/etc/b "), "nobody was asked to read it: {}", kind.0);
    }
}

/// Whether postconf, and so postfix-script, fails at once or takes the file for empty.
fn ends_at_once(kind: unfit::Kind) -> bool {
    ["a directory", "a socket"].iter().any(|harmless| kind.0.contains(harmless))
}

#[test]
fn a_master_cf_that_is_no_file_keeps_nobody_from_the_command_if_it_can_be_opened_without_waiting() {
    for kind in KINDS.into_iter().filter(|kind| ends_at_once(*kind)) {
        for damaged in ["postfix", "b"] {
            let world = World::of_three();
            let master_cf = world.directory(damaged).join("master.cf");
            unfit::put(&master_cf, kind);
            if !master_cf.is_dir() && master_cf.is_symlink() {
                // No socket can be put there.
                continue;
            }
            let blamed = format!("; see to {}", master_cf.display());
            let named = contains("warning: instance ").count(1).and(contains(kind.0)).and(contains(blamed));
            world.run(&["stop"]).success().stderr(named);
            assert_eq!(world.commands(), ["c stop", "b stop", "a stop", "postfix stop"], "{}", kind.0);
        }
    }
}

#[test]
fn a_master_cf_that_cannot_be_read_to_its_end_is_that_instances_damage() {
    for kind in KINDS.into_iter().filter(|kind| !ends_at_once(*kind)) {
        let world = World::of_three();
        let master_cf = world.directory("b").join("master.cf");
        unfit::put(&master_cf, kind);
        let named = |command: &str| {
            let cured = format!("; see to {}, then try \"postfix -c", master_cf.display());
            contains(format!("/etc/b: did not get \"{command}\": its master.cf cannot be read: "))
                .count(1)
                .and(contains(kind.0))
                .and(contains(cured))
                .and(contains("warning: ").not())
        };
        world.run(&["stop"]).code(78).stderr(named("stop").and(contains("/etc/b: its master(8) ")));
        assert_eq!(world.commands(), OTHERS, "{}", kind.0);
        for command in ["start", "status"] {
            world.run(&[command]).code(78).stderr(named(command).and(contains("its master(8)").not()));
        }
        // A check in place of a start would not end either.
        world.write("etc/b/multi_instance_enable", "no\n");
        world.run(&["start"]).code(78).stderr(contains("/etc/b: did not get"));
        assert_eq!(world.commands().len(), 12, "{}", kind.0);
        // Who is not meant is no failure.
        world.run(&["stop"]).success();
    }
}

#[test]
fn where_the_list_cannot_be_read_to_its_end_nothing_runs() {
    for kind in KINDS {
        let world = World::of_three();
        unfit::put(&world.directory("postfix").join("main.cf"), kind);
        let told = contains("cannot get the list of instances").and(contains(kind.0));
        world.run(&["stop"]).code(78).stderr(told.and(contains("/etc/postfix/main.cf and try again")));
        assert!(world.journal().is_empty());
    }
}

#[test]
fn whoever_does_not_answer_in_time_is_damaged_and_many_are_asked_at_once() {
    const MANY: usize = 30;
    let mut world = World::of_three();
    for number in 0..MANY {
        let name = format!("stuck{number}");
        world.add(&name, "yes\n");
        // Whatever it has started is ended with it.
        world.code(&name, "postconf", "stay & wait");
    }
    let begun = Instant::now();
    let late = contains("did not answer within 2s").count(MANY);
    world
        .run(&["--query-timeout", "2", "stop"])
        .code(78)
        .stderr(late.and(contains("/etc/stuck7/main.cf, then try")));
    assert_eq!(world.commands(), ["c stop", "b stop", "a stop", "postfix stop"]);
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    world.code("postfix", "postconf", "stay");
    world
        .run(&["--query-timeout=1s", "stop"])
        .code(78)
        .stderr(contains("cannot get the list").and(contains("within 1s")));
}

/// The manager with its standard output at a pipe that nobody reads, and that is full.
fn unread<'a>(world: &'a World, arguments: &[&str]) -> (Beside<'a>, impl Sized + use<>) {
    let reader = world.fifo("full");
    let fill = "dd if=/dev/zero of=full oflag=nonblock conv=notrunc bs=4096 2>/dev/null";
    let mut command = world.prepared(&format!("{fill}; exec \"$@\" >full"), arguments);
    command.stdout(std::process::Stdio::null());
    (Beside::start(world, command), reader)
}

/// Waits until a process has begun to listen to signals.
fn wait_until_it_listens(process: u32) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let mask = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
        if mask & (1 << (Signal::SIGCHLD as i32 - 1)) != 0 && mask & (1 << (Signal::SIGTERM as i32 - 1)) != 0
        {
            return;
        }
        assert!(Instant::now() < deadline, "it does not listen: {status}");
        std::thread::yield_now();
    }
}

#[test]
fn a_text_that_nobody_reads_ends_with_the_first_signal() {
    if !Path::new("/proc/self/status").exists() {
        postfix_process::skip::skip("there is no /proc/self/status");
        return;
    }
    for arguments in [&["--help"][..], &["--version"], &["--dry-run", "stop"], &["--summary", "stop"]] {
        let world = World::of_three();
        let (manager, _reader) = unread(&world, arguments);
        wait_until_it_listens(manager.process());
        if arguments[0] == "--summary" {
            world.wait_for_journal(4);
        }
        let begun = Instant::now();
        manager.signal(Signal::SIGTERM);
        let (status, said) = manager.end();
        assert_eq!(status, 143, "{arguments:?}: {said}");
        assert!(begun.elapsed() < Duration::from_secs(20), "{arguments:?}: {:?}", begun.elapsed());
    }
}

#[test]
fn signals_that_ask_for_nothing_end_nothing() {
    let mut signals = vec![
        Signal::SIGUSR1,
        Signal::SIGUSR2,
        Signal::SIGALRM,
        Signal::SIGVTALRM,
        Signal::SIGPROF,
        Signal::SIGXCPU,
        Signal::SIGXFSZ,
        Signal::SIGIO,
    ];
    #[cfg(target_os = "linux")]
    signals.extend([Signal::SIGPWR, Signal::SIGSTKFLT]);
    let world = World::of_three();
    let (mut reached, mut gate) = (world.fifo("reached"), world.fifo("gate"));
    world.code("a", "postfix", "tell reached; wait_at gate");
    let manager = Beside::start(&world, world.manager(&["start"]));
    reached.wait();
    for signal in signals {
        manager.signal(signal);
    }
    // Also those for programs' own use.
    let process = manager.process().to_string();
    let own = std::process::Command::new("kill").args(["-s", "RTMIN+3", &process]).status();
    assert!(own.unwrap().success());
    gate.open();
    let (status, said) = manager.end();
    assert_eq!((status, said.as_str()), (0, ""));
    assert_eq!(world.commands(), ["postfix start", "a start", "b start", "c start"]);
}

#[test]
fn commands_have_the_signals_that_the_manager_was_started_with() {
    for preparation in ["exec \"$@\"", "trap '' USR1 XFSZ ALRM; exec \"$@\""] {
        let world = World::of_three();
        let masks = "grep -e SigIgn -e SigBlk /proc/self/status";
        world.code("a", "postfix", masks);
        let mut direct = world.program("/bin/sh");
        direct.args(["-c", &preparation.replace("exec \"$@\"", masks)]);
        let expected = finish(direct).get_output().stdout.clone();
        assert!(!expected.is_empty());
        let assert = finish(world.prepared(preparation, &["start"])).success();
        let (given, expected) = (world.shown(&assert.get_output().stdout), world.shown(&expected));
        assert_eq!(given, expected, "{preparation}");
    }
}

/// Two instances at once, of which b prints so much while c, whose turn comes first, is at work.
fn talkative(preparation: &str, bytes: usize) -> (World, i32, String, usize) {
    let world = World::of_three();
    let (mut reached, mut gate) = (world.fifo("reached"), world.fifo("gate"));
    world.code("c", "postfix", "wait_at gate");
    world.code(
        "b",
        "postfix",
        &format!("dd if=/dev/zero bs=1000 count={} 2>/dev/null; tell reached", bytes / 1000),
    );
    let command = world.prepared(preparation, &["--jobs", "2", "stop"]);
    let (manager, mut output) = Beside::start_read(&world, command);
    reached.wait();
    gate.open();
    let mut printed = Vec::new();
    output.read_to_end(&mut printed).unwrap();
    let (status, said) = manager.end();
    (world, status, said, printed.len())
}

/// What a pipe holds at most: what b has printed last may still be there when its turn comes, and is not lost then.
const PIPE: usize = 1 << 16;

#[test]
fn a_limit_to_the_size_of_files_ends_nobody_and_what_is_left_out_is_told() {
    // Eight blocks of 512 bytes.
    let (world, status, said, printed) = talkative("ulimit -f 8; exec \"$@\"", 400_000);
    assert_eq!(status, 0, "{said}");
    assert_eq!(world.commands().len(), 4);
    let kept = (1 << 16) + 8 * 512;
    assert!((kept - 8 * 512..=kept + PIPE).contains(&printed), "{printed}");
    let lost = 400_000 - printed;
    assert!(said.contains(&format!("/etc/b: {lost} bytes of what \"stop\" printed are left out")), "{said}");
}

#[test]
fn what_is_kept_has_a_bound_that_is_told() {
    let (_, status, said, printed) = talkative("exec \"$@\"", 20_000_000);
    assert!(status == 0 && (8 << 20..=(8 << 20) + PIPE).contains(&printed), "{printed} {said}");
    let lost = 20_000_000 - printed;
    assert!(said.contains(&format!("{lost} bytes of what \"stop\" printed are left out")), "{said}");
    let (_, status, said, printed) = talkative("exec \"$@\"", 8_000_000);
    assert_eq!((status, printed, said.as_str()), (0, 8_000_000, ""));
}

#[test]
fn whom_root_must_not_trust_with_temporary_files_gets_none() {
    use std::os::unix::fs::{MetadataExt, chown};
    let world = World::of_three();
    world.write("etc/b/master.cf", "damaged\n");
    let place = world.path("place");
    fs::create_dir(&place).unwrap();
    let changed = || {
        let metadata = fs::metadata(&place).unwrap();
        (metadata.mtime(), metadata.mtime_nsec())
    };
    let old = std::time::SystemTime::now() - Duration::from_secs(3600);
    let stop = || {
        File::open(&place).unwrap().set_modified(old).unwrap();
        let before = changed();
        let mut command = world.manager(&["stop"]);
        command.env("TMPDIR", &place);
        finish(command).code(1);
        assert_eq!(fs::read_dir(&place).unwrap().count(), 0);
        changed() != before
    };
    assert!(stop(), "one's own is used");
    if chown(&place, Some(4711), None).is_err() {
        postfix_process::skip::skip("only root can give a directory away");
        return;
    }
    assert!(!stop(), "another's is not");
}
