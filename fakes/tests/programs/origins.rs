//! Tests an origin that is the name of a file: how programs and scripts read it, and which file it is.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Output;

use crate::simulated::{Simulated, text};

/// A world whose secondary instance has this origin, with the world's root for `ROOT`.
fn world_with(origin: &str) -> Simulated {
    let world = Simulated::new("");
    world.becomes_version("3.10.13");
    world.write(
        "etc/postfix-a/main.cf",
        &format!(
            "compatibility_level = 3.6\nqueue_directory = ROOT/var/spool/a\ndata_directory = ROOT/var/lib/a\n\
             myorigin = {origin}\n"
        ),
    );
    world
}

fn check(world: &Simulated) -> Output {
    world.run("usr/sbin/postfix", &["-c", &text(&world.path("etc/postfix-a")), "check"])
}

/// post-install as postfix-script runs it, but with nobody who has read the origin before.
fn installed(world: &Simulated) -> Output {
    let mut command = world.command("usr/libexec/postfix/post-install");
    command.arg("create-missing").env("MAIL_CONFIG", world.path("etc/postfix-a"));
    for (name, below) in [
        ("config_directory", "etc/postfix-a"),
        ("command_directory", "usr/sbin"),
        ("daemon_directory", "usr/libexec/postfix"),
        ("queue_directory", "var/spool/a"),
        ("data_directory", "var/lib/a"),
    ] {
        command.env(name, world.path(below));
    }
    command.output().unwrap()
}

/// What the script says then, by postlog(1).
const UNABLE: &str = "postfix/postlog: fatal: unable to create missing queue directories\n";

/// What a program wrote, first to standard output, with the world's root gone from it, and its status.
fn told(world: &Simulated, output: &Output) -> (String, Option<i32>) {
    let written = [&output.stdout[..], &output.stderr[..]].concat();
    let root = text(&world.path("")).trim_end_matches('/').to_owned();
    (String::from_utf8(written).unwrap().replace(&root, ""), output.status.code())
}

#[test]
fn the_first_line_of_a_file_is_the_origin() {
    let world = world_with("ROOT/origin");
    world.write("origin", "Debian.org\nx.example\n");
    let nobodys = "Invalid $myorigin (Debian.org), refusing to start\n";
    assert_eq!(told(&world, &installed(&world)), (nobodys.to_owned(), Some(1)));
    assert_eq!(told(&world, &check(&world)), ([nobodys, UNABLE].concat(), Some(1)));
    world.write("origin", " x.example \n");
    assert_eq!(told(&world, &check(&world)), (String::new(), Some(0)));
}

#[test]
fn what_is_no_file_is_told_by_whoever_opens_it_first() {
    let in_the_way = match fs::metadata(Simulated::new("").path("etc")).unwrap().nlink() {
        1 => "postfix: fatal: /etc: file is a directory\n".to_owned(),
        links => format!("postfix: fatal: /etc: file has {links} hard links\n"),
    };
    for (origin, by_program, by_script) in [
        (
            "/origin",
            "postfix: fatal: /origin: cannot open file: No such file or directory\n",
            "head: cannot open '/origin' for reading: No such file or directory\n",
        ),
        ("/etc", &in_the_way, "head: error reading '/etc': Is a directory\n"),
        ("/empty", "postfix: fatal: myorigin file /empty is empty\n", ""),
    ] {
        let world = world_with(&format!("ROOT{origin}"));
        world.write("empty", "\n");
        assert_eq!(told(&world, &check(&world)), (by_program.to_owned(), Some(1)));
        let status = i32::from(!by_script.is_empty());
        assert_eq!(told(&world, &installed(&world)), (by_script.to_owned(), Some(status)));
    }
}

#[test]
fn a_file_outside_of_the_world_is_that_of_its_machine() {
    let missing = |name: &str| {
        (format!("postfix: fatal: {name}: cannot open file: No such file or directory\n"), Some(1))
    };
    for name in ["/etc/passwd", "/etc"] {
        let world = world_with(name);
        assert_eq!(told(&world, &check(&world)), missing(name));
    }
    let world = world_with("/etc/origin");
    let machine = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    world.set_host(machine.path());
    assert_eq!(told(&world, &check(&world)), missing("/etc/origin"));
    fs::create_dir(machine.path().join("etc")).unwrap();
    fs::write(machine.path().join("etc/origin"), "ubuntu.com").unwrap();
    let nobodys = ["Invalid $myorigin (ubuntu.com), refusing to start\n", UNABLE].concat();
    assert_eq!(told(&world, &check(&world)), (nobodys, Some(1)));
}
