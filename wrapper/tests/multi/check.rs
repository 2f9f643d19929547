//! Tests that `check` reports each inconsistency with a command, and that the command corrects it.
//!
//! Who owns what is left out here: it is somebody else for everybody who runs the tests.

mod harmless;
mod queue_disk;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::Command;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::world::{World, finish};

/// Two instances and a manager, and nothing wrong.
fn sound() -> World {
    let mut world = World::new();
    world.main_cf("postfix", "multi_instance_enable = yes\nmulti_instance_wrapper = /bin/sh manager\n");
    for name in ["postfix-a", "postfix-b"] {
        world.add(name, "");
        world.master_cf(name, "");
    }
    world.master_cf("postfix", "");
    world
}

/// The kinds of what is found, where, and the commands; no text where there is none.
fn found(world: &World) -> Vec<(String, String, String)> {
    let assert = world.run(&["check", "--json"]);
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    let findings = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let mut all = Vec::new();
    for finding in findings.filter(|finding| finding["kind"] != "wrong-owner") {
        let text = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
        let directory = text("config_directory").rsplit('/').next().unwrap().to_owned();
        all.push((text("kind"), directory, text("mend")));
    }
    all
}

fn kinds(world: &World) -> Vec<(String, String)> {
    found(world).into_iter().map(|(kind, directory, _)| (kind, directory)).collect()
}

fn one(kind: &str, directory: &str) -> Vec<(String, String)> {
    vec![(kind.to_owned(), directory.to_owned())]
}

/// Whether root runs the tests, so that files are whose they should be.
fn is_roots(world: &World) -> bool {
    fs::metadata(world.directory("postfix")).unwrap().uid() == 0
}

/// A directory's name that a shell and main.cf would both change.
const ODD: &str = "it's $a \"b\" `c`; d*";

#[test]
fn a_command_that_is_printed_can_be_run_whatever_a_directory_is_called() {
    let breaks: [fn(&std::path::Path); 3] = [
        |queue| fs::remove_dir_all(queue).unwrap(),
        |queue| fs::write(queue.join("active"), "").unwrap(),
        |queue| fs::set_permissions(queue, fs::Permissions::from_mode(0o700)).unwrap(),
    ];
    for break_it in breaks {
        let world = sound();
        let queue = world.path("spool").join(ODD);
        fs::create_dir(&queue).unwrap();
        let written = queue.display().to_string().replace('$', "$$");
        world.add_line("postfix-a", &format!("queue_directory = {written}"));
        // Postfix reads a doubled sign as one.
        let expand = "case $value in *'$$'*) value=$(echo \"$value\" | sed 's/[$][$]/$/g') ;; esac\n";
        fs::write(world.path("postconf-expand"), expand).unwrap();
        assert_eq!(kinds(&world), []);
        break_it(&queue);
        assert_eq!(kinds(&world).len(), 1, "{:?}", found(&world));
        mend(&world);
        assert_eq!(kinds(&world), []);
    }
}

#[test]
fn a_flag_in_capital_letters_is_yes() {
    let world = sound();
    let main_cf = world.read("etc/postfix/main.cf");
    world.main_cf("postfix", &main_cf.replace("enable = yes", "enable =  YES "));
    assert_eq!(kinds(&world), []);
}

/// Does what the findings say, as it is printed. Who edits a file makes it a right one.
fn mend(world: &World) {
    let right = world.path("right");
    fs::write(&right, "cleanup unix n - n - 0 cleanup\n").unwrap();
    for (.., command) in found(world) {
        let path = world
            .front_end(&["-l"])
            .get_envs()
            .find(|(name, _)| *name == "PATH")
            .unwrap()
            .1
            .unwrap()
            .to_owned();
        let program = std::path::Path::new(env!("CARGO_BIN_EXE_postfix-multi")).parent().unwrap();
        let path = format!("{}:{}", program.display(), path.to_str().unwrap());
        let mut shell = Command::new("/bin/sh");
        let editor = format!("cp {}", right.display());
        shell.args(["-c", &command]).env_clear().env("PATH", path).env("EDITOR", editor);
        finish(shell).success();
    }
}

