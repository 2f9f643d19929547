//! Tests several instances at once: which may overlap, what is printed, and how much time it takes.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::calls::DEADLINE;
use crate::world::{Beside, World, finish};

/// Tells that it is there, and stays until someone writes to a gate of its own.
fn wait_at(world: &World, name: &str) -> crate::world::Fifo {
    world.code(name, "postfix", &format!("tell reached {name}; wait_at gate-{name}"));
    world.fifo(&format!("gate-{name}"))
}

#[test]
fn instances_of_a_group_follow_one_another_and_others_overlap() {
    let mut world = World::of_three();
    world.add("d", "yes\n");
    world.group("a", "mx");
    world.group("b", "mx");
    let mut reached = world.fifo("reached");
    let mut gates = ["a", "b", "c", "d"].map(|name| wait_at(&world, name));
    let manager = Beside::start(&world, world.manager(&["--jobs", "4", "start"]));
    let mut there = Vec::new();
    while there.len() < 3 {
        there.extend(reached.wait().lines().map(str::to_owned));
    }
    there.sort();
    assert_eq!(there, ["a", "c", "d"], "b is of a's group");
    gates[2].open();
    gates[3].open();
    gates[0].open();
    assert_eq!(reached.wait(), "b");
    gates[1].open();
    assert_eq!(manager.end(), (0, String::new()));
    assert_eq!(world.commands().len(), 5);
}

#[test]
fn without_jobs_no_group_is_asked_for() {
    let world = World::of_three();
    world.run(&["start"]).success();
    assert!(!world.read("asked").contains("multi_instance_group"));
    world.run(&["status"]).success();
    assert_eq!(world.read("asked").lines().count(), 6, "the list, four flags, and the list again");
}

#[test]
fn what_instances_print_stays_together_and_in_order() {
    let world = World::of_three();
    let mut reached = world.fifo("reached");
    let mut gate = world.fifo("gate");
    // The first one prints its second half when all others are through.
    world.code("a", "postfix", "echo a1; echo a2 >&2; tell reached; wait_at gate; echo a3");
    world.code("b", "postfix", "echo b1; echo b2 >&2; tell reached; exit 3");
    world.code("c", "postfix", "echo c1; tell reached");
    let both = std::fs::File::create(world.path("both")).unwrap();
    let mut command = world.manager(&["--jobs", "3", "start"]);
    command.stdout(both.try_clone().unwrap()).stderr(both);
    let mut manager = command.spawn().unwrap();
    let mut there = 0;
    while there < 3 {
        there += reached.wait_for_bytes();
    }
    gate.open();
    assert_eq!(manager.wait().unwrap().code(), Some(3));
    let text = world.read("both");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..5], ["a1", "a2", "a3", "b1", "b2"], "{text}");
    assert!(lines[5].contains("\"start\" failed with status 3"), "{text}");
    assert_eq!(lines[6], "c1", "{text}");
}

#[test]
fn two_streams_that_are_one_keep_their_order() {
    let world = World::of_three();
    let print = "i=0; while [ $i -lt 300 ]; do i=$((i + 1)); echo out; echo err >&2; done";
    world.code("b", "postfix", print);
    let both = std::fs::File::create(world.path("both")).unwrap();
    let mut command = world.manager(&["--jobs", "3", "start"]);
    command.stdout(both.try_clone().unwrap()).stderr(both);
    assert!(command.status().unwrap().success());
    assert_eq!(world.read("both"), "out\nerr\n".repeat(300));
}

/// What is printed at a terminal by what `run` has set up to print there.
fn at_a_terminal(run: impl FnOnce(std::fs::File)) -> String {
    let pair = nix::pty::openpty(None, None).unwrap();
    let mut source = std::fs::File::from(pair.master);
    run(std::fs::File::from(pair.slave));
    let mut text = Vec::new();
    // Once nobody has it open, a terminal is at its end, which is an error.
    let _ = source.read_to_end(&mut text);
    String::from_utf8(text).unwrap().replace("\r\n", "\n")
}

