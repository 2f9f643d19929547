//! Standard streams and a mail log that are closed, full, or out of order.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::world::{World, finish};

/// A world with something to complain about, and the status that it leads to.
fn troubled() -> World {
    let world = World::of_three();
    world.write("etc/b/multi_instance_enable", "maybe\n");
    world
}

const OTHERS: [&str; 3] = ["c stop", "a stop", "postfix stop"];

#[test]
fn closed_or_full_streams_change_nothing() {
    let preparations = [
        "exec \"$@\" <&-",
        "exec \"$@\" >&-",
        "exec \"$@\" 2>&-",
        "exec \"$@\" <&- >&- 2>&-",
        "exec \"$@\" >/dev/full 2>/dev/full",
    ];
    for preparation in preparations {
        let world = troubled();
        finish(world.prepared(preparation, &["stop"])).code(78);
        assert_eq!(world.commands(), OTHERS, "{preparation}");
        assert!(world.read("log").contains("neither yes nor no"), "{preparation}");
    }
}

#[test]
fn a_reader_that_went_away_changes_nothing() {
    let world = troubled();
    let (reader, writer) = UnixStream::pair().unwrap();
    drop(reader);
    let mut command = world.manager(&["stop"]);
    command.stderr(OwnedFd::from(writer));
    assert_eq!(command.status().unwrap().code(), Some(78));
    assert_eq!(world.commands(), OTHERS);
}

#[test]
fn a_reader_that_does_not_read_costs_some_patience_only() {
    let world = troubled();
    let _reader = world.fifo("full");
    let fill = "dd if=/dev/zero of=full oflag=nonblock conv=notrunc bs=4096 2>/dev/null";
    let begun = Instant::now();
    finish(world.prepared(&format!("{fill}; exec \"$@\" 2>full"), &["stop"])).code(78);
    assert_eq!(world.commands(), OTHERS);
    assert!(begun.elapsed() >= Duration::from_secs(5), "a reader has some time");
}

#[test]
fn messages_are_logged_too_and_said_once() {
    let world = troubled();
    world.run(&["stop"]).stderr(contains("neither yes nor no").count(1).and(contains("postlog").not()));
    let log = world.read("log");
    assert!(log.starts_with("-t postfix/postfix-wrapper -p error instance "), "{log}");
    let mut command = world.manager(&["stop"]);
    command.env("MAIL_LOGTAG", "mta");
    finish(command);
    assert!(world.read("log").contains("-t mta/postfix-wrapper -p error "));
}

#[test]
fn a_message_reaches_a_log_file_that_only_postlogd_would_write_else() {
    let world = World::of_three();
    let shown = "echo \"${POSTLOG_SERVICE-unset} ${POSTLOG_HOSTNAME-unset}\"";
    world.write("postlog", format!("{shown} >>\"$world/service\""));
    world.code("a", "postfix", &format!("{shown} >>\"$world/of-command\"; exit 3"));
    let mut command = world.manager(&["check"]);
    command.env("POSTLOG_SERVICE", "/nonexistent").env("POSTLOG_HOSTNAME", "mx");
    finish(command);
    let told = world.read("service");
    assert!(!told.is_empty() && told.lines().all(|line| line == "unset unset"), "{told}");
    assert_eq!(world.read("of-command"), "/nonexistent mx\n", "a command has what the manager has");
}

#[test]
fn a_message_that_begins_with_a_dash_is_logged_as_it_is() {
    let world = World::of_three();
    world.run(&["stop", "-i", "a"]).code(64);
    assert!(
        world.read("log").contains("-p fatal -i is no option of \"postfix stop\""),
        "{}",
        world.read("log")
    );
}

#[test]
fn wrong_options_of_the_manager_are_logged() {
    let world = World::of_three();
    world.run(&["--jbos", "2", "start"]).code(64);
    assert!(world.read("log").contains("-p fatal "), "{}", world.read("log"));
    assert!(world.read("log").contains("--jbos"), "{}", world.read("log"));
}

#[test]
fn a_log_that_is_out_of_order_changes_nothing() {
    for code in ["exit 1", "kill -KILL $$"] {
        let world = troubled();
        world.write("postlog", code);
        world.run(&["stop"]).code(78).stderr(contains("neither yes nor no"));
        assert_eq!(world.commands(), OTHERS);
    }
    let world = troubled();
    world.spoil("postlog", false);
    world.run(&["stop"]).code(78).stderr(contains("neither yes nor no"));
    assert_eq!(world.commands(), OTHERS);
}

#[test]
fn a_value_of_any_length_makes_a_message_that_can_be_read() {
    let world = World::of_three();
    world.write("etc/b/multi_instance_enable", vec![b'x'; 3_000_000]);
    world.write("etc/c/multi_instance_enable", "maybe\n");
    let assert = world.run(&["start"]).code(78).stderr(contains("neither yes nor no").count(2));
    let advice = "main.cf, then try \"postfix -c ";
    for said in [&assert.get_output().stderr[..], world.read("log").as_bytes()] {
        let said = world.shown(said);
        let line = said.lines().find(|line| line.contains("/etc/b: did not get")).unwrap();
        assert!(
            line.len() < 2100 && line.contains("[... 2999900 bytes more]") && line.contains(advice),
            "{line}"
        );
    }
}

#[test]
fn a_log_that_hangs_is_given_up() {
    let world = troubled();
    let _gate = world.fifo("gate");
    world.write("etc/a/multi_instance_enable", "perhaps\n");
    world.write("postlog", "wait_at gate");
    world.run(&["stop"]).code(78).stderr(contains("neither yes nor no").count(2));
    assert_eq!(world.commands(), ["c stop", "postfix stop"]);
    assert_eq!(world.read("log").lines().count(), 1, "a log that hangs is not tried again");
}