#[test]
fn a_shell_takes_each_command_as_it_is_whatever_a_directory_is_called() {
    let odd = "postfix-it's;a\"&(b)`c`";
    let mut world = sound();
    fs::write(world.path("usr/libexec/master.cf.proto"), "cleanup unix n - n - 0 cleanup\n").unwrap();
    world.add(odd, "");
    world.list(world.directory(odd));
    let before = kinds(&world);
    for kind in ["missing", "shared"] {
        assert!(before.iter().any(|(found, at)| found == kind && at == odd), "{before:?}");
    }
    for _ in 0..3 {
        mend(&world);
    }
    assert_eq!(kinds(&world), []);
    assert!(world.directory(odd).join("main.cf").exists(), "the others are left alone");
}

#[test]
fn what_is_no_file_in_the_place_of_master_cf_is_told() {
    for is_link in [false, true] {
        let world = sound();
        fs::write(world.path("usr/libexec/master.cf.proto"), "cleanup unix n - n - 0 cleanup\n").unwrap();
        let path = world.directory("postfix-a").join("master.cf");
        fs::remove_file(&path).unwrap();
        if is_link {
            symlink("nowhere", &path).unwrap();
        } else {
            fs::create_dir(&path).unwrap();
        }
        assert!(kinds(&world).contains(&("missing".to_owned(), "postfix-a".to_owned())));
        for _ in 0..2 {
            mend(&world);
        }
        assert_eq!(kinds(&world), []);
    }
}

/// Lets the system know no ports by name.
fn no_services(world: &World) {
    let fake = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fakes/getent");
    symlink(fake, world.path("usr/sbin/getent")).unwrap();
}

#[test]
fn a_port_that_postfix_knows_by_itself_needs_no_database() {
    let world = sound();
    no_services(&world);
    for version in ["3.6.20", "3.12-20260821"] {
        world.add_line("postfix", &format!("mail_version = {version}"));
        world
            .master_cf("postfix-a", "smtp inet n - n - - smtpd\n127.0.0.1:submission inet n - n - - smtpd\n");
        assert_eq!(kinds(&world), []);
        // The list that is built in has no such port.
        world.master_cf("postfix-a", "qmqp inet n - n - - smtpd\n");
        assert_eq!(kinds(&world), one("cannot-start", "postfix-a"));
    }
}

#[test]
fn an_address_that_no_interface_has_is_told_with_both_ways_out() {
    let world = sound();
    world.add_line("postfix-a", "inet_interfaces = 127.0.0.1 192.0.2.99");
    let directory = world.directory("postfix-a").display().to_string();
    let mend = format!("postconf -c {directory} -e inet_interfaces=127.0.0.1");
    let what = "this machine has no address 192.0.2.99, which its inet_interfaces names";
    let told = || contains(what).and(contains("bring up")).and(contains("main.cf cannot be read").not());
    world.run(&["check"]).code(1).stdout(told().and(contains(&mend)).and(contains("EDITOR").not()));
    world.run(&["status"]).code(1).stdout(contains("no address 192.0.2.99").and(contains("EDITOR").not()));
    let advice = format!("\"{mend}\"");
    for words in [&["-p", "start"][..], &["-e", "ensure", "-I", "postfix-a", "inet_interfaces=127.0.0.1"]] {
        world
            .run(words)
            .code(1)
            .stderr(told().and(contains(&advice)).and(contains("correct it first").not()));
    }
    // Then postconf answers, and only the other programs fail.
    world.add_line("postfix-a", "mynetworks = 127.0.0.0/8");
    world.run(&["check"]).code(1).stdout(told().and(contains(&mend)));
}