#[test]
fn who_has_a_terminal_gives_one_to_each_instance() {
    let world = World::of_three();
    for name in ["a", "b", "c"] {
        let print = format!("[ -t 1 ] && echo {name}-out; [ -t 2 ] && echo {name}-err >&2; exit 0");
        world.code(name, "postfix", &print);
    }
    let both = at_a_terminal(|terminal| {
        let mut command = world.manager(&["--jobs=9", "check"]);
        command.stdout(terminal.try_clone().unwrap()).stderr(terminal);
        assert!(command.status().unwrap().success());
    });
    assert_eq!(both, "a-out\na-err\nb-out\nb-err\nc-out\nc-err\n");
    let errors = at_a_terminal(|terminal| {
        let mut command = world.manager(&["--jobs=9", "check"]);
        command.stdout(Stdio::piped()).stderr(terminal);
        let output = command.spawn().unwrap().wait_with_output().unwrap();
        assert_eq!(output.stdout, b"");
    });
    assert_eq!(errors, "a-err\nb-err\nc-err\n");
}

#[test]
fn a_command_that_could_be_given_no_terminal_was_not_heard() {
    let world = World::of_three();
    world.code("b", "postfix", "[ -t 2 ]");
    let without = "exec unshare -rm /bin/sh -c 'mount --bind /dev/null /dev/ptmx && exec \"$@\"' sh \"$@\"";
    let mut can_be_hidden = world.program("/bin/sh");
    can_be_hidden.args(["-c", without, "sh", "true"]).stderr(Stdio::null());
    if !can_be_hidden.status().unwrap().success() {
        return postfix_process::skip::skip("pseudo-terminals cannot be hidden from one program here");
    }
    let errors = at_a_terminal(|terminal| {
        let mut command = world.prepared(without, &["--jobs=9", "check"]);
        command.stdout(Stdio::null()).stderr(terminal);
        assert_eq!(command.status().unwrap().code(), Some(1));
    });
    assert!(errors.contains("/etc/b: what it said is in the mail log"), "{errors}");
}

#[test]
fn output_of_any_size_arrives_whole_at_a_terminal() {
    let world = World::of_three();
    let print = "i=0; while [ $i -lt 2000 ]; do i=$((i + 1)); echo \"$i and so on\" >&2; done; exit 1";
    world.code("b", "postfix", print);
    let (sender, receiver) = std::sync::mpsc::channel();
    let pair = nix::pty::openpty(None, None).unwrap();
    let mut source = std::fs::File::from(pair.master);
    let reader = std::thread::spawn(move || {
        let mut text = Vec::new();
        let _ = source.read_to_end(&mut text);
        let _ = sender.send(());
        String::from_utf8(text).unwrap().replace("\r\n", "\n")
    });
    let mut command = world.manager(&["--jobs=9", "check"]);
    command.stdout(Stdio::null()).stderr(std::fs::File::from(pair.slave));
    assert_eq!(command.status().unwrap().code(), Some(1));
    drop(command);
    receiver.recv_timeout(DEADLINE).unwrap();
    let text = reader.join().unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines[0], lines[1999]), ("1 and so on", "2000 and so on"));
    assert!(lines[2000].contains("\"check\" failed with status 1"), "{}", lines[2000]);
    assert!(!text.contains("mail log ends") && !text.contains("at a terminal"), "it was heard");
}

#[test]
fn streams_are_told_apart() {
    let world = World::of_three();
    for name in ["a", "b", "c"] {
        world.code(name, "postfix", &format!("echo {name}-out; echo {name}-err >&2"));
    }
    let assert = world.run(&["--jobs=9", "stop"]).success();
    assert_eq!(assert.get_output().stdout, b"c-out\nb-out\na-out\n");
    assert_eq!(assert.get_output().stderr, b"c-err\nb-err\na-err\n");
}

