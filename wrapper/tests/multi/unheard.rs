//! Tests that the mail log of an instance is quoted, or its path is given, if a command fails without a message.

use std::fs::File;
use std::process::Stdio;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::world::{World, finish};

/// Three instances that fail to start: the first logs why, the second does so behind a link, the third nowhere.
fn world() -> World {
    let world = World::of_three();
    let log = |name: &str| world.path(&format!("{name}.log"));
    std::fs::write(log("postfix"), "Nov 29 10:00:00 mx postfix/postfix-script[7]: fatal: of another day\n")
        .unwrap();
    std::os::unix::fs::symlink(log("elsewhere"), log("postfix-a")).unwrap();
    for name in ["postfix", "postfix-a"] {
        world.add_line(name, &format!("maillog_file = {}", log(name).display()));
        let line = "Nov 29 11:00:00 mx postfix/postfix-script[8]: fatal: no such queue";
        world.code(name, "postfix-start", &format!("echo '{line}' >>{}; exit 1", log(name).display()));
    }
    world.code("postfix-c", "postfix-start", "exit 1");
    // Postfix alone knows whether this machine has the address, so this main.cf is not simple.
    world.add_line("postfix", "inet_interfaces = 192.0.2.1");
    world
}

#[test]
fn the_news_in_its_log_is_quoted_or_the_place_is_said() {
    let world = world();
    let assert = world.run(&["-p", "start"]).code(1);
    let said = world.said(&assert);
    let expected = [
        "instance /etc/postfix: its mail log /postfix.log ends with: postfix/postfix-script[8]: fatal: no such queue\n",
        "instance /etc/postfix-a: what it said is in its mail log /postfix-a.log, or shown by \"postfix -c \
         /etc/postfix-a start\" at a terminal\n",
        "instance /etc/postfix-c: what it said is in the mail log (with systemd: \"journalctl -t \
         postfix/postfix-script\"), or shown by \"postfix -c /etc/postfix-c start\" at a terminal\n",
    ];
    for text in expected {
        assert!(said.contains(text), "{text:?} is not in {said}");
    }
    assert!(!said.contains("of another day"), "{said}");
}

#[test]
fn who_sits_at_a_terminal_has_heard_it() {
    let world = world();
    let pair = nix::pty::openpty(None, None).unwrap();
    let mut command = world.front_end(&["-p", "start"]);
    command.stdout(Stdio::null()).stderr(File::from(pair.slave));
    assert_eq!(command.status().unwrap().code(), Some(1));
    let asked = world.read("asked");
    assert!(!asked.contains("maillog_file"), "nothing is looked for: {asked}");
    finish(world.front_end(&["-p", "start"]))
        .code(1)
        .stderr(contains("mail log /").and(contains("ends with")));
    assert!(world.read("asked").contains("maillog_file"));
}
