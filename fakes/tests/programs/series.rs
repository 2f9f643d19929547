//! Tests how the scripts and programs of one series differ from those of another.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Output;

use crate::simulated::{Simulated, text};

fn world_of(version: &str) -> Simulated {
    let world = Simulated::new("");
    world.becomes_version(version);
    world
}

/// `postfix -c` for the secondary instance: what it wrote and how it ended.
fn told(world: &Simulated, words: &[&str]) -> Output {
    let directory = text(&world.path("etc/postfix-a"));
    world.run("usr/sbin/postfix", &[&["-c", &directory], words].concat())
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn to_end_what_does_not_run_fails_but_in_3_5() {
    for (version, status) in [("3.5.25", 0), ("3.7.11", 1), ("3.11.7", 1)] {
        let world = world_of(version);
        for (command, status) in [("stop", status), ("abort", status), ("drain", 1), ("quick-stop", 0)] {
            assert_eq!(world.postfix("postfix-a", &[command]), Some(status), "{version} {command}");
        }
    }
}

#[test]
fn only_3_5_is_told_to_be_quiet() {
    let world = world_of("3.5.25");
    assert_eq!(world.postfix("postfix-a", &["quiet-status"]), Some(1));
    assert_eq!(world.log(), Vec::<String>::new());
    assert_eq!(world.postfix("postfix-a", &["quiet-start"]), Some(0));
    assert_eq!(world.postfix("postfix-a", &["status"]), Some(0));
    assert_eq!(world.postfix("postfix-a", &["quick-check"]), Some(0));
    world.becomes_version("3.7.11");
    for command in ["quiet-status", "quick-check", "quick-start"] {
        assert_eq!(world.postfix("postfix-a", &[command]), Some(1));
        let refusal = format!("fatal: unknown command: '{command}'. ");
        assert!(world.log().pop().unwrap().starts_with(&refusal), "{:?}", world.log());
    }
}

#[test]
fn a_quick_start_passes_over_the_queue() {
    let world = world_of("3.5.25");
    assert_eq!(world.postfix("postfix-a", &["quick-start"]), Some(0));
    assert_eq!(world.postfix("postfix-a", &["quick-start"]), Some(1));
    assert_eq!(world.postfix("postfix-a", &["stop"]), Some(0));
    fs::remove_file(world.path("etc/postfix-a/master.cf")).unwrap();
    assert_eq!(world.postfix("postfix-a", &["quick-start"]), Some(1));
}

#[test]
fn in_3_5_a_check_goes_on_where_directories_cannot_be_made() {
    let world = world_of("3.5.25");
    assert_eq!(world.postfix("postfix-a", &["check"]), Some(0));
    fs::remove_dir(world.path("var/lib/a")).unwrap();
    world.write("var/lib/a", "x");
    let output = told(&world, &["check"]);
    assert_eq!(output.status.code(), Some(0));
    let missed = format!("find: '{}/.': Not a directory\n", text(&world.path("var/lib/a")));
    assert_eq!(stderr(&output).matches(&missed).count(), 2, "{output:?}");
    assert_eq!(world.log(), ["warn: unable to create missing queue directories"]);
    world.becomes_version("3.7.11");
    assert_eq!(world.postfix("postfix-a", &["check"]), Some(1));
    assert_eq!(world.log()[1..], ["fatal: unable to create missing queue directories"]);
}

#[test]
fn in_3_5_a_start_without_services_leaves_locks_behind() {
    let world = world_of("3.5.25");
    fs::remove_file(world.path("etc/postfix-a/master.cf")).unwrap();
    assert_eq!(world.postfix("postfix-a", &["start"]), Some(1));
    let missing = text(&world.path("etc/postfix-a/master.cf"));
    assert_eq!(
        world.log(),
        [
            &format!("fatal: no {missing} file found"),
            "info: starting the Postfix mail system",
            "fatal: mail system startup failed",
        ],
    );
    for left in ["var/lib/a/master.lock", "var/spool/a/pid/master.pid"] {
        assert_eq!(world.path(left).metadata().unwrap().mode() & 0o7777, 0o600, "{left}");
    }
    // Nobody holds them.
    assert_eq!(world.postfix("postfix-a", &["status"]), Some(1));
    assert_eq!(world.postfix("postfix-a", &["start-fg"]), Some(1));
}

#[test]
fn after_a_quick_stop_a_start_without_services_leaves_locks_behind_in_every_series() {
    for version in ["3.5.25", "3.7.11", "3.10.13", "3.11.7"] {
        for (command, log) in [
            ("start", &["info: starting the Postfix mail system", "fatal: mail system startup failed"][..]),
            ("start-fg", &["info: starting the Postfix mail system"]),
        ] {
            let world = world_of(version);
            assert_eq!(world.postfix("postfix-a", &["check"]), Some(0));
            fs::remove_file(world.path("etc/postfix-a/master.cf")).unwrap();
            world.write("var/spool/a/quick-start", "");
            assert_eq!(world.postfix("postfix-a", &[command]), Some(1), "{version}");
            assert!(
                world.log().ends_with(&log.iter().map(ToString::to_string).collect::<Vec<_>>()),
                "{version}: {:?}",
                world.log()
            );
            assert!(!world.path("var/spool/a/quick-start").exists());
            for left in ["var/lib/a/master.lock", "var/spool/a/pid/master.pid"] {
                assert!(world.path(left).is_file(), "{version} {left}");
            }
        }
    }
}

#[test]
fn a_start_in_vain_leaves_nothing_outside_of_a_world() {
    let outside = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    for version in ["3.5.25", "3.11.7"] {
        let world = world_of(version);
        assert_eq!(world.postfix("postfix-a", &["check"]), Some(0));
        let path = world.path("etc/postfix-a/main.cf");
        let main_cf = fs::read_to_string(&path).unwrap();
        fs::write(&path, main_cf + &format!("data_directory = {}\n", outside.path().display())).unwrap();
        fs::remove_file(world.path("etc/postfix-a/master.cf")).unwrap();
        world.write("var/spool/a/quick-start", "");
        assert_eq!(world.postfix("postfix-a", &["start"]), Some(70), "{version}");
        assert!(!world.path("var/spool/a/pid/master.pid").exists());
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_quick_check_passes_a_refusal_on() {
    let world = world_of("3.5.25");
    let outside = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = world.path("etc/postfix-a/main.cf");
    let directory = outside.path().join("data");
    let main_cf = fs::read_to_string(&path).unwrap();
    fs::write(&path, main_cf + &format!("data_directory = {}\n", directory.display())).unwrap();
    assert_eq!(world.postfix("postfix-a", &["quick-check"]), Some(70));
}

#[test]
fn postlog_of_3_5_believes_its_caller() {
    let world = world_of("3.5.25");
    let own = text(&world.path("usr/sbin/postlog"));
    let usage = |own: &str| {
        let expected = format!("fatal: usage: {own} [-c config_dir] [-i] [-p priority] [-t tag] [-v] [text]");
        let output = world.run("usr/sbin/postlog", &["-x"]);
        assert_eq!(stderr(&output), format!("{own}: invalid option -- 'x'\n"));
        assert_eq!(world.log().pop(), Some(expected));
    };
    usage(&own);
    let tag = || {
        assert_eq!(world.run("usr/sbin/postlog", &["-t", "a\tb", "text"]).status.code(), Some(0));
        world.last_tag().unwrap()
    };
    assert_eq!(tag(), "a\tb");
    world.becomes_version("3.7.11");
    assert_eq!(tag(), "a?b");
    usage("postlog");
}

#[test]
fn postqueue_says_why_the_mail_system_is_down_but_in_3_5() {
    let world = world_of("3.5.25");
    let down = |end: &str| {
        let mut command = world.command("usr/sbin/postqueue");
        let output = command.env(postfix_fakes::ORDINARY_CALLER, "yes").arg("-p").output().unwrap();
        let expected = format!("postqueue: fatal: Queue report unavailable - mail system is down{end}\n");
        assert_eq!(stderr(&output), expected);
    };
    down("");
    world.becomes_version("3.7.11");
    down(" (Connect to the Postfix showq service: No such file or directory)");
}

#[test]
fn flush_is_what_postqueue_makes_of_it() {
    let world = world_of("3.7.11");
    world.write(
        "etc/postfix-a/main.cf",
        "compatibility_level = 3.6\nqueue_directory = /\nqueue_directory = ROOT/var/spool/a\n",
    );
    let output = told(&world, &["flush"]);
    assert_eq!(output.status.code(), Some(69));
    let warning = format!(
        "postqueue: warning: {}, line 3: overriding earlier entry: queue_directory=/\n",
        text(&world.path("etc/postfix-a/main.cf")),
    );
    assert!(stderr(&output).contains(&warning), "{output:?}");
}

#[test]
fn scripts_from_3_10_on_have_postconf_give_its_advice_at_few_questions() {
    for (version, counts) in [
        ("3.7.11", [("status", 0), ("check", 16)]),
        ("3.10.13", [("status", 1), ("check", 3)]),
        ("3.11.7", [("status", 1), ("check", 4)]),
    ] {
        let world = world_of(version);
        let path = world.path("etc/postfix-a/main.cf");
        fs::write(&path, fs::read_to_string(&path).unwrap() + "nosuch = x\n").unwrap();
        for (command, expected) in counts {
            let output = told(&world, &[command]);
            let count = stderr(&output).matches("unused parameter: nosuch=x").count();
            assert_eq!(count, expected, "{version} {command}");
        }
    }
}

#[test]
fn from_3_10_on_the_machines_files_are_copied() {
    let world = world_of("3.10.13");
    let machine = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    fs::create_dir(machine.path().join("etc")).unwrap();
    for (name, mode) in [("hosts", 0o644), ("resolv.conf", 0o755)] {
        let path = machine.path().join("etc").join(name);
        fs::write(&path, "of the machine\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
    world.set_host(machine.path());
    world.write("var/spool/a/etc/services", "of a machine that had them");
    world.write("var/spool/a/etc/ssl/certs/GlobalSign_Root_CA.pem", "");
    let queue = text(&world.path("var/spool/a"));
    let updates = format!(
        "updating /etc/resolv.conf => {queue}//etc/resolv.conf\nupdating /etc/hosts => {queue}//etc/hosts\n"
    );
    for (command, written) in [("check", &*updates), ("check", ""), ("upgrade-configuration", "")] {
        let output = told(&world, &[command]);
        assert_eq!((output.status.code(), &*stdout(&output)), (Some(0), written), "{command}: {output:?}");
    }
    let mode =
        |name: &str| world.path("var/spool/a/etc").join(name).metadata().map(|found| found.mode() & 0o7777);
    assert_eq!((mode("resolv.conf").unwrap(), mode("hosts").unwrap()), (0o755, 0o644));
    assert!(mode("services").is_err() && mode("ssl/certs").is_err());
    // What has another time than the machine's is brought up to date.
    world.write("var/spool/a/etc/hosts", "of another day, and longer\n");
    let output = told(&world, &["start"]);
    assert_eq!(stdout(&output), format!("updating /etc/hosts => {queue}//etc/hosts\n"));
    assert_eq!(fs::read(world.path("var/spool/a/etc/hosts")).unwrap(), b"of the machine\n");
    // A service that needs its chroot gets a directory for it.
    assert!(!world.path("var/spool/a/usr").exists());
    world.write("etc/postfix-a/master.cf", "smtp unix - - y - - smtp\n");
    assert_eq!(told(&world, &["check"]).status.code(), Some(0));
    assert!(world.path("var/spool/a/usr/lib/sasl2").is_dir());
}

#[test]
fn what_is_in_the_way_of_a_directory_is_told_as_mkdir_tells_it() {
    let world = world_of("3.10.13");
    world.write("etc/postfix-a/master.cf", "smtp unix - - y - - smtp\n");
    let queue = world.path("var/spool/a");
    for (parents, in_the_way, why) in [
        ("", "etc", "File exists"),
        ("", "usr", "Not a directory"),
        ("usr", "usr/lib", "Not a directory"),
        ("usr/lib", "usr/lib/sasl2", "File exists"),
    ] {
        for is_link in [false, true] {
            fs::create_dir_all(queue.join(parents)).unwrap();
            if is_link {
                std::os::unix::fs::symlink("nowhere", queue.join(in_the_way)).unwrap();
            } else {
                fs::write(queue.join(in_the_way), "").unwrap();
            }
            let why = if is_link { "File exists" } else { why };
            let output = told(&world, &["check"]);
            let expected = format!(
                "mkdir: cannot create directory '{in_the_way}': {why}\npostfix/postlog: fatal: unable to \
                 create missing queue directories\n"
            );
            assert_eq!((output.status.code(), &*stderr(&output)), (Some(1), &*expected));
            fs::remove_file(queue.join(in_the_way)).unwrap();
        }
    }
    assert_eq!(told(&world, &["check"]).status.code(), Some(0));
}

#[test]
fn for_a_chroot_one_question_more_is_asked() {
    let world = world_of("3.10.13");
    let count = |chroot: &str| {
        let services = format!("smtp unix - - {chroot} - - smtp\n  -o a=b\n");
        world.write("etc/postfix-a/master.cf", &services);
        let output = told(&world, &["post-install", "create-missing"]);
        assert_eq!(output.status.code(), Some(0));
        stderr(&output).matches("unused parameter: a=b").count()
    };
    assert_eq!(count("y"), count("n") + 1);
}

#[test]
fn before_3_10_a_copy_that_differs_is_only_warned_of() {
    let world = world_of("3.7.11");
    let machine = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    fs::create_dir(machine.path().join("etc")).unwrap();
    fs::write(machine.path().join("etc/hosts"), "one").unwrap();
    world.set_host(machine.path());
    world.write("var/spool/a/etc/hosts", "other");
    world.write("var/spool/a/etc/nowhere", "else");
    assert_eq!(told(&world, &["check"]).status.code(), Some(0));
    let copy = text(&world.path("var/spool/a/etc/hosts"));
    assert_eq!(world.log(), [format!("warn: {copy} and /etc/hosts differ")]);
    // A search does not go into a link that it begins at.
    fs::rename(world.path("var/spool/a/etc"), world.path("var/spool/a/copies")).unwrap();
    std::os::unix::fs::symlink("copies", world.path("var/spool/a/etc")).unwrap();
    assert_eq!(told(&world, &["check"]).status.code(), Some(0));
    assert_eq!(world.log().len(), 1);
}

#[test]
fn without_a_machine_nothing_is_copied() {
    let world = world_of("3.11.7");
    let output = told(&world, &["check"]);
    assert_eq!((output.status.code(), &*stdout(&output)), (Some(0), ""));
    assert_eq!(fs::read_dir(world.path("var/spool/a/etc")).unwrap().count(), 0);
}

#[test]
fn from_3_10_on_an_origin_that_is_nobodys_is_refused() {
    let world = world_of("3.10.13");
    let path = world.path("etc/postfix-a/main.cf");
    fs::write(&path, fs::read_to_string(&path).unwrap() + "myorigin = Debian.org\n").unwrap();
    let output = told(&world, &["check"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stdout(&output), "Invalid $myorigin (Debian.org), refusing to start\n");
    world.becomes_version("3.7.11");
    assert_eq!(told(&world, &["check"]).status.code(), Some(0));
}

#[test]
fn from_3_10_on_it_is_told_which_services_are_in_a_chroot() {
    let world = world_of("3.11.7");
    world.write(
        "etc/postfix-a/master.cf",
        "smtp unix - - n - - smtp\nrelay unix - - y - - smtp\nlocal unix - n n - - local\n\
         anvil unix - - - - 1 anvil\nown unix - - y - - own\n",
    );
    for (words, expected) in [
        (&["chroot"][..], "mixed\n"),
        (&["chroot", "-X"], "off\n"),
        (&["chroot", "-nSXc", "off"], "/usr/sbin/postconf -c /etc/postfix-a -F own/unix/chroot=n\n"),
        (&["chroot", "-nS", "on"], "/usr/sbin/postconf -c /etc/postfix-a -F smtp/unix/chroot=y\n"),
        (&["chroot", "-nX", "off"], ""),
    ] {
        let output = told(&world, words);
        let written = stdout(&output).replace(&text(&world.path("")).trim_end_matches('/').to_owned(), "");
        assert_eq!((output.status.code(), &*written), (Some(0), expected), "{words:?}: {output:?}");
    }
    assert_eq!(told(&world, &["chroot", "nosuch"]).status.code(), Some(1));
    for (option, said) in [("-nx", "-x"), ("-'", "-'"), ("-:", "-:"), ("-\u{e4}", "-\u{fffd}")] {
        let output = told(&world, &["chroot", option]);
        assert_eq!(output.status.code(), Some(1));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.ends_with(&format!("Illegal option {said}\n")), "{stderr}");
    }
    assert_eq!(told(&world, &["chroot", "off"]).status.code(), Some(70));
    // An old level has services without a choice in a chroot.
    let path = world.path("etc/postfix-a/main.cf");
    fs::write(&path, fs::read_to_string(&path).unwrap().replace("3.6", "2")).unwrap();
    assert!(stdout(&told(&world, &["chroot", "-nX", "off"])).ends_with(" -F anvil/unix/chroot=n\n"));
    world.becomes_version("3.7.11");
    assert_eq!(told(&world, &["chroot"]).status.code(), Some(1));
}

#[test]
fn the_newest_names_two_commands_more() {
    let usage = |version: &str| {
        let world = world_of(version);
        assert_eq!(world.postfix("postfix-a", &["nosuch"]), Some(1));
        world.log().pop().unwrap()
    };
    assert!(usage("3.10.13").ends_with(", logrotate)"));
    assert!(usage("3.11.7").ends_with(", logrotate, tls, non-bdb)"));
}

#[test]
fn the_library_that_a_postfix_was_built_with_is_that_of_its_world() {
    let world = Simulated::new("");
    let told = || world.run("usr/sbin/postconf", &["-T", "compile-version"]).stdout;
    assert!(told().starts_with(b"OpenSSL "));
    world.change_settings("tls_library", "OpenSSL 1.1.1w  11 Sep 2023".into());
    assert_eq!(told(), b"OpenSSL 1.1.1w  11 Sep 2023\n");
    // Which library runs is the host's matter.
    assert_eq!(world.run("usr/sbin/postconf", &["-T", "run-version"]).status.code(), Some(70));
}