#[test]
fn commands_that_have_company_get_no_input() {
    let world = World::of_three();
    world.code("b", "postfix", "read line || echo none");
    let mut command = assert_cmd::Command::from_std(world.manager(&["--jobs", "2", "check"]));
    command.write_stdin("input\n").assert().success().stdout("none\n");
}

#[test]
fn output_of_any_size_arrives_whole() {
    let world = World::of_three();
    for name in ["a", "b", "c"] {
        let print = "dd if=/dev/zero bs=1000 count=2000 2>/dev/null | tr '\\0' x; echo";
        world.code(name, "postfix", &format!("{{ {print}; }}; {{ {print}; }} >&2"));
    }
    let assert = world.run(&["--jobs=3", "check"]).success();
    for output in [&assert.get_output().stdout, &assert.get_output().stderr] {
        let lengths: Vec<usize> = output.split(|byte| *byte == b'\n').map(<[u8]>::len).collect();
        assert_eq!(lengths, [2_000_000, 2_000_000, 2_000_000, 0]);
    }
}

#[test]
fn the_status_is_as_with_one_at_a_time() {
    for (codes, start, stop) in
        [(["exit 3", "exit 5", "exit 0"], 5, 3), (["kill -KILL $$", "exit 1", "exit 0"], 1, 137)]
    {
        let world = World::of_three();
        for (name, code) in ["a", "b", "c"].iter().zip(codes) {
            world.code(name, "postfix", code);
        }
        for jobs in ["1", "3", "auto"] {
            world.run(&["--jobs", jobs, "start"]).code(start);
            world.run(&["--jobs", jobs, "stop"]).code(stop);
        }
    }
}

#[test]
fn a_reader_that_went_away_or_a_full_disk_changes_nothing() {
    for preparation in ["exec \"$@\" >&- 2>&-", "exec \"$@\" >/dev/full 2>/dev/full", "exec \"$@\" | true"] {
        let world = World::of_three();
        for name in ["a", "b", "c"] {
            world.code(name, "postfix", "echo something; echo something >&2; echo >>$world/done");
        }
        finish(world.prepared(preparation, &["--jobs", "2", "stop"])).code(0);
        assert_eq!(world.read("done").lines().count(), 3, "{preparation}");
    }
}

#[test]
fn a_reader_that_reads_late_gets_everything() {
    let world = World::of_three();
    let mut reached = world.fifo("reached");
    for name in ["a", "b", "c"] {
        world.code(name, "postfix", "dd if=/dev/zero bs=1000 count=500 2>/dev/null; tell reached");
    }
    let (manager, mut pipe) = Beside::start_read(&world, world.manager(&["--jobs", "3", "start"]));
    let mut there = 0;
    // All three have ended although nobody has read anything.
    while there < 3 {
        there += reached.wait_for_bytes();
    }
    let mut output = Vec::new();
    pipe.read_to_end(&mut output).unwrap();
    assert_eq!((output.len(), manager.end().0), (1_500_000, 0));
}