/// A way to break a system, and the kinds of what is found then.
type Situation = (&'static str, fn(&mut World), &'static [&'static str]);

const SITUATIONS: [Situation; 27] = [
    (
        "a queue directory that does not exist",
        |world| fs::remove_dir(world.path("spool/postfix-b")).unwrap(),
        &["missing"],
    ),
    (
        "the same, of the default instance",
        |world| fs::remove_dir(world.path("spool/postfix")).unwrap(),
        &["missing"],
    ),
    (
        "the same, of an instance that has run",
        |world| {
            world.has_run("postfix-b");
            world.unmount("postfix-b");
        },
        &["missing"],
    ),
    (
        "nothing but the place where a disk with the queue was mounted",
        |world| {
            world.has_run("postfix-b");
            world.unmount("postfix-b");
            fs::create_dir_all(world.path("spool/postfix-b/lost+found")).unwrap();
        },
        &["no-queue"],
    ),
    (
        "the same, of the default instance",
        |world| {
            world.add_line("postfix", &format!("data_directory = {}", world.path("lib/postfix").display()));
            world.has_run("postfix");
            world.unmount("postfix");
            fs::create_dir(world.path("spool/postfix")).unwrap();
        },
        &["no-queue"],
    ),
    (
        "a value that Postfix's programs refuse",
        |world| world.add_line("postfix-a", "myhostname = [192.0.2.10]"),
        &["cannot-start"],
    ),
    (
        "a time that only a daemon refuses",
        |world| world.add_line("postfix-b", "queue_run_delay = 5x"),
        &["cannot-start"],
    ),
    (
        "an address that no interface has",
        |world| {
            world.add_line("postfix-a", "inet_interfaces = 127.0.0.1, 192.0.2.99");
            world.add_line("postfix-a", "mynetworks = 127.0.0.0/8");
        },
        &["cannot-start"],
    ),
    (
        "no other address than such a one",
        |world| world.add_line("postfix-a", "inet_interfaces = 192.0.2.99"),
        &["damaged"],
    ),
    (
        "the same, while nothing says which networks are its own",
        |world| world.add_line("postfix-a", "inet_interfaces = 127.0.0.1, 192.0.2.99"),
        &["damaged"],
    ),
    (
        "a service at an address that no interface has",
        |world| world.master_cf("postfix-a", "192.0.2.99:25 inet n - n - - smtpd\n"),
        &["cannot-start"],
    ),
    (
        "a service at a port that nobody knows",
        |world| {
            world.master_cf("postfix-a", "nosuchport inet n - n - - smtpd\n");
            world.add_line("postfix-a", "master_service_disable = other/unix");
        },
        &["cannot-start"],
    ),
    (
        "a service at a port that only a later Postfix knows by itself",
        |world| {
            no_services(world);
            world.add_line("postfix", "mail_version = 3.4.29");
            world.master_cf("postfix-a", "smtp inet n - n - - smtpd\n");
        },
        &["cannot-start"],
    ),
    (
        "a daemon_directory without programs",
        |world| world.add_line("postfix-b", "daemon_directory = /nowhere"),
        &["cannot-start"],
    ),
    (
        "a command_directory without programs",
        |world| world.add_line("postfix-b", "command_directory = /nowhere"),
        &["cannot-start"],
    ),
    (
        "a service without a program",
        |world| world.master_cf("postfix-b", "x unix n - n - - nosuchd\n"),
        &["cannot-start"],
    ),
    (
        "a master.cf without a service that all need",
        |world| {
            fs::write(world.directory("postfix-b").join("master.cf"), "cleanup unix n - n - 0 cleanup\n")
                .unwrap();
        },
        &["cannot-start"],
    ),
    (
        "a file in the place of a directory of the queue",
        |world| fs::write(world.path("spool/postfix-a/active"), "").unwrap(),
        &["cannot-start"],
    ),
    (
        "a queue directory that only root may enter",
        |world| {
            fs::set_permissions(world.path("spool/postfix-a"), fs::Permissions::from_mode(0o700)).unwrap();
        },
        &["cannot-start"],
    ),
    (
        "a manager that does not exist",
        |world| world.add_line("postfix", "multi_instance_wrapper = /nowhere/manager"),
        &["no-manager"],
    ),
    (
        "a tool that is no manager without its option",
        |world| {
            fs::write(world.path("usr/sbin/postmulti"), "").unwrap();
            let tool = world.path("usr/sbin/postmulti");
            fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
            world.add_line("postfix", &format!("multi_instance_wrapper = {} --", tool.display()));
        },
        &["no-manager"],
    ),
    (
        "an instance without a name",
        |world| world.add_line("postfix-b", "multi_instance_name ="),
        &["unnamed"],
    ),
    (
        "a list of instances in the main.cf of a secondary one",
        |world| world.add_line("postfix-b", "multi_instance_directories = /etc/postfix-x"),
        &["own-list"],
    ),
    (
        "two services in one place",
        |world| {
            world.master_cf("postfix-a", "smtp inet n - n - - smtpd\n");
            world.master_cf("postfix-b", "smtp inet n - n - - smtpd\n");
        },
        &["same-port"],
    ),
    (
        "a queue directory that is not absolute",
        |world| {
            let queue = world.path("spool/postfix-b");
            let relative = queue.strip_prefix("/").unwrap().display().to_string();
            world.add_line("postfix-b", &format!("queue_directory = {relative}"));
        },
        &["cannot-start"],
    ),
    ("an instance that is listed by a relative path", |world| world.list("relative".into()), &["missing"]),
    (
        "a malformed line in master.cf",
        |world| fs::write(world.directory("postfix-b").join("master.cf"), "no service\n").unwrap(),
        &["damaged"],
    ),
];

#[test]
fn each_command_that_is_printed_can_be_run_and_the_finding_is_gone() {
    for (what, break_it, kinds_found) in SITUATIONS {
        let mut world = sound();
        break_it(&mut world);
        let kinds_of = |world: &World| found(world).into_iter().map(|(kind, ..)| kind).collect::<Vec<_>>();
        assert_eq!(kinds_of(&world), kinds_found, "{what}: {:?}", found(&world));
        let before = found(&world);
        mend(&world);
        let after = found(&world);
        // Who edits a file in a hurry can leave another fault.
        let is_edit = before.iter().any(|(.., command)| command.contains("EDITOR"));
        assert!(before.iter().all(|finding| !after.contains(finding)), "{what}: {after:?}");
        assert!(is_edit || after.is_empty(), "{what}: {after:?}");
    }
}

#[test]
fn a_copy_of_an_instance_is_no_instance() {
    let world = sound();
    for name in ["postfix", "postfix-a"] {
        let backup = world.directory(&format!("{name}-2024-backup"));
        fs::create_dir(&backup).unwrap();
        for file in ["main.cf", "master.cf"] {
            fs::copy(world.directory(name).join(file), backup.join(file)).unwrap();
        }
    }
    assert_eq!(kinds(&world), []);
}

#[test]
fn files_that_leave_no_doubt_are_checked_without_a_postconf_for_each() {
    let world = sound();
    world.cool();
    assert_eq!(kinds(&world), []);
    let asked = world.read("asked");
    // About the default instance: all that is shared, and, as it sets no queue_directory, nothing more.
    assert!(asked.lines().all(|line| !line.contains("postfix-a") && !line.contains("postfix-b")), "{asked}");
}

#[test]
fn nothing_is_said_of_a_sound_system() {
    let world = sound();
    assert_eq!(kinds(&world), []);
    // The files are those of the user who runs the tests, and should be root's.
    let is_root = is_roots(&world);
    let assert = world.run(&["check"]).code(i32::from(!is_root));
    assert_eq!(world.printed(&assert).is_empty(), is_root, "{}", world.printed(&assert));
}

#[test]
fn what_is_listed_and_gone_is_taken_off_the_list() {
    let world = sound();
    fs::remove_dir_all(world.directory("postfix-a")).unwrap();
    assert_eq!(kinds(&world), one("missing", "postfix-a"));
    mend(&world);
    assert_eq!(kinds(&world), []);
}

#[test]
fn what_is_there_and_not_listed_is_taken_in() {
    let world = sound();
    let (queue, data) = (world.path("u/q"), world.path("u/d"));
    let places = format!("queue_directory = {}\ndata_directory = {}\n", queue.display(), data.display());
    world.main_cf("postfix-u", &places);
    world.master_cf("postfix-u", "");
    assert_eq!(kinds(&world), one("unlisted", "postfix-u"));
    mend(&world);
    assert_eq!(kinds(&world), []);
    assert!(world.read("etc/postfix-u/main.cf").contains("multi_instance_name = postfix-u"));
    assert!(queue.is_dir(), "import refuses an instance without its queue directory");
}

#[test]
fn what_is_listed_under_another_name_or_only_looks_like_an_instance_is_not_taken_in() {
    let mut world = sound();
    let places = format!("queue_directory = {0}/q\ndata_directory = {0}/d\n", world.path("link").display());
    fs::create_dir_all(world.path("link/q")).unwrap();
    world.main_cf("postfix-link", &format!("{places}multi_instance_name = postfix-link\n"));
    world.master_cf("postfix-link", "");
    symlink(world.directory("postfix-link"), world.path("elsewhere")).unwrap();
    world.list(world.path("elsewhere"));
    assert_eq!(kinds(&world), []);
    world.main_cf("backup", "");
    fs::write(world.directory("backup").join("master.cf"), "").unwrap();
    fs::create_dir(world.directory("postfix-empty")).unwrap();
    assert_eq!(kinds(&world), []);
}

#[test]
fn what_is_listed_twice_is_told_with_the_list_as_it_should_be() {
    let mut world = sound();
    world.list(world.directory("postfix-a"));
    assert_eq!(kinds(&world), one("shared", "postfix-a"));
    let directory = |name: &str| world.directory(name).display().to_string();
    let list = [directory("postfix-a"), directory("postfix-b")].join(" ");
    assert_eq!(found(&world)[0].2, format!("postconf -e multi_instance_directories='{list}'"));
}

#[test]
fn who_may_change_a_configuration_is_looked_at() {
    let world = sound();
    fs::set_permissions(world.directory("postfix-b"), fs::Permissions::from_mode(0o777)).unwrap();
    let assert = world.run(&["check"]).code(1);
    let printed = world.printed(&assert);
    let command = format!("mend it with: chown root {0} && chmod go-w {0}\n", "/etc/postfix-b");
    assert!(printed.contains(&command), "{printed}");
    if is_roots(&world) {
        assert!(printed.contains("others can do too much with /etc/postfix-b (mode 0777)"), "{printed}");
    } else {
        postfix_process::skip::skip("that a directory is root's, and others may write to it, takes root");
    }
}

#[test]
fn an_alternate_that_is_named_by_a_reference_is_known() {
    let world = sound();
    let place = |name: &str| world.path(name).join("postfix-u").display().to_string();
    world.main_cf(
        "postfix-u",
        &format!("queue_directory = {}\ndata_directory = {}\n", place("spool"), place("lib")),
    );
    world.master_cf("postfix-u", "");
    assert_eq!(kinds(&world), one("unlisted", "postfix-u"));
    world.add_line("postfix", "alternate_config_directories = $config_directory-u");
    let code = format!(
        "value=$(printf %s \"$value\" | sed 's,[$]config_directory,{},')\n",
        world.directory("postfix").display()
    );
    fs::write(world.path("postconf-expand"), code).unwrap();
    assert_eq!(kinds(&world), []);
    // A copy that postconf(1) has left is found there, too.
    fs::write(world.directory("postfix-u").join("main.cf.tmp"), "").unwrap();
    assert_eq!(kinds(&world), one("left-behind", "postfix-u"));
}

#[test]
fn an_alternate_that_is_not_there_is_dropped() {
    let world = sound();
    world.add_line("postfix", "alternate_config_directories = /nowhere/at-all");
    assert_eq!(kinds(&world), one("dangling", "at-all"));
    // The command is Postfix's own, which the fake takes only with a directory.
    assert_eq!(found(&world)[0].2, "postconf -e alternate_config_directories=");
}

#[test]
fn what_two_instances_share_is_told() {
    let world = sound();
    world.add_line("postfix-b", "multi_instance_name = postfix-a");
    let queue = format!("queue_directory = {}", world.path("spool").join("postfix-a").display());
    world.add_line("postfix-b", &queue);
    let twice = |kind: &str| [one(kind, "postfix-b"), one(kind, "postfix-b")].concat();
    assert_eq!(kinds(&world), twice("shared"));
    assert!(found(&world)[0].2.contains("-e assign -i"));
}

#[test]
fn two_that_listen_in_the_same_place_are_told() {
    let world = sound();
    world.master_cf("postfix-a", "smtp inet n - y - - smtpd\n");
    world.master_cf("postfix-b", "25 inet n - y - - smtpd\n");
    world.add_line("postfix-a", "inet_interfaces = 192.0.2.1");
    world.add_line("postfix-b", "inet_interfaces = 192.0.2.2");
    assert_eq!(kinds(&world), []);
    world.add_line("postfix-a", "inet_interfaces = localhost, 192.0.2.2");
    assert_eq!(kinds(&world), one("same-port", "postfix-b"));
}

#[test]
fn what_is_damaged_is_told_and_does_not_hide_the_rest() {
    let world = sound();
    world.add_line("postfix-a", "no setting");
    world.add_line("postfix-b", "multi_instance_enable = maybe");
    assert_eq!(kinds(&world), [one("damaged", "postfix-a"), one("damaged", "postfix-b")].concat());
}

#[test]
fn nobody_in_charge_is_told() {
    let world = sound();
    world.add_line("postfix", "multi_instance_wrapper =");
    assert_eq!(kinds(&world), one("no-manager", "postfix"));
    mend(&world);
    assert_eq!(kinds(&world), []);
}

#[test]
fn what_a_killed_postconf_left_is_removed() {
    let world = sound();
    world.run(&["-e", "deport", "-i", "b"]).success();
    for name in ["postfix-a", "postfix-b"] {
        fs::write(world.directory(name).join("main.cf.tmp"), "half").unwrap();
    }
    assert_eq!(kinds(&world), [one("left-behind", "postfix-a"), one("left-behind", "postfix-b")].concat());
    mend(&world);
    assert_eq!(kinds(&world), []);
}

#[test]
fn a_master_cf_that_postconf_cannot_read_is_found_even_if_it_is_the_default_instances() {
    for name in ["postfix", "postfix-a"] {
        let world = sound();
        let master_cf = world.directory(name).join("master.cf");
        fs::write(&master_cf, "no service at all\n").unwrap();
        assert_eq!(kinds(&world), one("damaged", name));
        let edit = format!("${{EDITOR:-vi}} {}", master_cf.display());
        assert_eq!(found(&world)[0].2, edit);
        let told = "its master.cf cannot be read, so that no command of postfix(1) works, not even stop: ";
        let assert = world.run(&["check"]).code(1);
        let text = world.printed(&assert);
        assert!(text.contains(told) && text.contains("master.cf: line 1: bad field count"), "{text}");
        fs::remove_file(&master_cf).unwrap();
        nix::unistd::mkfifo(&master_cf, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert_eq!(kinds(&world), one("damaged", name));
        let mend = format!("mv {0} {0}.unfit", master_cf.display());
        assert_eq!(found(&world)[0].2, mend);
    }
}