#[test]
fn an_end_during_a_message_is_noticed() {
    let world = World::of_three();
    let (mut reached, _gate) = (world.fifo("reached"), world.fifo("gate"));
    let print = "dd if=/dev/zero bs=1000 count=500 2>/dev/null; tell reached; exit 3";
    world.code("a", "postfix", print);
    // Its output tells nothing of its end, which comes when the message about a is logged.
    world.code("b", "postfix", "exec >&- 2>&-; echo $$ >$world/b; wait_at gate");
    // The manager sleeps, wakes up because of b, and sleeps again: it has heard of that end by then.
    let sleeps = "sleeps() { sed -n 's/^voluntary_ctxt_switches:.//p' /proc/$PPID/status; }; \
                  here() { [ -d /proc/$PPID ] || exit 1; }";
    let asleep = "until grep -q '^State:.S' /proc/$PPID/status; do here; done; before=$(sleeps)";
    let end = "until [ ! -d /proc/$b ] || grep -q '^State:.Z' /proc/$b/status; do here; done";
    let heard = "until [ \"$(sleeps)\" -gt $before ]; do here; done";
    let wait = format!("{sleeps}; until read b <$world/b; do :; done; {asleep}; tell gate go");
    // Once: the message about all of them comes when b is long gone.
    world.write("postlog", format!("[ -e $world/told ] || {{ {wait}; {end}; {heard}; echo >$world/told; }}"));
    let (manager, mut output) = Beside::start_read(&world, world.manager(&["--jobs", "3", "start"]));
    reached.wait();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || sender.send(output.read_to_end(&mut Vec::new()).unwrap()));
    assert_eq!(receiver.recv_timeout(DEADLINE), Ok(500_000));
    assert_eq!(manager.end().0, 3);
}

#[test]
fn what_descendants_print_after_the_end_of_their_command_is_printed_when_it_comes() {
    let world = World::of_three();
    // So that c begins after the end of a's command.
    world.group("a", "mx");
    world.group("c", "mx");
    let (mut reached, mut told) = (world.fifo("reached"), world.fifo("told"));
    let (mut late, mut gate) = (world.fifo("late"), world.fifo("gate"));
    world.code("a", "postfix", "(trap '' PIPE; wait_at late; echo late >&2; tell told $?) & exit 0");
    world.code("c", "postfix", "tell reached; wait_at gate");
    let manager = Beside::start(&world, world.manager(&["--jobs", "2", "start"]));
    reached.wait();
    late.open();
    assert_eq!(told.wait(), "0");
    let deadline = Instant::now() + DEADLINE;
    while world.read("stderr") != "late\n" {
        assert!(Instant::now() < deadline, "{}", world.read("stderr"));
        std::thread::yield_now();
    }
    gate.open();
    assert_eq!(manager.end(), (0, "late\n".to_owned()));
}

#[test]
fn what_descendants_print_after_the_end_of_all_commands_is_waited_for() {
    let world = World::of_three();
    let mut late = world.fifo("late");
    world.code("c", "postfix", "(wait_at late; echo late; echo later >&2) & exit 0");
    let (manager, mut output) = Beside::start_read(&world, world.manager(&["--jobs", "2", "start"]));
    world.wait_for_journal(4);
    late.open();
    let mut printed = String::new();
    output.read_to_string(&mut printed).unwrap();
    assert_eq!((printed.as_str(), manager.end()), ("late\n", (0, "later\n".to_owned())));
}

#[test]
fn a_daemon_that_keeps_its_output_open_holds_the_manager_up_for_a_short_time_only() {
    let world = World::of_three();
    let mut reached = world.fifo("reached");
    world.code("c", "postfix", "stay & exit 0");
    let begun = Instant::now();
    world.run(&["--jobs", "2", "start"]).success().stderr("");
    assert!(begun.elapsed() >= Duration::from_secs(5) && begun.elapsed() < Duration::from_secs(30));
    world.code("c", "postfix", "stay & tell reached");
    let begun = Instant::now();
    let manager = Beside::start(&world, world.manager(&["--jobs", "2", "start"]));
    reached.wait();
    manager.signal(nix::sys::signal::Signal::SIGTERM);
    assert_eq!(manager.end().0, 143);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn daemons_that_keep_their_output_open_take_no_descriptors_from_other_instances() {
    let mut world = World::of_three();
    for number in 0..20 {
        let name = format!("n{number}");
        world.add(&name, "yes\n");
        world.code(&name, "postfix", "stay & exit 0");
    }
    finish(world.prepared("ulimit -n 24; exec \"$@\"", &["--jobs", "4", "start"])).success().stderr("");
    assert_eq!(world.commands().len(), 24);
}

#[test]
fn a_signal_does_not_wait_for_a_reader() {
    let world = World::of_three();
    let (mut reached, _gate) = (world.fifo("reached"), world.fifo("gate"));
    world.code("a", "postfix", "dd if=/dev/zero bs=1000 count=500 2>/dev/null; tell reached; wait_at gate");
    let (manager, output) = Beside::start_read(&world, world.manager(&["--jobs", "2", "start"]));
    reached.wait();
    let begun = Instant::now();
    manager.signal(nix::sys::signal::Signal::SIGTERM);
    let (status, said) = manager.end();
    assert_eq!(status, 143);
    assert!(begun.elapsed() >= Duration::from_secs(4), "a reader has some time");
    assert!(begun.elapsed() < Duration::from_secs(30), "and not for ever");
    let own = said.lines().filter(|line| line.contains("instance ") && line.contains("/etc/a: ")).count();
    assert_eq!(own, 1, "what the manager has to say itself");
    drop(output);
}

#[test]
fn with_few_descriptors_it_takes_longer_and_goes_well() {
    let mut world = World::of_three();
    for number in 0..20 {
        world.add(&format!("n{number}"), "yes\n");
    }
    let preparation = "ulimit -n 24; exec \"$@\"";
    finish(world.prepared(preparation, &["--jobs", "50", "start"])).success().stderr("");
    assert_eq!(world.commands().len(), 24);
    finish(world.prepared(preparation, &["--verbose", "--jobs", "50", "start"]))
        .success()
        .stderr(contains(": \"start\" cannot begin yet: Too many open files"));
}

#[test]
fn what_can_never_be_run_is_reported() {
    let world = World::of_three();
    // Enough for the manager itself and for postconf, not for one command's output.
    for limit in 8..24 {
        let preparation = format!("ulimit -n {limit}; exec \"$@\"");
        let assert = finish(world.prepared(&preparation, &["--jobs", "2", "status"]));
        let said = world.shown(&assert.get_output().stderr);
        if assert.get_output().status.success() {
            assert!(limit > 8, "the limit makes no difference");
            return;
        }
        if said.contains("cannot run") && !said.contains("postconf") {
            assert.code(126).stderr(contains("cannot run").and(contains("Too many open files")));
        }
    }
    panic!("no limit is enough");
}

#[test]
fn what_can_never_be_run_is_tried_for_a_while() {
    let world = World::new();
    let program = world.path("usr/sbin/postfix");
    world.spoil("postfix", true);
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    // What somebody writes, nobody can run.
    let _writer = std::fs::File::options().append(true).open(&program).unwrap();
    let begun = Instant::now();
    let told = contains("cannot begin yet: Text file busy").count(5).and(contains("cannot run"));
    world.run(&["--verbose", "start"]).code(126).stderr(told);
    assert!(begun.elapsed() >= Duration::from_millis(50 + 100 + 200 + 400 + 800));
}

#[test]
fn two_managers_at_once_do_not_mix() {
    let world = World::of_three();
    for name in ["a", "b", "c"] {
        world.code(name, "postfix", &format!("echo $3; tell reached {name}; wait_at gate; [ $3 = x ]"));
    }
    let (mut reached, mut gate) = (world.fifo("reached"), world.fifo("gate"));
    let start = |word: &str| {
        let mut command = world.manager(&["--jobs", "3", word]);
        command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
    };
    let managers = [start("x"), start("y")];
    let mut there = 0;
    while there < 6 {
        there += reached.wait_for_bytes() / 2;
    }
    (0..6).for_each(|_| gate.open());
    let [x, y] = managers.map(|manager| manager.wait_with_output().unwrap());
    assert_eq!((x.status.code(), x.stdout.as_slice()), (Some(0), &b"x\nx\nx\n"[..]));
    assert_eq!((y.status.code(), y.stdout.as_slice()), (Some(1), &b"y\ny\ny\n"[..]));
}
